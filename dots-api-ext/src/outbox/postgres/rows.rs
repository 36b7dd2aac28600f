//! The [`Store`] over the tables.

use std::collections::HashMap;

use tokio_postgres::types::Type;

use super::connection::{Connection, Value};
use super::reading::{COLUMNS, Columns, record, signed, sql_time, state};
use crate::outbox::database_problem::{Kind, PostgresError};
use crate::outbox::delivery::Delivery;
use crate::outbox::row::{Alarm, Row, State, Time, Why};
use crate::outbox::store::{Entry, Note, Record, Store, Wanted};
use crate::outbox::store_error::StoreError;

/// The rows, within a transaction of a connection.
pub(super) struct PostgresStore {
    pub(super) connection: Connection,
    /// Whether a row that is read is locked until the transaction ends, so that it can be written.
    pub(super) locks: bool,
    /// The fence of each row as it was read in this transaction: what is written says so.
    seen: HashMap<String, i64>,
}

impl PostgresStore {
    pub(super) fn over(connection: Connection) -> Self {
        Self { connection, locks: true, seen: HashMap::new() }
    }

    pub(super) fn begin(&mut self) -> Result<(), PostgresError> {
        self.seen.clear();
        self.connection.begin()
    }

    /// Reads one value of one row.
    pub(super) fn value<T>(&self, sql: &str, values: &[Value<'_>]) -> Result<Option<T>, StoreError>
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        let rows = self.connection.query(sql, values)?;
        rows.first().map(|row| Columns::of(row).next()).transpose()
    }

    fn find(&mut self, reference: &str) -> Result<Option<Record>, StoreError> {
        let lock = if self.locks { "FOR UPDATE OF p" } else { "" };
        let sql = format!(
            "SELECT {COLUMNS} FROM dots_outbox.payouts p LEFT JOIN dots_outbox.requests r \
             ON r.payout = p.number AND r.idempotency_key = p.idempotency_key WHERE p.reference = $1 {lock}"
        );
        let name: Value<'_> = (&reference, Type::TEXT);
        let rows = self.connection.query(&sql, &[name])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (mut found, is_there) = record(row)?;
        if !is_there {
            // While this waited for the lock, the row was given a request that its look at the tables did not have.
            let sql = "SELECT r.request FROM dots_outbox.requests r WHERE r.idempotency_key = $1::uuid";
            let key = found.entry.key.to_string();
            found.entry.request = self.value(sql, &[(&key, Type::TEXT)])?.unwrap_or_default();
        }
        if self.locks {
            self.seen.insert(reference.to_owned(), signed(found.row.fence));
        }
        Ok(Some(found))
    }

    /// Writes a row; whether its reference is new.
    pub(super) fn insert_row(&mut self, entry: &Entry, row: &Row) -> Result<bool, StoreError> {
        let sql = "WITH new AS (INSERT INTO dots_outbox.payouts (reference, run, operation, cents, planned_cents, \
            fingerprint, idempotency_key, state, generation, fence, created_at, planned_at, not_before, in_doubt, \
            older_in_doubt, others_may_send, awaits_listing, absences, is_meant, changed_at, last_possible_send) \
            VALUES ($1, $2, $3, $4, $4, $5::uuid, $6::uuid, $7, $8, $9, $10, $10, $11, $12, $13, $14, $15, $16, $17, \
            $10, $18) ON CONFLICT DO NOTHING RETURNING number), kept AS (INSERT INTO dots_outbox.requests \
            (payout, generation, idempotency_key, request) SELECT number, $8, $6::uuid, $19 FROM new RETURNING 1) \
            SELECT count(*) FROM kept";
        let (fingerprint, key) = (entry.fingerprint.to_string(), entry.key.to_string());
        let count: Option<i64> = self.value(
            sql,
            &[
                (&entry.reference, Type::TEXT),
                (&entry.run, Type::TEXT),
                (&entry.operation, Type::TEXT),
                (&entry.cents.get(), Type::INT8),
                (&fingerprint, Type::TEXT),
                (&key, Type::TEXT),
                (&row.state.as_str(), Type::TEXT),
                (&i64::from(row.generation), Type::INT8),
                (&signed(row.fence), Type::INT8),
                (&sql_time(row.planned_at), Type::INT8),
                (&sql_time(row.not_before), Type::INT8),
                (&row.in_doubt, Type::BOOL),
                (&row.older_in_doubt, Type::BOOL),
                (&row.others_may_send, Type::BOOL),
                (&row.awaits_listing, Type::BOOL),
                (&i64::from(row.absences), Type::INT8),
                (&row.is_meant, Type::BOOL),
                (&row.last_possible_send.map(sql_time), Type::INT8),
                (&entry.request, Type::TEXT),
            ],
        )?;
        if count == Some(1) {
            return Ok(true);
        }
        let sql = "SELECT 1 FROM dots_outbox.payouts WHERE reference = $1";
        match self.value::<i32>(sql, &[(&entry.reference, Type::TEXT)])? {
            Some(_) => Ok(false),
            None => Err(StoreError::KeyInUse(entry.reference.clone())),
        }
    }

    /// Lists references; `more` ends the statement.
    pub(super) fn references(
        &mut self,
        wanted: Wanted,
        after: &str,
        limit: u32,
        more: &str,
    ) -> Result<Vec<String>, StoreError> {
        let condition = match wanted {
            Wanted::Due(now) => format!(
                "state IN ('planned', 'unknown') AND paid_generation IS NULL AND NOT awaits_listing AND \
                 not_before <= {}",
                sql_time(now)
            ),
            Wanted::Doubtful => {
                "(awaits_listing OR older_in_doubt OR state IN ('unknown', 'review'))".to_owned()
            }
            Wanted::In(state) => format!("state = '{}'", state.as_str()),
            Wanted::ForAPerson => "(state IN ('review', 'held') OR alarm IS NOT NULL)".to_owned(),
            Wanted::PlannedAfter(time) => {
                format!("state = 'planned' AND planned_at > {} AND not_before <= planned_at", sql_time(time))
            }
        };
        let sql = format!(
            "SELECT reference FROM dots_outbox.payouts WHERE {condition} AND reference > $1 ORDER BY reference \
             LIMIT $2 {more}"
        );
        let rows = self.connection.query(&sql, &[(&after, Type::TEXT), (&i64::from(limit), Type::INT8)])?;
        rows.iter().map(|row| Columns::of(row).next()).collect()
    }
}

impl Store for PostgresStore {
    type Error = StoreError;

