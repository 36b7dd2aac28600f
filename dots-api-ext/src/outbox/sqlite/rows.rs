//! The store over the tables.

use dots_api::{Cents, IdempotencyKey};
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};
use uuid::Uuid;

use super::inserting::{Inserter, REQUEST};
use super::lock::Held;
use super::numbers::{signed, sql_time, time};
use super::sums;
use super::sums::Values;
use crate::outbox::delivery::Delivery;
use crate::outbox::row::{Alarm, Now, Row, Rules, State, Time, Why};
use crate::outbox::store::{Entry, Note, Record, Store, Wanted};
use crate::outbox::store_error::StoreError;

const COLUMNS: &str = "p.reference, p.run, p.operation, p.cents, p.fingerprint, p.idempotency_key, p.state, \
    p.generation, p.fence, p.planned_at, p.last_possible_send, p.lease_until, p.not_before, p.in_doubt, \
    p.older_in_doubt, p.others_may_send, p.awaits_listing, p.absences, p.why, p.paid_generation, p.alarm, \
    p.is_meant, p.object_id, p.delivery, p.changed_at, p.note, p.created_at, p.planned_cents, p.plan_sum, p.sum, r.request";

/// The rows of an open file.
#[derive(Debug)]
pub(in crate::outbox) struct SqliteStore {
    pub connection: Connection,
    pub store_id: Uuid,
    /// What the user calls the account.
    pub name: String,
    /// When it was last opened as a copy from the past: another file may have made any payout until then.
    pub restored_at: Option<Time>,
    /// The latest time that the store has seen, which its clock never falls behind.
    pub latest: Time,
    /// Keeps other processes out as long as the store is open.
    pub _held: Held,
}

impl SqliteStore {
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

    /// Notes that the file is in use, and no copy any more.
    pub(in crate::outbox) fn is_no_copy(&mut self) -> Result<(), StoreError> {
        self.connection.execute("UPDATE store SET is_copy = 0", [])?;
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

    /// Returns what writes new rows.
    pub(in crate::outbox) fn inserter(&self) -> Result<Inserter<'_>, StoreError> {
        Inserter::over(&self.connection)
    }

    /// Returns the number of the newest row.
    pub(in crate::outbox) fn newest(&self) -> Result<i64, StoreError> {
        let sql = "SELECT ifnull(max(number), 0) FROM payouts";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Whether a row is newer than one.
    pub(in crate::outbox) fn is_newer(&self, reference: &str, number: i64) -> Result<bool, StoreError> {
        let sql = "SELECT number > ?2 FROM payouts WHERE reference = ?1";
        Ok(self.connection.query_row(sql, params![reference, number], |row| row.get(0))?)
    }

    /// Reads a row.
    pub(in crate::outbox) fn find(&self, reference: &str) -> Result<Option<Record>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM payouts p LEFT JOIN requests r \
             ON r.payout = p.number AND r.idempotency_key = p.idempotency_key WHERE p.reference = ?1"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let record = statement.query_row([reference], |row| Ok(read(row))).optional()?;
        record.transpose()
    }

    fn log(&mut self, record: &Record, before: &str, event: &str, note: &Note) -> Result<(), StoreError> {
        let sql = "INSERT INTO events (reference, generation, at, event, before, after, actor, reason, object_id, \
            evidence, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let (row, at) = (&record.row, sql_time(record.changed_at));
        let evidence = note.evidence.as_ref().and_then(|evidence| serde_json::to_string(evidence).ok());
        let mut values = Values::default();
        values.add(&record.entry.reference).add(row.generation).add(at).add(event).add(before);
        values.add(row.state.as_str()).maybe(note.actor.as_ref()).maybe(note.reason.as_ref());
        values.maybe(note.object_id.as_ref()).maybe(evidence.as_ref());
        self.connection.prepare(sql)?.execute(params![
            record.entry.reference,
            row.generation,
            at,
            event,
            before,
            row.state.as_str(),
            note.actor,
            note.reason,
            note.object_id,
            evidence,
            values.sum()
        ])?;
        Ok(())
    }
}

impl Store for SqliteStore {
    type Error = StoreError;

    fn insert(&mut self, entry: &Entry, row: &Row) -> Result<Option<Record>, StoreError> {
        if self.inserter()?.insert(entry, row)? { Ok(None) } else { self.find(&entry.reference) }
    }

    fn load(&mut self, reference: &str) -> Result<Option<Record>, StoreError> {
        self.find(reference)
    }

    fn save(&mut self, record: &Record, before: State, event: &str, note: &Note) -> Result<(), StoreError> {
        let (entry, row) = (&record.entry, &record.row);
        if note.next.is_some() {
            let values = params![entry.reference, row.generation, entry.key.to_string(), entry.request];
            self.connection.prepare(REQUEST)?.execute(values)?;
        }
        let sql = "UPDATE payouts SET cents = ?2, fingerprint = ?3, idempotency_key = ?4, state = ?5, \
            generation = ?6, fence = ?7, planned_at = ?8, last_possible_send = ?9, lease_until = ?10, \
            not_before = ?11, in_doubt = ?12, older_in_doubt = ?13, others_may_send = ?14, awaits_listing = ?15, \
            absences = ?16, why = ?17, paid_generation = ?18, alarm = ?19, is_meant = ?20, object_id = ?21, \
            changed_at = ?22, note = ?23, delivery = ?24, sum = ?25 WHERE reference = ?1";
        self.connection.prepare(sql)?.execute(params![
            entry.reference,
            entry.cents.get(),
            entry.fingerprint.to_string(),
            entry.key.to_string(),
            row.state.as_str(),
            row.generation,
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
            sums::of_record(record)
        ])?;
        self.log(record, before.as_str(), event, note)
    }

