//! Settlement: pending transfers complete with the clock, or a control request makes them fail.

use uuid::Uuid;

use super::transfers;
use crate::{
    http::Refusal,
    plan::{Plan, order_refill},
    state::{Account, Kind, Transaction, TransactionKind, Transfer, TransferKind, TransferStatus},
};

/// Completes a pending transfer whose time has passed: the money arrives.
pub(super) fn settle(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let mut transfer = find(plan, id)?.clone();
    plan.advance(&mut transfer, TransferStatus::Completed)?;
    let wallet = Account::App(transfer.app);
    let mut arrived = Vec::new();
    match transfer.kind {
        TransferKind::Refill | TransferKind::Payment => {
            if plan.affords(Account::Bank, wallet, transfer.amount).is_err() {
                // So much has come in meanwhile that the wallet would overflow.
                return fail(plan, id);
            }
            let kind = incoming(transfer.kind);
            let cents = transfer.amount;
            arrived.push(plan.transact(&mut transfer, kind, Account::Bank, wallet, cents)?);
        }
        TransferKind::Payout | TransferKind::Payable | TransferKind::Balance => leave_rails(plan, &transfer)?,
    }
    let is_refill = transfer.kind == TransferKind::Refill;
    transfers::put(plan, transfer, &arrived);
    let app = plan.state().objects.find(Kind::App, &plan.app()).filter(|_| is_refill).cloned();
    if let Some(mut app) = app
        && order_refill(plan, &mut app, Some(id))
    {
        plan.put(app);
    }
    Ok(())
}

/// Makes a pending transfer fail: all money that it moved goes back.
///
/// # Errors
/// Refuses a transfer that has ended.
pub(crate) fn fail(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let mut transfer = find(plan, id)?.clone();
    plan.advance(&mut transfer, TransferStatus::Failed)?;
    let mut returned = Vec::new();
    for row in rows(plan, &transfer).into_iter().rev() {
        let movement = row.movement;
        returned.push(plan.transact(&mut transfer, row.kind, movement.to, movement.from, movement.amount)?);
    }
    transfers::put(plan, transfer, &returned);
    Ok(())
}

fn find<'s>(plan: &Plan<'s>, id: Uuid) -> Result<&'s Transfer, Refusal> {
    let transfer = plan.state().transfers.find(&id);
    transfer.ok_or_else(|| Refusal::missing(format!("there is no transfer `{id}`")))
}

/// Returns the transactions of a transfer so far, oldest first.
fn rows<'s>(plan: &Plan<'s>, transfer: &Transfer) -> Vec<&'s Transaction> {
    let state = plan.state();
    transfer.transactions.iter().filter_map(|number| state.transactions.find(number)).collect()
}

/// Moves what a transfer has on the rails to the payees.
fn leave_rails(plan: &mut Plan<'_>, transfer: &Transfer) -> Result<(), Refusal> {
    let rails = Account::Rails(transfer.app);
    let sent = rows(plan, transfer).into_iter().filter(|row| row.movement.to == rails);
    let cents = sent.map(|row| row.movement.amount).fold(0, i64::saturating_add);
    if cents > 0 { plan.pay(rails, Account::Payees(transfer.app), cents) } else { Ok(()) }
}

/// Returns the kind of the transaction that brings in the money of such a transfer.
fn incoming(kind: TransferKind) -> TransactionKind {
    match kind {
        TransferKind::Payment => TransactionKind::Payment,
        TransferKind::Refill | TransferKind::Payout | TransferKind::Balance | TransferKind::Payable => {
            TransactionKind::Refill
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::{handlers::event_payload, options::Options, plan::NewTransfer, state::State};

    /// A state with a pending payout of 40 cents, and the payout's id.
    fn paying() -> (State, Uuid) {
        let mut state = State::new(1, 100, Options::default());
        let app = state.ids.app();
        let mut plan = Plan::of(app, &state);
        let kind = TransferKind::Payout;
        let new = NewTransfer { kind, user_id: None, amount: -40, organization: false, metadata: None };
        let mut transfer = plan.transfer(new);
        let (kind, from, to) = (TransactionKind::Payout, Account::App(app), Account::Rails(app));
        let row = plan.transact(&mut transfer, kind, from, to, 40).unwrap();
        plan.begin(&mut transfer).unwrap();
        let id = transfers::put(&mut plan, transfer, &[row]).id();
        let changes = plan.into_changes();
        state.apply(changes).unwrap();
        (state, id)
    }

    /// Ends the payout one way, and returns the events since it began.
    fn end(state: &mut State, end: impl FnOnce(&mut Plan<'_>) -> Result<(), Refusal>) -> Vec<&'static str> {
        let begun = state.outbox.next_number();
        let mut plan = Plan::of(state.ids.app(), state);
        end(&mut plan).unwrap();
        let changes = plan.into_changes();
        state.apply(changes).unwrap();
        state.outbox.since(begun).map(|event| event.name).collect()
    }

    #[test]
    fn a_settled_payout_tells_that_it_is_completed_and_leaves_the_rails() {
        let (mut state, id) = paying();
        let events = end(&mut state, |plan| settle(plan, id));
        assert_eq!(events, ["transfer.updated", "transfer.completed"]);
        let audit = state.ledger.audit();
        assert_eq!((audit.rails, audit.payees, audit.apps, audit.balanced), (0, 40, 60, true));
    }

    #[test]
    fn a_failed_payout_tells_so_with_its_transactions_and_gives_the_money_back() {
        let (mut state, id) = paying();
        let events = end(&mut state, |plan| fail(plan, id));
        assert_eq!(events, ["transfer.updated", "transfer.failed"]);
        let told = event_payload(&state.outbox.since(0).last().unwrap().payload, &state);
        assert_eq!(told.pointer("/transfer/status").unwrap(), "failed");
        assert_eq!(told.pointer("/transfer/transactions").unwrap().as_array().unwrap().len(), 2);
        let audit = state.ledger.audit();
        assert_eq!((audit.rails, audit.payees, audit.apps, audit.balanced), (0, 0, 100, true));
    }
}
