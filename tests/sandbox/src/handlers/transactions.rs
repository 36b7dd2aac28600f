//! The tag `transactions`: every movement of money, one by one.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Entry, Handler, list, transfers::TransferBody};
use crate::{
    http::{Refusal, Reply},
    plan::Decision,
    resources,
    spec::Style,
    state::{Account, Kind, Label, State, Transaction, TransactionKind},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("list_transactions", Handler::custom(list_transactions)),
    ("get_transaction", Handler::custom(get_transaction)),
];

/// A transaction as answers show it.
#[derive(Serialize)]
pub(super) struct TransactionBody {
    id: u64,
    /// Never less than nothing: the names say from where to where.
    amount: Value,
    created: String,
    source_name: String,
    destination_name: String,
    #[serde(rename = "type")]
    kind: TransactionKind,
    transfer_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<Box<TransferBody>>,
}

impl TransactionBody {
    pub(super) fn of(transaction: &Transaction, state: &State, style: Style) -> Self {
        Self {
            id: transaction.id,
            amount: style.transaction_amount(transaction.movement.amount),
            created: style.time(transaction.created),
            source_name: name(transaction.movement.from, state),
            destination_name: name(transaction.movement.to, state),
            kind: transaction.kind,
            transfer_id: transaction.transfer_id,
            transfer: None,
        }
    }

    /// The transaction with its transfer inside, whose own transactions are left out.
    fn with_transfer(self, state: &State, style: Style) -> Self {
        let transfer = state.transfers.find(&self.transfer_id);
        Self { transfer: transfer.map(|transfer| Box::new(TransferBody::bare(transfer, style))), ..self }
    }
}

/// What an account is called in answers.
fn name(account: Account, state: &State) -> String {
    match account {
        Account::Organization => "Organization".to_owned(),
        Account::App(id) => {
            let name = state.objects.find(Kind::App, &id).and_then(|app| app.text("name"));
            name.unwrap_or("App").to_owned()
        }
        Account::User(id) => match state.users.find(&id) {
            Some(user) => format!("{} {}", user.first_name, user.last_name),
            None => "Deleted user".to_owned(),
        },
        Account::Links(_) => "Payout link".to_owned(),
        Account::Rails(_) | Account::Payees(_) => "Payout method".to_owned(),
        Account::Bank => "Bank account".to_owned(),
        Account::Fees => "Dots".to_owned(),
    }
}

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
