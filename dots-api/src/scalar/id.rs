//! Text ids: one type per kind of object.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use super::schema::named_schema;
use super::text::{Excerpt, words};

/// Defines id types from a description, for docs and schema, and a name.
macro_rules! text_ids {
    ($($doc:literal $name:ident)+) => {$(
        #[doc = $doc]
        ///
        /// Most ids are UUIDs. Parsing accepts 1 to 64 letters, digits, `_` or `-`. An id in an answer of Dots is kept
        /// in any form, so that a new form of ids does not turn a paid payout into an error; it is validated before it
        /// becomes part of a path.
        ///
        /// # Examples
        /// ```
        #[doc = concat!("use dots_api::", stringify!($name), ";")]
        ///
        #[doc = concat!("let id: ", stringify!($name), r#" = "d48d42ca-efdf-4b41-b3a7-aa3cdd6c129f".parse()?;"#)]
        /// assert_eq!(id.as_str(), "d48d42ca-efdf-4b41-b3a7-aa3cdd6c129f");
        #[doc = concat!(r#"assert!("../users".parse::<"#, stringify!($name), ">().is_err());")]
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl Clone for $name {
            #[inline]
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }

            /// Overwrites the existing text, without an allocation if both have the same length, as UUIDs do.
            #[inline]
                        fn clone_from(&mut self, other: &Self) {
                let mut text = std::mem::take(&mut self.0).into_string();
                text.clear();
                text.push_str(&other.0);
                self.0 = text.into_boxed_str();
            }
        }

        impl $name {
            /// Returns the id as text.
            #[must_use]
            #[inline]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Display for $name {
            #[inline]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Parses an id.
            ///
            /// # Errors
            /// Returns an error unless the text is 1 to 64 letters, digits, `_` or `-`.
            #[inline]
            fn from_str(text: &str) -> Result<Self, IdError> {
                checked(text, stringify!($name)).map(|text| Self(text.into()))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdError;

            #[inline]
            fn try_from(text: &str) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            #[inline]
            fn try_from(text: String) -> Result<Self, IdError> {
                checked(&text, stringify!($name))?;
                Ok(Self(text.into()))
            }
        }

        impl From<Uuid> for $name {
            #[inline]
            fn from(uuid: Uuid) -> Self {
                Self(uuid.to_string().into())
            }
        }

        impl Serialize for $name {
            #[inline]
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(IdVisitor).map(Self)
            }
        }

        named_schema!($name, schemars::json_schema!({ "description": $doc, "type": "string" }));
    )+};
}

text_ids! {
    "The id of a user, a person whom the app pays." UserId
    "The id of a transfer, a movement of money between the app and a user." TransferId
    "The id of a flow, a page of Dots that a user is led through." FlowId
    "The id of a payout link, money that a person claims on a page of Dots." PayoutLinkId
    "The id of a batch of payouts." PayoutBatchId
    "The id of a payout request, a payout that waits for approval." PayoutRequestId
    "The id of a batch of transfers." TransferBatchId
    "The id of a payment customer, a person or firm who pays the app." PaymentCustomerId
    "The id of an app of an organization." AppId
    "The id of an organization, the owner of apps." OrganizationId
    "The id of a vendor, a firm whose bills the app pays." VendorId
    "The id of a way to pay a vendor, such as a bank account." VendorPaymentMethodId
    "The id of a payable, a bill of a vendor." PayableId
    "The id of an approval policy, a rule about who must approve a payable." ApprovalPolicyId
    "The id of a way to pay a user out, such as a bank account." PayoutMethodId
}

/// The maximum length of an id that is parsed; a UUID has 36 characters.
const MAX_LEN: usize = 64;

fn checked<'a>(text: &'a str, type_name: &'static str) -> Result<&'a str, IdError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(allowed) {
        Ok(text)
    } else {
        Err(IdError::new(text, type_name, "1 to 64 letters, digits, `_` or `-`"))
    }
}

/// Accepts any text, and the digits of an integer.
struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Box<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Box<str>, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Box<str>, E> {
        Ok(text.into())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Box<str>, E> {
        Ok(number.to_string().into())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Box<str>, E> {
        Ok(number.to_string().into())
    }
}

/// The error of a text that is not an id.
///
/// # Examples
/// ```
/// use dots_api::UserId;
///
/// let error = "a/b".parse::<UserId>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "could not read `a/b` as a user id: expected 1 to 64 letters, digits, `_` or `-`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdError {
    value: Excerpt,
    type_name: &'static str,
    expected: &'static str,
}

