//! The outbox: a durable list of payouts that are to be made, each exactly once, and of what became of each.
//!
//! Every payout is on the disk before it is sent, and its outcome before the caller is told. It is made for programs
//! that are killed at any moment and started again, or that are asked for the same reference a year later; what cannot
//! be known is listed for a person.
//!
//! - [`step`]: the rules, as one pure function of a [`Row`], an [`Event`] and the clocks; its tests search everything
//!   that can happen
//! - [`Store`]: what keeps the rows; [`check_store`] checks any store, [`MemoryStore`] is the one that others are
//!   compared with
//! - `Outbox` (feature `outbox-sqlite`): plans, sends and looks up, with a SQLite file
//!
//! # What it promises
//! As long as one outbox holds the references, and Dots does what its documentation says:
//!
//! - A reference is paid at most once, however often it is asked for, unless a person decides to pay it again.
//! - A payout that is called `settled` was made, and one that is called `rejected` was not.
//! - Nothing is forgotten: each payout is settled, refused, or listed with what is known of it.
//!
//! It does not promise when a payout is made, nor that a payout that was made is collected: `settled` means that Dots has
//! accepted it. It is no ledger; it keeps no balances.
//!
//! Two assumptions are not documented by Dots: a request that the client has given up is carried out, and shows in the
//! lists, within 15 minutes ([`Rules::horizon`]); and the lists show a payout's metadata.
//!
//! # The life of a payout
//! ```text
//!            hold                     claim                   paid
//!  held ◄──────────► planned ───────────────────► in_flight ─────────► settled
//!          release      ▲  ▲  nothing was sent      │    │
//!                       │  └────────────────────────┤    │ refused, and never in doubt
//!            new key,   │                           │    └───────────► rejected ──► corrected, cancelled
//!            by a person│            lost answer,   ▼
//!                       │            crash       unknown ── found in the lists ─► settled
//!                       │                           │
//!                       └──────── review ◄──────────┘ too old to be sent, and not in the lists
//!                                   │
//!                                   └──► paid_elsewhere, given_up, by a person
//! ```
//! A payout in doubt is first looked for in Dots' lists, by the reference in its metadata. Where it does not show, the
//! same request is sent again with the same key, after 15 minutes and within 20 hours of its plan: Dots forgets a key
//! after 24 hours (references/idempotency). After that it is never sent again by itself.
//!
//! # When a program is started again
//! Open the file, plan the same payouts again, and work: what is known stays as it is. The file is locked, so two
//! programs cannot work on it at a time.
//!
//! The file can be read with any `sqlite3`, while no program has it open:
//! ```text
//! sqlite3 payouts.sqlite "SELECT state, count(*), sum(cents) FROM payouts GROUP BY state"
//! sqlite3 payouts.sqlite "SELECT reference, state, why, alarm, note FROM payouts WHERE state = 'review'"
//! sqlite3 payouts.sqlite "SELECT datetime(at / 1000, 'unixepoch'), event, after, actor, reason FROM history
//!                         WHERE reference = 'invoice-881'"
//! ```
//! Never change it by hand; triggers refuse what would let a payout be made again.
//!
//! # Backups, and people's data
//! Copy the file while no program has it open. A copy is refused by `Outbox::open`, since the original may have sent
//! payouts since; `Outbox::open_restored` opens it when the original is lost, and reads Dots' lists before anything is
//! sent. Two files with the same references can each pay: [`Rules::shared_references`] only keeps refusals from being
//! taken as proof.
//!
//! The requests name people. They are readable by the file's owner only, and `Outbox::prune` empties those of payouts
//! that have ended; references, amounts, keys, ids and the log of events are kept.

mod conformance;
mod delivery;
mod event;
mod memory;
mod row;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise and say why"
)]
mod search;
mod step;
mod store;

pub use conformance::check_store;
pub use delivery::Delivery;
pub use event::{Answer, Effect, Event, Illegal, Permit, Step};
pub use memory::MemoryStore;
pub use row::{Alarm, Now, Row, Rules, Seen, State, Time, Why};
pub use step::{is_window_over, step};
pub use store::{Applied, Entry, Next, Note, Record, Store, Wanted};

#[cfg(feature = "outbox-sqlite")]
mod with_sqlite {
    pub use super::by::By;
    pub use super::desk::Outbox;
    pub use super::error::OutboxError;
    pub use super::funds::Funds;
    pub use super::limits::Limits;
    pub use super::payable::{Payable, Stop};
    pub use super::report::{LogEntry, Report, ReportRow, Tally};
    pub use super::row_problem::RowProblem;
    pub use super::run::{Run, RunPlan};
    pub use super::sqlite::{FileProblem, StoreError};
    pub use super::status::{Payment, Settled, Status};
    pub use super::updates::{Update, Updates};
    pub use super::worker::{Summary, Work};
}
#[cfg(feature = "outbox-sqlite")]
pub use with_sqlite::*;

#[cfg(feature = "outbox-sqlite")]
mod by;
#[cfg(feature = "outbox-sqlite")]
mod decisions;
#[cfg(feature = "outbox-sqlite")]
mod desk;
#[cfg(feature = "outbox-sqlite")]
mod error;
#[cfg(feature = "outbox-sqlite")]
mod funds;
#[cfg(feature = "outbox-sqlite")]
mod limits;
#[cfg(feature = "outbox-sqlite")]
mod observing;
#[cfg(feature = "outbox-sqlite")]
mod opening;
#[cfg(feature = "outbox-sqlite")]
mod payable;
#[cfg(feature = "outbox-sqlite")]
mod planning;
#[cfg(feature = "outbox-sqlite")]
mod reconcile;
#[cfg(feature = "outbox-sqlite")]
mod report;
#[cfg(feature = "outbox-sqlite")]
mod row_problem;
#[cfg(feature = "outbox-sqlite")]
mod run;
#[cfg(feature = "outbox-sqlite")]
mod sending;
#[cfg(feature = "outbox-sqlite")]
mod sqlite;
#[cfg(feature = "outbox-sqlite")]
mod status;
#[cfg(feature = "outbox-sqlite")]
mod updates;
#[cfg(feature = "outbox-sqlite")]
mod worker;
