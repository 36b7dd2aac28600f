//! Matching rules for reconciliation: which list contains what an operation creates, and how a row is matched to a
//! call.

use dots_api::{
    CreateOrganizationTransfer, CreatePayout, CreatePayoutBatch, CreatePayoutLink, CreateTransfer,
    CreateTransferBatch, DepositAppFunds, ListOrganizationTransfers, ListPayoutBatches, ListPayoutLinks,
    ListTransferBatches, ListTransfers, Metadata, Operation, PayoutBatch, PayoutLink, SendPayout, Timestamp,
    Transfer, TransferBatch, TransferType, UserId, WithdrawAppFunds,
};

use uuid::Uuid;

use super::{LookUp, Match};
use crate::policy::cross_check;

/// Implements [`LookUp`]: the list of an operation, and how its rows are matched.
macro_rules! look_up {
    ($operation:ty, $list:ty, $row:ty, $make:expr, $like:expr) => {
        look_up!($operation, $list, $row, $make, $like, |row| row.created);
    };
    ($operation:ty, $list:ty, $row:ty, $make:expr, $like:expr, $created:expr) => {
        impl super::sealed::Sealed for $operation {}

        impl LookUp for $operation {
            type List = $list;

            fn list(&self, since: Option<Timestamp>) -> $list {
                let make: fn(&Self, Option<Timestamp>) -> $list = $make;
                make(self, since)
            }

            fn is_made_by(&self, row: &$row) -> Match {
                let like: fn(&Self, &$row) -> Match = $like;
                like(self, row)
            }

            fn created(row: &$row) -> Option<Timestamp> {
                let created: fn(&$row) -> Option<Timestamp> = $created;
                created(row)
            }
        }
    };
}

/// Implements [`LookUp`] for an operation whose rows are matched by the metadata of its body.
macro_rules! by_metadata {
    ($operation:ty, $list:ty, $row:ty, $make:expr) => {
        look_up!($operation, $list, $row, $make, |operation, row| {
            likeness(operation, row, operation.body.metadata.as_ref(), row.metadata.as_ref())
        });
    };
}

by_metadata!(SendPayout, ListPayoutLinks, PayoutLink, |_, _| ListPayoutLinks::new());
by_metadata!(CreatePayoutLink, ListPayoutLinks, PayoutLink, |_, _| ListPayoutLinks::new());
by_metadata!(CreateTransfer, ListTransfers, Transfer, |operation, since| {
    of_user(TransferType::Balance, &operation.body.user_id, since)
});
by_metadata!(CreatePayout, ListTransfers, Transfer, |operation, since| {
    of_user(TransferType::Payout, &operation.body.user_id, since)
});
by_metadata!(CreateOrganizationTransfer, ListOrganizationTransfers, Transfer, |_, _| {
    ListOrganizationTransfers::new()
});
look_up!(
    CreatePayoutBatch,
    ListPayoutBatches,
    PayoutBatch,
    |_, _| ListPayoutBatches::new(),
    // A batch shows the key that made it (apireference/payout-batches/retrieve-a-payout-batch), in whatever spelling.
    |operation, row| {
        let key = row.idempotency_key.as_deref().and_then(|key| Uuid::try_parse(key.trim()).ok());
        match key {
            Some(key) if key == operation.body.idempotency_key.inner() => Match::Exact,
            Some(_) => Match::Different,
            None => Match::Possible,
        }
    }
);
// A batch of transfers does not say when it was created.
look_up!(
    CreateTransferBatch,
    ListTransferBatches,
    TransferBatch,
    |_, _| ListTransferBatches::new(),
    like_batch,
    |_| None
);
// Deposits and withdrawals of the app have neither user nor metadata, so two of the same amount cannot be told apart.
look_up!(DepositAppFunds, ListTransfers, Transfer, |_, since| of_app(since), of_no_user);
look_up!(WithdrawAppFunds, ListTransfers, Transfer, |_, since| of_app(since), of_no_user);

/// Compares metadata, amount and recipient.
///
/// A row with the amount and the recipient of a call is never called different: its metadata may have come back in
/// another form, or not at all, and a payment that is overlooked is paid again.
fn likeness<O: Operation>(
    operation: &O,
    row: &O::Output,
    asked: Option<&Metadata>,
    said: Option<&Metadata>,
) -> Match {
    let has_its_metadata = asked.is_some() && asked == said;
    match cross_check::mismatch(operation, row) {
        None if has_its_metadata => Match::Exact,
        None => Match::Possible,
        // The user who claims a link may have another id than the user it was created for, the sign of an amount may
        // differ between lists, and a fee may be taken from it. A person has to check.
        Some(_) if has_its_metadata => Match::Possible,
        Some(_) => Match::Different,
    }
}

/// Compares metadata, and the users and amounts of the items, in any order.
fn like_batch(operation: &CreateTransferBatch, row: &TransferBatch) -> Match {
    let item = |user: Option<&UserId>, amount| (user.map(|user| user.as_str().to_ascii_lowercase()), amount);
    let asked = operation.body.items.iter().flatten();
    let mut asked: Vec<_> = asked.map(|row| item(row.user_id.as_ref(), row.amount)).collect();
    let mut said: Vec<_> = row.items.iter().map(|row| item(row.user_id.as_ref(), row.amount)).collect();
    asked.sort();
    said.sort();
    let has_its_metadata = operation.body.metadata.is_some() && operation.body.metadata == row.metadata;
    match (asked == said, has_its_metadata) {
        (true, true) => Match::Exact,
        (false, false) => Match::Different,
        _ => Match::Possible,
    }
}

fn of_no_user<O: Operation<Output = Transfer>>(operation: &O, row: &Transfer) -> Match {
    if row.user_id.is_some() {
        Match::Different
    } else {
        likeness(operation, row, None, row.metadata.as_ref())
    }
}

fn of_user(type_: TransferType, user: &UserId, since: Option<Timestamp>) -> ListTransfers {
    of_app(since).type_(type_).user_id(user.clone())
}

fn of_app(since: Option<Timestamp>) -> ListTransfers {
    let list = ListTransfers::new();
    match since {
        Some(since) => list.start_date(since),
        None => list,
    }
}
