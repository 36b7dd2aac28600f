//! The tag `transactions`: every movement of money, one by one.

use serde_json::Value;

use super::{Entry, Handler, list, resources, views::TransactionBody};
use crate::{
    http::{Refusal, Reply},
    plan::Decision,
    spec::Style,
    state::{Label, State, Transaction},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("list_transactions", Handler::custom(list_transactions)),
    ("get_transaction", Handler::custom(get_transaction)),
];

fn list_transactions(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut query = resources::query(call, |text| text.parse().ok())?;
    query.labels.push(Label::app(call.app));
    let page = state.transactions.page(&query).map_err(|_| resources::bad_cursor(call))?;
    let with_transfer = call.query("include_transfer") == Some(&Value::Bool(true));
    let show = |transaction: &Transaction, style: Style| {
        let body = TransactionBody::of(transaction, state, style);
        if with_transfer { body.with_transfer(state, style) } else { body }
    };
    Ok(Decision::unchanged(list::page_reply(call, state, page, "transaction", show)))
}

fn get_transaction(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let text = call.path_text("transaction_id");
    let found = text.parse().ok().and_then(|id| state.transactions.find(&id));
    let found = found.filter(|transaction| transaction.app == call.app);
    let transaction = found.ok_or_else(|| Refusal::missing(format!("there is no transaction `{text}`")))?;
    let body = TransactionBody::of(transaction, state, resources::style(state));
    let note = format!("transaction {}", transaction.id);
    Ok(Decision::unchanged(Reply::json(call.operation.success(), &body, note)))
}
