//! Writes new rows.

use rusqlite::params;

use super::numbers::{signed, sql_time};
use super::rows::SqliteStore;
use super::sums;
use crate::outbox::row::Row;
use crate::outbox::store::Entry;
use crate::outbox::store_error::StoreError;

const PAYOUT: &str = "INSERT INTO payouts (reference, run, operation, cents, planned_cents, fingerprint, \
    idempotency_key, state, generation, fence, created_at, planned_at, not_before, in_doubt, older_in_doubt, others_may_send, \
    awaits_listing, absences, is_meant, changed_at, last_possible_send, plan_sum, sum) \
    VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?10, ?18, ?19, ?20) \
    ON CONFLICT (reference) DO NOTHING";
const FIRST_REQUEST: &str = "INSERT INTO requests (payout, generation, idempotency_key, request) VALUES (last_insert_rowid(), ?1, ?2, ?3)";

impl SqliteStore<'_> {
    /// Writes a row; whether its reference is new.
    pub(in crate::outbox) fn insert_new(&mut self, entry: &Entry, row: &Row) -> Result<bool, StoreError> {
        let key = entry.key.to_string();
        let inserted = self.statements.run(
            PAYOUT,
            params![
                entry.reference,
                entry.run,
                entry.operation,
                entry.cents.get(),
                entry.fingerprint.to_string(),
                key,
                row.state.as_str(),
                row.generation,
                signed(row.fence),
                sql_time(row.planned_at),
                sql_time(row.not_before),
                row.in_doubt,
                row.older_in_doubt,
                row.others_may_send,
                row.awaits_listing,
                row.absences,
                row.is_meant,
                row.last_possible_send.map(sql_time),
                sums::of_plan(entry, sql_time(row.planned_at), entry.cents.get()),
                sums::of_new(entry, row)
            ],
        );
        if inserted.map_err(|error| key_in_use(error, &entry.reference))? == 0 {
            return Ok(false);
        }
        self.statements.run(FIRST_REQUEST, params![row.generation, key, entry.request])?;
        Ok(true)
    }
}

/// Tells that another reference has the key, such as one that is spelled with other signs for the same letters.
fn key_in_use(error: rusqlite::Error, reference: &str) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => StoreError::KeyInUse(reference.to_owned()),
        _ => error.into(),
    }
}
