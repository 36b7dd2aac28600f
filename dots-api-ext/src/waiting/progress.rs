//! Life cycles: whether an object has reached a status, still can, or never will.
//!
//! The order of the statuses is documented ([apireference/payouts/send-a-payout], [overview/concepts],
//! [guides/batch-payouts]), except for payout links, where it is inferred.
//!
//! [apireference/payouts/send-a-payout]: https://docs.dots.dev/apireference/payouts/send-a-payout
//! [overview/concepts]: https://docs.dots.dev/overview/concepts
//! [guides/batch-payouts]: https://docs.dots.dev/guides/batch-payouts

use std::fmt::{Debug, Display};
use std::str::FromStr;

use dots_api::scalar::IdError;
use dots_api::{
    GetPayoutBatch, GetPayoutLink, GetPayoutRequest, GetTransfer, Operation, PayoutBatch, PayoutBatchId,
    PayoutBatchStatus, PayoutLink, PayoutLinkId, PayoutLinkStatus, PayoutRequest, PayoutRequestId,
    PayoutRequestStatus, Transfer, TransferId, TransferStatus,
};

/// Marks the objects that a caller can wait for.
pub trait Waitable: Clone + Debug + Send + Sync + 'static + sealed::Staged {
    /// The object's id.
    type Id: AsRef<str> + Clone + Debug + FromStr<Err = IdError> + Send + Sync;
    /// The object's status.
    type Status: Clone + Debug + Display + PartialEq + Send + Sync;
    /// The name of the object in error messages.
    #[doc(hidden)]
    const NAME: &'static str;
    /// Returns the operation that reads it.
    #[doc(hidden)]
    fn read(id: Self::Id) -> impl Operation<Output = Self>;
    /// Returns its status.
    #[doc(hidden)]
    fn status(&self) -> &Self::Status;
    /// Returns the stage of a status in the object's life cycle.
    #[doc(hidden)]
    fn stage(status: &Self::Status) -> Stage;
}

pub(super) mod sealed {
    /// Restricts [`Waitable`](super::Waitable) to the objects of this file.
    pub trait Staged {}

    /// A stage in the life cycle of an object.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Stage {
        /// In progress, this many steps from the start.
        Step(u8),
        /// A detour after this many steps, from which the object can return.
        Aside(u8),
        /// The successful end.
        Arrived,
        /// Another end, which is final.
        Ended,
        /// Reversed after the successful end.
        Undone,
        /// A status that this version does not know.
        Unknown,
    }
}

use sealed::Stage;

/// What the current status means for a caller who waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The object has the status, or has passed it.
    Reached,
    /// It can still reach the status.
    Possible,
    /// It can no longer reach the status.
    Never,
}

/// Compares the current status of an object with the awaited one.
pub(super) fn progress<T: Waitable>(now: &T::Status, wanted: &T::Status) -> Progress {
    use Stage::{Arrived, Aside, Ended, Step, Undone, Unknown};
    if now == wanted {
        return Progress::Reached;
    }
    match (T::stage(now), T::stage(wanted)) {
        (Ended | Undone, _) => Progress::Never,
        (Arrived, Step(_)) => Progress::Reached,
        (Arrived, Arrived | Aside(_) | Ended) => Progress::Never,
        // A status that this version does not know may follow any status but a final one.
        (Arrived, Undone | Unknown) => Progress::Possible,
        (Step(at) | Aside(at), Step(wanted)) if at >= wanted => Progress::Reached,
        (Step(_) | Aside(_) | Unknown, _) => Progress::Possible,
    }
}

impl sealed::Staged for PayoutLink {}

impl Waitable for PayoutLink {
    type Id = PayoutLinkId;
    type Status = PayoutLinkStatus;
    const NAME: &'static str = "payout link";

    fn read(id: PayoutLinkId) -> impl Operation<Output = Self> {
        GetPayoutLink::new(id)
    }

    fn status(&self) -> &PayoutLinkStatus {
        &self.status
    }

    fn stage(status: &PayoutLinkStatus) -> Stage {
        match status {
            PayoutLinkStatus::FundsPending => Stage::Step(0),
            PayoutLinkStatus::Created => Stage::Step(1),
            PayoutLinkStatus::DeliveryPending => Stage::Step(2),
            PayoutLinkStatus::DeliveryFailed => Stage::Aside(2),
            PayoutLinkStatus::Sent => Stage::Step(3),
            PayoutLinkStatus::Delivered => Stage::Step(4),
            PayoutLinkStatus::Claimed => Stage::Arrived,
            PayoutLinkStatus::Canceled | PayoutLinkStatus::Expired | PayoutLinkStatus::Failed => Stage::Ended,
            PayoutLinkStatus::Reversed => Stage::Undone,
            _ => Stage::Unknown,
        }
    }
}

impl sealed::Staged for Transfer {}

impl Waitable for Transfer {
    type Id = TransferId;
    type Status = TransferStatus;
    const NAME: &'static str = "transfer";

    fn read(id: TransferId) -> impl Operation<Output = Self> {
        GetTransfer::new(id)
    }

    fn status(&self) -> &TransferStatus {
        &self.status
    }

