//! Payout links.

use std::{borrow::Cow, sync::OnceLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use uuid::Uuid;

use super::{label::Label, table::Row};
use crate::spec::Style;

/// A payout link. `send_payout`, `create_payout_link` and an approved payout request make one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) id: Uuid,
    pub(crate) app: Uuid,
    pub(crate) flow_id: Uuid,
    /// The transfer that brings the money into the wallet of the user who claims the link; it exists from then on.
    pub(crate) transfer_id: Uuid,
    pub(crate) created: Timestamp,
    /// In cents; always positive.
    pub(crate) amount: i64,
    pub(crate) status: LinkStatus,
    /// The user who is paid, if the request named one.
    pub(crate) user_id: Option<Uuid>,
    pub(crate) payee: Contact,
    pub(crate) delivery: Delivery,
    pub(crate) tax_exempt: bool,
    pub(crate) metadata: Option<Value>,
    pub(crate) memo: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) accounting_data: AccountingData,
    pub(crate) funding: Funding,
    /// How often the link was sent to the payee.
    pub(crate) deliveries: u32,
    /// When the delivery in progress takes its next step.
    pub(crate) next_step: Option<Timestamp>,
    /// When the link expires; `None` before it is funded.
    pub(crate) expires: Option<Timestamp>,
    pub(crate) claim: Option<Box<Claim>>,
    /// The message that the payee gets with the link.
    pub(crate) message: Option<String>,
    /// The names of the additional steps of its flow, besides the payout itself.
    pub(crate) additional_steps: Vec<String>,
    #[serde(skip)]
    pub(crate) cached: CachedText,
}

/// The link as lists show it, cached when the link first appears on a first page.
///
/// A clone starts without the text: a link is cloned in order to change it.
#[derive(Debug, Default)]
pub(crate) struct CachedText(OnceLock<(Style, Box<RawValue>)>);

impl CachedText {
    /// Returns the link as it was written in this style, and writes it on the first call.
    pub(crate) fn get_or_write(&self, style: Style, write: impl Fn() -> Box<RawValue>) -> Cow<'_, RawValue> {
        let (first, text) = self.0.get_or_init(|| (style, write()));
        if *first == style { Cow::Borrowed(text) } else { Cow::Owned(write()) }
    }
}

impl Clone for CachedText {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Where the money of a link comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Funding {
    /// The wallet of the app.
    Balance,
    /// A bank account, by this transfer.
    Ach(Uuid),
}

/// A claim: the user who claimed a link, and the transfers that carried its money.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) user_id: Uuid,
    pub(crate) country_code: String,
    pub(crate) phone_number: String,
    /// From the user's wallet to the user's payout method; `None` when the money stays in the wallet.
    pub(crate) payout_id: Option<Uuid>,
}

impl Link {
    /// Whether the money of this link goes to this recipient: a user's id, or the digits of a phone number with or
    /// without the country code.
    ///
    /// A claimed link goes to the user who claimed it; any other link goes to the payee that the request named.
    pub(crate) fn pays(&self, recipient: &str) -> bool {
        let (user, country, phone) = match &self.claim {
            Some(claim) => {
                (Some(claim.user_id), Some(claim.country_code.as_str()), Some(claim.phone_number.as_str()))
            }
            None => (self.user_id, self.payee.country_code.as_deref(), self.payee.phone_number.as_deref()),
        };
        let with_country = || Some(format!("{}{}", country?, phone?));
        phone == Some(recipient)
            || with_country().as_deref() == Some(recipient)
            || user.is_some_and(|id| id.to_string() == recipient)
    }

    /// Returns the label of the one link that is claimed in a flow.
    pub(crate) fn flow_label(flow_id: Uuid) -> Label {
        Label::owner(flow_id)
    }

    /// Whether the money has left the wallet for good, as far as is known.
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

/// The status of a link in its life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The debit that should have funded it failed.
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

    /// Whether the link is funded and can be claimed.
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

    /// Whether a link may change to another status.
    pub(crate) fn may_become(self, next: Self) -> bool {
        match next {
            Self::FundsPending => false,
            Self::Created | Self::Failed => self == Self::FundsPending,
            Self::DeliveryPending => self.is_open() && self != Self::DeliveryPending,
            Self::Sent => self == Self::DeliveryPending,
            // A link that is not sent anywhere is delivered when it is created; any other link is sent first.
            Self::Delivered => matches!(self, Self::Created | Self::Sent),
            Self::DeliveryFailed => matches!(self, Self::DeliveryPending | Self::Sent),
            Self::Claimed | Self::Expired => self.is_open(),
            Self::Canceled => self.is_open() || self == Self::FundsPending,
            Self::Reversed => self.is_open() || self == Self::Claimed,
        }
    }
}

/// The payee, as far as the request or the user's record says.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Contact {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) country_code: Option<String>,
    pub(crate) phone_number: Option<String>,
}

/// How the link reaches the payee, and the addresses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) method: DeliveryMethod,
    pub(crate) email: Option<String>,
    pub(crate) country_code: Option<String>,
    pub(crate) phone_number: Option<String>,
}

impl Delivery {
    /// The link is only created; its creator hands it on.
    pub(crate) fn by_hand() -> Self {
        Self { method: DeliveryMethod::Link, email: None, country_code: None, phone_number: None }
    }

    /// Whether there is an address that the link is sent to.
    pub(crate) fn is_sent(&self) -> bool {
        self.email.is_some() || self.phone_number.is_some()
    }
}

/// How a link reaches the payee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryMethod {
    /// The link is only created; its creator hands it on.
    #[default]
    Link,
    Sms,
    Email,
    /// Every way for which there is an address.
    All,
}

/// Where the payout is booked in the payer's accounting.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct AccountingData {
    pub(crate) quickbooks_account_id: Option<i64>,
    pub(crate) quickbooks_class_id: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_an_end() {
        use LinkStatus::*;
        let all = [
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
            Failed,
        ];
        for end in [Canceled, Expired, Reversed, Failed] {
            assert!(all.into_iter().all(|next| !end.may_become(next)), "{}", end.as_str());
        }
        let after_claim: Vec<&str> =
            all.into_iter().filter(|next| Claimed.may_become(*next)).map(LinkStatus::as_str).collect();
        assert_eq!(after_claim, ["reversed"]);
        assert!(all.into_iter().all(|status| !status.may_become(status)));
    }
}
