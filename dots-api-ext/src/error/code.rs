//! The codes by which Dots names what is wrong.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $text:literal,)+) => {
        /// Names what is wrong, as far as Dots says so ([references/error-codes]).
        ///
        /// No page gives the status that a code comes with, so what a failed call means for the money is never read off
        /// its code.
        ///
        /// `Display` and `serde` write the code as Dots does, such as `invalid-input`. A code that is
        /// [`Other`](Self::Other) today may have a name of its own in a later version: compare texts
        /// (`code == "resource-gone"`) rather than match on `Other("resource-gone")`.
        ///
        /// [references/error-codes]: https://docs.dots.dev/references/error-codes
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])+ $name,)+
            /// A code that [references/error-codes] does not list.
            ///
            /// [references/error-codes]: https://docs.dots.dev/references/error-codes
            Other(String),
        }

        impl ErrorCode {
            /// The documented codes.
            pub const DOCUMENTED: &[Self] = &[$(Self::$name,)+];

            /// Returns the code as Dots writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for ErrorCode {
            fn from(text: String) -> Self {
                // Batch results write the same codes with underscores (guides/batch-payouts).
                match text.replace('_', "-").as_str() {
                    $($text => Self::$name,)+
                    _ => Self::Other(text),
                }
            }
        }
    };
}

codes! {
    /// An account with this e-mail address exists.
    AuthEmailAlreadyExists = "auth-email-already-exists",
    /// An account with this user name exists.
    AuthUsernameAlreadyExists = "auth-username-already-exists",
    /// A part of the request is missing or malformed.
    InvalidInput = "invalid-input",
    /// The social security number is malformed.
    InvalidSsn = "invalid-ssn",
    /// The user name is malformed.
    InvalidUsername = "invalid-username",
    /// The phone number is malformed.
    InvalidPhoneNumber = "invalid-phone-number",
    /// The e-mail address is malformed.
    InvalidEmail = "invalid-email",
    /// The phone number belongs to an internet telephone.
    InvalidPhoneNumberVoip = "invalid-phone-number-voip",
    /// The phone number belongs to a landline.
    InvalidPhoneNumberLandline = "invalid-phone-number-landline",
    /// The invoice asks for information that it cannot ask for.
    InvalidInvoiceRequestedInformation = "invalid-invoice-requested-information",
    /// The invoice's breakdown is malformed.
    InvalidInvoiceBreakdown = "invalid-invoice-breakdown",
    /// An item of the invoice is malformed.
    InvalidInvoiceItem = "invalid-invoice-item",
    /// The total of an item of the invoice is wrong.
    InvalidInvoiceItemTotal = "invalid-invoice-item-total",
    /// The transaction cannot be made like this.
    InvalidTransaction = "invalid-transaction",
    /// The wallet holds less than the transaction needs.
    TransactionInsufficientFunds = "transaction-insufficient-funds",
    /// Something about the user is missing.
    UserInfoMissing = "user-info-missing",
    /// The user's Cash App data is missing.
    UserInfoMissingCashApp = "user-info-missing-cash-app",
    /// The user has neither phone number nor e-mail address.
    UserInfoMissingContact = "user-info-missing-contact",
    /// The user's card data is missing.
    UserInfoMissingCard = "user-info-missing-card",
    /// Something about the app is missing.
    AppInfoMissing = "app-info-missing",
    /// A service that Dots depends on is down.
    ServiceUnavailable = "service-unavailable",
    /// Another call is changing the same thing.
    ResourceBusy = "resource-busy",
}

impl From<&str> for ErrorCode {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl PartialEq<str> for ErrorCode {
    fn eq(&self, text: &str) -> bool {
        self.as_str() == text
    }
}

impl PartialEq<&str> for ErrorCode {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == *text
    }
}
