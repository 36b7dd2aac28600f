//! The store over the tables.

use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};
use uuid::Uuid;

use super::numbers::{signed, sql_time, time};
use super::reading::{FIND, read, state};
use super::statements::Statements;
use super::sums;
use crate::outbox::delivery::Delivery;
use crate::outbox::row::{Alarm, Now, Row, Rules, State, Time, Why};
use crate::outbox::store::{Entry, Note, Record, Store, Wanted};
use crate::outbox::store_error::StoreError;

/// What says who is paid changes with a new generation only, and so do the indexes over that.
const SAVE: &str = "UPDATE payouts SET state = ?2, fence = ?3, planned_at = ?4, last_possible_send = ?5, \
    lease_until = ?6, not_before = ?7, in_doubt = ?8, older_in_doubt = ?9, others_may_send = ?10, awaits_listing = ?11, \
    absences = ?12, why = ?13, paid_generation = ?14, alarm = ?15, is_meant = ?16, object_id = ?17, changed_at = ?18, \
    note = ?19, delivery = ?20, sum = ?21, generation = ?22 WHERE reference = ?1";
const SAVE_NEXT: &str = "UPDATE payouts SET cents = ?2, fingerprint = ?3, idempotency_key = ?4, generation = ?5 \
    WHERE reference = ?1";
const REQUEST: &str = "INSERT INTO requests (payout, generation, idempotency_key, request) \
    SELECT number, ?2, ?3, ?4 FROM payouts WHERE reference = ?1 ON CONFLICT (payout, generation) DO NOTHING";
const LOG: &str = "INSERT INTO events (reference, generation, at, event, before, after, actor, reason, object_id, \
    evidence, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const DUE: &str = "SELECT reference FROM payouts WHERE state IN ('planned', 'unknown') AND paid_generation IS NULL \
    AND NOT awaits_listing AND not_before <= ?3 AND reference > ?1 ORDER BY reference LIMIT ?2";
const DOUBTFUL: &str = "SELECT reference FROM payouts WHERE (awaits_listing OR older_in_doubt \
    OR state IN ('unknown', 'review')) AND reference > ?1 ORDER BY reference LIMIT ?2";
const PLANNED_AFTER: &str = "SELECT reference FROM payouts WHERE state = 'planned' AND planned_at > ?3 \
    AND not_before <= planned_at AND reference > ?1 ORDER BY reference LIMIT ?2";
const FOR_A_PERSON: &str = "SELECT reference FROM payouts WHERE (state IN ('review', 'held') OR alarm IS NOT NULL) \
    AND reference > ?1 ORDER BY reference LIMIT ?2";

/// The rows of an open file.
#[derive(Debug)]
pub(in crate::outbox) struct SqliteStore<'c> {
    pub connection: &'c Connection,
    pub(super) statements: Statements<'c>,
    /// When it was last opened as a copy from the past: another file may have made any payout until then.
    pub restored_at: Option<Time>,
    /// The latest time that the store has seen, which its clock never falls behind.
    pub latest: Time,
}

impl<'c> SqliteStore<'c> {
    pub(super) fn over(connection: &'c Connection, restored_at: Option<Time>, latest: Time) -> Self {
        Self { connection, statements: Statements::of(connection), restored_at, latest }
    }
}