    fn insert(&mut self, entry: &Entry, row: &Row) -> Result<Option<Record>, StoreError> {
        if self.insert_row(entry, row)? { Ok(None) } else { self.find(&entry.reference) }
    }

    fn load(&mut self, reference: &str) -> Result<Option<Record>, StoreError> {
        self.find(reference)
    }

    fn save(&mut self, record: &Record, before: State, event: &str, note: &Note) -> Result<(), StoreError> {
        let (entry, row) = (&record.entry, &record.row);
        let seen = self.seen.get(&entry.reference).copied();
        // One statement, so that the three tables cost one exchange with the server.
        let sql = "WITH next AS (INSERT INTO dots_outbox.requests (payout, generation, idempotency_key, request) \
                SELECT number, $6, $4::uuid, $27 FROM dots_outbox.payouts WHERE reference = $1 AND $28 \
                ON CONFLICT (payout, generation) DO NOTHING), \
            logged AS (INSERT INTO dots_outbox.events (reference, generation, at, event, before, after, actor, reason, \
                object_id, evidence) VALUES ($1, $6, $22, $29, $25, $5, $30, $31, $32, $33)) \
            UPDATE dots_outbox.payouts SET cents = $2, fingerprint = $3::uuid, idempotency_key = $4::uuid, state = $5, \
                generation = $6, fence = $7, planned_at = $8, last_possible_send = $9, lease_until = $10, \
                not_before = $11, in_doubt = $12, older_in_doubt = $13, others_may_send = $14, awaits_listing = $15, \
                absences = $16, why = $17, paid_generation = $18, alarm = $19, is_meant = $20, object_id = $21, \
                changed_at = $22, note = $23, delivery = $24 WHERE reference = $1 AND state = $25 AND fence = $26";
        let evidence = note.evidence.as_ref().and_then(|evidence| serde_json::to_string(evidence).ok());
        let changed = self.connection.execute(
            sql,
            &[
                (&entry.reference, Type::TEXT),
                (&entry.cents.get(), Type::INT8),
                (&entry.fingerprint.to_string(), Type::TEXT),
                (&entry.key.to_string(), Type::TEXT),
                (&row.state.as_str(), Type::TEXT),
                (&i64::from(row.generation), Type::INT8),
                (&signed(row.fence), Type::INT8),
                (&sql_time(row.planned_at), Type::INT8),
                (&row.last_possible_send.map(sql_time), Type::INT8),
                (&row.lease_until.map(sql_time), Type::INT8),
                (&sql_time(row.not_before), Type::INT8),
                (&row.in_doubt, Type::BOOL),
                (&row.older_in_doubt, Type::BOOL),
                (&row.others_may_send, Type::BOOL),
                (&row.awaits_listing, Type::BOOL),
                (&i64::from(row.absences), Type::INT8),
                (&row.why.map(Why::as_str), Type::TEXT),
                (&row.paid.map(i64::from), Type::INT8),
                (&row.alarm.map(Alarm::as_str), Type::TEXT),
                (&row.is_meant, Type::BOOL),
                (&record.object_id, Type::TEXT),
                (&sql_time(record.changed_at), Type::INT8),
                (&record.note, Type::TEXT),
                (&record.delivery.map(Delivery::as_str), Type::TEXT),
                (&before.as_str(), Type::TEXT),
                (&seen, Type::INT8),
                (&entry.request, Type::TEXT),
                (&note.next.is_some(), Type::BOOL),
                (&event, Type::TEXT),
                (&note.actor, Type::TEXT),
                (&note.reason, Type::TEXT),
                (&note.object_id, Type::TEXT),
                (&evidence, Type::TEXT),
            ],
        )?;
        if changed != 1 {
            let why = format!("`{}` was changed by another worker", entry.reference);
            return Err(PostgresError::new(Kind::Undone, why).into());
        }
        self.seen.insert(entry.reference.clone(), signed(row.fence));
        Ok(())
    }

