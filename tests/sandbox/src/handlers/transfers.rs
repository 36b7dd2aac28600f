//! The tag `transfers`: money between an app and its users. The organization's transfers are in `organizations`.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Entry, Handler, list, resources, views::TransferBody};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, NewTransfer, Plan},
    spec::Style,
    state::{
        Account, Label, State, Transaction, TransactionKind, Transfer, TransferKind, TransferStatus,
        transfer_labels,
    },
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("create_transfer", Handler::custom(create_transfer).showing(show_existing)),
    ("list_transfers", Handler::custom(list_transfers)),
    ("get_transfer", Handler::custom(get_transfer)),
];

/// An amount to move between the app and a user; a negative one goes to the user.
#[derive(Deserialize)]
pub(super) struct CreateTransfer {
    pub(super) amount: i64,
    pub(super) user_id: Uuid,
    pub(super) metadata: Option<Value>,
}

fn create_transfer(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: CreateTransfer = call.body()?;
    let mut plan = Plan::new(call, state);
    let body = move_money(&mut plan, request)?;
    let reply = Reply::json(call.operation.success(), &body, format!("created transfer {}", body.id()));
    plan.made(body.id());
    Ok(plan.answer(reply))
}

/// Plans a transfer between the app and a user, or nothing at all when it is refused.
///
/// # Errors
/// Refuses an unknown user, and more than the payer holds.
pub(super) fn move_money(plan: &mut Plan<'_>, request: CreateTransfer) -> Result<TransferBody, Refusal> {
    let user = plan.state().users.find(&request.user_id).filter(|user| user.app == plan.app());
    if user.is_none() {
        return Err(Refusal::missing(format!("`user_id`: there is no user `{}`", request.user_id)));
    }
    let (app, user) = (Account::App(plan.app()), Account::User(request.user_id));
    // A negative amount goes from the app to the user (apireference/transfers/create-a-transfer).
    let (from, to) = if request.amount < 0 { (app, user) } else { (user, app) };
    let cents = cents(request.amount)?;
    plan.affords(from, to, cents)?;
    let mut transfer = plan.transfer(NewTransfer {
        kind: TransferKind::Balance,
        user_id: Some(request.user_id),
        amount: request.amount,
        organization: false,
        metadata: request.metadata,
    });
    let transaction = plan.transact(&mut transfer, TransactionKind::Balance, from, to, cents)?;
    plan.advance(&mut transfer, TransferStatus::Completed)?;
    Ok(put(plan, transfer, &[transaction]))
}

/// Returns the absolute value of a signed amount, in cents.
pub(super) fn cents(amount: i64) -> Result<i64, Refusal> {
    let cents = amount.checked_abs().filter(|cents| *cents > 0);
    cents.ok_or_else(|| Refusal::invalid("`amount` must not be 0"))
}

/// Puts a transfer, emits its events, and returns it as answers show it. Transactions that are only planned must be
/// passed in.
pub(super) fn put(plan: &mut Plan<'_>, transfer: Transfer, planned: &[Transaction]) -> TransferBody {
    let state = plan.state();
    let known = transfer.transactions.iter().filter_map(|number| state.transactions.find(number));
    let body = TransferBody::with(&transfer, known.chain(planned), state, resources::style(state));
    let (id, metadata) = (transfer.id, transfer.metadata.as_deref());
    plan.emit("transfer.updated", json!({ "transfer_id": id, "metadata": metadata }));
    let end = match transfer.status {
        TransferStatus::Completed => Some("transfer.completed"),
        TransferStatus::Failed => Some("transfer.failed"),
        TransferStatus::Flagged => Some("transfer.flagged"),
        TransferStatus::Created
        | TransferStatus::Pending
        | TransferStatus::Reversed
        | TransferStatus::Canceled => None,
    };
    if let Some(name) = end {
        plan.emit(name, json!({ "transfer_id": id, "metadata": metadata, "transfer": body }));
    }
    plan.put_transfer(transfer);
    body
}

fn list_transfers(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let text = |name: &str| call.query(name).and_then(Value::as_str);
    let time = |name: &str| text(name).and_then(|text| text.parse::<Timestamp>().ok());
    let mut query = resources::query(call, |text| Uuid::try_parse(text).ok())?;
    query.labels.extend(call.query_id("user_id").map(Label::user));
    query.labels.extend(text("status").map(transfer_labels::status));
    query.labels.extend(text("type").map(transfer_labels::kind));
    query.labels.push(transfer_labels::list(false, call.app));
    query.made = time("start_date").unwrap_or(Timestamp::MIN)..time("end_date").unwrap_or(Timestamp::MAX);
    let page = state.transfers.page(&query).map_err(|_| resources::bad_cursor(call))?;
    let show = |transfer: &Transfer, style: Style| TransferBody::of(transfer, state, style);
    Ok(Decision::unchanged(list::page_reply(call, state, page, "transfer", show)))
}

fn get_transfer(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let found = call.path_id("transfer_id").and_then(|id| state.transfers.find(&id));
    let found = found.filter(|transfer| transfer.app == call.app && !transfer.organization);
    let id = call.path_text("transfer_id");
    let transfer = found.ok_or_else(|| Refusal::missing(format!("there is no transfer `{id}`")))?;
    Ok(Decision::unchanged(show(call, state, transfer, format!("transfer {}", transfer.id))))
}

/// Builds the answer that shows one transfer.
pub(super) fn show(call: &Call<'_>, state: &State, transfer: &Transfer, note: String) -> Reply {
    let body = TransferBody::of(transfer, state, resources::style(state));
    Reply::json(call.operation.success(), &body, note)
}

/// Shows the transfer that a repeated key created.
pub(super) fn show_existing(call: &Call<'_>, state: &State, id: Uuid) -> Option<Reply> {
    Some(show(call, state, state.transfers.find(&id)?, format!("existing transfer {id}")))
}
