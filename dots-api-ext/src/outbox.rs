//! The outbox: a durable list of payouts that are to be made, each exactly once, and of what became of each.
//!
//! Elsewhere this is called a transactional outbox: the intent to pay is committed first and carried out afterwards. Every
//! payout is on the disk before it is sent, and its outcome is before the caller is told. So a program may be killed at
//! any moment and started again, or be asked for the same reference a year later. What cannot be known is listed for a
//! person.
//!
//! - [`step`]: the rules, as one pure function of a [`Row`], an [`Event`] and the clocks; its tests search everything
//!   that can happen
//! - [`Store`]: what keeps the rows; [`check_store`] checks any store, [`MemoryStore`] is the one that others are
//!   compared with
//! - `Outbox` (feature `outbox-sqlite` or `outbox-postgres`): plans, sends and looks up, with a SQLite file, or with a
//!   PostgreSQL database that several machines share
//!
//! # What it promises
//! As long as one outbox holds the references, and Dots does what its documentation says:
//!
//! - A reference is paid at most once, however often it is asked for, unless a person decides to pay it again.
//! - A payout that is called `settled` was made, and one that is called `rejected` was not.
//! - Nothing is forgotten: each payout is settled, refused, called off, or listed with what is known of it.
//!
//! # What it does not promise
//! - When a payout is made, and that the payee collects it: `settled` means that Dots has accepted it. What became of its
//!   money afterwards is its [`Delivery`].
//! - Anything across two files with the same references: each of them can pay. [`Rules::shared_references`] only keeps
//!   refusals from being taken as proof.
//! - Balances: the outbox does not keep a ledger.
//!
//! Two assumptions are not documented by Dots: a request that the client has given up is carried out, and shows in the
//! lists, within 15 minutes ([`Rules::horizon`]); and the lists show a payout's metadata, into which the outbox writes
//! the reference. The metadata of a payout has to be an object, therefore.
//!
//! # The life of a payout
#![doc = include_str!("outbox/life.svg")]
//!
//! A payout in doubt is first looked for in Dots' lists, by the reference in its metadata. Where it does not show, the
//! same request is sent again with the same key, after 15 minutes and within 20 hours of its plan: Dots forgets a key
//! after 24 hours ([references/idempotency]). After that it is never sent again by itself: what was never sent is planned
//! under a new key once the lists do not show it, and what may have been sent goes to a person.
//!
//! # What a person decides
//! `Outbox::review` lists what is in review or held, and the alarms. Each decision takes who decides and why, and both
//! are kept in the log.
//!
//! - `absent`: the lists did not show it, twice and late enough. Look at Dots' dashboard, or ask the payee; then
//!   `pay_again`, `mark_paid_elsewhere` or `give_up`.
//! - `ambiguous`: the lists show payments without a mark that may be it. Look at those payments; then
//!   `mark_paid_elsewhere` or `give_up`.
//! - `mismatch`: Dots answered with another payment, or with one that bears the mark of another payout. Look at the log, and ask Dots; then `mark_paid_elsewhere` or `give_up`.
//! - `refused_in_doubt`: Dots refused it after a person let it be paid again. Look at the older key; then
//!   `mark_paid_elsewhere` or `give_up`.
//! - `held`: another payout of the same amount went to the same payee. Look at both invoices; then `release` or `cancel`.
//! - The alarm `paid_twice`: look at both payments, whose ids are in the log, and ask the payee, or Dots, for one of them.
//! - The alarm `paid_after_all`: look at the decision in the log, and tell who made it.
//! - The alarm `other_amount`: Dots shows the payment with another amount than is written here. It is settled, and not
//!   paid again; both amounts are in its note. So it is after a restore where only the lost file knew a correction.
//!
//! A payout that was refused, cancelled or not sent yet is corrected under its reference: another reference for the same
//! invoice would be another payout. `Outbox::hold_run` stops a whole run, and `Outbox::release_run` lets it go on.
//!
//! Each reading of Dots' lists compares everything that bears the outbox's mark with the payouts. Two links, or two
//! transfers of one kind, under one key are the alarm `paid_twice`. A link and the transfers that pay it out name each other
//! and are one payment. Where they do not, Dots' lists cannot tell a second payment from a part of the first: the log and
//! the note of the payout say so, without an alarm.
//!
//! # When a program is started again
//! Open the file, plan the same payouts again, and work: what is known stays as it is. The file is locked, so two
//! programs cannot work on it at a time. It is bound to the server, the app and the client id that it was created for: a
//! file of production cannot be opened with a client for the sandbox, in whose lists none of its payouts would show.
//!
//! # Recovery at three in the morning
//! Stop the program. Any `sqlite3` reads the file then, and changes nothing with `-readonly`:
//! ```text
//! sqlite3 -readonly payouts.sqlite "SELECT state, count(*), sum(abs(cents)) FROM payouts GROUP BY state"
//! sqlite3 -readonly payouts.sqlite "SELECT reference, state, why, alarm, note FROM payouts
//!                                   WHERE state IN ('review', 'held') OR alarm IS NOT NULL"
//! sqlite3 -readonly payouts.sqlite "SELECT datetime(at / 1000, 'unixepoch'), event, before, after, actor, reason
//!                                   FROM history WHERE reference = 'invoice-881' ORDER BY number"
//! sqlite3 -readonly payouts.sqlite "PRAGMA integrity_check"
//! ```
//! Never change it by hand, and never delete the files beside it: `-wal` holds commits that are not in the file yet.
//! Triggers refuse what would let a payout be made again. A file that is damaged is kept; restore a backup beside it.
//!
//! # Backups
//! `Outbox::backup` writes a copy while the outbox is in use. `Outbox::open` refuses a copy, since the original may have
//! sent payouts since it was made. When the original is lost, `Outbox::open_restored` opens the copy. Nothing is sent then
//! before Dots' lists were read, 15 minutes after the restore or later. Every payout that is not settled counts as in
//! doubt, except for those whose pay date is still to come: the lost file cannot have sent them.
//!
//! What was decided since the backup is lost with the file. So hold again, before the first `work`, what was held,
//! cancelled or corrected since: what is held is not sent. When its key is too old to be sent, release it; it goes to
//! review. A payout that only the lost file knew is in no report or total of the copy until it is planned again; then the
//! lists are read for it, and it is settled if they show it. So plan every run again that was planned since the backup,
//! until `Outbox::unknown_payments` finds nothing more.
//!
//! After the API key of the account was rotated, open the file with `Outbox::open_rotated`.
//!
//! # When a clock was wrong
//! A key's age is counted by clocks. While this machine's clock is behind what the file has seen, `Outbox::open` refuses
//! it. Look at the clock then: if it is wrong, set it right. If it is right, it was ahead before, and
//! `Outbox::open_clock_was_ahead` opens the file. What was never sent is sent then, a run not before its pay date. How old
//! the other keys are, no clock tells any more: what may have been sent is only looked up, and goes to review when the time
//! of its plan has come and its key is too old. On PostgreSQL, the first reading of the lists does the same.
//!
//! Summaries, tallies and gauges count what waits for a clock. A process whose clock is set back while it has the file open
//! sends nothing new: close the outbox, and open it so.
//!
//! One thing no clock shows: that it was ahead, if no process opened the outbox before that time had really come. So what
//! an earlier process left in doubt is looked for in Dots' lists before it is sent again.
//!
//! # On PostgreSQL
//! The payout is planned in a transaction of yours, by `SELECT dots_outbox.plan($1)` with the text of a [`Planned`], from
//! any language; `Outbox::postgres` opens it in as many processes as you like. `docs/postgres.md` in the repository has
//! the roles, the errors, the queries for those on call, and what to alert on.
//!
//! # Retention, and people's data
//! The requests name people: the payee and what the payout is for. The file can be read by its owner only, and
//! `Outbox::prune` empties the requests of payouts that have ended. References, amounts, keys, ids and the log are kept
//! for ever, so that no payout is made again; so put no person's name into a reference or a reason. What Dots writes in
//! its messages is not stored. A backup holds what was pruned since it was made.
//!
//! [references/idempotency]: https://docs.dots.dev/references/idempotency

