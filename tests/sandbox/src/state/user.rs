//! Users: people who can be paid.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Compliance, label::Label, table::Row};

/// A user of the app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) app: Uuid,
    pub(crate) created: Timestamp,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) country_code: String,
    pub(crate) phone_number: String,
    pub(crate) status: UserStatus,
    /// The rail on which the user is paid.
    pub(crate) default_payout_method: Option<String>,
    /// The user's payout method for that rail, an object of the kind `PayoutMethod`; `None` when the rail was chosen
    /// and no such method was added.
    pub(crate) default_method_id: Option<Uuid>,
    pub(crate) payout_options_exclude_list: Vec<String>,
    pub(crate) adjustment_1099: Option<Value>,
    pub(crate) metadata: Option<Value>,
    pub(crate) date_of_birth: Option<String>,
    pub(crate) address: Option<Box<Value>>,
    /// Whether the user's wallet is paid out automatically.
    pub(crate) auto_payout_enabled: bool,
    /// Whether a verification token was sent and can be entered.
    pub(crate) token_sent: bool,
    pub(crate) compliance: Compliance,
}

/// The verification status of a user. Dots alone sets `in_review` and `disabled`, and the sandbox never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserStatus {
    Unverified,
    /// The user has entered the verification token.
    Verified,
}

impl UserStatus {
    /// The status as the API writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Verified => "verified",
        }
    }
}

impl User {
    /// The verification token that every user is sent.
    pub(crate) const TOKEN: &'static str = "123456";

    /// Creates a user of whom nothing is known yet.
    pub(crate) fn unknown(id: Uuid, app: Uuid, created: Timestamp) -> Self {
        Self {
            id,
            app,
            created,
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            country_code: String::new(),
            phone_number: String::new(),
            status: UserStatus::Unverified,
            default_payout_method: None,
            default_method_id: None,
            payout_options_exclude_list: Vec::new(),
            adjustment_1099: None,
            metadata: None,
            date_of_birth: None,
            address: None,
            auto_payout_enabled: false,
            token_sent: false,
            compliance: Compliance::default(),
        }
    }

    /// Whether these are the digits of the phone number, with or without the country code.
    pub(crate) fn has_phone(&self, digits: &str) -> bool {
        self.phone_number == digits || digits.strip_prefix(&self.country_code) == Some(&self.phone_number)
    }

    /// The label of all users with a status.
    pub(crate) fn status_label(status: &str) -> Label {
        Label::of("user.status", status)
    }

    /// The label of all users with a phone number.
    pub(crate) fn phone_label(country_code: &str, phone_number: &str) -> Label {
        Label::of("user.phone", &format!("{country_code} {phone_number}"))
    }
}

impl Row for User {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }

    fn labels(&self) -> Vec<Label> {
        let phone = Self::phone_label(&self.country_code, &self.phone_number);
        vec![Label::app(self.app), Self::status_label(self.status.as_str()), phone]
    }
}
