//! The tables as a store of an outbox.

#[cfg(feature = "outbox-sqlite")]
use std::path::Path;

use tokio_postgres::types::Type;
use uuid::Uuid;

use super::reading::{Columns, sql_time, state, time};
use super::rows::PostgresStore;
use crate::outbox::clock_wait::{self, ClockWait};
#[cfg(feature = "outbox-sqlite")]
use crate::outbox::file_problem::FileProblem;
use crate::outbox::outbox_store::{Numbered, OutboxStore};
use crate::outbox::row::{Now, Row, Rules, State, Time};
use crate::outbox::run::Run;
use crate::outbox::store::{Entry, Record, Store as _, Wanted};
use crate::outbox::store_error::StoreError;
use crate::outbox::tally::{LogEntry, Tally};

/// How many rows are looked at beyond those that a worker wants, since some may not be sendable.
const SPARE: usize = 8;

impl PostgresStore {
    /// Returns what the database's clock says.
    pub(super) fn clock(&self) -> Result<Time, StoreError> {
        Ok(time(Self::one(self.value("SELECT dots_outbox.clock()", &[])?)?))
    }

    /// What is missing where a statement gives one row.
    fn one<T>(value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| StoreError::Unreadable("a row is missing".to_owned()))
    }
}

impl OutboxStore for PostgresStore {
    fn now(&mut self, worker: Time) -> Result<Now, StoreError> {
        Ok(Now { store: self.clock()?, worker })
    }

    fn planned(&mut self, worker: Time, rules: &Rules) -> Result<Row, StoreError> {
        let row = Row::planned(self.now(worker)?.earliest(), rules);
        let rows =
            self.connection.query("SELECT restored_at, shared_references FROM dots_outbox.store", &[])?;
        let columns = &mut Columns::of(Self::one(rows.first())?);
        let (restored_at, is_shared): (Option<i64>, bool) = (columns.next()?, columns.next()?);
        let row = Row { others_may_send: row.others_may_send || is_shared, ..row };
        // After a restore, what was lost may have made any payout: look first, and late enough.
        let Some(restored_at) = restored_at.map(time) else { return Ok(row) };
        Ok(Row { others_may_send: true, awaits_listing: true, last_possible_send: Some(restored_at), ..row })
    }

    fn claimable(&mut self, now: Time, after: &str, wanted: usize) -> Result<Vec<String>, StoreError> {
        let limit = u32::try_from(wanted.saturating_add(SPARE)).unwrap_or(u32::MAX);
        // What another worker is about to claim is none of ours.
        self.references(Wanted::Due(now), after, limit, "FOR UPDATE SKIP LOCKED")
    }

    fn writes_all_rows(&self) -> bool {
        false
    }

    fn insert_new(&mut self, entry: &Entry, row: &Row) -> Result<bool, StoreError> {
        self.insert_row(entry, row)
    }

    fn newest(&mut self) -> Result<i64, StoreError> {
        Self::one(self.value("SELECT coalesce(max(number), 0) FROM dots_outbox.payouts", &[])?)
    }

    fn is_newer(&mut self, reference: &str, number: i64) -> Result<bool, StoreError> {
        let sql = "SELECT number > $2 FROM dots_outbox.payouts WHERE reference = $1";
        Self::one(self.value(sql, &[(&reference, Type::TEXT), (&number, Type::INT8)])?)
    }

    fn by_object(&mut self, id: &str) -> Result<Option<Record>, StoreError> {
        let sql = "SELECT reference FROM dots_outbox.payouts WHERE object_id = $1";
        match self.value::<String>(sql, &[(&id, Type::TEXT)])? {
            Some(reference) => self.load(&reference),
            None => Ok(None),
        }
    }

