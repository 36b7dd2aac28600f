//! A person who can be paid.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{label::Label, shelf::Row};

/// A user of the app.
#[derive(Clone, Debug)]
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
    pub(crate) default_payout_method: Option<String>,
    pub(crate) payout_options_exclude_list: Vec<String>,
    pub(crate) adjustment_1099: Option<Value>,
    pub(crate) metadata: Option<Value>,
}

/// How far a user is known; nobody is verified yet, because verification is not played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserStatus {
    Unverified,
}

impl UserStatus {
    /// The status as the API writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
        }
    }
}

impl User {
    /// Whether these are the digits of the phone number, with or without the country code.
    pub(crate) fn has_phone(&self, digits: &str) -> bool {
        self.phone_number == digits || digits.strip_prefix(&self.country_code) == Some(&self.phone_number)
    }

    /// The label of all users with a status.
    pub(crate) fn status_label(status: &str) -> Label {
        Label::of("user.status", status)
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
        vec![Label::app(self.app), Self::status_label(self.status.as_str())]
    }
}