    fn stage(status: &TransferStatus) -> Stage {
        match status {
            TransferStatus::Created => Stage::Step(0),
            TransferStatus::Flagged => Stage::Aside(0),
            TransferStatus::Pending => Stage::Step(1),
            TransferStatus::Completed => Stage::Arrived,
            TransferStatus::Failed | TransferStatus::Canceled => Stage::Ended,
            TransferStatus::Reversed => Stage::Undone,
            _ => Stage::Unknown,
        }
    }
}

impl sealed::Staged for PayoutBatch {}

impl Waitable for PayoutBatch {
    type Id = PayoutBatchId;
    type Status = PayoutBatchStatus;
    const NAME: &'static str = "payout batch";

    fn read(id: PayoutBatchId) -> impl Operation<Output = Self> {
        GetPayoutBatch::new(id)
    }

    fn status(&self) -> &PayoutBatchStatus {
        &self.status
    }

    fn stage(status: &PayoutBatchStatus) -> Stage {
        match status {
            PayoutBatchStatus::Created => Stage::Step(0),
            PayoutBatchStatus::Processing => Stage::Step(1),
            PayoutBatchStatus::PayingOut => Stage::Step(2),
            PayoutBatchStatus::Completed => Stage::Arrived,
            _ => Stage::Unknown,
        }
    }
}

impl sealed::Staged for PayoutRequest {}

impl Waitable for PayoutRequest {
    type Id = PayoutRequestId;
    type Status = PayoutRequestStatus;
    const NAME: &'static str = "payout request";

    fn read(id: PayoutRequestId) -> impl Operation<Output = Self> {
        GetPayoutRequest::new(id)
    }

    fn status(&self) -> &PayoutRequestStatus {
        &self.status
    }

    fn stage(status: &PayoutRequestStatus) -> Stage {
        match status {
            PayoutRequestStatus::Created => Stage::Step(0),
            PayoutRequestStatus::Approved => Stage::Arrived,
            PayoutRequestStatus::Rejected => Stage::Ended,
            _ => Stage::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: Waitable>(now: &T::Status, wanted: &T::Status, expected: Progress) {
        assert_eq!(progress::<T>(now, wanted), expected, "{now} while waiting for {wanted}");
    }

    #[test]
    fn a_link_is_claimed_from_every_status_but_its_ends() {
        use PayoutLinkStatus as Status;
        for value in Status::VALUES.iter().chain(&["something_new"]) {
            let now = Status::from(*value);
            let expected = match *value {
                "claimed" => Progress::Reached,
                "canceled" | "expired" | "failed" | "reversed" => Progress::Never,
                _ => Progress::Possible,
            };
            check::<PayoutLink>(&now, &Status::Claimed, expected);
        }
    }

    #[test]
    fn what_a_link_has_passed_counts_and_what_it_went_round_does_not() {
        use PayoutLinkStatus as Status;
        for (now, wanted, expected) in [
            (Status::Delivered, Status::Sent, Progress::Reached),
            (Status::Sent, Status::Delivered, Progress::Possible),
            (Status::DeliveryFailed, Status::DeliveryPending, Progress::Reached),
            (Status::DeliveryFailed, Status::Delivered, Progress::Possible),
            (Status::Delivered, Status::DeliveryFailed, Progress::Possible),
            (Status::Claimed, Status::Delivered, Progress::Reached),
            (Status::Claimed, Status::DeliveryFailed, Progress::Never),
            (Status::Claimed, Status::Canceled, Progress::Never),
            (Status::Claimed, Status::Reversed, Progress::Possible),
            (Status::Sent, Status::Canceled, Progress::Possible),
            (Status::Canceled, Status::Created, Progress::Never),
            (Status::Canceled, Status::Canceled, Progress::Reached),
            (Status::from("something_new"), Status::Created, Progress::Possible),
            (Status::Claimed, Status::from("something_new"), Progress::Possible),
            (Status::from("something_new"), Status::from("something_new"), Progress::Reached),
        ] {
            check::<PayoutLink>(&now, &wanted, expected);
        }
    }

    #[test]
    fn transfers_batches_and_requests_know_their_ends() {
        use TransferStatus as Status;
        for (now, wanted, expected) in [
            (Status::Flagged, Status::Completed, Progress::Possible),
            (Status::Pending, Status::Created, Progress::Reached),
            (Status::Failed, Status::Completed, Progress::Never),
            (Status::Canceled, Status::Completed, Progress::Never),
            (Status::Reversed, Status::Completed, Progress::Never),
            (Status::Completed, Status::Reversed, Progress::Possible),
            (Status::Completed, Status::Failed, Progress::Never),
        ] {
            check::<Transfer>(&now, &wanted, expected);
        }
        let (processing, completed) = (PayoutBatchStatus::Processing, PayoutBatchStatus::Completed);
        check::<PayoutBatch>(&processing, &completed, Progress::Possible);
        check::<PayoutBatch>(&completed, &processing, Progress::Reached);
        let (approved, rejected) = (PayoutRequestStatus::Approved, PayoutRequestStatus::Rejected);
        check::<PayoutRequest>(&rejected, &approved, Progress::Never);
        check::<PayoutRequest>(&approved, &rejected, Progress::Never);
        check::<PayoutRequest>(&PayoutRequestStatus::Created, &rejected, Progress::Possible);
    }
}
