//! Open and closed string enums: a table of variants and texts becomes an enum with its traits.
//!
//! The generator writes the table; the two macros add the rest. Each body is one call, because there are about eighty
//! such enums and every line here is compiled for each of them.

use std::fmt::{self, Display};

use crate::scalar::text::{Excerpt, words};

/// Declares an open enum, each variant with its text: every text is a valid value.
///
/// An answer may hold a value that the document does not list and must still be readable, because the money that it
/// reports has moved.
macro_rules! open_enum {
    ($(#[$note:meta])* $access:vis enum $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$note])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $access enum $name {
            $(#[doc = concat!("`", $text, "`.")] $variant,)*
            /// A value that this version does not know, as it came.
            Unknown(String),
        }

        impl $name {
            /// Returns the value as it goes over the wire.
            #[must_use]
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(other) => other,
                }
            }
        }

        impl From<&str> for $name {
            #[inline]
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Unknown(text.to_owned()))
            }
        }

        impl From<String> for $name {
            #[inline]
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or(Self::Unknown(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            #[inline]
            fn from_str(text: &str) -> Result<Self, std::convert::Infallible> {
                Ok(text.into())
            }
        }

        $crate::scalar::schema::named_schema!($name, $crate::open_enum::open_schema(Self::VALUES));
        $crate::open_enum::text_enum!($name { $($variant = $text,)* });
    };
}

/// Declares a closed enum, which only requests use: it has exactly the values that the document lists.
macro_rules! closed_enum {
    ($(#[$note:meta])* $access:vis enum $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$note])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $access enum $name {
            $(#[doc = concat!("`", $text, "`.")] $variant,)*
        }

        impl $name {
            /// Returns the value as it goes over the wire.
            #[must_use]
            #[inline]
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::open_enum::UnknownValue;

            // A variant may be named `Error`, so that the name of the type stands here.
            #[inline]
            fn try_from(text: &str) -> Result<Self, $crate::open_enum::UnknownValue> {
                Self::known(text).ok_or_else(|| {
                    $crate::open_enum::UnknownValue::new(stringify!($name), text, Self::VALUES)
                })
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::open_enum::UnknownValue;

            #[inline]
            fn from_str(text: &str) -> Result<Self, $crate::open_enum::UnknownValue> {
                text.try_into()
            }
        }

        $crate::scalar::schema::named_schema!($name, $crate::open_enum::closed_schema(Self::VALUES));
        $crate::open_enum::text_enum!($name { $($variant = $text,)* });
    };
}

/// Implements what both kinds share.
macro_rules! text_enum {
    ($name:ident { $($variant:ident = $text:literal,)* }) => {
        impl $name {
            /// The values that the document lists, as they go over the wire.
            pub const VALUES: &'static [&'static str] = &[$($text),*];

            #[inline]
            fn known(text: &str) -> Option<Self> {
                Some(match text {
                    $($text => Self::$variant,)*
                    _ => return None,
                })
            }
        }

        impl std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl serde::Serialize for $name {
            #[inline]
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::scalar::text::read(deserializer, "text")
            }
        }
    };
}

/// Turns what a variant holds into the variant: for unions, whose variants each hold a type of their own.
macro_rules! from_parts {
    ($name:ident: $($variant:ident($part:ty)),+ $(,)?) => {
        $(
            impl From<$part> for $name {
                #[inline]
                fn from(part: $part) -> Self {
                    Self::$variant(part)
                }
            }
        )+
    };
}

pub(crate) use {closed_enum, from_parts, open_enum, text_enum};

#[cfg(feature = "schemars")]
pub(crate) fn open_schema(values: &[&str]) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "anyOf": [{ "enum": values }, { "type": "string" }] })
}

#[cfg(feature = "schemars")]
pub(crate) fn closed_schema(values: &[&str]) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "enum": values })
}

