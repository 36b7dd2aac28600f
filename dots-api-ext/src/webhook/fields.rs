//! Reflection by serde: the field names of a payload type, so that no handwritten list can fall behind the document.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// The names of the fields of a struct.
pub(super) type Fields = &'static [&'static str];

/// Returns the fields that a payload of this type may have; empty if the type is not a struct.
pub(super) fn of<T: DeserializeOwned>() -> Fields {
    T::deserialize(Asked).err().map_or(&[], |Told(fields)| fields)
}

/// A deserializer without data, which only records the fields that the type asks for.
struct Asked;

/// The fields that the type asked for, as the error that ends deserialization.
#[derive(Debug)]
struct Told(Fields);

impl<'de> Deserializer<'de> for Asked {
    type Error = Told;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: Fields,
        _: V,
    ) -> Result<V::Value, Told> {
        Err(Told(fields))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Told> {
        Err(Told(&[]))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl de::Error for Told {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("only the fields are asked for")
    }
}

impl std::error::Error for Told {}
