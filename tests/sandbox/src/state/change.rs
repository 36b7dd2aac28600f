//! The one place where anything changes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Event, KeyRecord, Kind, Link, Movement, Object, Payload, Scope, State, Task, Transaction, Transfer, User,
};
use crate::journal::{self, Interned};

/// One step of what a request changes. `crate::plan::Plan` puts the steps together, and a state file keeps them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// Adds a user or puts the new version in place of the old one; so do all that begin with `Put`.
    PutUser(Box<User>),
    RemoveUser(Uuid),
    PutLink(Box<Link>),
    PutTransfer(Box<Transfer>),
    AddTransaction(Box<Transaction>),
    Put(Box<Object>),
    Remove(Kind, Uuid),
    /// Moves money in the ledger.
    Move(Movement),
    /// Tells whoever listens.
    Emit {
        app: Uuid,
        #[serde(deserialize_with = "journal::intern")]
        name: Interned,
        payload: Payload,
    },
    /// Does something later.
    Later {
        at: Timestamp,
        task: Task,
    },
    /// Remembers a key.
    Remember {
        scope: Scope,
        seen: Box<KeyRecord>,
    },
    /// Takes out the task that is due next, and moves the clock to its time.
    TakeTask,
    /// Moves the clock on.
    MoveClock(Timestamp),
}

impl State {
    /// Carries changes out; whoever asks for them has checked that they are possible.
    ///
    /// # Errors
    /// Returns what is wrong with the ledger now, a mistake of the sandbox; everything else is carried out.
    pub(crate) fn apply(&mut self, changes: Vec<Change>) -> Result<(), String> {
        let errors: Vec<String> = changes.into_iter().filter_map(|change| self.make(change).err()).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }

    /// Carries one change out, and writes it down for whoever keeps the world.
    pub(super) fn make(&mut self, change: Change) -> Result<(), String> {
        self.entries.push(&change);
        self.restore(change)
    }

    /// Carries out a change that was written down before, or that is being written down.
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
