//! The plan of a request (a unit of work): the changes that it would make, gathered without changing anything.
//!
//! A plan accounts for its own changes: the second object of a kind gets the second id, and money that one step spends
//! is not there for the next. So a batch of five thousand payouts is one plan.

mod auto_refill;

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    http::{Refusal, Reply},
    state::{
        Account, Change, KeyRecord, Kind, Link, Movement, Object, Payload, Scope, State, Task, Transaction,
        TransactionKind, Transfer, TransferKind, TransferStatus, User,
    },
    validation::Call,
};

pub(crate) use auto_refill::order as order_refill;

/// What a request changes, and the answer that it then gets.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) changes: Vec<Change>,
    pub(crate) reply: Reply,
    /// The object that the request created, which a repeat of its key may ask for.
    pub(crate) made: Option<Uuid>,
    /// Whether the answer belongs to another operation, which shares the key.
    pub(crate) is_foreign: bool,
}

impl Decision {
    /// An answer that changes nothing.
    pub(crate) fn unchanged(reply: Reply) -> Self {
        Self { changes: Vec::new(), reply, made: None, is_foreign: false }
    }

    /// Whether anything changes but the memory of keys.
    pub(crate) fn makes_rows(&self) -> bool {
        self.changes.iter().any(|change| !matches!(change, Change::Remember { .. }))
    }
}

/// The changes that were planned so far.
#[derive(Debug)]
pub(crate) struct Plan<'s> {
    state: &'s State,
    app: Uuid,
    changes: Vec<Change>,
    drawn: HashMap<Kind, u64>,
    transactions: u64,
    moved: HashMap<Account, i64>,
    made: Option<Uuid>,
}

/// A transfer to be planned.
#[derive(Clone, Debug)]
pub(crate) struct NewTransfer {
    pub(crate) kind: TransferKind,
    pub(crate) user_id: Option<Uuid>,
    /// In cents, with the sign that answers show.
    pub(crate) amount: i64,
    pub(crate) organization: bool,
    pub(crate) metadata: Option<Value>,
}

impl<'s> Plan<'s> {
    /// Begins the plan of a request.
    pub(crate) fn new(call: &Call<'_>, state: &'s State) -> Self {
        Self::of(call.app, state)
    }

    /// Begins a plan for an app, without a request.
    pub(crate) fn of(app: Uuid, state: &'s State) -> Self {
        Self {
            state,
            app,
            changes: Vec::new(),
            drawn: HashMap::new(),
            transactions: 0,
            moved: HashMap::new(),
            made: None,
        }
    }

