//! The state of the sandbox: users, links, transfers, other objects, the ledger and the idempotency keys.
//!
//! Handlers only read it, and return the changes that they want as a list of [`Change`]s. [`State::apply`] is the one
//! place where anything changes: after all checks, under one lock, in steps that cannot fail.

mod change;
mod clock;
mod compliance;
mod hash;
mod ids;
mod keys;
mod kind;
mod label;
mod ledger;
mod link;
mod objects;
mod outbox;
mod schedule;
mod table;
mod transfer;
mod user;

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) use change::Change;
pub(crate) use clock::Clock;
pub(crate) use compliance::{Compliance, TaxCheck, TaxEntity, TaxForm};
pub(crate) use ids::{Ids, mix};
pub(crate) use keys::{KeyLookup, KeyRecord, Keys, Scope, StoredAnswer, fingerprint};
pub(crate) use kind::Kind;
pub(crate) use label::Label;
pub use ledger::Audit;
pub(crate) use ledger::{Account, Ledger, Movement};
pub(crate) use link::{
    AccountingData, CachedText, Claim, Contact, Delivery, DeliveryMethod, Funding, Link, LinkStatus,
};
pub(crate) use objects::{Object, Objects};
pub(crate) use outbox::{Event, Outbox, Payload};
use schedule::Schedule;
pub(crate) use schedule::Task;
pub(crate) use table::{Cursor, Order, Page, Query, Row, Table};
pub(crate) use transfer::{
    ExternalData, Transaction, TransactionKind, Transfer, TransferKind, TransferStatus,
    labels as transfer_labels,
};
pub(crate) use user::{User, UserStatus};

use crate::{
    journal::{Entries, InitialState},
    options::{KeyChangedBody, KeyRepeat, Options},
};

/// The default base URL of links; the reserved domain resolves nowhere.
const NOWHERE: &str = "https://my.dots-sandbox.invalid";

/// The state of one sandbox.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    /// Whether time has passed that the state file does not know of.
    has_unsaved_time: bool,
    pub(crate) ids: Ids,
    /// The base URL of links, which precedes `/flow/<flow_id>`.
    pub(crate) page_base: String,
    pub(crate) users: Table<User>,
    pub(crate) links: Table<Link>,
    pub(crate) transfers: Table<Transfer>,
    pub(crate) transactions: Table<Transaction>,
    pub(crate) objects: Objects,
    pub(crate) ledger: Ledger,
    pub(crate) outbox: Outbox,
    pub(crate) keys: Keys,
    /// The changes that are not in the state file yet.
    pub(crate) entries: Entries,
    schedule: Schedule,
    /// How many users each app has.
    connected: HashMap<Uuid, usize>,
}

impl State {
    /// The state of a new world.
    pub(crate) fn from_initial(initial: InitialState, mut options: Options) -> Self {
        let InitialState { seed, funds, organization_funds } = initial;
        options.organization_funds = organization_funds;
        Self::new(seed, funds, options)
    }

    /// The state of a new world with one app, whose wallet holds this many cents.
    pub(crate) fn new(seed: u64, funds: i64, options: Options) -> Self {
        let mut state = Self {
            options,
            clock: Clock::default(),
            has_unsaved_time: false,
            ids: Ids::new(seed),
            page_base: NOWHERE.to_owned(),
            users: Table::default(),
            links: Table::default(),
            transfers: Table::default(),
            transactions: Table::default(),
            objects: Objects::default(),
            ledger: Ledger::default(),
            outbox: Outbox::default(),
            keys: Keys::default(),
            entries: Entries::default(),
            schedule: Schedule::default(),
            connected: HashMap::new(),
        };
        let app = state.ids.app();
        let mut fields = Map::new();
        fields.insert("name".to_owned(), json!("Dots sandbox"));
        fields.insert("status".to_owned(), json!("approved"));
        let created = state.clock.now();
        state.objects.put(Object { kind: Kind::App, id: app, app, owner: None, created, fields });
        let id = state.ids.id(Kind::Organization, 0);
        let kind = Kind::Organization;
        state.objects.put(Object { kind, id, app, owner: None, created, fields: Map::new() });
        let organization = state.options.organization_funds;
        if organization > 0 {
            // This movement cannot fail either: the account is new.
            let movement = Movement { from: Account::Bank, to: Account::Organization, amount: organization };
            let _ = state.ledger.post(movement);
        }
        if funds > 0 {
            // The first movement into an empty ledger cannot fail.
            let _ = state.ledger.post(Movement { from: Account::Bank, to: Account::App(app), amount: funds });
        }
        state
    }

    /// Sets the base URL of links.
    pub(crate) fn with_page_base(self, page_base: &str) -> Self {
        Self { page_base: page_base.trim_end_matches('/').to_owned(), ..self }
    }

