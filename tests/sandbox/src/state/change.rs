//! Changes, and the one place that applies them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Event, KeyRecord, Kind, Link, Movement, Object, Payload, Scope, State, Task, Transaction, Transfer, User,
};
use crate::journal::{self, Interned};

/// One step of what a request changes. `crate::plan::Plan` gathers the steps, and a state file keeps them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// Adds a user or replaces it; the other variants that begin with `Put` do the same.
    PutUser(Box<User>),
    RemoveUser(Uuid),
    PutLink(Box<Link>),
    PutTransfer(Box<Transfer>),
    AddTransaction(Box<Transaction>),
    Put(Box<Object>),
    Remove(Kind, Uuid),
    /// Moves money in the ledger.
    Move(Movement),
    /// Emits an event.
    Emit {
        app: Uuid,
        #[serde(deserialize_with = "journal::intern")]
        name: Interned,
        payload: Payload,
    },
    /// Schedules a task.
    Later {
        at: Timestamp,
        task: Task,
    },
    /// Remembers an idempotency key.
    Remember {
        scope: Scope,
        seen: Box<KeyRecord>,
    },
    /// Takes the task that is due next, and moves the clock to its time.
    TakeTask,
    /// Moves the clock forward.
    MoveClock(Timestamp),
}

impl State {
    /// Applies changes; the caller has checked that they are possible.
    ///
    /// # Errors
    /// Returns what is wrong with the ledger now, a mistake of the sandbox; everything else is applied.
    pub(crate) fn apply(&mut self, changes: Vec<Change>) -> Result<(), String> {
        let errors: Vec<String> = changes.into_iter().filter_map(|change| self.make(change).err()).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }

    /// Applies one change, and records it for the state file.
    pub(super) fn make(&mut self, change: Change) -> Result<(), String> {
        self.save_time();
        self.entries.push(&change);
        self.restore(change)
    }

    /// Applies a change from the state file, or one that is being recorded.
    ///
    /// # Errors
    /// Returns what is wrong with the ledger now.
    pub(crate) fn restore(&mut self, change: Change) -> Result<(), String> {
        match change {
            Change::PutUser(user) => self.put_user(*user),
            Change::RemoveUser(id) => self.remove_user(id),
            Change::PutLink(link) => self.links.put(*link),
            Change::PutTransfer(transfer) => self.transfers.put(*transfer),
            Change::AddTransaction(transaction) => {
                let movement = transaction.movement;
                self.transactions.put(*transaction);
                return self.ledger.post(movement);
            }
            Change::Put(object) => self.objects.put(*object),
            Change::Remove(kind, id) => self.objects.remove(kind, &id),
            Change::Move(movement) => return self.ledger.post(movement),
            Change::Emit { app, name, payload } => self.emit(app, name, payload),
            Change::Later { at, task } => self.schedule.add(at, task),
            Change::Remember { scope, seen } => self.keys.remember(scope, *seen),
            Change::TakeTask => {
                if let Some((at, _)) = self.schedule.take() {
                    self.clock.move_to(at);
                }
            }
            Change::MoveClock(to) => self.clock.move_to(to),
        }
        Ok(())
    }

    fn put_user(&mut self, user: User) {
        if !self.users.has_held(&user.id) {
            *self.connected.entry(user.app).or_default() += 1;
        }
        self.users.put(user);
    }

    fn remove_user(&mut self, id: Uuid) {
        if let Some(user) = self.users.find(&id) {
            let connected = self.connected.entry(user.app).or_default();
            *connected = connected.saturating_sub(1);
        }
        self.users.remove(&id);
    }

    fn emit(&mut self, app: Uuid, name: &'static str, payload: Payload) {
        let number = self.outbox.next_number();
        let event = Event { number, at: self.clock.now(), app, name, payload };
        self.outbox.push(event, self.options.record_limit);
    }
}