/// The error of a text that is not a value of a closed enum.
///
/// # Examples
/// ```
/// use std::str::FromStr;
///
/// use dots_api::UnknownValue;
///
/// fn column<T: FromStr<Err = UnknownValue>>(text: &str) -> Result<T, String> {
///     text.trim().parse().map_err(|error: UnknownValue| format!("could not read the column: {error}"))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue {
    type_name: &'static str,
    value: Excerpt,
    values: &'static [&'static str],
}

impl UnknownValue {
    pub(crate) fn new(type_name: &'static str, value: &str, values: &'static [&'static str]) -> Self {
        Self { type_name, value: Excerpt::of(value), values }
    }
}

impl Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} {}: expected ", words(self.type_name), self.value)?;
        for (place, value) in self.values.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}`{value}`")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownValue {}

#[cfg(test)]
mod tests {
    #![allow(unreachable_pub, reason = "the macros are for types that are public")]

    open_enum! {
        /// The status of a transfer.
        enum TransferStatus {
            Created = "created",
            InReview = "in_review",
        }
    }

    closed_enum! {
        /// The kind of a bank account.
        enum BankAccountType {
            Checking = "checking",
            Savings = "savings",
        }
    }

    #[test]
    fn a_known_text_is_never_unknown() {
        for text in TransferStatus::VALUES {
            let status = TransferStatus::from(*text);
            assert!(!matches!(status, TransferStatus::Unknown(_)), "{text}");
            assert_eq!(status, TransferStatus::from((*text).to_owned()));
            assert_eq!(text.parse(), Ok(status.clone()));
            assert_eq!(serde_json::from_value(serde_json::json!(text)).ok(), Some(status.clone()));
            assert_eq!((status.as_ref(), status.to_string().as_str()), (*text, *text));
        }
    }

    #[test]
    fn an_unknown_text_makes_the_round_trip() {
        for text in ["teleported", "", "Created", " created", "cr\u{e9}\u{e9}"] {
            let json = serde_json::json!(text);
            let status: Option<TransferStatus> = serde_json::from_value(json.clone()).ok();
            assert_eq!(status, Some(TransferStatus::Unknown(text.to_owned())));
            assert_eq!(status.and_then(|status| serde_json::to_value(status).ok()), Some(json));
        }
    }

    #[test]
    fn an_open_enum_reads_nothing_but_text() {
        for json in ["null", "1", "true", "[]", "{}"] {
            assert!(serde_json::from_str::<TransferStatus>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_closed_enum_reads_and_writes_its_values() {
        for text in BankAccountType::VALUES {
            let account = BankAccountType::try_from(*text);
            assert_eq!(account.as_ref().map(AsRef::as_ref), Ok(*text));
            assert_eq!(account.as_ref().map(ToString::to_string), Ok((*text).to_owned()));
            assert_eq!(account.map(|account| serde_json::json!(account)), Ok(serde_json::json!(text)));
            assert_eq!(
                serde_json::from_value(serde_json::json!(text)).ok(),
                text.parse::<BankAccountType>().ok()
            );
        }
    }

    #[test]
    fn a_closed_enum_refuses_any_other_value_and_lists_its_own() {
        let message = "cheque".parse::<BankAccountType>().map_err(|error| error.to_string());
        let expected = "unknown bank account type `cheque`: expected `checking`, `savings`";
        assert_eq!(message, Err(expected.to_owned()));
        for text in ["", "Checking", "checking ", "\0"] {
            assert!(serde_json::from_value::<BankAccountType>(text.into()).is_err(), "{text}");
        }
    }

    #[cfg(feature = "schemars")]
    #[test]
    fn the_schema_of_an_open_enum_allows_any_text_and_that_of_a_closed_one_does_not() {
        let open = schemars::schema_for!(TransferStatus).to_value();
        assert_eq!(open.get("title"), Some(&"TransferStatus".into()));
        let any_of = serde_json::json!([{ "enum": ["created", "in_review"] }, { "type": "string" }]);
        assert_eq!(open.get("anyOf"), Some(&any_of));
        let closed = schemars::schema_for!(BankAccountType).to_value();
        assert_eq!(closed.get("enum"), Some(&serde_json::json!(["checking", "savings"])));
    }
}
