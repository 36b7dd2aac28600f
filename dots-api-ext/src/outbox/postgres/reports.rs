//! Reads what a report shows.

use dots_api::Cents;
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::Type;

use super::reading::{Columns, state, time};
use super::rows::PostgresStore;
use crate::outbox::store_error::StoreError;
use crate::outbox::tally::{LogEntry, Tally};

impl PostgresStore {
    /// Returns what happened to a row, the oldest first.
    pub(super) fn log_of(&self, reference: &str) -> Result<Vec<LogEntry>, StoreError> {
        let sql = "SELECT at, generation, event, before, after, actor, reason, object_id, evidence \
            FROM dots_outbox.history WHERE reference = $1 ORDER BY number";
        self.connection.query(sql, &[(&reference, Type::TEXT)])?.iter().map(entry).collect()
    }

    /// Sums the rows of a run, or all: as planned, and by their states.
    pub(super) fn tally_of(&self, run: Option<&str>) -> Result<Tally, StoreError> {
        let sql = match run {
            Some(_) => {
                "SELECT coalesce(sum(payouts), 0)::bigint, coalesce(sum(cents), 0)::bigint FROM ( \
                 SELECT payouts, cents FROM dots_outbox.runs WHERE name = $1 UNION ALL \
                 SELECT 1, abs(planned_cents) FROM dots_outbox.payouts \
                 WHERE run IS NULL AND reference > $1 || '/' AND reference < $1 || '0') AS planned"
            }
            None => {
                "SELECT count(*), coalesce(sum(abs(planned_cents)), 0)::bigint FROM dots_outbox.payouts \
                 WHERE $1::text IS NULL"
            }
        };
        let mut planned = (0, Cents::ZERO);
        for row in &self.connection.query(sql, &[(&run, Type::TEXT)])? {
            let columns = &mut Columns::of(row);
            planned = (columns.next::<i64>()?.unsigned_abs(), Cents::new(columns.next()?));
        }
        let sql = "SELECT state, count(*), sum(abs(cents))::bigint, sum(abs(cents) - abs(planned_cents))::bigint, \
            count(*) FILTER (WHERE alarm = 'other_amount') FROM dots_outbox.payouts \
            WHERE $1::text IS NULL OR reference > $1 || '/' AND reference < $1 || '0' GROUP BY state";
        let (mut totals, mut corrected, mut other_amounts) = (Vec::new(), 0_i64, 0_u64);
        for row in &self.connection.query(sql, &[(&run, Type::TEXT)])? {
            let columns = &mut Columns::of(row);
            let (name, count): (&str, i64) = (columns.next()?, columns.next()?);
            let (cents, change, others): (i64, i64, i64) =
                (columns.next()?, columns.next()?, columns.next()?);
            corrected = corrected.saturating_add(change);
            other_amounts = other_amounts.saturating_add(others.unsigned_abs());
            totals.push((state(name)?, count.unsigned_abs(), Cents::new(cents)));
        }
        Ok(Tally { planned, corrected: Cents::new(corrected), totals, other_amounts, clock_wait: None })
    }
}

fn entry(row: &SqlRow) -> Result<LogEntry, StoreError> {
    let columns = &mut Columns::of(row);
    Ok(LogEntry {
        at: time(columns.next()?).as_system_time(),
        generation: u32::try_from(columns.next::<i64>()?).unwrap_or(u32::MAX),
        event: columns.next()?,
        before: columns.next()?,
        after: columns.next()?,
        actor: columns.next()?,
        reason: columns.next()?,
        object_id: columns.next()?,
        evidence: columns.next::<Option<&str>>()?.and_then(|text| serde_json::from_str(text).ok()),
    })
}