impl IdError {
    pub(super) fn new(value: &str, type_name: &'static str, expected: &'static str) -> Self {
        Self { value: Excerpt::of(value), type_name, expected }
    }
}

impl Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, type_name, expected } = self;
        let article = if type_name.starts_with(['A', 'O']) { "an" } else { "a" };
        write!(f, "could not read {value} as {article} {}: expected {expected}", words(type_name))
    }
}

impl std::error::Error for IdError {}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{OrganizationId, PayoutMethodId, TransferId, UserId};

    const UUID: &str = "d48d42ca-efdf-4b41-b3a7-aa3cdd6c129f";

    #[test]
    fn uuids_and_short_ids_are_read() {
        for text in [UUID, "usr_1", "A", "0", "-", &"x".repeat(64)] {
            assert_eq!(text.parse::<UserId>().as_ref().map(UserId::as_str), Ok(text));
            assert_eq!(UserId::try_from(text), UserId::try_from(text.to_owned()));
        }
    }

    #[test]
    fn an_id_that_is_written_over_is_the_other_one() {
        for (old, new) in [(UUID, "d48d42ca-efdf-4b41-b3a7-aa3cdd6c1290"), (UUID, "usr_1"), ("A", UUID)] {
            let (mut id, other) = (old.parse::<UserId>().unwrap(), new.parse::<UserId>().unwrap());
            id.clone_from(&other);
            assert_eq!((id.as_str(), &id), (new, &other.clone()));
        }
    }

    #[test]
    fn a_text_that_could_leave_its_place_in_a_path_is_refused() {
        let megabyte = "x".repeat(1 << 20);
        for text in [
            "",
            ".",
            "..",
            "../x",
            r"..\x",
            r"a\..\b",
            "%2e%2e",
            "%252e",
            "a/b",
            "a?b",
            "a#b",
            "\0",
            "\r\nX: y",
            "..;",
            "https://dots.dev/x",
            "//evil",
            " ",
            "a b",
            "a\u{202e}b",
            "a\u{200b}b",
            "\u{443}ser",
            "é",
            &"x".repeat(65),
            &"\u{20ac}".repeat(64),
            &megabyte,
        ] {
            assert!(text.parse::<UserId>().is_err(), "{}", text.escape_debug());
            assert!(UserId::try_from(text.to_owned()).is_err(), "{}", text.escape_debug());
        }
    }

    #[test]
    fn the_message_names_the_type_and_shows_the_start_of_the_text() {
        let message = |result: Result<TransferId, super::IdError>| result.map_err(|error| error.to_string());
        let tail = "as a transfer id: expected 1 to 64 letters, digits, `_` or `-`";
        assert_eq!(message("a\nb".parse()), Err(format!(r"could not read `a\nb` {tail}")));
        let cut = format!("could not read `{}...` {tail}", "x".repeat(64));
        assert_eq!(message("x".repeat(1 << 20).parse()), Err(cut));
        let organization = "".parse::<OrganizationId>().map_err(|error| error.to_string());
        assert!(
            organization.is_err_and(|message| message.starts_with("could not read `` as an organization id"))
        );
    }

    #[test]
    fn an_answer_with_an_id_in_another_form_is_kept() {
        for (json, text) in
            [(r#""usr/1""#, "usr/1"), (r#""""#, ""), ("17", "17"), ("-1", "-1"), (r#""é""#, "é")]
        {
            let id = serde_json::from_str::<PayoutMethodId>(json).ok();
            assert_eq!(id.as_ref().map(PayoutMethodId::as_str), Some(text));
        }
        for json in ["null", "true", "1.5", "[]", "{}"] {
            assert!(serde_json::from_str::<PayoutMethodId>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_id_is_written_as_the_text_it_was_made_of() {
        let id = Uuid::try_parse(UUID).map(UserId::from).ok();
        assert_eq!(id.as_ref().map(ToString::to_string).as_deref(), Some(UUID));
        assert_eq!(id.as_ref().map(AsRef::as_ref), Some(UUID));
        assert_eq!(id.and_then(|id| serde_json::to_string(&id).ok()), Some(format!("\"{UUID}\"")));
    }
}