impl SqliteStore<'_> {
    /// Returns what the store's clock and the worker's say.
    pub(in crate::outbox) fn now(&mut self, worker: Time) -> Now {
        self.latest = self.latest.max(worker);
        Now { store: self.latest, worker }
    }

    /// Returns the row of a payout that is planned now.
    pub(in crate::outbox) fn planned(&mut self, worker: Time, rules: &Rules) -> Row {
        let row = Row::planned(self.now(worker).earliest(), rules);
        // After a restore, the lost file may have made any payout: look first, and late enough.
        let Some(restored_at) = self.restored_at else { return row };
        Row { others_may_send: true, awaits_listing: true, last_possible_send: Some(restored_at), ..row }
    }

    /// Notes whether the file is a copy of another.
    pub(in crate::outbox) fn put_copy(&mut self, is_copy: bool) -> Result<(), StoreError> {
        self.connection.execute("UPDATE store SET is_copy = ?1", [is_copy])?;
        Ok(())
    }

    /// Notes that the time is what the clock says, though a later one was seen.
    pub(in crate::outbox) fn put_clock(&mut self) -> Result<(), StoreError> {
        self.connection.execute("UPDATE store SET latest = ?1", [sql_time(self.latest)])?;
        Ok(())
    }

    /// Binds the file to a client id.
    pub(in crate::outbox) fn put_account(&mut self, account: Uuid) -> Result<(), StoreError> {
        self.connection.execute("UPDATE store SET account = ?1", [account.to_string()])?;
        Ok(())
    }

    /// Empties the requests of rows that have ended before a time, and returns how many.
    pub(in crate::outbox) fn prune(&mut self, before: Time) -> Result<usize, StoreError> {
        let pruned = self.connection.execute(
            "UPDATE requests SET request = '' WHERE request <> '' AND payout IN (SELECT number FROM payouts \
             WHERE state IN ('settled', 'rejected', 'cancelled', 'paid_elsewhere', 'given_up') \
             AND changed_at < ?1)",
            [sql_time(before)],
        )?;
        Ok(pruned)
    }

    /// Returns when the next row may be sent.
    pub(in crate::outbox) fn next_due(&mut self) -> Result<Option<Time>, StoreError> {
        let sql = "SELECT min(not_before) FROM payouts WHERE state IN ('planned', 'unknown')";
        let at: Option<i64> = self.connection.prepare(sql)?.query_row([], |row| row.get(0))?;
        Ok(at.map(time))
    }

    /// Sums what is due at a time and comes out of the app's wallet.
    pub(in crate::outbox) fn needed(&mut self, now: Time) -> Result<i64, StoreError> {
        // A negative transfer goes from the app to a user (apireference/transfers/create-a-transfer).
        let sql = "SELECT ifnull(sum(CASE operation WHEN 'create_transfer' THEN max(-cents, 0) \
            WHEN 'create_payout' THEN 0 ELSE abs(cents) END), 0) FROM payouts \
            WHERE state = 'planned' AND paid_generation IS NULL AND not_before <= ?1";
        Ok(self.connection.query_row(sql, [sql_time(now)], |row| row.get(0))?)
    }

    /// Returns the number of the newest row.
    pub(in crate::outbox) fn newest(&self) -> Result<i64, StoreError> {
        let sql = "SELECT ifnull(max(number), 0) FROM payouts";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Whether a row is newer than one.
    pub(in crate::outbox) fn is_newer(&mut self, reference: &str, number: i64) -> Result<bool, StoreError> {
        let statement = self.statements.get("SELECT number > ?2 FROM payouts WHERE reference = ?1")?;
        Ok(statement.query_row(params![reference, number], |row| row.get(0))?)
    }

    /// Reads a row.
    pub(in crate::outbox) fn find(&mut self, reference: &str) -> Result<Option<Record>, StoreError> {
        let record = self.statements.get(FIND)?.query_row([reference], |row| Ok(read(row))).optional()?;
        record.transpose()
    }

    /// Whether a row still is as it was read: its sum is of all that can change.
    pub(super) fn is_as(&mut self, known: &Record) -> Result<bool, StoreError> {
        let statement = self.statements.get("SELECT sum = ?2 FROM payouts WHERE reference = ?1")?;
        let values = params![known.entry.reference, sums::of_record(known)];
        Ok(statement.query_row(values, |row| row.get(0)).optional()? == Some(true))
    }

    fn log(&mut self, record: &Record, before: &str, event: &str, note: &Note) -> Result<(), StoreError> {
        let (row, at) = (&record.row, sql_time(record.changed_at));
        let evidence = note.evidence.as_ref().and_then(|evidence| serde_json::to_string(evidence).ok());
        let (reference, after) = (&record.entry.reference, row.state.as_str());
        let values = (event, before, after, &note.actor, &note.reason, &note.object_id, &evidence);
        let sum = sums::of(&(reference, row.generation, at, values));
        let values = params![
            reference,
            row.generation,
            at,
            event,
            before,
            after,
            note.actor,
            note.reason,
            note.object_id,
            evidence,
            sum
        ];
        self.statements.run(LOG, values)?;
        Ok(())
    }
}

