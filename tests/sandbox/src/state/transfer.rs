//! Transfers and the transactions that carry them out.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{label::Label, ledger::Movement, table::Row};

/// A transfer. It groups its transactions, and stays open until its money has arrived or come back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) id: Uuid,
    pub(crate) app: Uuid,
    pub(crate) created: Timestamp,
    /// `None` for moves between an app, its bank and its organization.
    pub(crate) user_id: Option<Uuid>,
    pub(crate) status: TransferStatus,
    pub(crate) kind: TransferKind,
    /// In cents, with the sign that answers show: negative when the money leaves the app.
    pub(crate) amount: i64,
    /// Whether it belongs to the organization's list and not to the app's.
    pub(crate) organization: bool,
    pub(crate) external_data: Option<Box<ExternalData>>,
    /// The numbers of its transactions, oldest first.
    pub(crate) transactions: Vec<u64>,
    pub(crate) payout_link_id: Option<Uuid>,
    pub(crate) metadata: Option<Box<Value>>,
    /// The statuses so far, oldest first; the last one is `status`.
    pub(crate) history: Vec<(TransferStatus, Timestamp)>,
}

/// The status of a transfer in its life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransferStatus {
    Created,
    Flagged,
    Pending,
    Completed,
    Failed,
    Reversed,
    Canceled,
}

impl Transfer {
    /// Whether the user has the money of this transfer outside, or will have it, as far as is known.
    pub(crate) fn is_paid(&self) -> bool {
        let is_payout = self.kind == TransferKind::Payout && self.payout_link_id.is_none();
        match self.status {
            TransferStatus::Created
            | TransferStatus::Flagged
            | TransferStatus::Pending
            | TransferStatus::Completed => is_payout,
            TransferStatus::Failed | TransferStatus::Reversed | TransferStatus::Canceled => false,
        }
    }
}

impl TransferStatus {
    /// The status as the API writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Flagged => "flagged",
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Reversed => "reversed",
            Self::Canceled => "canceled",
        }
    }

    /// Whether a transfer may change to another status; every transfer begins as `created`.
    pub(crate) fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Created, Self::Flagged | Self::Pending)
            | (Self::Flagged, Self::Pending)
            | (Self::Pending, Self::Completed | Self::Failed | Self::Reversed | Self::Canceled) => true,
            (
                Self::Created
                | Self::Flagged
                | Self::Pending
                | Self::Completed
                | Self::Failed
                | Self::Reversed
                | Self::Canceled,
                _,
            ) => false,
        }
    }
}

/// What a transfer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransferKind {
    /// From a bank into a wallet.
    Refill,
    /// Out of a user's wallet.
    Payout,
    /// Between two wallets.
    Balance,
    /// From a user to the app.
    Payment,
    /// To a vendor.
    Payable,
}

impl TransferKind {
    /// The kind as the API writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refill => "refill",
            Self::Payout => "payout",
            Self::Balance => "balance",
            Self::Payment => "payment",
            Self::Payable => "payable",
        }
    }

    /// How long a transfer of this kind takes: a minute over a rail, a day when money is pulled from a bank.
    pub(crate) fn time(self) -> Duration {
        match self {
            Self::Balance => Duration::ZERO,
            Self::Payout | Self::Payable => Duration::from_secs(60),
            Self::Refill | Self::Payment => Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// Where the money of a transfer went, outside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ExternalData {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<String>,
}

/// One movement of a transfer: a positive amount, from one account to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: u64,
    pub(crate) app: Uuid,
    pub(crate) created: Timestamp,
    pub(crate) transfer_id: Uuid,
    pub(crate) kind: TransactionKind,
    pub(crate) movement: Movement,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransactionKind {
    Balance,
    Refill,
    Payout,
    Payment,
    Fee,
    /// Money that is held on behalf of another account for a while.
    Surrogate,
}

/// The labels by which lists of transfers are filtered.
pub(crate) mod labels {
    use super::Label;

    pub(crate) fn status(status: &str) -> Label {
        Label::of("transfer.status", status)
    }

    pub(crate) fn kind(kind: &str) -> Label {
        Label::of("transfer.type", kind)
    }

    /// Returns the label of the list that a transfer belongs to: the organization's, or an app's.
    pub(crate) fn list(organization: bool, app: uuid::Uuid) -> Label {
        if organization { Label::of("transfer.list", "organization") } else { Label::app(app) }
    }
}

impl Row for Transfer {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }

    fn labels(&self) -> Vec<Label> {
        let list = labels::list(self.organization, self.app);
        let mut labels = vec![list, labels::status(self.status.as_str()), labels::kind(self.kind.as_str())];
        labels.extend(self.user_id.map(Label::user));
        labels
    }
}

impl Row for Transaction {
    type Id = u64;

    fn id(&self) -> u64 {
        self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }

    fn labels(&self) -> Vec<Label> {
        vec![Label::app(self.app)]
    }
}