mod conformance;
mod delivery;
mod event;
mod mark;
mod memory;
mod planned;
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
pub use mark::Payable;
pub use memory::MemoryStore;
pub use planned::{Planned, Planner};
pub use row::{Alarm, Now, Row, Rules, Seen, State, Time, Why};
pub use step::{is_window_over, step};
pub use store::{Applied, Entry, Next, Note, Record, Store, Wanted};

#[cfg(feature = "_outbox-store")]
pub use self::{
    by::By,
    clock_wait::ClockWait,
    decisions::{Decided, Decision},
    desk::Outbox,
    error::OutboxError,
    funds::Funds,
    gauges::Gauges,
    limits::Limits,
    payable::Stop,
    report::{Report, ReportRow},
    row_problem::RowProblem,
    run::{Run, RunPlan},
    status::{Payment, Settled, Status},
    store_error::StoreError,
    summary::Summary,
    tally::{LogEntry, Tally},
    unknown::UnknownPayment,
    updates::{Update, Updates},
    worker::Work,
};
#[cfg(feature = "outbox-postgres")]
pub use self::{
    database_problem::{DatabaseProblem, PostgresError},
    postgres::{Migration, PostgresConfig},
};
#[cfg(feature = "outbox-sqlite")]
pub use file_problem::FileProblem;

