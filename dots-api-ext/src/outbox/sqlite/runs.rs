//! The runs of an open file: their pay dates and what they come to.
//!
//! A payout is of a run if its reference begins with that, also if it was planned singly: `0` follows `/` in ASCII.

use rusqlite::{OptionalExtension as _, params};

use super::numbers::{sql_time, time};
use super::rows::SqliteStore;
use crate::outbox::row::{State, Time};
use crate::outbox::run::Run;
use crate::outbox::store_error::StoreError;

impl SqliteStore<'_> {
    /// Returns the pay date of a known run, if it has one.
    pub(in crate::outbox) fn run_pays_at(&self, run: &str) -> Result<Option<Option<Time>>, StoreError> {
        let mut statement = self.connection.prepare("SELECT pay_at FROM runs WHERE name = ?1")?;
        let pay_at = statement.query_row([run], |row| row.get::<_, Option<i64>>(0)).optional()?;
        Ok(pay_at.map(|pay_at| pay_at.map(time)))
    }

    /// Sums the amounts of a run, whichever way their money goes, those that are called off left out.
    pub(in crate::outbox) fn run_total(&self, run: &str) -> Result<i64, StoreError> {
        let sql = "SELECT ifnull(sum(abs(cents)), 0) FROM payouts \
            WHERE reference > ?1 || '/' AND reference < ?1 || '0' AND state <> 'cancelled'";
        Ok(self.connection.prepare(sql)?.query_row([run], |row| row.get(0))?)
    }

    /// Lists the references of a run's payouts in a state, in their order, at most so many, after one of them.
    pub(in crate::outbox) fn of_run(
        &self,
        run: &str,
        state: State,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT reference FROM payouts WHERE reference > ?1 || '/' AND reference < ?1 || '0' \
            AND state = ?2 AND reference > ?3 ORDER BY reference LIMIT ?4";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map(params![run, state.as_str(), after, limit], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether any payout is of a run.
    pub(in crate::outbox) fn has_run(&self, run: &str) -> Result<bool, StoreError> {
        let sql =
            "SELECT EXISTS (SELECT 1 FROM payouts WHERE reference > ?1 || '/' AND reference < ?1 || '0')";
        Ok(self.connection.prepare(sql)?.query_row([run], |row| row.get(0))?)
    }

    /// Writes a run whose rows are planned, with what they come to.
    pub(in crate::outbox) fn put_run(&self, run: &Run, planned_at: Time) -> Result<(), StoreError> {
        let sql = "INSERT INTO runs (name, pay_at, planned_at, payouts, cents) \
            SELECT ?1, ?2, ?3, count(*), ifnull(sum(abs(planned_cents)), 0) FROM payouts WHERE run = ?1 \
            ON CONFLICT (name) DO UPDATE SET pay_at = excluded.pay_at, payouts = excluded.payouts, \
            cents = excluded.cents";
        let values = params![run.name(), run.pay_at.map(sql_time), sql_time(planned_at)];
        self.connection.prepare(sql)?.execute(values)?;
        Ok(())
    }
}
