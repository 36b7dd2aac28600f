//! Numeric ids.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::IdError;
use super::schema::named_schema;
use super::text::is_digits;

/// Defines id types from a description, for docs and schema, and a name.
macro_rules! number_ids {
    ($($doc:literal $name:ident)+) => {$(
        #[doc = $doc]
        ///
        /// It is written as a JSON integer, and read from an integer or its text.
        ///
        /// # Examples
        /// ```
        #[doc = concat!("use dots_api::", stringify!($name), ";")]
        ///
        #[doc = concat!("let id: ", stringify!($name), r#" = "123".parse()?;"#)]
        #[doc = concat!("assert_eq!(id, ", stringify!($name), "::new(123));")]
        /// assert_eq!(id.get(), 123);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Creates an id from its number.
            #[must_use]
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// Returns the number.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Parses an id from its digits.
            ///
            /// # Errors
            /// Returns an error for anything else, and for a number that does not fit into 64 bits.
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text).map(Self).ok_or_else(|| IdError::new(text, stringify!($name), EXPECTED))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(NumberVisitor { type_name: stringify!($name) }).map(Self)
            }
        }

        named_schema!($name, schemars::json_schema!({ "description": $doc, "type": "integer", "format": "int64" }));
    )+};
}

number_ids! {
    "The id of a transaction, one side of a transfer." TransactionId
    "The id of a person who works in the dashboard of Dots, such as the one who approves a payable." DashboardUserId
}

const EXPECTED: &str = "a whole number";

fn parse(text: &str) -> Option<i64> {
    if is_digits(text.strip_prefix('-').unwrap_or(text)) { text.parse().ok() } else { None }
}

struct NumberVisitor {
    type_name: &'static str,
}

impl Visitor<'_> for NumberVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number or its text")
    }

    fn visit_i64<E: de::Error>(self, id: i64) -> Result<i64, E> {
        Ok(id)
    }

    fn visit_u64<E: de::Error>(self, id: u64) -> Result<i64, E> {
        i64::try_from(id).map_err(|_| E::custom(IdError::new(&id.to_string(), self.type_name, EXPECTED)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
        parse(text).ok_or_else(|| E::custom(IdError::new(text, self.type_name, EXPECTED)))
    }
}

#[cfg(test)]
mod tests {
    use super::{DashboardUserId, TransactionId};

    #[test]
    fn a_number_and_its_text_are_the_same_id() {
        for (json, id) in [("123", 123), (r#""123""#, 123), ("-1", -1), (r#""-1""#, -1), ("0", 0)] {
            assert_eq!(serde_json::from_str(json).ok(), Some(TransactionId::new(id)), "{json}");
        }
    }

    #[test]
    fn an_id_is_written_as_an_integer_and_reads_itself_back() {
        for id in [0, 123, i64::MIN, i64::MAX].map(DashboardUserId::new) {
            assert_eq!(serde_json::to_string(&id).ok(), Some(id.to_string()));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn a_text_that_is_no_whole_number_is_refused() {
        for text in ["", "-", "+1", "1.0", "1e3", "0x1", " 1", "١٢", "../x", "9223372036854775808"] {
            assert!(text.parse::<TransactionId>().is_err(), "{text}");
            assert!(serde_json::from_value::<TransactionId>(text.into()).is_err(), "{text}");
        }
        for json in ["9223372036854775808", "1.5", "1.0", "null", "true", "[]"] {
            assert!(serde_json::from_str::<TransactionId>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_message_names_the_type_and_the_text() {
        let message = "usr_1".parse::<DashboardUserId>().map_err(|error| error.to_string());
        let expected = "could not read `usr_1` as a dashboard user id: expected a whole number";
        assert_eq!(message, Err(expected.to_owned()));
    }
}
