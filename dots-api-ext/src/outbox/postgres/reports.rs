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
                "SELECT coalesce(sum(payouts), 0)::bigint, coalesce(sum(cents), 0)::bigint FROM dots_outbox.runs \
                 WHERE name = $1"
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
        let sql = "SELECT state, count(*), sum(abs(cents))::bigint, sum(abs(cents) - abs(planned_cents))::bigint \
            FROM dots_outbox.payouts WHERE $1::text IS NULL OR run = $1 GROUP BY state";
        let (mut totals, mut corrected) = (Vec::new(), 0_i64);
        for row in &self.connection.query(sql, &[(&run, Type::TEXT)])? {
            let columns = &mut Columns::of(row);
            let (name, count): (&str, i64) = (columns.next()?, columns.next()?);
            let (cents, change): (i64, i64) = (columns.next()?, columns.next()?);
            corrected = corrected.saturating_add(change);
            totals.push((state(name)?, count.unsigned_abs(), Cents::new(cents)));
        }
        Ok(Tally { planned, corrected: Cents::new(corrected), totals })
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
