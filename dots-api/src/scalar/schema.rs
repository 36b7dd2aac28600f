//! JSON Schemas of the handwritten types.

/// Implements `JsonSchema` for a type when the feature `schemars` is on.
///
/// The schema describes what the type writes. Other forms that it reads, such as an amount as text, are a concession to
/// Dots and not part of the contract.
macro_rules! named_schema {
    ($type:ident, $schema:expr) => {
        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!("dots_api::", stringify!($type)).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema
            }
        }
    };
}

pub(crate) use named_schema;

#[cfg(all(test, feature = "schemars"))]
mod tests {
    use schemars::schema_for;
    use serde_json::Value;

    use crate::scalar::{Cents, CountryCode, Metadata, Timestamp, UserId};

    #[test]
    fn a_schema_has_the_name_and_the_json_type_of_its_scalar() {
        for (schema, name, json_type) in [
            (schema_for!(Cents), "Cents", Value::from("integer")),
            (schema_for!(CountryCode), "CountryCode", "string".into()),
            (schema_for!(Metadata), "Metadata", vec!["string", "object"].into()),
            (schema_for!(Timestamp), "Timestamp", "string".into()),
            (schema_for!(UserId), "UserId", "string".into()),
        ] {
            assert_eq!(schema.get("title"), Some(&name.into()));
            assert_eq!(schema.get("type"), Some(&json_type));
        }
    }
}
