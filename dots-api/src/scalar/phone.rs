//! Phone numbers, in the two parts that Dots expects.

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::schema::named_schema;
use super::text::{self, is_digits};

/// The calling code of a country: 1 to 3 digits, without the plus.
///
/// # Examples
/// ```
/// use dots_api::CountryCode;
///
/// let united_states: CountryCode = "1".parse()?;
/// assert_eq!(united_states.as_str(), "1");
/// assert!("+1".parse::<CountryCode>().is_err());
/// assert!("US".parse::<CountryCode>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode(Box<str>);

/// A national phone number: 1 to 20 digits, without the country code.
///
/// [`from_e164`](PhoneNumber::from_e164) splits a number such as `+12025550139` into its two parts.
///
/// `Debug` and the error hide it. `Display` and [`as_str`](PhoneNumber::as_str) return the digits.
///
/// # Examples
/// ```
/// use dots_api::PhoneNumber;
///
/// let number: PhoneNumber = "2025550139".parse()?;
/// assert_eq!(number.as_str(), "2025550139");
/// assert_eq!(format!("{number:?}"), "PhoneNumber(***)");
/// assert!("+12025550139".parse::<PhoneNumber>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Box<str>);

impl Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(***)")
    }
}

/// Implements what both parts share, from a type, its part of the number and the maximum number of digits.
macro_rules! digits {
    ($($name:ident, $part:expr, $max:literal;)+) => {$(
        impl $name {
            /// Returns the digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = PhoneError;

            /// Parses digits.
            ///
            /// # Errors
            /// Returns an error for anything but ASCII digits, and for too many of them. It does not repeat the
            /// text.
            fn from_str(text: &str) -> Result<Self, PhoneError> {
                text.to_owned().try_into()
            }
        }

        impl TryFrom<&str> for $name {
            type Error = PhoneError;

            fn try_from(text: &str) -> Result<Self, PhoneError> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = PhoneError;

            fn try_from(text: String) -> Result<Self, PhoneError> {
                if text.len() <= $max && is_digits(&text) {
                    Ok(Self(text.into()))
                } else {
                    Err(PhoneError(Kind::Part($part, text.trim_start().starts_with('+'))))
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text::read(deserializer, "digits as text")
            }
        }
    )+};
}

digits! {
    CountryCode, Part::CountryCode, 3;
    PhoneNumber, Part::Number, 20;
}

named_schema!(
    CountryCode,
    schemars::json_schema!({
        "description": "The calling code of a country, without the plus.",
        "type": "string",
        "pattern": "^[0-9]{1,3}$"
    })
);

named_schema!(
    PhoneNumber,
    schemars::json_schema!({
        "description": "A telephone number inside its country, without the country's code.",
        "type": "string",
        "pattern": "^[0-9]{1,20}$"
    })
);

/// The error of a text that is not part of a phone number; it does not repeat the text.
///
/// # Examples
/// ```
/// use dots_api::PhoneNumber;
///
/// let error = "+12025550139".parse::<PhoneNumber>().unwrap_err();
/// assert!(error.to_string().contains("split the country code off"));
/// assert!(!error.to_string().contains("2025550139"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneError(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A part of a number, and whether its text begins with a plus.
    Part(Part, bool),
    /// A number in international form.
    International(Mistake),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    CountryCode,
    Number,
}

/// Why a text cannot be read as a phone number in international form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    NoPlus,
    NotDigits,
    NoCallingCode,
    TooShort,
    TooLong,
    NorthAmerica,
}

impl Mistake {
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::NoPlus => "it starts with `+` and the calling code, such as `+12025550139`",
            Self::NotDigits => "only digits follow the plus, without spaces, hyphens and brackets",
            Self::NoCallingCode => "no calling code begins like this",
            Self::TooShort => "it has too few digits",
            Self::TooLong => "it has more than 15 digits",
            Self::NorthAmerica => "after `+1` there are ten digits",
        }
    }
}

