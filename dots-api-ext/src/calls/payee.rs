//! The payee of a payout, by phone number or user id.

use std::fmt;
use std::str::FromStr;

use dots_api::scalar::PhoneError;
use dots_api::{PhoneNumber, PhonePayee, UserId};
use serde::de::{self, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use crate::policy::validate;

/// Holds a phone number in the two parts that Dots expects.
///
/// [`from_e164`](Self::from_e164) and `parse` read a number in international form, such as `+12025550139`; so does
/// `serde`, which writes that form as well. The parts that [`new`](Self::new) takes are validated when the call is
/// awaited, before anything is sent. `Debug` hides the number.
///
/// # Examples
/// ```
/// use dots_api_ext::{Payee, Phone};
///
/// let phone: Phone = "+12025550139".parse()?;
/// assert_eq!(phone, Phone::new("1", "2025550139"));
/// assert_eq!(phone.to_e164()?, "+12025550139");
/// assert_eq!(format!("{:?}", Payee::from(phone)), "Payee(phone ***)");
/// # Ok::<(), dots_api_ext::dots_api::PhoneError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    country_code: String,
    number: String,
}

impl Phone {
    /// Creates a phone number from the country code (one to three digits, without a plus) and the rest of the number.
    #[must_use]
    pub fn new(country_code: impl Into<String>, number: impl Into<String>) -> Self {
        Self { country_code: country_code.into(), number: number.into() }
    }

    /// Reads a phone number in international form (E.164): a plus, the calling code and the rest, digits alone.
    ///
    /// # Errors
    /// Returns an error that says what is wrong and does not repeat the number; see [`PhoneNumber::from_e164`] for what
    /// is checked.
    ///
    /// # Examples
    /// ```
    /// use dots_api_ext::Phone;
    ///
    /// assert_eq!(Phone::from_e164("+447700900123")?, Phone::new("44", "7700900123"));
    /// assert!(Phone::from_e164("+44 7700 900123").is_err());
    /// # Ok::<(), dots_api_ext::dots_api::PhoneError>(())
    /// ```
    pub fn from_e164(text: &str) -> Result<Self, PhoneError> {
        let (country, number) = PhoneNumber::from_e164(text)?;
        Ok(Self::new(country.as_str(), number.as_str()))
    }

    /// Writes the phone number in international form (E.164).
    ///
    /// # Errors
    /// Returns an error when the parts are malformed, or make no such number.
    ///
    /// # Examples
    /// See [`Phone`].
    pub fn to_e164(&self) -> Result<String, PhoneError> {
        self.number.parse::<PhoneNumber>()?.to_e164(&self.country_code.parse()?)
    }

    /// Validates the parts and returns them.
    pub(crate) fn read(self) -> Result<PhonePayee, String> {
        let why = |error: PhoneError| error.to_string();
        Ok(PhonePayee::new(self.country_code.try_into().map_err(why)?, self.number.try_into().map_err(why)?))
    }
}

impl FromStr for Phone {
    type Err = PhoneError;

    fn from_str(text: &str) -> Result<Self, PhoneError> {
        Self::from_e164(text)
    }
}

impl Serialize for Phone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_e164().map_err(ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Takes a text alone: serde's own message for anything else may repeat a number.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Read {
            Text(String),
            Other(IgnoredAny),
        }
        match Read::deserialize(deserializer)? {
            Read::Text(text) => text.parse().map_err(de::Error::custom),
            Read::Other(_) => {
                Err(de::Error::custom("expected a phone number as text, such as `+12025550139`"))
            }
        }
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(***)")
    }
}

/// Names the person who is paid.
///
/// # Examples
/// ```
/// use dots_api_ext::Payee;
///
/// let by_phone = Payee::phone("1", "2025550139");
/// assert_eq!(by_phone, Payee::e164("+12025550139")?);
/// let by_id = Payee::user("3c90c3cc-0d44-4b50-8888-8dd25736052a".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Payee(Who);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Phone(Phone),
    User(UserId),
}

/// Holds a validated payee.
pub(crate) enum Known {
    Phone(PhonePayee),
    User(UserId),
}

impl Payee {
    /// Names a person by phone: the country code without a plus (one to three digits), and the rest of the number.
    ///
    /// The parts are validated when the payout is awaited, before anything is sent.
    #[must_use]
    pub fn phone(country_code: impl Into<String>, number: impl Into<String>) -> Self {
        Self(Who::Phone(Phone::new(country_code, number)))
    }

    /// Names a person by a phone number in international form, such as `+12025550139`.
    ///
    /// # Errors
    /// Returns an error as [`Phone::from_e164`] does.
    ///
    /// # Examples
    /// See [`Payee`].
    pub fn e164(text: &str) -> Result<Self, PhoneError> {
        Phone::from_e164(text).map(Self::from)
    }

    /// Names a user of the app.
    #[must_use]
    pub const fn user(id: UserId) -> Self {
        Self(Who::User(id))
    }

    /// Returns the validated payee, or why it is invalid.
    pub(crate) fn read(self) -> Result<Known, String> {
        match self.0 {
            Who::Phone(phone) => phone.read().map(Known::Phone),
            Who::User(id) => validate::id(&id).map(Known::User),
        }
    }
}

impl From<UserId> for Payee {
    fn from(id: UserId) -> Self {
        Self::user(id)
    }
}

impl From<&UserId> for Payee {
    fn from(id: &UserId) -> Self {
        Self::user(id.clone())
    }
}

impl From<Phone> for Payee {
    fn from(phone: Phone) -> Self {
        Self(Who::Phone(phone))
    }
}

impl fmt::Debug for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Who::Phone(_) => f.write_str("Payee(phone ***)"),
            Who::User(id) => write!(f, "Payee({id})"),
        }
    }
}
