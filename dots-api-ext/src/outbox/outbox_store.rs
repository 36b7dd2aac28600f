//! What an outbox needs of its store beyond [`Store`]: clocks, runs, reports, and what a process is started with.

#[cfg(feature = "outbox-sqlite")]
use std::path::Path;

use uuid::Uuid;

use super::clock_wait::ClockWait;
use super::event::Event;
#[cfg(feature = "outbox-sqlite")]
use super::file_problem::FileProblem;
use super::row::{Now, Row, Rules, State, Time};
use super::run::Run;
use super::store::{Applied, Entry, Note, Record, Store, Wanted};
use super::store_error::StoreError;
use super::tally::{LogEntry, Tally};

/// How many rows are looked at in one job at most.
const PAGE: u32 = 256;

/// A store that an [`Outbox`](super::Outbox) runs on. Its methods are called in jobs of a [`Writer`](super::writer).
pub(super) trait OutboxStore: Store<Error = StoreError> {
    /// Returns what the store's clock and the worker's say.
    fn now(&mut self, worker: Time) -> Result<Now, StoreError>;

    /// Returns the row of a payout that is planned now.
    fn planned(&mut self, worker: Time, rules: &Rules) -> Result<Row, StoreError>;

    /// Lists rows that may be claimed, after one of them, for a worker that wants so many.
    fn claimable(&mut self, now: Time, after: &str, wanted: usize) -> Result<Vec<String>, StoreError> {
        self.list(Wanted::Due(now), after, u32::try_from(wanted).unwrap_or(PAGE).min(PAGE))
    }

    /// Lets an event happen to a row that was read before; it is read again if it has changed since.
    fn apply_known(
        &mut self,
        known: &Record,
        event: Event,
        note: &Note,
        now: Now,
        rules: &Rules,
    ) -> Result<Applied, StoreError> {
        self.apply(&known.entry.reference, event, note, now, rules)
    }

    /// Whether rows come from this outbox alone, so that what they say of their requests is true.
    fn writes_all_rows(&self) -> bool {
        true
    }

    /// Writes a row; whether its reference is new.
    fn insert_new(&mut self, entry: &Entry, row: &Row) -> Result<bool, StoreError>;

    /// Returns the number of the newest row.
    fn newest(&mut self) -> Result<i64, StoreError>;

    /// Whether a row is newer than one.
    fn is_newer(&mut self, reference: &str, number: i64) -> Result<bool, StoreError>;

    /// Finds the row that an object of Dots belongs to.
    fn by_object(&mut self, id: &str) -> Result<Option<Record>, StoreError>;

    /// Returns the pay date of a known run, if it has one.
    fn run_pays_at(&mut self, run: &str) -> Result<Option<Option<Time>>, StoreError>;

    /// Sums the amounts of a run, whichever way their money goes, those that are called off left out.
    fn run_total(&mut self, run: &str) -> Result<i64, StoreError>;

    /// Lists the references of a run's payouts in a state, in their order, at most so many, after one of them.
    fn of_run(&mut self, run: &str, state: State, after: &str, limit: u32)
    -> Result<Vec<String>, StoreError>;

    /// Whether any payout is of a run.
    fn has_run(&mut self, run: &str) -> Result<bool, StoreError>;

    /// Writes a run whose rows are planned, with what they come to.
    fn put_run(&mut self, run: &Run, planned_at: Time) -> Result<(), StoreError>;

    /// Returns when the next row may be sent.
    fn next_due(&mut self) -> Result<Option<Time>, StoreError>;

    /// Counts the rows that are open, by their states, without a look at those that have ended.
    fn open(&mut self) -> Result<Vec<(State, u64)>, StoreError>;

    /// Returns since when the oldest row may be sent that is due at a time.
    fn oldest_due(&mut self, now: Time) -> Result<Option<Time>, StoreError>;

    /// Sums what is due at a time and comes out of the app's wallet.
    fn needed(&mut self, now: Time) -> Result<i64, StoreError>;

    /// Counts the rows of a run, or all, that wait because a clock was ahead.
    fn clock_wait(
        &mut self,
        run: Option<&str>,
        now: Now,
        rules: &Rules,
    ) -> Result<Option<ClockWait>, StoreError>;

    /// Empties the requests of rows that have ended before a time, and returns how many.
    fn prune(&mut self, before: Time) -> Result<usize, StoreError>;

    /// Returns what happened to a row, the oldest first.
    fn history(&mut self, reference: &str) -> Result<Vec<LogEntry>, StoreError>;

    /// Returns rows after one, in the order of their numbers, with what happened to each.
    fn page(&mut self, run: Option<&str>, after: i64, limit: u32) -> Result<Vec<Numbered>, StoreError>;

    /// Sums the rows of a run, or all: as planned, and by their states; without those that wait for a clock.
    fn tally(&mut self, run: Option<&str>) -> Result<Tally, StoreError>;

    /// Notes whether the store is a copy of another.
    #[cfg(feature = "outbox-sqlite")]
    fn put_copy(&mut self, is_copy: bool) -> Result<(), StoreError>;

    /// Notes that the time is what the clock says, though a later one was seen.
    #[cfg(feature = "outbox-sqlite")]
    fn put_clock(&mut self) -> Result<(), StoreError>;

    /// Binds the store to a client id.
    fn put_account(&mut self, account: Uuid) -> Result<(), StoreError>;

    /// Writes a copy into a file.
    #[cfg(feature = "outbox-sqlite")]
    fn backup(&mut self, path: &Path) -> Result<(), FileProblem>;
}

/// A row with its number, and what happened to it.
pub(super) type Numbered = (i64, Record, Vec<LogEntry>);
