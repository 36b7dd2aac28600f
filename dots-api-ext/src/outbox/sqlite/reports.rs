//! Reads what a report shows.

use dots_api::Cents;
use rusqlite::{OptionalExtension as _, Row as SqlRow, params};

use super::numbers::{sql_time, time};
use super::reading::state;
use super::rows::SqliteStore;
use super::sums;
use crate::outbox::clock_wait::{self, ClockWait};
use crate::outbox::row::{Now, Rules, State, Time};
use crate::outbox::store::Record;
use crate::outbox::store_error::StoreError;
use crate::outbox::tally::{LogEntry, Tally};

impl SqliteStore<'_> {
    /// Returns what happened to a row, the oldest first.
    pub(in crate::outbox) fn history(&mut self, reference: &str) -> Result<Vec<LogEntry>, StoreError> {
        let sql = "SELECT at, generation, event, before, after, actor, reason, object_id, evidence, sum \
            FROM history WHERE reference = ?1 ORDER BY number";
        let rows = self
            .statements
            .get(sql)?
            .query_map([reference], |row| Ok((entry(row)?, is_whole(reference, row)?)))?;
        let mut entries = Vec::new();
        for row in rows {
            let (entry, is_whole) = row?;
            if !is_whole {
                let why = format!("the log of `{reference}` has other values than were written");
                return Err(StoreError::Unreadable(why));
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Returns rows after one, in the order of their numbers, with what happened to each.
    pub(in crate::outbox) fn page(
        &mut self,
        run: Option<&str>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Record, Vec<LogEntry>)>, StoreError> {
        let sql = "SELECT number, reference FROM payouts WHERE number > ?2 AND (?1 IS NULL \
            OR reference > ?1 || '/' AND reference < ?1 || '0') ORDER BY number LIMIT ?3";
        let found = self
            .statements
            .get(sql)?
            .query_map(params![run, after, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let found = found.collect::<Result<Vec<(i64, String)>, _>>()?;
        let mut rows = Vec::with_capacity(found.len());
        for (number, reference) in found {
            if let Some(record) = self.find(&reference)? {
                rows.push((number, record, self.history(&reference)?));
            }
        }
        Ok(rows)
    }

    /// Sums the rows of a run, or all: as planned, and by their states.
    pub(in crate::outbox) fn tally(&self, run: Option<&str>) -> Result<Tally, StoreError> {
        let sql = match run {
            Some(_) => {
                "SELECT ifnull(sum(payouts), 0), ifnull(sum(cents), 0) FROM (\
                 SELECT payouts, cents FROM runs WHERE name = ?1 UNION ALL \
                 SELECT 1, abs(planned_cents) FROM payouts \
                 WHERE run IS NULL AND reference > ?1 || '/' AND reference < ?1 || '0')"
            }
            None => "SELECT count(*), ifnull(sum(abs(planned_cents)), 0) FROM payouts WHERE ?1 IS NULL",
        };
        let planned = self.connection.query_row(sql, [run], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), Cents::new(row.get(1)?)))
        })?;
        let sql = "SELECT state, count(*), sum(abs(cents)), sum(abs(cents) - abs(planned_cents)), \
            count(*) FILTER (WHERE alarm = 'other_amount') FROM payouts \
            WHERE ?1 IS NULL OR reference > ?1 || '/' AND reference < ?1 || '0' GROUP BY state";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([run], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
                row.get::<_, i64>(4)?,
            ))
        })?;
        let (mut totals, mut corrected, mut other_amounts) = (Vec::new(), 0_i64, 0_u64);
        for row in rows {
            let (name, count, cents, change, others) = row?;
            corrected = corrected.saturating_add(change);
            other_amounts = other_amounts.saturating_add(others.unsigned_abs());
            totals.push((state(&name)?, count.unsigned_abs(), Cents::new(cents)));
        }
        Ok(Tally { planned, corrected: Cents::new(corrected), totals, other_amounts, clock_wait: None })
    }

    /// Counts the rows of a run, or all, that wait because a clock was ahead.
    pub(super) fn clock_wait(
        &self,
        run: Option<&str>,
        now: Now,
        rules: &Rules,
    ) -> Result<Option<ClockWait>, StoreError> {
        let sql = format!(
            "SELECT count(*), max(max(not_before, ifnull(last_possible_send, 0))) FROM payouts \
             WHERE (?1 IS NULL OR reference > ?1 || '/' AND reference < ?1 || '0') AND {}",
            clock_wait::condition(now, rules)
        );
        let (count, latest): (i64, Option<i64>) =
            self.connection.query_row(&sql, [run], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(ClockWait::of(count.unsigned_abs(), latest.map(time), now, rules))
    }

    /// Counts the rows that are open, by their states.
    pub(super) fn open_rows(&self) -> Result<Vec<(State, u64)>, StoreError> {
        let sql = "SELECT state, count(*) FROM payouts WHERE state IN ('planned', 'unknown') GROUP BY state \
            UNION ALL SELECT state, count(*) FROM payouts WHERE state = 'in_flight' GROUP BY state \
            UNION ALL SELECT state, count(*) FROM payouts \
            WHERE (state IN ('review', 'held') OR alarm IS NOT NULL) AND state IN ('review', 'held') GROUP BY state";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let mut open = Vec::new();
        for row in rows {
            let (name, count) = row?;
            open.push((state(&name)?, count.unsigned_abs()));
        }
        Ok(open)
    }

    /// Returns since when the oldest row may be sent that is due at a time.
    pub(super) fn oldest_due_at(&self, now: Time) -> Result<Option<Time>, StoreError> {
        let sql = "SELECT min(not_before) FROM payouts WHERE state IN ('planned', 'unknown') \
            AND paid_generation IS NULL AND NOT awaits_listing AND not_before <= ?1";
        let at: Option<i64> = self.connection.query_row(sql, [sql_time(now)], |row| row.get(0))?;
        Ok(at.map(time))
    }

    /// Finds the row that an object of Dots was made for.
    pub(in crate::outbox) fn by_object(&mut self, id: &str) -> Result<Option<Record>, StoreError> {
        let sql = "SELECT reference FROM payouts WHERE object_id = ?1";
        let reference: Option<String> = self.connection.query_row(sql, [id], |row| row.get(0)).optional()?;
        match reference {
            Some(reference) => self.find(&reference),
            None => Ok(None),
        }
    }
}

fn entry(row: &SqlRow<'_>) -> Result<LogEntry, rusqlite::Error> {
    let evidence: Option<String> = row.get(8)?;
    Ok(LogEntry {
        at: time(row.get(0)?).as_system_time(),
        generation: row.get(1)?,
        event: row.get(2)?,
        before: row.get(3)?,
        after: row.get(4)?,
        actor: row.get(5)?,
        reason: row.get(6)?,
        object_id: row.get(7)?,
        evidence: evidence.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// Whether a line of the log is as it was written; the plan is not a line of it.
fn is_whole(reference: &str, row: &SqlRow<'_>) -> Result<bool, rusqlite::Error> {
    let text = |index: usize| row.get::<_, Option<String>>(index);
    let Some(sum) = row.get::<_, Option<i64>>(9)? else { return Ok(text(2)?.as_deref() == Some("planned")) };
    let (generation, at): (i64, i64) = (row.get(1)?, row.get(0)?);
    let values = (text(2)?, text(3)?, text(4)?, text(5)?, text(6)?, text(7)?, text(8)?);
    Ok(sums::of(&(reference, generation, at, values)) == sum)
}
