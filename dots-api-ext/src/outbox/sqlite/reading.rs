//! Reads a payout from its columns, and notices values that are not those that were written.

use dots_api::{Cents, IdempotencyKey};
use rusqlite::Row as SqlRow;
use rusqlite::types::FromSql;
use uuid::Uuid;

use super::numbers::time;
use super::sums;
use crate::outbox::delivery::Delivery;
use crate::outbox::row::{Alarm, Row, State, Why};
use crate::outbox::store::{Entry, Record};
use crate::outbox::store_error::StoreError;

/// The columns that [`read`] reads, in its order.
pub(super) const FIND: &str = "SELECT p.reference, p.run, p.operation, p.cents, p.fingerprint, p.idempotency_key, r.request, p.state, \
    p.generation, p.fence, p.planned_at, p.last_possible_send, p.lease_until, p.not_before, p.in_doubt, \
    p.older_in_doubt, p.others_may_send, p.awaits_listing, p.absences, p.why, p.paid_generation, p.alarm, \
    p.is_meant, p.object_id, p.delivery, p.changed_at, p.note, p.created_at, p.planned_cents, p.plan_sum, p.sum \
    FROM payouts p LEFT JOIN requests r ON r.payout = p.number AND r.idempotency_key = p.idempotency_key \
    WHERE p.reference = ?1";

/// The columns of a row, one after the other.
struct Columns<'a> {
    row: &'a SqlRow<'a>,
    next: usize,
    /// Whether each UUID is spelled as it is written here: two spellings are one value, and yet one was not written.
    is_spelled: bool,
}

impl Columns<'_> {
    fn next<T: FromSql>(&mut self) -> Result<T, StoreError> {
        let value = self.row.get(self.next)?;
        self.next = self.next.saturating_add(1);
        Ok(value)
    }

    /// Reads a word that stands for something, such as a state.
    fn word<T: Copy>(&mut self, all: &[T], name: fn(T) -> &'static str) -> Result<Option<T>, StoreError> {
        let word = self.row.get_ref(self.next)?.as_str_or_null().map_err(|_| self.odd())?;
        let found = word.map(|word| all.iter().copied().find(|value| name(*value) == word));
        if found.is_some_and(|found| found.is_none()) {
            return Err(self.odd());
        }
        self.next = self.next.saturating_add(1);
        Ok(found.flatten())
    }

    fn small<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        T::try_from(self.row.get(self.next)?)
            .map_err(|_| self.odd())
            .inspect(|_| self.next = self.next.saturating_add(1))
    }

    fn uuid(&mut self) -> Result<Uuid, StoreError> {
        let text = self.row.get_ref(self.next)?.as_str().map_err(|_| self.odd())?;
        let id: Uuid = text.parse().map_err(|_| self.odd())?;
        self.is_spelled &= id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
        self.next = self.next.saturating_add(1);
        Ok(id)
    }

    fn odd(&self) -> StoreError {
        let name = self.row.as_ref().column_name(self.next).unwrap_or_default();
        StoreError::Unreadable(format!("`{name}` holds an unknown value"))
    }
}

/// Reads what [`FIND`] has found.
pub(super) fn read(row: &SqlRow<'_>) -> Result<Record, StoreError> {
    let columns = &mut Columns { row, next: 0, is_spelled: true };
    let entry = Entry {
        reference: columns.next()?,
        run: columns.next()?,
        operation: columns.next()?,
        cents: Cents::new(columns.next()?),
        fingerprint: columns.uuid()?,
        key: IdempotencyKey::from_uuid(columns.uuid()?).map_err(|_| columns.odd())?,
        request: columns.next::<Option<String>>()?.unwrap_or_default(),
    };
    let row = read_row(columns)?;
    let record = Record {
        entry,
        row,
        object_id: columns.next()?,
        delivery: columns.word(&Delivery::ALL, Delivery::as_str)?,
        changed_at: time(columns.next()?),
        note: columns.next()?,
    };
    let plan = sums::of_plan(&record.entry, columns.next()?, columns.next()?);
    let (plan_sum, sum): (i64, i64) = (columns.next()?, columns.next()?);
    if !columns.is_spelled || plan_sum != plan || sum != sums::of_record(&record) {
        let reference = &record.entry.reference;
        return Err(StoreError::Unreadable(format!("`{reference}` has other values than were written")));
    }
    Ok(record)
}

fn read_row(columns: &mut Columns<'_>) -> Result<Row, StoreError> {
    let times = |at: Option<i64>| at.map(time);
    Ok(Row {
        state: columns.word(&State::ALL, State::as_str)?.ok_or_else(|| columns.odd())?,
        generation: columns.small()?,
        fence: columns.next::<i64>()?.unsigned_abs(),
        planned_at: time(columns.next()?),
        last_possible_send: times(columns.next()?),
        lease_until: times(columns.next()?),
        not_before: time(columns.next()?),
        in_doubt: columns.next()?,
        older_in_doubt: columns.next()?,
        others_may_send: columns.next()?,
        awaits_listing: columns.next()?,
        absences: columns.small()?,
        why: columns.word(&Why::ALL, Why::as_str)?,
        paid: columns.next()?,
        alarm: columns.word(&Alarm::ALL, Alarm::as_str)?,
        is_meant: columns.next()?,
    })
}

pub(super) fn state(name: &str) -> Result<State, StoreError> {
    let state = State::ALL.into_iter().find(|state| state.as_str() == name);
    state.ok_or_else(|| StoreError::Unreadable("`state` holds an unknown value".to_owned()))
}
