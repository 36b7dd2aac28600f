//! Checksums: a bit that the disk has flipped is noticed when a row is read.

use serde::Serialize;

use super::numbers::{signed, sql_time};
use crate::outbox::delivery::Delivery;
use crate::outbox::row::{Alarm, Row, Why};
use crate::outbox::store::{Entry, Record};

/// An odd number whose bits are spread.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The sum of values, of their JSON: no other values give the same text.
pub(super) fn of(values: &impl Serialize) -> i64 {
    let mut text = Vec::with_capacity(512);
    // Texts and numbers can always be written.
    let _ = serde_json::to_writer(&mut text, values);
    text.resize(text.len().next_multiple_of(8), 0);
    let words = text.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
    // Each step can be undone, so texts that differ in one of these words alone never have the same sum.
    words.fold(0, |sum: u64, word| (sum.rotate_left(29) ^ word).wrapping_mul(SPREAD)).cast_signed()
}

/// The sum of what is known of a payout.
pub(super) fn of_record(record: &Record) -> i64 {
    let Record { entry, row, object_id, delivery, changed_at, note } = record;
    of(&(of_row(entry, row), object_id, delivery.map(Delivery::as_str), sql_time(*changed_at), note))
}

/// The sum of a payout that is new.
pub(super) fn of_new(entry: &Entry, row: &Row) -> i64 {
    let nothing = None::<&str>;
    of(&(of_row(entry, row), nothing, nothing, sql_time(row.planned_at), nothing))
}

/// The sum of what never changes of a payout.
pub(super) fn of_plan(entry: &Entry, created_at: i64, planned_cents: i64) -> i64 {
    of(&(&entry.reference, &entry.run, &entry.operation, created_at, planned_cents))
}

fn of_row<'a>(entry: &'a Entry, row: &Row) -> impl Serialize + use<'a> {
    let payment = (&entry.reference, entry.cents.get(), entry.fingerprint, entry.key.as_uuid());
    let place = (row.state.as_str(), row.generation, signed(row.fence));
    let until = (row.last_possible_send.map(sql_time), row.lease_until.map(sql_time));
    let times = (sql_time(row.planned_at), until, sql_time(row.not_before));
    let doubts = (row.in_doubt, row.older_in_doubt, row.others_may_send, row.awaits_listing, row.absences);
    (
        payment,
        place,
        times,
        doubts,
        row.why.map(Why::as_str),
        row.paid,
        row.alarm.map(Alarm::as_str),
        row.is_meant,
    )
}