    /// Returns the address of the page of a flow.
    pub(crate) fn page(&self, flow_id: Uuid) -> String {
        format!("{}/flow/{flow_id}", self.page_base)
    }

    /// Returns the link that is claimed in a flow.
    pub(crate) fn link_of_flow(&self, flow_id: Uuid) -> Option<&Link> {
        self.links.with(Link::flow_label(flow_id)).find(|link| link.flow_id == flow_id)
    }

    /// Returns the balance of an app's wallet, in cents.
    pub(crate) fn wallet(&self, app: Uuid) -> i64 {
        self.ledger.balance(Account::App(app))
    }

    /// Returns what an app has paid out and not got back, in cents.
    pub(crate) fn paid_out(&self, app: Uuid) -> i64 {
        let held = [Account::Links(app), Account::Rails(app), Account::Payees(app)];
        held.into_iter().map(|account| self.ledger.balance(account)).fold(0, i64::saturating_add)
    }

    /// Returns what this recipient was paid over rails from wallets, in cents; links are not included.
    ///
    /// It searches all users: for tests, not for requests.
    pub(crate) fn paid_over_rails(&self, recipient: &str) -> i64 {
        let users = self.users.iter().filter(|user| user.has_phone(recipient)).map(|user| user.id);
        let ids = users.chain(Uuid::try_parse(recipient).ok());
        let payouts = ids.flat_map(|id| self.transfers.with(Label::user(id))).filter(|row| row.is_paid());
        payouts.map(|payout| payout.amount.saturating_neg()).fold(0, i64::saturating_add)
    }

    /// Returns how many users an app has.
    pub(crate) fn connected_users(&self, app: Uuid) -> usize {
        self.connected.get(&app).copied().unwrap_or_default()
    }

    /// Returns the number of the next object of a kind.
    pub(crate) fn next_number(&self, kind: Kind) -> u64 {
        match kind {
            Kind::User => self.users.next_number(),
            Kind::Link | Kind::LinkFlow | Kind::LinkTransfer => self.links.next_number(),
            Kind::Transfer => self.transfers.next_number(),
            _ => self.objects.next_number(kind),
        }
    }

    /// Whether an object of this kind has this id, or had it before it was deleted.
    pub(crate) fn has_held(&self, kind: Kind, id: &Uuid) -> bool {
        match kind {
            Kind::User => self.users.has_held(id),
            Kind::Link => self.links.has_held(id),
            Kind::Transfer => self.transfers.has_held(id),
            _ => self.objects.has_held(kind, id),
        }
    }

    /// Returns the scope of a key that an operation uses for a body.
    pub(crate) fn key_scope(&self, app: Uuid, operation: u16, key: Uuid, body: &Value) -> Scope {
        let body = match self.options.key_changed_body {
            KeyChangedBody::PayAgain => fingerprint(body),
            KeyChangedBody::FirstAnswer | KeyChangedBody::Refuse => 0,
        };
        Scope::new(app, operation, key, body, self.options.key_scope)
    }

    /// Returns the reading for the repeated keys of an operation, or of the items of a batch.
    pub(crate) fn key_repeat(&self, operation: &str) -> KeyRepeat {
        let own = self.options.key_repeat_for.get(operation);
        own.copied().unwrap_or(self.options.key_repeat)
    }

    /// Returns the record of a key that has not expired.
    pub(crate) fn key_record(&self, scope: &Scope) -> Option<&KeyRecord> {
        self.keys.find(scope, self.clock.now(), self.options.key_ttl)
    }

    /// Takes the next task that is due by this time, and moves the clock to the task's time.
    pub(crate) fn next_task(&mut self, by: Timestamp) -> Option<Task> {
        let task = self.schedule.due(by)?;
        // Neither a task nor the clock moves money.
        let _ = self.make(Change::TakeTask);
        Some(task)
    }

    /// Moves the clock forward; it never goes back.
    pub(crate) fn move_clock(&mut self, to: Timestamp) {
        if to > self.clock.now() {
            let _ = self.make(Change::MoveClock(to));
        }
        self.outbox.wake();
    }

    /// Lets time pass. The state file learns of it with the next change, so an idle sandbox writes nothing.
    pub(crate) fn pass_time(&mut self, to: Timestamp) {
        self.clock.move_to(to);
        self.has_unsaved_time = true;
        self.outbox.wake();
    }

    /// Records the time that has passed.
    pub(crate) fn save_time(&mut self) {
        if std::mem::take(&mut self.has_unsaved_time) {
            self.entries.push(&Change::MoveClock(self.clock.now()));
        }
    }

    /// Returns the time after this duration.
    pub(crate) fn after(&self, duration: Duration) -> Timestamp {
        self.clock.now().checked_add(duration).unwrap_or(Timestamp::MAX)
    }
}
