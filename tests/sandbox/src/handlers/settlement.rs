//! How transfers end that take their time: by themselves with the clock, or by hand when somebody makes one fail.

use uuid::Uuid;

use super::transfers;
use crate::{
    plan::Plan,
    refill,
    reply::Refusal,
    state::{Account, Kind, Transaction, TransactionKind, Transfer, TransferKind, TransferStatus},
};

/// Ends a transfer that has been on its way for its time: the money arrives.
pub(super) fn settle(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let mut transfer = find(plan, id)?.clone();
    plan.advance(&mut transfer, TransferStatus::Completed)?;
    let wallet = Account::App(transfer.app);
    let mut arrived = Vec::new();
    match transfer.kind {
        TransferKind::Refill | TransferKind::Payment => {
            if plan.affords(Account::Bank, wallet, transfer.amount).is_err() {
                // So much has come in meanwhile that the wallet cannot count any more.
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
        && refill::order(plan, &mut app, Some(id))
    {
        plan.put(app);
    }
    Ok(())
}

/// Makes a transfer fail that is on its way: everything that it moved goes back to where it came from.
///
/// # Errors
/// Refuses a transfer that has ended already.
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

/// The transactions that a transfer has so far, oldest first.
fn rows<'s>(plan: &Plan<'s>, transfer: &Transfer) -> Vec<&'s Transaction> {
    let state = plan.state();
    transfer.transactions.iter().filter_map(|number| state.transactions.find(number)).collect()
}

/// Hands over to the payees what a transfer has on the rails.
fn leave_rails(plan: &mut Plan<'_>, transfer: &Transfer) -> Result<(), Refusal> {
    let rails = Account::Rails(transfer.app);
    let sent = rows(plan, transfer).into_iter().filter(|row| row.movement.to == rails);
    let cents = sent.map(|row| row.movement.amount).fold(0, i64::saturating_add);
    if cents > 0 { plan.pay(rails, Account::Payees(transfer.app), cents) } else { Ok(()) }
}

/// The transaction that brings the money of such a transfer in.
fn incoming(kind: TransferKind) -> TransactionKind {
    match kind {
        TransferKind::Payment => TransactionKind::Payment,
        TransferKind::Refill | TransferKind::Payout | TransferKind::Balance | TransferKind::Payable => {
            TransactionKind::Refill
        }
    }
}
