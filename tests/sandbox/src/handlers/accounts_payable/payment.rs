//! The payment of a payable: pending for a day, then completed or failed.

use std::time::Duration;

use serde_json::json;
use uuid::{Builder, Uuid};

use super::{
    history::{self, Action},
    payables::{self, FundingSource},
    staff::Right,
    status::Status,
};
use crate::{
    handlers::{resources, views::TransferBody},
    http::{Refusal, Reply},
    plan::{Decision, NewTransfer, Plan},
    state::{
        Account, ExternalData, Kind, Object, State, Transaction, TransactionKind, Transfer, TransferKind,
        TransferStatus,
    },
    validation::Call,
};

/// The task that settles a payment; its id is the transfer's, so that it never settles a later attempt.
pub(in crate::handlers) const SETTLE: &str = "payable.settle";

/// How long a payment is pending: a day, as between banks.
const SETTLES_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Pays a payable, or pays it again after a failed payment.
pub(super) fn pay(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (mut payable, act) = history::begin(call, state, Right::Pay)?;
    let is_retry = Status::of(&payable) == Status::PaymentFailed;
    history::advance(&mut payable, Status::PaymentInitiated, act.at)?;
    let account = payables::payee(&payable, state)?.id;
    let cents = payables::cents(&payable)?;
    let mut plan = Plan::new(call, state);
    let mut transfer = plan.transfer(NewTransfer {
        kind: TransferKind::Payable,
        user_id: None,
        amount: cents.saturating_neg(),
        organization: false,
        metadata: None,
    });
    transfer.external_data = Some(Box::new(ExternalData {
        account_id: Some(account.to_string()),
        external_id: None,
        platform: Some("ach".to_owned()),
    }));
    let (from, to) = (source(&payable), Account::Rails(payable.app));
    plan.transact(&mut transfer, TransactionKind::Payout, from, to, cents)?;
    plan.advance(&mut transfer, TransferStatus::Pending)?;
    payable.set("transfer_id", transfer.id.to_string());
    let attempt = json!({
        "created_timestamp": act.at.to_string(),
        "idempotency_key": key_of(transfer.id),
        "transfer_id": transfer.id,
    });
    history::push(&mut payable, "transfer_history", attempt);
    let action = if is_retry { Action::RetryPayment } else { Action::InitiatePayment };
    history::note(&mut payable, action, &act);
    plan.later(SETTLES_AFTER, SETTLE, transfer.id);
    plan.emit("transfer.updated", json!({ "transfer_id": transfer.id, "metadata": null }));
    plan.put_transfer(transfer);
    history::finish(call, plan, payable, "pays")
}

/// Completes the payment of a transfer, unless it has failed: the money arrives.
///
/// # Errors
/// Refuses a transfer that does not pay a payable any more.
pub(in crate::handlers) fn settle(plan: &mut Plan<'_>, transfer: Uuid) -> Result<(), Refusal> {
    let state = plan.state();
    let label = Kind::Payable.label("transfer_id", &transfer.to_string());
    let payable = state.objects.with(Kind::Payable, label).next();
    let mut payable = payable.ok_or_else(|| Refusal::missing("no payable waits for this transfer"))?.clone();
    let mut transfer = under_way(&payable, state)?;
    history::advance(&mut payable, Status::PaymentCompleted, plan.now())?;
    plan.advance(&mut transfer, TransferStatus::Completed)?;
    let app = payable.app;
    plan.pay(Account::Rails(app), Account::Payees(app), payables::cents(&payable)?)?;
    plan.put(payable);
    tell(plan, "transfer.completed", &transfer, None);
    plan.put_transfer(transfer);
    Ok(())
}

/// Makes the payment of a payable fail: the money goes back.
///
/// # Errors
/// Refuses an unknown payable, and one whose payment is not pending.
pub(crate) fn fail(state: &State, id: &str) -> Result<Decision, Refusal> {
    let found = Uuid::try_parse(id).ok().and_then(|id| state.objects.find(Kind::Payable, &id));
    let mut payable = found.ok_or_else(|| resources::missing(Kind::Payable, id))?.clone();
    let mut plan = Plan::of(payable.app, state);
    history::advance(&mut payable, Status::PaymentFailed, plan.now())?;
    let mut transfer = under_way(&payable, state)?;
    let (from, to) = (Account::Rails(payable.app), source(&payable));
    let cents = payables::cents(&payable)?;
    let back = plan.transact(&mut transfer, TransactionKind::Payout, from, to, cents)?;
    plan.advance(&mut transfer, TransferStatus::Failed)?;
    tell(&mut plan, "transfer.failed", &transfer, Some(&back));
    let body = json!({ "id": payable.id, "status": Status::PaymentFailed, "transfer_id": transfer.id });
    plan.put_transfer(transfer);
    plan.put(payable);
    Ok(plan.answer(Reply::json(hyper::StatusCode::OK, &body, "")))
}

/// Returns the account that pays a payable, and gets the money back.
fn source(payable: &Object) -> Account {
    match FundingSource::of(payable) {
        FundingSource::DotsBalance => Account::App(payable.app),
        FundingSource::Ach => Account::Bank,
    }
}

/// Finds the transfer that pays a payable.
fn under_way(payable: &Object, state: &State) -> Result<Transfer, Refusal> {
    let transfer = payable.id_in("transfer_id").and_then(|id| state.transfers.find(&id));
    transfer.cloned().ok_or_else(|| Refusal::missing("the payable has no transfer"))
}

/// Emits the event for the end of a transfer; the last transaction may be one that is only planned.
fn tell(plan: &mut Plan<'_>, name: &'static str, transfer: &Transfer, last: Option<&Transaction>) {
    let state = plan.state();
    let rows = transfer.transactions.iter().filter_map(|id| state.transactions.find(id));
    let body = TransferBody::with(transfer, rows.chain(last), state, resources::style(state));
    plan.emit("transfer.updated", json!({ "transfer_id": transfer.id, "metadata": null }));
    plan.emit(name, json!({ "transfer_id": transfer.id, "metadata": null, "transfer": body }));
}

/// Returns the key that the server gives an attempt: one for each transfer, and the same in every run.
fn key_of(transfer: Uuid) -> Uuid {
    Builder::from_random_bytes(transfer.as_u128().rotate_left(64).to_be_bytes()).into_uuid()
}
