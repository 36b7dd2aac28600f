//! A person who can be paid.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A user of the app.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: Uuid,
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