    fn run_pays_at(&mut self, run: &str) -> Result<Option<Option<Time>>, StoreError> {
        let sql = "SELECT pay_at FROM dots_outbox.runs WHERE name = $1";
        let pay_at: Option<Option<i64>> = self.value(sql, &[(&run, Type::TEXT)])?;
        Ok(pay_at.map(|pay_at| pay_at.map(time)))
    }

    fn run_total(&mut self, run: &str) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(sum(abs(cents)), 0)::bigint FROM dots_outbox.payouts \
            WHERE reference > $1 || '/' AND reference < $1 || '0' AND state <> 'cancelled'";
        Self::one(self.value(sql, &[(&run, Type::TEXT)])?)
    }

    fn of_run(
        &mut self,
        run: &str,
        state: State,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT reference FROM dots_outbox.payouts WHERE reference > $1 || '/' \
            AND reference < $1 || '0' AND state = $2 AND reference > $3 \
            ORDER BY reference LIMIT $4";
        let values = [
            (&run as _, Type::TEXT),
            (&state.as_str() as _, Type::TEXT),
            (&after as _, Type::TEXT),
            (&i64::from(limit) as _, Type::INT8),
        ];
        self.connection.query(sql, &values)?.iter().map(|row| Columns::of(row).next()).collect()
    }

    fn has_run(&mut self, run: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM dots_outbox.payouts \
            WHERE reference > $1 || '/' AND reference < $1 || '0')";
        Self::one(self.value(sql, &[(&run, Type::TEXT)])?)
    }

    fn put_run(&mut self, run: &Run, planned_at: Time) -> Result<(), StoreError> {
        let sql = "INSERT INTO dots_outbox.runs (name, pay_at, planned_at, payouts, cents) \
            SELECT $1, $2, $3, count(*), coalesce(sum(abs(planned_cents)), 0)::bigint \
            FROM dots_outbox.payouts WHERE run = $1 \
            ON CONFLICT (name) DO UPDATE SET pay_at = excluded.pay_at, payouts = excluded.payouts, \
            cents = excluded.cents";
        let pay_at = run.pay_at.map(sql_time);
        let planned_at = sql_time(planned_at);
        self.connection
            .execute(sql, &[(&run.name(), Type::TEXT), (&pay_at, Type::INT8), (&planned_at, Type::INT8)])?;
        Ok(())
    }

    fn next_due(&mut self) -> Result<Option<Time>, StoreError> {
        let sql = "SELECT min(not_before) FROM dots_outbox.payouts WHERE state IN ('planned', 'unknown')";
        Ok(self.value::<Option<i64>>(sql, &[])?.flatten().map(time))
    }

    fn open(&mut self) -> Result<Vec<(State, u64)>, StoreError> {
        let sql = "SELECT state, count(*) FROM dots_outbox.payouts WHERE state IN ('planned', 'unknown') GROUP BY state \
            UNION ALL SELECT state, count(*) FROM dots_outbox.payouts WHERE state = 'in_flight' GROUP BY state \
            UNION ALL SELECT state, count(*) FROM dots_outbox.payouts \
            WHERE (state IN ('review', 'held') OR alarm IS NOT NULL) AND state IN ('review', 'held') GROUP BY state";
        let mut open = Vec::new();
        for row in &self.connection.query(sql, &[])? {
            let columns = &mut Columns::of(row);
            let (name, count): (&str, i64) = (columns.next()?, columns.next()?);
            open.push((state(name)?, count.unsigned_abs()));
        }
        Ok(open)
    }

    fn oldest_due(&mut self, now: Time) -> Result<Option<Time>, StoreError> {
        let sql = "SELECT min(not_before) FROM dots_outbox.payouts WHERE state IN ('planned', 'unknown') \
            AND paid_generation IS NULL AND NOT awaits_listing AND not_before <= $1";
        Ok(self.value::<Option<i64>>(sql, &[(&sql_time(now), Type::INT8)])?.flatten().map(time))
    }

    fn needed(&mut self, now: Time) -> Result<i64, StoreError> {
        // A negative transfer goes from the app to a user (apireference/transfers/create-a-transfer).
        let sql = "SELECT coalesce(sum(CASE operation WHEN 'create_transfer' THEN greatest(-cents, 0) \
            WHEN 'create_payout' THEN 0 ELSE abs(cents) END), 0)::bigint FROM dots_outbox.payouts \
            WHERE state = 'planned' AND paid_generation IS NULL AND not_before <= $1";
        Self::one(self.value(sql, &[(&sql_time(now), Type::INT8)])?)
    }

    fn clock_wait(
        &mut self,
        run: Option<&str>,
        now: Now,
        rules: &Rules,
    ) -> Result<Option<ClockWait>, StoreError> {
        let sql = format!(
            "SELECT count(*), max(greatest(not_before, last_possible_send)) FROM dots_outbox.payouts \
             WHERE ($1::text IS NULL OR reference > $1 || '/' AND reference < $1 || '0') AND {}",
            clock_wait::condition(now, rules)
        );
        let rows = self.connection.query(&sql, &[(&run, Type::TEXT)])?;
        let columns = &mut Columns::of(Self::one(rows.first())?);
        let (count, latest): (i64, Option<i64>) = (columns.next()?, columns.next()?);
        Ok(ClockWait::of(count.unsigned_abs(), latest.map(time), now, rules))
    }

    fn prune(&mut self, before: Time) -> Result<usize, StoreError> {
        let sql = "UPDATE dots_outbox.requests SET request = '' WHERE request <> '' AND payout IN \
            (SELECT number FROM dots_outbox.payouts \
             WHERE state IN ('settled', 'rejected', 'cancelled', 'paid_elsewhere', 'given_up') AND changed_at < $1)";
        let pruned = self.connection.execute(sql, &[(&sql_time(before), Type::INT8)])?;
        Ok(usize::try_from(pruned).unwrap_or(usize::MAX))
    }

    fn history(&mut self, reference: &str) -> Result<Vec<LogEntry>, StoreError> {
        self.log_of(reference)
    }

    fn page(&mut self, run: Option<&str>, after: i64, limit: u32) -> Result<Vec<Numbered>, StoreError> {
        let sql = "SELECT number, reference FROM dots_outbox.payouts WHERE number > $2 \
            AND ($1 IS NULL OR reference > $1 || '/' AND reference < $1 || '0') ORDER BY number LIMIT $3";
        let values =
            [(&run as _, Type::TEXT), (&after as _, Type::INT8), (&i64::from(limit) as _, Type::INT8)];
        let mut rows = Vec::new();
        for row in &self.connection.query(sql, &values)? {
            let columns = &mut Columns::of(row);
            let (number, reference): (i64, &str) = (columns.next()?, columns.next()?);
            if let Some(record) = self.load(reference)? {
                rows.push((number, record, self.log_of(reference)?));
            }
        }
        Ok(rows)
    }

    fn tally(&mut self, run: Option<&str>) -> Result<Tally, StoreError> {
        self.tally_of(run)
    }

    #[cfg(feature = "outbox-sqlite")]
    fn put_copy(&mut self, _: bool) -> Result<(), StoreError> {
        Ok(())
    }

    #[cfg(feature = "outbox-sqlite")]
    fn put_clock(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn put_account(&mut self, account: Uuid) -> Result<(), StoreError> {
        let sql = "UPDATE dots_outbox.store SET account = $1::uuid";
        self.connection.execute(sql, &[(&account.to_string(), Type::TEXT)])?;
        Ok(())
    }

    #[cfg(feature = "outbox-sqlite")]
    fn backup(&mut self, path: &Path) -> Result<(), FileProblem> {
        let why = "it is in a database, and is backed up with that";
        Err(FileProblem::Io(path.to_owned(), std::io::Error::new(std::io::ErrorKind::Unsupported, why)))
    }
}