    fn list(&mut self, wanted: Wanted, after: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        let sql = |condition: &str| {
            format!(
                "SELECT reference FROM payouts WHERE {condition} AND reference > ?1 ORDER BY reference LIMIT ?2"
            )
        };
        let sql = match wanted {
            Wanted::Due(now) => sql(&format!(
                "state IN ('planned', 'unknown') AND paid_generation IS NULL AND NOT awaits_listing \
                 AND not_before <= {}",
                sql_time(now)
            )),
            Wanted::Doubtful => sql("(awaits_listing OR older_in_doubt OR state IN ('unknown', 'review'))"),
            Wanted::In(state) => sql(&format!("state = '{}'", state.as_str())),
            Wanted::ForAPerson => sql("(state IN ('review', 'held') OR alarm IS NOT NULL)"),
        };
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map(params![after, limit], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn alike(&mut self, entry: &Entry, since: Time) -> Result<Option<String>, StoreError> {
        let sql = "SELECT reference FROM payouts WHERE fingerprint = ?1 AND reference <> ?2 \
            AND last_possible_send IS NOT NULL AND last_possible_send >= ?3 AND state NOT IN ('rejected', 'cancelled', 'planned') LIMIT 1";
        let values = params![entry.fingerprint.to_string(), entry.reference, sql_time(since)];
        Ok(self.connection.prepare(sql)?.query_row(values, |row| row.get(0)).optional()?)
    }

    fn totals(&mut self) -> Result<Vec<(State, u64, i64)>, StoreError> {
        let sql = "SELECT state, count(*), sum(cents) FROM payouts GROUP BY state";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| {
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

fn read(row: &SqlRow<'_>) -> Result<Record, StoreError> {
    let text = |name: &str| row.get::<_, Option<String>>(name).map_err(StoreError::from);
    let whole = |name: &str| row.get::<_, i64>(name).map_err(StoreError::from);
    let maybe = |name: &str| row.get::<_, Option<i64>>(name).map_err(StoreError::from);
    let is = |name: &str| row.get::<_, bool>(name).map_err(StoreError::from);
    let must = |name: &str| text(name)?.ok_or_else(|| StoreError::Unreadable(format!("`{name}` is missing")));
    let odd = |name: &str| StoreError::Unreadable(format!("`{name}` holds an unknown value"));
    let why = text("why")?
        .map(|name| Why::ALL.into_iter().find(|why| why.as_str() == name).ok_or_else(|| odd("why")));
    let alarm = text("alarm")?
        .map(|name| Alarm::ALL.into_iter().find(|alarm| alarm.as_str() == name).ok_or_else(|| odd("alarm")));
    let delivery = text("delivery")?.map(|name| {
        let delivery = Delivery::ALL.into_iter().find(|delivery| delivery.as_str() == name);
        delivery.ok_or_else(|| odd("delivery"))
    });
    let record = Record {
        entry: Entry {
            reference: must("reference")?,
            run: text("run")?,
            operation: must("operation")?,
            cents: Cents::new(whole("cents")?),
            fingerprint: must("fingerprint")?.parse().map_err(|_| odd("fingerprint"))?,
            key: must("idempotency_key")?.parse::<IdempotencyKey>().map_err(|_| odd("idempotency_key"))?,
            request: text("request")?.unwrap_or_default(),
        },
        row: Row {
            state: state(&must("state")?)?,
            generation: u32::try_from(whole("generation")?).map_err(|_| odd("generation"))?,
            fence: whole("fence")?.unsigned_abs(),
            planned_at: time(whole("planned_at")?),
            last_possible_send: maybe("last_possible_send")?.map(time),
            lease_until: maybe("lease_until")?.map(time),
            not_before: time(whole("not_before")?),
            in_doubt: is("in_doubt")?,
            older_in_doubt: is("older_in_doubt")?,
            others_may_send: is("others_may_send")?,
            awaits_listing: is("awaits_listing")?,
            absences: u8::try_from(whole("absences")?).map_err(|_| odd("absences"))?,
            why: why.transpose()?,
            paid: maybe("paid_generation")?
                .map(u32::try_from)
                .transpose()
                .map_err(|_| odd("paid_generation"))?,
            alarm: alarm.transpose()?,
            is_meant: is("is_meant")?,
        },
        object_id: text("object_id")?,
        delivery: delivery.transpose()?,
        changed_at: time(whole("changed_at")?),
        note: text("note")?,
    };
    let plan = sums::of_plan(&record.entry, whole("created_at")?, whole("planned_cents")?);
    // Two spellings of a UUID are one value, and yet one of them is not what was written.
    let spelled = (must("fingerprint")?, must("idempotency_key")?);
    let is_spelled = spelled == (record.entry.fingerprint.to_string(), record.entry.key.to_string());
    if !is_spelled || must("plan_sum")? != plan || must("sum")? != sums::of_record(&record) {
        return Err(StoreError::Unreadable(format!(
            "`{}` has other values than were written",
            record.entry.reference
        )));
    }
    Ok(record)
}

pub(super) fn state(name: &str) -> Result<State, StoreError> {
    let state = State::ALL.into_iter().find(|state| state.as_str() == name);
    state.ok_or_else(|| StoreError::Unreadable("`state` holds an unknown value".to_owned()))
}
