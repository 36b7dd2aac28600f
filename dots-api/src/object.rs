//! JSON objects: a table of fields becomes what reads and writes a struct.
//!
//! The generator writes the table; [`object!`] adds `Serialize` and `Deserialize`. Serde's derives do the same, and took
//! two thirds of the time in which this crate compiles: for each struct they write visitors of its own, where one
//! visitor serves all of them here.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::read::Reader;

/// Implements `Serialize` and `Deserialize` for a struct: a table of its fields, in the order in which they are
/// written.
///
/// | a field is | if it is absent | it is written |
/// |---|---|---|
/// | `required` | an error | always |
/// | `optional` | `None` | unless it is `None` |
/// | `default` | an empty value | always |
///
/// A text gives the name in the JSON where it is another, and `by` the function of [`read`](crate::read) that reads the
/// value more leniently than its type does. What is `closed` refuses fields that the table does not have.
macro_rules! object {
    ($name:ident { $($presence:ident $field:ident $(: $wire:literal)? $(by $reader:ident)?),* $(,)? }) => {
        $crate::object::object!(
            $name, false, { $($presence $field $(: $wire)? $(by $reader)?),* }
        );
    };
    (closed $name:ident { $($presence:ident $field:ident $(: $wire:literal)? $(by $reader:ident)?),* $(,)? }) => {
        $crate::object::object!(
            $name, true, { $($presence $field $(: $wire)? $(by $reader)?),* }
        );
    };
    ($name:ident, $closed:literal, { $($presence:ident $field:ident $(: $wire:literal)? $(by $reader:ident)?),* }) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let written = 0 $(+ usize::from($crate::object::$presence::is_written(&self.$field)))*;
                #[allow(unused_mut, reason = "an object may have no fields")]
                let mut object = serializer.serialize_struct(stringify!($name), written)?;
                $($crate::object::$presence::write(
                    &mut object,
                    $crate::object::or!(stringify!($field) $(, $wire)?),
                    &self.$field,
                )?;)*
                serde::ser::SerializeStruct::end(object)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::object::read(deserializer)
            }
        }

        impl $crate::object::Object for $name {
            const NAME: &'static str = stringify!($name);
            const FIELDS: &'static [&'static str] =
                &[$($crate::object::or!(stringify!($field) $(, $wire)?)),*];
            const CLOSED: bool = $closed;

            fn read<'de, A: serde::de::MapAccess<'de>>(
                mut members: $crate::object::Members<A>,
            ) -> Result<Self, A::Error> {
                $(let mut $field = None;)*
                while let Some(found) = members.find()? {
                    let place = 0;
                    $(
                        if found == place {
                            members.read::<$crate::object::reader!($($reader)?), _>(&mut $field)?;
                            continue;
                        }
                        let place = place + 1;
                    )*
                    let _ = (place, found);
                }
                Ok(Self {
                    $($field: $crate::object::$presence::given(
                        $field,
                        $crate::object::or!(stringify!($field) $(, $wire)?),
                    )?,)*
                })
            }
        }
    };
}

/// The reader of a field.
macro_rules! reader {
    () => {
        $crate::read::plain
    };
    ($reader:ident) => {
        $crate::read::$reader
    };
}

/// The second value, or the first where there is one alone.
macro_rules! or {
    ($default:expr) => {
        $default
    };
    ($default:expr, $given:expr) => {
        $given
    };
}

pub(crate) use {object, or, reader};

/// A struct that is read from an object.
pub(crate) trait Object: Sized {
    const NAME: &'static str;
    /// The names in the JSON.
    const FIELDS: &'static [&'static str];
    /// Whether other fields are refused.
    const CLOSED: bool;

    fn read<'de, A: MapAccess<'de>>(members: Members<A>) -> Result<Self, A::Error>;
}

/// Reads an object.
pub(crate) fn read<'de, D: Deserializer<'de>, T: Object>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_struct(T::NAME, T::FIELDS, Whole(PhantomData))
}

struct Whole<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for Whole<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("struct ")?;
        f.write_str(T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(Members { map, names: Names { fields: T::FIELDS, closed: T::CLOSED, next: 0 } })
    }
}

/// The members of an object that is being read.
pub(crate) struct Members<A> {
    map: A,
    names: Names,
}

/// The names that an object's members may have.
#[derive(Clone, Copy)]
struct Names {
    fields: &'static [&'static str],
    closed: bool,
    /// The place behind the field that was read last: most answers have the order of the document.
    next: usize,
}

impl<'de, A: MapAccess<'de>> Members<A> {
    /// Goes to the next member that is a field, and returns its place in the table.
    pub(crate) fn find(&mut self) -> Result<Option<usize>, A::Error> {
        loop {
            match self.map.next_key_seed(self.names)? {
                Some(Some(place)) => {
                    self.names.next = place + 1;
                    return Ok(Some(place));
                }
                Some(None) => drop(self.map.next_value::<IgnoredAny>()?),
                None => return Ok(None),
            }
        }
    }

    /// Reads the value of that member.
    pub(crate) fn read<R: Reader<T>, T>(&mut self, field: &mut Option<T>) -> Result<(), A::Error> {
        if field.is_some() {
            return Err(self.duplicate());
        }
        *field = Some(self.map.next_value_seed(Value::<R, T>(PhantomData))?);
        Ok(())
    }

    fn duplicate(&self) -> A::Error {
        let name = self.names.fields.get(self.names.next.wrapping_sub(1)).copied();
        de::Error::duplicate_field(name.unwrap_or_default())
    }
}

impl Names {
    fn place(self, name: &str) -> Option<usize> {
        let (before, behind) = self.fields.split_at_checked(self.next).unwrap_or_default();
        let ahead = behind.iter().position(|field| *field == name).map(|place| self.next + place);
        ahead.or_else(|| before.iter().position(|field| *field == name))
    }
}

impl<'de> DeserializeSeed<'de> for Names {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Names {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        let place = self.place(name);
        if place.is_none() && self.closed {
            return Err(E::unknown_field(name, self.fields));
        }
        Ok(place)
    }
}

/// The value of a member, read by a reader.
struct Value<R, T>(PhantomData<(R, T)>);

impl<'de, R: Reader<T>, T> DeserializeSeed<'de> for Value<R, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        R::read(deserializer)
    }
}

/// A field that must be there.
pub(crate) mod required {
    use serde::{Serialize, de, ser::SerializeStruct};

    pub(crate) const fn is_written<T>(_: &T) -> bool {
        true
    }

    pub(crate) fn write<S: SerializeStruct, T: Serialize>(
        object: &mut S,
        name: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        object.serialize_field(name, value)
    }

    pub(crate) fn given<T, E: de::Error>(value: Option<T>, name: &'static str) -> Result<T, E> {
        value.ok_or_else(|| E::missing_field(name))
    }
}

/// A field that may be left out.
pub(crate) mod optional {
    use serde::{Serialize, ser::SerializeStruct};

    pub(crate) use super::default::given;

    pub(crate) const fn is_written<T>(value: &Option<T>) -> bool {
        value.is_some()
    }

    pub(crate) fn write<S: SerializeStruct, T: Serialize>(
        object: &mut S,
        name: &'static str,
        value: &Option<T>,
    ) -> Result<(), S::Error> {
        if value.is_some() { object.serialize_field(name, value) } else { object.skip_field(name) }
    }
}

/// A field that is empty when it is left out.
pub(crate) mod default {
    pub(crate) use super::required::{is_written, write};

    pub(crate) fn given<T: Default, E>(value: Option<T>, _: &'static str) -> Result<T, E> {
        Ok(value.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