impl Store for SqliteStore<'_> {
    type Error = StoreError;

    fn insert(&mut self, entry: &Entry, row: &Row) -> Result<Option<Record>, StoreError> {
        if self.insert_new(entry, row)? { Ok(None) } else { self.find(&entry.reference) }
    }

    fn load(&mut self, reference: &str) -> Result<Option<Record>, StoreError> {
        self.find(reference)
    }

    fn save(&mut self, record: &Record, before: State, event: &str, note: &Note) -> Result<(), StoreError> {
        let (entry, row) = (&record.entry, &record.row);
        if note.next.is_some() {
            let (key, generation) = (entry.key.to_string(), row.generation);
            self.statements.run(REQUEST, params![entry.reference, generation, key, entry.request])?;
            let fingerprint = entry.fingerprint.to_string();
            let values = params![entry.reference, entry.cents.get(), fingerprint, key, generation];
            self.statements.run(SAVE_NEXT, values)?;
        }
        let values = params![
            entry.reference,
            row.state.as_str(),
            signed(row.fence),
            sql_time(row.planned_at),
            row.last_possible_send.map(sql_time),
            row.lease_until.map(sql_time),
            sql_time(row.not_before),
            row.in_doubt,
            row.older_in_doubt,
            row.others_may_send,
            row.awaits_listing,
            row.absences,
            row.why.map(Why::as_str),
            row.paid,
            row.alarm.map(Alarm::as_str),
            row.is_meant,
            record.object_id,
            sql_time(record.changed_at),
            record.note,
            record.delivery.map(Delivery::as_str),
            sums::of_record(record),
            row.generation
        ];
        self.statements.run(SAVE, values)?;
        self.log(record, before.as_str(), event, note)
    }

    fn list(&mut self, wanted: Wanted, after: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        let first = |row: &SqlRow<'_>| row.get(0);
        let found = match wanted {
            Wanted::Due(time) | Wanted::PlannedAfter(time) => {
                let sql = if matches!(wanted, Wanted::Due(_)) { DUE } else { PLANNED_AFTER };
                self.statements.get(sql)?.query_map(params![after, limit, sql_time(time)], first)?.collect()
            }
            Wanted::Doubtful => {
                self.statements.get(DOUBTFUL)?.query_map(params![after, limit], first)?.collect()
            }
            Wanted::ForAPerson => {
                self.statements.get(FOR_A_PERSON)?.query_map(params![after, limit], first)?.collect()
            }
            Wanted::In(state) => {
                // In the text, so that SQLite can use the index of a state.
                let state = state.as_str();
                let sql = format!(
                    "SELECT reference FROM payouts WHERE state = '{state}' AND reference > ?1 ORDER BY reference LIMIT ?2"
                );
                self.connection.prepare(&sql)?.query_map(params![after, limit], first)?.collect()
            }
        };
        let found: Result<_, rusqlite::Error> = found;
        Ok(found?)
    }

    fn alike(&mut self, entry: &Entry, since: Time) -> Result<Option<String>, StoreError> {
        let sql = "SELECT reference FROM payouts WHERE fingerprint = ?1 AND reference <> ?2 \
            AND last_possible_send IS NOT NULL AND last_possible_send >= ?3 AND state NOT IN ('rejected', 'cancelled', 'planned') LIMIT 1";
        let values = params![entry.fingerprint.to_string(), entry.reference, sql_time(since)];
        Ok(self.statements.get(sql)?.query_row(values, |row| row.get(0)).optional()?)
    }

    fn totals(&mut self) -> Result<Vec<(State, u64, i64)>, StoreError> {
        let sql = "SELECT state, count(*), sum(cents) FROM payouts GROUP BY state";
        let rows = self.statements.get(sql)?.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })?;
        let mut totals = Vec::new();
        for row in rows {
            let (name, count, sum) = row?;
            totals.push((state(&name)?, count.unsigned_abs(), sum));
        }
        Ok(totals)
    }
}