#[cfg(feature = "_outbox-store")]
mod by;
#[cfg(feature = "_outbox-store")]
mod clock_wait;
#[cfg(feature = "outbox-postgres")]
mod database_problem;
#[cfg(feature = "_outbox-store")]
mod decisions;
#[cfg(feature = "_outbox-store")]
mod desk;
#[cfg(feature = "_outbox-store")]
mod error;
#[cfg(feature = "outbox-sqlite")]
mod file_problem;
#[cfg(feature = "_outbox-store")]
mod funds;
#[cfg(feature = "_outbox-store")]
mod gauges;
#[cfg(feature = "_outbox-store")]
mod holding;
#[cfg(feature = "_outbox-store")]
mod in_flight;
#[cfg(feature = "_outbox-store")]
mod limits;
#[cfg(feature = "_outbox-store")]
mod observing;
#[cfg(feature = "outbox-sqlite")]
mod opening;
#[cfg(feature = "_outbox-store")]
mod outbox_store;
#[cfg(feature = "_outbox-store")]
mod payable;
#[cfg(feature = "_outbox-store")]
mod planning;
#[cfg(feature = "outbox-postgres")]
mod postgres;
#[cfg(feature = "_outbox-store")]
mod reconcile;
#[cfg(feature = "_outbox-store")]
mod report;
#[cfg(feature = "_outbox-store")]
mod row_problem;
#[cfg(feature = "_outbox-store")]
mod run;
#[cfg(feature = "_outbox-store")]
mod sending;
#[cfg(feature = "_outbox-store")]
mod shown;
#[cfg(feature = "outbox-sqlite")]
mod sqlite;
#[cfg(feature = "_outbox-store")]
mod status;
#[cfg(feature = "_outbox-store")]
mod store_error;
#[cfg(feature = "_outbox-store")]
mod summary;
#[cfg(feature = "_outbox-store")]
mod tally;
#[cfg(feature = "_outbox-store")]
mod unknown;
#[cfg(feature = "_outbox-store")]
mod updates;
#[cfg(feature = "_outbox-store")]
mod worker;
#[cfg(feature = "_outbox-store")]
mod writer;
