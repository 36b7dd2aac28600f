//! Money on its way to a person.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{label::Label, shelf::Row};

/// A payout link. Both `send_payout` and `create_payout_link` make one.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) id: Uuid,
    pub(crate) app: Uuid,
    pub(crate) flow_id: Uuid,
    pub(crate) created: Timestamp,
    /// Cents; always more than nothing.
    pub(crate) amount: i64,
    pub(crate) status: LinkStatus,
    /// The user who is paid, when the request named one.
    pub(crate) user_id: Option<Uuid>,
    pub(crate) payee: Contact,
    pub(crate) delivery: Delivery,
    pub(crate) tax_exempt: bool,
    pub(crate) metadata: Option<Value>,
    pub(crate) memo: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) accounting_data: AccountingData,
    /// The text that goes to the payee with the link.
    pub(crate) message: Option<String>,
}

impl Link {
    /// Whether the money of this link goes to this recipient: a user's id, or the digits of a phone number with or
    /// without the country code.
    pub(crate) fn pays(&self, recipient: &str) -> bool {
        let phone = self.payee.phone_number.as_deref();
        let with_country = || Some(format!("{}{}", self.payee.country_code.as_deref()?, phone?));
        phone == Some(recipient)
            || with_country().as_deref() == Some(recipient)
            || self.user_id.is_some_and(|id| id.to_string() == recipient)
    }

    /// The label of the one link that is claimed in a flow.
    pub(crate) fn flow_label(flow_id: Uuid) -> Label {
        Label::owner(flow_id)
    }

    /// Whether the money has left the wallet for good, as far as anybody knows.
    pub(crate) fn is_paid(&self) -> bool {
        self.status.is_open() || self.status == LinkStatus::Claimed
    }
}

impl Row for Link {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }

    fn labels(&self) -> Vec<Label> {
        vec![Label::app(self.app), Self::flow_label(self.flow_id)]
    }
}

/// Where a link stands on its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LinkStatus {
    /// Its money is still being pulled from a bank.
    FundsPending,
    Created,
    DeliveryPending,
    Sent,
    Delivered,
    DeliveryFailed,
    Claimed,
    Canceled,
    Expired,
    Reversed,
    /// Its money never came.
    Failed,
}

impl LinkStatus {
    /// The status as the API writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::FundsPending => "funds_pending",
            Self::Created => "created",
            Self::DeliveryPending => "delivery_pending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::DeliveryFailed => "delivery_failed",
            Self::Claimed => "claimed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Reversed => "reversed",
            Self::Failed => "failed",
        }
    }

    /// Whether the link holds its money and waits for somebody to claim it.
    pub(crate) fn is_open(self) -> bool {
        match self {
            Self::Created | Self::DeliveryPending | Self::Sent | Self::Delivered | Self::DeliveryFailed => {
                true
            }
            Self::FundsPending
            | Self::Claimed
            | Self::Canceled
            | Self::Expired
            | Self::Reversed
            | Self::Failed => false,
        }
    }
}

/// Who is paid, as far as the request said or the user's record knows.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Contact {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) country_code: Option<String>,
    pub(crate) phone_number: Option<String>,
}

/// How the link reaches the payee, and where it is sent.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Delivery {
    pub(crate) method: DeliveryMethod,
    pub(crate) email: Option<String>,
    pub(crate) country_code: Option<String>,
    pub(crate) phone_number: Option<String>,
}

/// How a link reaches the payee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryMethod {
    /// The link is only made; whoever made it hands it on.
    #[default]
    Link,
    Sms,
    Email,
    /// By every way for which there is an address.
    All,
}

/// Where the payout stands in the books of whoever pays.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct AccountingData {
    pub(crate) quickbooks_account_id: Option<i64>,
    pub(crate) quickbooks_class_id: Option<i64>,
}
