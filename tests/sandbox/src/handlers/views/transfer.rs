//! Transfers and transactions as answers show them.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    spec::Style,
    state::{
        Account, ExternalData, Kind, State, Transaction, TransactionKind, Transfer, TransferKind,
        TransferStatus,
    },
};

/// A transfer as answers show it.
#[derive(Serialize)]
pub(crate) struct TransferBody {
    id: Uuid,
    created: String,
    user_id: Option<Uuid>,
    status: TransferStatus,
    #[serde(rename = "type")]
    kind: TransferKind,
    amount: Value,
    external_data: ExternalData,
    #[serde(skip_serializing_if = "Option::is_none")]
    transactions: Option<Vec<TransactionBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_link_id: Option<Uuid>,
    metadata: Option<Value>,
    status_history: Vec<Value>,
}

impl TransferBody {
    pub(crate) fn id(&self) -> Uuid {
        self.id
    }

    /// A transfer with the transactions that are in their table.
    pub(crate) fn of(transfer: &Transfer, state: &State, style: Style) -> Self {
        let found = transfer.transactions.iter().filter_map(|id| state.transactions.find(id));
        Self::with(transfer, found, state, style)
    }

    /// A transfer with these transactions, some of which may only be planned.
    pub(crate) fn with<'t>(
        transfer: &Transfer,
        transactions: impl IntoIterator<Item = &'t Transaction>,
        state: &State,
        style: Style,
    ) -> Self {
        let bodies = transactions.into_iter().map(|row| TransactionBody::of(row, state, style));
        Self { transactions: Some(bodies.collect()), ..Self::bare(transfer, style) }
    }

    /// A transfer without its transactions, as it appears inside one of them.
    pub(crate) fn bare(transfer: &Transfer, style: Style) -> Self {
        let step = |(status, at): &(TransferStatus, Timestamp)| json!({ "status": status, "timestamp": style.history_time(*at) });
        Self {
            id: transfer.id,
            created: style.time(transfer.created),
            user_id: transfer.user_id,
            status: transfer.status,
            kind: transfer.kind,
            amount: style.transfer_amount(transfer.amount),
            external_data: transfer.external_data.as_deref().cloned().unwrap_or_default(),
            transactions: None,
            payout_link_id: transfer.payout_link_id,
            metadata: transfer.metadata.as_deref().cloned(),
            status_history: transfer.history.iter().map(step).collect(),
        }
    }
}

/// A transaction as answers show it.
#[derive(Serialize)]
pub(crate) struct TransactionBody {
    id: u64,
    /// Never negative: the names tell the direction.
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
    pub(crate) fn of(transaction: &Transaction, state: &State, style: Style) -> Self {
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

    /// The transaction with its transfer inside, without that transfer's own transactions.
    pub(crate) fn with_transfer(self, state: &State, style: Style) -> Self {
        let transfer = state.transfers.find(&self.transfer_id);
        Self { transfer: transfer.map(|transfer| Box::new(TransferBody::bare(transfer, style))), ..self }
    }
}

/// Returns the name of an account in answers.
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