    fn list(&mut self, wanted: Wanted, after: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        self.references(wanted, after, limit, "")
    }

    fn alike(&mut self, entry: &Entry, since: Time) -> Result<Option<String>, StoreError> {
        let sql = "SELECT reference FROM dots_outbox.payouts WHERE fingerprint = $1::uuid AND reference <> $2 \
            AND last_possible_send IS NOT NULL AND last_possible_send >= $3 \
            AND state NOT IN ('rejected', 'cancelled', 'planned') LIMIT 1";
        let fingerprint = entry.fingerprint.to_string();
        if self.locks {
            // Two workers that claim two payouts that are alike: the second one waits, and then sees the first.
            let lock = "SELECT pg_advisory_xact_lock(1685025908, hashtext($1))::text";
            self.value::<String>(lock, &[(&fingerprint, Type::TEXT)])?;
        }
        self.value(
            sql,
            &[(&fingerprint, Type::TEXT), (&entry.reference, Type::TEXT), (&sql_time(since), Type::INT8)],
        )
    }

    fn totals(&mut self) -> Result<Vec<(State, u64, i64)>, StoreError> {
        let sql = "SELECT state, count(*), sum(cents)::bigint FROM dots_outbox.payouts GROUP BY state";
        let mut totals = Vec::new();
        for row in &self.connection.query(sql, &[])? {
            let columns = &mut Columns::of(row);
            let (name, count, sum): (&str, i64, i64) = (columns.next()?, columns.next()?, columns.next()?);
            totals.push((state(name)?, count.unsigned_abs(), sum));
        }
        Ok(totals)
    }
}
