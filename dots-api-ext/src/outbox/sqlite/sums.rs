//! Checksums: a bit that the disk has flipped is noticed when a row is read.

use serde::Serialize;
use uuid::Uuid;

use super::numbers::{signed, sql_time};
use crate::outbox::delivery::Delivery;
use crate::outbox::row::{Alarm, Row, Why};
use crate::outbox::store::{Entry, Record};

/// The namespace of the checksums, which are UUIDs of version 5.
const NAMESPACE: Uuid = Uuid::from_u128(0x5b0c_9d5e_4a57_4c1b_9f6e_2d9c_7d1a_0b66);

/// The sum of values, which are written as JSON: no other values give the same text.
pub(super) fn of(values: &impl Serialize) -> String {
    // Texts and numbers can always be written.
    let text = serde_json::to_vec(values).unwrap_or_default();
    Uuid::new_v5(&NAMESPACE, &text).simple().to_string()
}

/// The sum of what is known of a payout.
pub(super) fn of_record(record: &Record) -> String {
    let Record { entry, row, object_id, delivery, changed_at, note } = record;
    of(&(of_row(entry, row), object_id, delivery.map(Delivery::as_str), sql_time(*changed_at), note))
}

/// The sum of a payout that is new.
pub(super) fn of_new(entry: &Entry, row: &Row) -> String {
    let nothing = None::<&str>;
    of(&(of_row(entry, row), nothing, nothing, sql_time(row.planned_at), nothing))
}

/// The sum of what never changes of a payout.
pub(super) fn of_plan(entry: &Entry, created_at: i64, planned_cents: i64) -> String {
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