    pub(crate) fn state(&self) -> &'s State {
        self.state
    }

    /// The app that acts.
    pub(crate) fn app(&self) -> Uuid {
        self.app
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.state.clock.now()
    }

    /// Draws the next id of a kind; an object with this id must then be put.
    pub(crate) fn id(&mut self, kind: Kind) -> Uuid {
        let drawn = self.drawn.entry(kind).or_default();
        let number = self.state.next_number(kind).saturating_add(*drawn);
        *drawn = drawn.saturating_add(1);
        self.state.ids.id(kind, number)
    }

    /// Returns the balance of an account once the plan is applied, in cents.
    pub(crate) fn balance(&self, account: Account) -> i64 {
        let moved = self.moved.get(&account).copied().unwrap_or_default();
        self.state.ledger.balance(account).saturating_add(moved)
    }

    /// Moves money without a transfer, as a payout link does before it is claimed.
    ///
    /// # Errors
    /// Refuses less than one cent, and more than the account holds.
    pub(crate) fn pay(&mut self, from: Account, to: Account, amount: i64) -> Result<(), Refusal> {
        let movement = self.movement(from, to, amount)?;
        self.changes.push(Change::Move(movement));
        Ok(())
    }

    /// Begins a transfer, in the status `created`; its money moves with [`Plan::transact`].
    pub(crate) fn transfer(&mut self, new: NewTransfer) -> Transfer {
        let now = self.now();
        Transfer {
            id: self.id(Kind::Transfer),
            app: self.app,
            created: now,
            user_id: new.user_id,
            status: TransferStatus::Created,
            kind: new.kind,
            amount: new.amount,
            organization: new.organization,
            external_data: None,
            transactions: Vec::new(),
            payout_link_id: None,
            metadata: new.metadata.map(Box::new),
            history: vec![(TransferStatus::Created, now)],
        }
    }

    /// Moves money as a transaction of a transfer, and returns the transaction.
    ///
    /// # Errors
    /// Refuses less than one cent, and more than the account holds.
    pub(crate) fn transact(
        &mut self,
        transfer: &mut Transfer,
        kind: TransactionKind,
        from: Account,
        to: Account,
        amount: i64,
    ) -> Result<Transaction, Refusal> {
        let movement = self.movement(from, to, amount)?;
        // Transactions are numbered from 1.
        self.transactions = self.transactions.saturating_add(1);
        let id = self.state.transactions.next_number().saturating_add(self.transactions);
        let transaction =
            Transaction { id, app: self.app, created: self.now(), transfer_id: transfer.id, kind, movement };
        transfer.transactions.push(id);
        self.changes.push(Change::AddTransaction(Box::new(transaction.clone())));
        Ok(transaction)
    }

    /// Changes the status of a transfer.
    ///
    /// # Errors
    /// Refuses a status that may not follow the current one.
    pub(crate) fn advance(&self, transfer: &mut Transfer, next: TransferStatus) -> Result<(), Refusal> {
        let is_at_once = transfer.status == TransferStatus::Created && next == TransferStatus::Completed;
        if is_at_once {
            // A transfer that is completed at once was pending, too (overview/concepts).
            self.advance(transfer, TransferStatus::Pending)?;
        }
        if !transfer.status.may_become(next) {
            return Err(Refusal::conflict(format!(
                "the transfer `{}` is `{}` and cannot become `{}`",
                transfer.id,
                transfer.status.as_str(),
                next.as_str()
            )));
        }
        transfer.status = next;
        transfer.history.push((next, self.now()));
        Ok(())
    }

    /// Makes a transfer pending; it settles by itself after its time, unless it fails before.
    ///
    /// # Errors
    /// Refuses a transfer that has ended.
    pub(crate) fn begin(&mut self, transfer: &mut Transfer) -> Result<(), Refusal> {
        self.advance(transfer, TransferStatus::Pending)?;
        self.later(transfer.kind.time(), "transfer.settle", transfer.id);
        Ok(())
    }

    pub(crate) fn put_transfer(&mut self, transfer: Transfer) {
        self.changes.push(Change::PutTransfer(Box::new(transfer)));
    }

    pub(crate) fn put_link(&mut self, link: Link) {
        self.changes.push(Change::PutLink(Box::new(link)));
    }

    pub(crate) fn put_user(&mut self, user: User) {
        self.changes.push(Change::PutUser(Box::new(user)));
    }

    pub(crate) fn remove_user(&mut self, id: Uuid) {
        self.changes.push(Change::RemoveUser(id));
    }

    pub(crate) fn put(&mut self, object: Object) {
        self.changes.push(Change::Put(Box::new(object)));
    }

    pub(crate) fn remove(&mut self, kind: Kind, id: Uuid) {
        self.changes.push(Change::Remove(kind, id));
    }

    /// Emits an event; the payload lacks `event` and `api_app_id`, which are added on delivery.
    pub(crate) fn emit(&mut self, name: &'static str, payload: Value) {
        self.changes.push(Change::Emit { app: self.app, name, payload: Payload::Json(payload) });
    }

    /// Emits an event about a link: the whole link, and the event's further fields.
    pub(crate) fn emit_link(&mut self, name: &'static str, link: &Link, more: Value) {
        let payload = Payload::Link { link: Box::new(link.clone()), more };
        self.changes.push(Change::Emit { app: self.app, name, payload });
    }

    /// Schedules a task about an object; `handlers::TASKS` lists the tasks.
    pub(crate) fn later(&mut self, after: Duration, name: &'static str, id: Uuid) {
        let task = Task { name, app: self.app, id };
        self.changes.push(Change::Later { at: self.state.after(after), task });
    }

    /// Remembers the key of one item of a request, and what the item created.
    pub(crate) fn remember(&mut self, scope: Scope, operation: u16, made: Option<Uuid>) {
        let seen = KeyRecord { at: self.now(), fingerprint: 0, operation, made, answer: None };
        self.changes.push(Change::Remember { scope, seen: Box::new(seen) });
    }

    /// Sets the object that the request creates, so that a repeat of its key can be answered with it.
    pub(crate) fn made(&mut self, id: Uuid) {
        self.made = Some(id);
    }

    /// Ends the plan with the answer that the request gets once the plan is applied.
    pub(crate) fn answer(mut self, reply: Reply) -> Decision {
        auto_refill::after(&mut self);
        Decision { changes: self.changes, reply, made: self.made, is_foreign: false }
    }

    /// Ends a plan that needs no answer.
    pub(crate) fn into_changes(mut self) -> Vec<Change> {
        auto_refill::after(&mut self);
        self.changes
    }

    /// Checks that money can move, without moving it: for callers that must know before they draw an id.
    ///
    /// # Errors
    /// Refuses less than one cent, and more than the account holds.
    pub(crate) fn affords(&self, from: Account, to: Account, amount: i64) -> Result<(), Refusal> {
        if amount <= 0 {
            return Err(Refusal::invalid("`amount` must be greater than 0"));
        }
        let held = self.balance(from);
        if amount > held && !from.is_outside() {
            return Err(Refusal::insufficient_funds(format!(
                "`amount` is {amount} and the wallet holds {held} cents"
            )));
        }
        let receives = self.balance(to);
        // What one account owes, all others together may hold.
        let owed = held.checked_sub(amount).filter(|left| *left != i64::MIN);
        if receives.checked_add(amount).is_none() || owed.is_none() {
            return Err(Refusal::invalid("`amount` is more than can be counted"));
        }
        Ok(())
    }

    fn movement(&mut self, from: Account, to: Account, amount: i64) -> Result<Movement, Refusal> {
        self.affords(from, to, amount)?;
        // Both sums were checked just now.
        for (account, change) in [(from, -amount), (to, amount)] {
            let moved = self.moved.entry(account).or_default();
            *moved = moved.saturating_add(change);
        }
        Ok(Movement { from, to, amount })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::options::Options;

    #[test]
    fn a_plan_knows_what_it_has_spent_and_drawn() {
        let state = State::new(1, 100, Options::default());
        let app = Account::App(state.ids.app());
        let user = Account::User(Uuid::from_u128(7));
        let mut plan = Plan::of(state.ids.app(), &state);
        assert_ne!(plan.id(Kind::Flow), plan.id(Kind::Flow));
        plan.pay(app, user, 60).unwrap();
        plan.pay(app, user, 60).unwrap_err();
        plan.pay(user, app, 10).unwrap();
        assert_eq!((plan.balance(app), plan.balance(user), state.ledger.balance(app)), (50, 50, 100));
        plan.pay(app, user, 0).unwrap_err();
        plan.pay(Account::Bank, app, i64::MAX).unwrap_err();
    }

    #[test]
    fn a_planned_transfer_goes_through_its_life_and_through_no_other() {
        let mut state = State::new(1, 100, Options::default());
        let app = state.ids.app();
        let mut plan = Plan::of(app, &state);
        let new = NewTransfer {
            kind: TransferKind::Payout,
            user_id: None,
            amount: -40,
            organization: false,
            metadata: None,
        };
        let mut transfer = plan.transfer(new);
        let kind = TransactionKind::Payout;
        plan.transact(&mut transfer, kind, Account::App(app), Account::Payees(app), 40).unwrap();
        plan.advance(&mut transfer, TransferStatus::Completed).unwrap();
        plan.advance(&mut transfer, TransferStatus::Failed).unwrap_err();
        let id = transfer.id;
        plan.put_transfer(transfer);
        let changes = plan.into_changes();
        state.apply(changes).unwrap();
        assert_eq!((state.wallet(app), state.paid_out(app)), (60, 40));
        assert_eq!(state.transfers.find(&id).unwrap().transactions, [1]);
        assert!(state.ledger.audit().balanced);
    }
}
