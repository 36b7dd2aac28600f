//! Checksums: a bit that the disk has flipped is noticed when a row is read.

use std::fmt::{Display, Write as _};

use uuid::Uuid;

use super::numbers::{signed, sql_time};
use crate::outbox::delivery::Delivery;
use crate::outbox::row::{Alarm, Row, Why};
use crate::outbox::store::{Entry, Record};

/// The namespace of the checksums, which are UUIDs of version 5.
const NAMESPACE: Uuid = Uuid::from_u128(0x5b0c_9d5e_4a57_4c1b_9f6e_2d9c_7d1a_0b66);

/// Values in a row, written so that no other values give the same text.
#[derive(Default)]
pub(super) struct Values(String);

impl Values {
    pub(super) fn add(&mut self, value: impl Display) -> &mut Self {
        let start = self.0.len();
        // A string takes every text.
        let _ = write!(self.0, "{value}");
        let length = self.0.len().saturating_sub(start);
        let _ = write!(self.0, ":{length};");
        self
    }

    pub(super) fn maybe(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.add(value),
            None => {
                self.0.push('-');
                self
            }
        }
    }

    pub(super) fn sum(&self) -> String {
        Uuid::new_v5(&NAMESPACE, self.0.as_bytes()).simple().to_string()
    }
}

/// The sum of what is known of a payout.
pub(super) fn of_record(record: &Record) -> String {
    let Record { entry, row, object_id, delivery, changed_at, note } = record;
    let mut values = of_row(entry, row);
    values.maybe(object_id.as_ref()).maybe(delivery.map(Delivery::as_str)).add(sql_time(*changed_at));
    values.maybe(note.as_ref()).sum()
}

/// The sum of a payout that is new.
pub(super) fn of_new(entry: &Entry, row: &Row) -> String {
    let nothing = None::<&str>;
    let mut values = of_row(entry, row);
    values.maybe(nothing).maybe(nothing).add(sql_time(row.planned_at)).maybe(nothing).sum()
}

/// The sum of what never changes of a payout.
pub(super) fn of_plan(entry: &Entry, created_at: i64, planned_cents: i64) -> String {
    let mut values = Values::default();
    values.add(&entry.reference).maybe(entry.run.as_ref()).add(&entry.operation);
    values.add(created_at).add(planned_cents).sum()
}

fn of_row(entry: &Entry, row: &Row) -> Values {
    let mut values = Values::default();
    values.add(&entry.reference).add(entry.cents.get()).add(entry.fingerprint).add(entry.key);
    values.add(row.state.as_str()).add(row.generation).add(signed(row.fence)).add(sql_time(row.planned_at));
    values.maybe(row.last_possible_send.map(sql_time)).maybe(row.lease_until.map(sql_time));
    values.add(sql_time(row.not_before)).add(row.in_doubt).add(row.older_in_doubt).add(row.others_may_send);
    values.add(row.awaits_listing).add(row.absences).maybe(row.why.map(Why::as_str)).maybe(row.paid);
    values.maybe(row.alarm.map(Alarm::as_str)).add(row.is_meant);
    values
}
