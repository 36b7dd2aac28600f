//! What the sandbox knows: users, links, the wallet, and the keys it has seen.
//!
//! Handlers only read it. What is to change they hand back as a [`Change`], and [`State::apply`] is the one place
//! where anything changes: after all checks, under one lock, in one step that cannot fail.

mod clock;
mod ids;
mod keys;
mod link;
mod shelf;
mod user;

use uuid::Uuid;

pub(crate) use clock::Clock;
use ids::Ids;
use keys::Keys;
pub(crate) use link::{AccountingData, Contact, Delivery, DeliveryMethod, Link, LinkStatus};
pub(crate) use shelf::{Cursor, Page, Shelf};
pub(crate) use user::{User, UserStatus};

/// The world of one sandbox.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) users: Shelf<User>,
    pub(crate) links: Shelf<Link>,
    keys: Keys,
    /// The app wallet, in cents.
    wallet: i64,
    /// What left the wallet with links and has not come back, in cents.
    paid_out: i64,
}

/// What a request changes.
#[derive(Debug)]
pub(crate) enum Change {
    Nothing,
    AddUser(Box<User>),
    ReplaceUser(Box<User>),
    RemoveUser(Uuid),
    /// Makes a link, pays it from the wallet and remembers the key; the key belongs to one operation.
    AddLink {
        link: Box<Link>,
        key: Option<(String, Uuid)>,
    },
    /// Cancels a link and gives its money back to the wallet.
    CancelLink(Uuid),
}

impl State {
    pub(crate) fn new(seed: u64, funds: i64) -> Self {
        Self {
            clock: Clock::default(),
            ids: Ids::new(seed),
            users: Shelf::default(),
            links: Shelf::default(),
            keys: Keys::default(),
            wallet: funds,
            paid_out: 0,
        }
    }

    /// Returns what is in the app wallet, in cents.
    pub(crate) fn wallet(&self) -> i64 {
        self.wallet
    }

    /// Returns what left the wallet and has not come back, in cents.
    pub(crate) fn paid_out(&self) -> i64 {
        self.paid_out
    }

    /// Returns the link that this key made, when the key is younger than a day.
    pub(crate) fn made_by(&self, operation: &str, key: Uuid) -> Option<&Link> {
        self.links.find(&self.keys.find(operation, key, self.clock.now())?)
    }

    /// Carries a change out; whoever asks for it has checked that it is possible.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Nothing => {}
            Change::AddUser(user) => self.users.add(user.id, *user),
            Change::ReplaceUser(user) => {
                if let Some(old) = self.users.find_mut(&user.id) {
                    *old = *user;
                }
            }
            Change::RemoveUser(id) => self.users.remove(&id),
            Change::AddLink { link, key } => {
                self.wallet -= link.amount;
                self.paid_out += link.amount;
                if let Some((operation, key)) = key {
                    self.keys.remember(operation, key, link.id, self.clock.now());
                }
                self.links.add(link.id, *link);
            }
            Change::CancelLink(id) => {
                if let Some(link) = self.links.find_mut(&id) {
                    link.status = LinkStatus::Canceled;
                    self.wallet += link.amount;
                    self.paid_out -= link.amount;
                }
            }
        }
    }
}
