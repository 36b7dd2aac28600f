//! The status of a payable, and the allowed changes of it.

use serde::{Deserialize, Serialize};

use crate::state::Object;

/// The status of a payable ([apireference/accounts-payable/get-payable-details]).
///
/// [apireference/accounts-payable/get-payable-details]: https://docs.dots.dev/apireference/accounts-payable/get-payable-details
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Created,
    Canceled,
    SubmittedForApproval,
    Rejected,
    Approved,
    PaymentInitiated,
    PaymentFailed,
    PaymentCompleted,
}

impl Status {
    /// Reads the status of a payable; one that is unreadable, a mistake of the sandbox, allows no change.
    pub(super) fn of(payable: &Object) -> Self {
        Self::deserialize(payable.field("status")).unwrap_or(Self::Canceled)
    }

    /// The status as the API writes it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Canceled => "canceled",
            Self::SubmittedForApproval => "submitted_for_approval",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::PaymentInitiated => "payment_initiated",
            Self::PaymentFailed => "payment_failed",
            Self::PaymentCompleted => "payment_completed",
        }
    }

    /// Whether a payable may change to another status; every payable begins as `created`.
    pub(super) fn may_become(self, next: Self) -> bool {
        match self {
            Self::Created => matches!(next, Self::Canceled | Self::SubmittedForApproval),
            Self::SubmittedForApproval => matches!(next, Self::Approved | Self::Rejected),
            Self::Approved | Self::PaymentFailed => next == Self::PaymentInitiated,
            Self::PaymentInitiated => matches!(next, Self::PaymentCompleted | Self::PaymentFailed),
            Self::Canceled | Self::Rejected | Self::PaymentCompleted => false,
        }
    }
}
