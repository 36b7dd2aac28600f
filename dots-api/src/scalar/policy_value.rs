//! The values that approval policies compare with.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::schema::named_schema;
use super::{AnsweredCents, Cents, IdError, VendorId};

/// The value that a condition of an approval policy compares a payable with.
///
/// In JSON, a number is an amount in cents and a text is the id of a vendor. In an answer of Dots anything else,
/// including a fraction of a cent, is kept and written back unchanged; in JSON of your own a number is an integer.
///
/// # Examples
/// ```
/// use dots_api::{Cents, PolicyValue};
///
/// let above = PolicyValue::from(Cents::new(100_000));
/// assert_eq!(above, "100000".parse()?);
/// assert_eq!(serde_json::to_string(&above)?, "100000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PolicyValue {
    /// Compares the amount of the payable, in cents.
    Amount(Cents),
    /// Compares the vendor of the payable.
    VendorId(VendorId),
    /// A value that this version does not know.
    Other(Value),
}

impl Display for PolicyValue {
    /// Writes an amount as its cents, an id as its text, and anything else as JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(amount) => amount.fmt(f),
            Self::VendorId(id) => id.fmt(f),
            Self::Other(value) => value.fmt(f),
        }
    }
}

impl FromStr for PolicyValue {
    type Err = IdError;

    /// Parses a number of cents, such as `100000`, as an amount, and anything else as the id of a vendor.
    ///
    /// # Errors
    /// Returns an error for any other text.
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self::Amount).or_else(|_| text.parse().map(Self::VendorId))
    }
}

impl From<Cents> for PolicyValue {
    fn from(amount: Cents) -> Self {
        Self::Amount(amount)
    }
}

impl From<VendorId> for PolicyValue {
    fn from(id: VendorId) -> Self {
        Self::VendorId(id)
    }
}

impl From<Value> for PolicyValue {
    /// Reads any JSON, as in an answer.
    fn from(value: Value) -> Self {
        let known = match &value {
            Value::Number(_) => {
                AnsweredCents::deserialize(&value).map(|AnsweredCents(cents)| Self::Amount(cents)).ok()
            }
            Value::String(_) => VendorId::deserialize(&value).map(Self::VendorId).ok(),
            _ => None,
        };
        known.unwrap_or(Self::Other(value))
    }
}

impl Serialize for PolicyValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Amount(amount) => amount.serialize(serializer),
            Self::VendorId(id) => id.serialize(serializer),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for PolicyValue {
    /// Reads any JSON but a number that is not an integer, which may mean dollars.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.is_number() {
            return Cents::deserialize(value).map(Self::Amount).map_err(D::Error::custom);
        }
        Ok(Self::from(value))
    }
}

named_schema!(
    PolicyValue,
    schemars::json_schema!({
        "description": "What a payable is compared with: an amount in cents, or the id of a vendor.",
        "type": ["number", "string"]
    })
);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::PolicyValue;
    use crate::scalar::{Cents, VendorId};

    #[test]
    fn a_number_is_an_amount_and_a_text_a_vendor() {
        assert_eq!(PolicyValue::from(json!(100_000)), Cents::new(100_000).into());
        assert_eq!(PolicyValue::from(json!(100.0)), Cents::new(100).into());
        let vendor: Result<VendorId, _> = "vnd_1".parse();
        assert_eq!(Ok(PolicyValue::from(json!("vnd_1"))), vendor.map(PolicyValue::from));
    }

    #[test]
    fn anything_else_makes_the_round_trip() {
        for value in [json!(null), json!(true), json!(10.5), json!([1]), json!({"a": 1})] {
            let read = PolicyValue::from(value.clone());
            assert_eq!(read, PolicyValue::Other(value.clone()));
            assert_eq!(serde_json::to_value(read).ok(), Some(value));
        }
    }

    #[test]
    fn a_number_of_the_callers_own_json_is_an_integer_of_cents() {
        let read = |json| serde_json::from_value::<PolicyValue>(json);
        assert_eq!(read(json!(1_999)).ok(), Some(Cents::new(1_999).into()));
        assert_eq!(read(json!({"a": 1})).ok(), Some(PolicyValue::Other(json!({"a": 1}))));
        for json in [json!(19.99), json!(10.0)] {
            let error = read(json).map_err(|error| error.to_string());
            assert!(error.is_err_and(|error| error.contains("write an integer, such as `1999` for $19.99")));
        }
    }

    #[test]
    fn an_id_in_another_form_makes_the_round_trip() {
        let read = serde_json::from_value::<PolicyValue>(json!("vendor/1")).ok();
        assert_eq!(read.and_then(|read| serde_json::to_value(read).ok()), Some(json!("vendor/1")));
    }

    #[test]
    fn a_text_of_digits_is_an_amount_and_any_other_an_id() {
        assert_eq!("100000".parse(), Ok(PolicyValue::Amount(Cents::new(100_000))));
        assert_eq!("vnd_1".parse(), "vnd_1".parse().map(PolicyValue::VendorId));
        for text in ["", "10.00", "a/b", ".."] {
            assert!(text.parse::<PolicyValue>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_prints_what_it_is() {
        assert_eq!(PolicyValue::from(Cents::new(5)).to_string(), "5");
        assert_eq!(PolicyValue::from(json!("vnd_1")).to_string(), "vnd_1");
        assert_eq!(PolicyValue::Other(json!({"a": 1})).to_string(), r#"{"a":1}"#);
    }
}
