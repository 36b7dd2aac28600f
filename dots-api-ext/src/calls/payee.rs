//! The payee of a payout, by phone number or user id.

use std::fmt;

use dots_api::scalar::PhoneError;
use dots_api::{PhonePayee, UserId};

use crate::policy::validate;

/// Holds a phone number in the two parts that Dots expects.
///
/// The parts are validated when the call is awaited, before anything is sent. `Debug` hides them.
///
/// # Examples
/// ```
/// use dots_api_ext::{Payee, Phone};
///
/// let payee = Payee::from(Phone::new("1", "2025550139"));
/// assert_eq!(format!("{payee:?}"), "Payee(phone ***)");
/// ```
#[derive(Clone)]
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

    /// Validates the parts and returns them.
    pub(crate) fn read(self) -> Result<PhonePayee, String> {
        let why = |error: PhoneError| error.to_string();
        Ok(PhonePayee::new(self.country_code.try_into().map_err(why)?, self.number.try_into().map_err(why)?))
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
/// let by_id = Payee::user("3c90c3cc-0d44-4b50-8888-8dd25736052a".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Payee(Who);

#[derive(Clone)]
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
