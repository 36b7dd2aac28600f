//! Deposits and withdrawals: money between the wallet of an app and its bank.

use serde::Deserialize;

use super::{resources, transfers};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, NewTransfer, Plan},
    state::{Account, Kind, State, Transaction, TransactionKind, Transfer, TransferKind},
    validation::Call,
};

#[derive(Deserialize)]
struct Funds {
    amount: i64,
}

/// Orders money from the bank; it is in the wallet when the transfer is completed.
pub(super) fn deposit_app_funds(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (mut plan, amount) = read(call, state)?;
    plan.affords(Account::Bank, Account::App(plan.app()), amount)?;
    let transfer = new(&mut plan, TransferKind::Refill, amount);
    answer(call, plan, transfer, &[])
}

/// Sends money to the bank; it leaves the wallet at once.
pub(super) fn withdraw_app_funds(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (mut plan, amount) = read(call, state)?;
    let wallet = Account::App(plan.app());
    plan.affords(wallet, Account::Bank, amount)?;
    let mut transfer = new(&mut plan, TransferKind::Payout, -amount);
    let row = plan.transact(&mut transfer, TransactionKind::Payout, wallet, Account::Bank, amount)?;
    answer(call, plan, transfer, &[row])
}

/// Reads the amount, and begins a plan for the app in the path.
fn read<'s>(call: &Call<'_>, state: &'s State) -> Result<(Plan<'s>, i64), Refusal> {
    let app = resources::find(Kind::App, call, state)?;
    let Funds { amount } = call.body()?;
    Ok((Plan::of(app.id, state), amount))
}

fn new(plan: &mut Plan<'_>, kind: TransferKind, amount: i64) -> Transfer {
    plan.transfer(NewTransfer { kind, user_id: None, amount, organization: false, metadata: None })
}

fn answer(
    call: &Call<'_>,
    mut plan: Plan<'_>,
    mut transfer: Transfer,
    rows: &[Transaction],
) -> Result<Decision, Refusal> {
    plan.begin(&mut transfer)?;
    let body = transfers::put(&mut plan, transfer, rows);
    let reply = Reply::json(call.operation.success(), &body, format!("created transfer {}", body.id()));
    plan.made(body.id());
    Ok(plan.answer(reply))
}
