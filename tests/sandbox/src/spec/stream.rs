//! Validation of JSON text while it is read, without a tree of values where none is needed.

use std::fmt;

use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{
    check::{is_text_allowed, length},
    schema::{Node, ObjectRules, Type, Validator},
};

impl Validator {
    /// Whether a text is JSON, and a value that the schema allows.
    ///
    /// It never says yes to what [`Validator::is_valid`] refuses. Of a name that an object has twice it judges both
    /// values, where the other keeps the last.
    pub(crate) fn accepts(&self, json: &[u8]) -> bool {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let expected = Expected { validator: self, node: &self.root };
        expected.deserialize(&mut reader).and_then(|()| reader.end()).is_ok()
    }
}

/// The schema of the value that is read next.
#[derive(Clone, Copy)]
struct Expected<'v> {
    validator: &'v Validator,
    node: &'v Node,
}

impl<'v> Expected<'v> {
    fn of(self, node: &'v Node) -> Self {
        Self { node, ..self }
    }

    /// Judges a value that is read whole.
    fn whole<E: serde::de::Error>(self, value: &Value) -> Result<(), E> {
        require(self.validator.is_allowed(self.node, value))
    }

    /// Judges the type of a value that is read in parts.
    fn type_of<E: serde::de::Error>(self, found: Type) -> Result<(), E> {
        let types = &self.node.types;
        require(!self.node.never && (types.is_empty() || types.contains(&found)))
    }

    fn field<E: serde::de::Error>(self, rules: &'v ObjectRules, name: &str) -> Result<Found<'v>, E> {
        match (rules.fields.get(name), &rules.others) {
            (Some(field), _) => Ok(Found { node: Some(&field.node), bit: field.bit }),
            (None, Some(others)) if others.never => Err(E::custom("")),
            (None, others) => Ok(Found { node: others.as_ref(), bit: 0 }),
        }
    }
}

fn require<E: serde::de::Error>(holds: bool) -> Result<(), E> {
    // The message is for no reader: what is refused here is checked once more, for the whole list of objections.
    if holds { Ok(()) } else { Err(E::custom("")) }
}

impl<'de> DeserializeSeed<'de> for Expected<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        let mut expected = self;
        while let Some(target) =
            expected.node.reference.and_then(|place| self.validator.components.0.get(place))
        {
            expected = expected.of(target);
        }
        if expected.node.needs_tree {
            return expected.whole(&Value::deserialize(reader)?);
        }
        reader.deserialize_any(expected)
    }
}

impl<'de> Visitor<'de> for Expected<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.whole(&Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.whole(&Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.whole(&Value::from(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.whole(&Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.whole(&Value::from(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.type_of(Type::Text)?;
        let options = self.node.options.as_ref();
        require(options.is_none_or(|options| options.iter().any(|option| option.as_str() == Some(text))))?;
        require(self.node.text.as_ref().is_none_or(|rules| is_text_allowed(rules, text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        self.type_of(Type::Array)?;
        require(self.node.options.is_none())?;
        let rules = self.node.array.as_ref();
        let items = rules.and_then(|rules| rules.items.as_ref());
        let mut count = 0;
        loop {
            let more = match items {
                Some(items) => values.next_element_seed(self.of(items))?.is_some(),
                None => values.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
            count += 1;
        }
        let count = length(count);
        require(rules.is_none_or(|rules| {
            rules.least.is_none_or(|least| count >= least) && rules.most.is_none_or(|most| count <= most)
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        self.type_of(Type::Object)?;
        require(self.node.options.is_none())?;
        let Some(rules) = &self.node.object else {
            return IgnoredAny.visit_map(fields).map(|_| ());
        };
        let mut seen = 0_u64;
        while let Some(Found { node, bit }) = fields.next_key_seed(Name { expected: self, rules })? {
            seen |= bit;
            match node {
                Some(node) => fields.next_value_seed(self.of(node))?,
                None => fields.next_value::<IgnoredAny>().map(|_| ())?,
            }
        }
        // Each required field has a bit of its own.
        require(usize::try_from(seen.count_ones()).is_ok_and(|seen| seen == rules.required.len()))
    }
}

/// The name of a field, which is looked up and not kept.
struct Name<'v> {
    expected: Expected<'v>,
    rules: &'v ObjectRules,
}

/// What an object says of a field: its schema, if it has one, and its bit.
struct Found<'v> {
    node: Option<&'v Node>,
    bit: u64,
}

impl<'de, 'v> DeserializeSeed<'de> for Name<'v> {
    type Value = Found<'v>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Found<'v>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'v> Visitor<'_> for Name<'v> {
    type Value = Found<'v>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Found<'v>, E> {
        self.expected.field(self.rules, name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use crate::spec::Spec;

    #[test]
    fn what_is_not_one_json_value_is_refused() {
        let spec = Spec::embedded().unwrap();
        let schema = spec.operation("delete_flow").or(spec.operation("list_flows")).unwrap();
        let schema = schema.answer(hyper::StatusCode::OK).unwrap().schema.as_ref().unwrap();
        assert!(schema.accepts(br#"{"data":[],"has_more":false}"#));
        for text in [r#"{"data":[],"has_more":false"#, r#"{"data":[],"has_more":false} {}"#, "", "{"] {
            assert!(!schema.accepts(text.as_bytes()), "{text}");
        }
        let twice = br#"{"data":[],"data":[]}"#;
        assert!(!schema.accepts(twice), "a field that is there twice does not stand for another");
    }
}
