//! The file as a store of an outbox.

use std::path::Path;

use uuid::Uuid;

use super::rows::SqliteStore;
use crate::outbox::clock_wait::ClockWait;
use crate::outbox::event::Event;
use crate::outbox::file_problem::FileProblem;
use crate::outbox::outbox_store::{Numbered, OutboxStore};
use crate::outbox::row::{Now, Row, Rules, State, Time};
use crate::outbox::run::Run;
use crate::outbox::store::{Applied, Entry, Note, Record, Store as _};
use crate::outbox::store_error::StoreError;
use crate::outbox::tally::{LogEntry, Tally};

impl OutboxStore for SqliteStore<'_> {
    fn now(&mut self, worker: Time) -> Result<Now, StoreError> {
        Ok(Self::now(self, worker))
    }

    fn planned(&mut self, worker: Time, rules: &Rules) -> Result<Row, StoreError> {
        Ok(Self::planned(self, worker, rules))
    }

    fn apply_known(
        &mut self,
        known: &Record,
        event: Event,
        note: &Note,
        now: Now,
        rules: &Rules,
    ) -> Result<Applied, StoreError> {
        if self.is_as(known)? {
            self.apply_to(known.clone(), event, note, now, rules)
        } else {
            self.apply(&known.entry.reference, event, note, now, rules)
        }
    }

    fn insert_new(&mut self, entry: &Entry, row: &Row) -> Result<bool, StoreError> {
        Self::insert_new(self, entry, row)
    }

    fn newest(&mut self) -> Result<i64, StoreError> {
        Self::newest(self)
    }

    fn is_newer(&mut self, reference: &str, number: i64) -> Result<bool, StoreError> {
        Self::is_newer(self, reference, number)
    }

    fn by_object(&mut self, id: &str) -> Result<Option<Record>, StoreError> {
        Self::by_object(self, id)
    }

    fn run_pays_at(&mut self, run: &str) -> Result<Option<Option<Time>>, StoreError> {
        Self::run_pays_at(self, run)
    }

    fn run_total(&mut self, run: &str) -> Result<i64, StoreError> {
        Self::run_total(self, run)
    }

    fn of_run(
        &mut self,
        run: &str,
        state: State,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        Self::of_run(self, run, state, after, limit)
    }

    fn has_run(&mut self, run: &str) -> Result<bool, StoreError> {
        Self::has_run(self, run)
    }

    fn put_run(&mut self, run: &Run, planned_at: Time) -> Result<(), StoreError> {
        Self::put_run(self, run, planned_at)
    }

    fn next_due(&mut self) -> Result<Option<Time>, StoreError> {
        Self::next_due(self)
    }

    fn open(&mut self) -> Result<Vec<(State, u64)>, StoreError> {
        self.open_rows()
    }

    fn oldest_due(&mut self, now: Time) -> Result<Option<Time>, StoreError> {
        self.oldest_due_at(now)
    }

    fn needed(&mut self, now: Time) -> Result<i64, StoreError> {
        Self::needed(self, now)
    }

    fn clock_wait(
        &mut self,
        run: Option<&str>,
        now: Now,
        rules: &Rules,
    ) -> Result<Option<ClockWait>, StoreError> {
        Self::clock_wait(self, run, now, rules)
    }

    fn prune(&mut self, before: Time) -> Result<usize, StoreError> {
        Self::prune(self, before)
    }

    fn history(&mut self, reference: &str) -> Result<Vec<LogEntry>, StoreError> {
        Self::history(self, reference)
    }

    fn page(&mut self, run: Option<&str>, after: i64, limit: u32) -> Result<Vec<Numbered>, StoreError> {
        Self::page(self, run, after, limit)
    }

    fn tally(&mut self, run: Option<&str>) -> Result<Tally, StoreError> {
        Self::tally(self, run)
    }

    fn put_copy(&mut self, is_copy: bool) -> Result<(), StoreError> {
        Self::put_copy(self, is_copy)
    }

    fn put_clock(&mut self) -> Result<(), StoreError> {
        Self::put_clock(self)
    }

    fn put_account(&mut self, account: Uuid) -> Result<(), StoreError> {
        Self::put_account(self, account)
    }

    fn backup(&mut self, path: &Path) -> Result<(), FileProblem> {
        Self::backup(self, path)
    }
}