impl PhoneError {
    pub(super) const fn international(mistake: Mistake) -> Self {
        Self(Kind::International(mistake))
    }
}

impl Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (part, plus) = match self.0 {
            Kind::Part(part, plus) => (part, plus),
            Kind::International(mistake) => {
                return write!(f, "could not read an international phone number: {}", mistake.why());
            }
        };
        f.write_str(match (part, plus) {
            (Part::CountryCode, true) => {
                "could not read a country code: write its 1 to 3 digits without the plus, such as `1`"
            }
            (Part::CountryCode, false) => {
                "could not read a country code: expected the 1 to 3 digits to dial, such as `1`"
            }
            (Part::Number, true) => {
                "could not read a phone number that starts with a plus: split the country code off, as `PhoneNumber::from_e164` does"
            }
            (Part::Number, false) => {
                "could not read a phone number: expected 1 to 20 digits and nothing else"
            }
        })
    }
}

impl std::error::Error for PhoneError {}

#[cfg(test)]
mod tests {
    use super::{CountryCode, PhoneNumber};

    #[test]
    fn digits_are_read_and_written_alike() {
        for text in ["0", "1", "44", "001"] {
            let code: Result<CountryCode, _> = text.parse();
            assert_eq!(code.as_ref().map(CountryCode::as_str), Ok(text));
            let json = code.map(|code| serde_json::to_string(&code).ok());
            assert_eq!(json, Ok(Some(format!("\"{text}\""))));
        }
        for text in ["0", "2025550139", &"9".repeat(20)] {
            let number: Result<PhoneNumber, _> = text.parse();
            assert_eq!(number.as_ref().map(ToString::to_string).as_deref(), Ok(text));
            let json = number.map(|number| serde_json::to_string(&number).ok());
            assert_eq!(json, Ok(Some(format!("\"{text}\""))));
        }
    }

    #[test]
    fn anything_but_the_right_count_of_digits_is_refused() {
        for text in ["", "+", "+1", " 1", "1 ", "-1", "1234", "US", "a", "١", "\0"] {
            assert!(text.parse::<CountryCode>().is_err(), "{text}");
            assert!(serde_json::from_value::<CountryCode>(text.into()).is_err(), "{text}");
        }
        let (twenty_one, forty) = ("9".repeat(21), "9".repeat(40));
        for text in [
            "",
            "+",
            "+12025550139",
            "202-555-0139",
            "(202) 5550139",
            " 2025550139",
            "2025550139 ",
            "202555013x",
            "١٢",
            "202\u{200b}5550139",
            &twenty_one,
            &forty,
        ] {
            assert!(PhoneNumber::try_from(text).is_err(), "{text}");
            assert!(serde_json::from_value::<PhoneNumber>(text.into()).is_err(), "{text}");
        }
    }

    #[test]
    fn no_message_and_no_debug_output_holds_the_number() {
        for json in [r#""+12025550139""#, r#""202-5550139""#, "2025550139", "-2025550139", "2025550139.5"] {
            let message = serde_json::from_str::<PhoneNumber>(json).map_err(|error| error.to_string());
            assert!(message.is_err_and(|message| !message.contains("555")), "{json}");
            let message = serde_json::from_str::<CountryCode>(json).map_err(|error| format!("{error:?}"));
            assert!(message.is_err_and(|message| !message.contains("555")), "{json}");
        }
        assert_eq!(format!("{:?}", "2025550139".parse::<PhoneNumber>()), "Ok(PhoneNumber(***))");
    }

    #[test]
    fn the_message_says_what_to_do_about_a_plus() {
        let number = "+12025550139".parse::<PhoneNumber>().map_err(|error| error.to_string());
        let split = "could not read a phone number that starts with a plus: split the country code off, as `PhoneNumber::from_e164` does";
        assert_eq!(number, Err(split.to_owned()));
        let code = "+1".parse::<CountryCode>().map_err(|error| error.to_string());
        assert!(code.is_err_and(|message| message.contains("without the plus")));
    }
}
