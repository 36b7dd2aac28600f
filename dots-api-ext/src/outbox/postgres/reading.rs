//! Reads a row of the tables, and writes times and counts as they keep them.

use dots_api::{Cents, IdempotencyKey};
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::FromSql;

use crate::outbox::delivery::Delivery;
use crate::outbox::row::{Alarm, Row, State, Time, Why};
use crate::outbox::store::{Entry, Record};
use crate::outbox::store_error::StoreError;

/// The columns of a payout `p` and its request `r`, in the order in which [`record`] reads them.
pub(super) const COLUMNS: &str = "p.reference, p.run, p.operation, p.cents, p.fingerprint::text, \
    p.idempotency_key::text, r.request, p.state, p.generation, p.fence, p.planned_at, p.last_possible_send, \
    p.lease_until, p.not_before, p.in_doubt, p.older_in_doubt, p.others_may_send, p.awaits_listing, p.absences, \
    p.why, p.paid_generation, p.alarm, p.is_meant, p.object_id, p.delivery, p.changed_at, p.note";

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn sql_time(time: Time) -> i64 {
    signed(time.0)
}

pub(super) fn time(milliseconds: i64) -> Time {
    Time(milliseconds.unsigned_abs())
}

pub(super) fn state(name: &str) -> Result<State, StoreError> {
    State::ALL.into_iter().find(|state| state.as_str() == name).ok_or_else(|| odd("state"))
}

fn odd(name: &str) -> StoreError {
    StoreError::Unreadable(format!("`{name}` holds an unknown value"))
}

/// Reads the columns of a row one after the other.
pub(super) struct Columns<'a> {
    row: &'a SqlRow,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(super) const fn of(row: &'a SqlRow) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn next<T: FromSql<'a>>(&mut self) -> Result<T, StoreError> {
        let value = self.row.try_get(self.next)?;
        self.next = self.next.saturating_add(1);
        Ok(value)
    }

    fn one_of<T: Copy>(
        &mut self,
        name: &str,
        all: &[T],
        as_str: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, StoreError> {
        let Some(said) = self.next::<Option<&str>>()? else { return Ok(None) };
        let known = all.iter().copied().find(|one| as_str(*one) == said);
        known.map(Some).ok_or_else(|| odd(name))
    }
}

/// Reads a payout; whether its request is there.
pub(super) fn record(row: &SqlRow) -> Result<(Record, bool), StoreError> {
    let columns = &mut Columns::of(row);
    let (entry, is_there) = entry(columns)?;
    let row = state_of(columns)?;
    let record = Record {
        entry,
        row,
        object_id: columns.next()?,
        delivery: columns.one_of("delivery", &Delivery::ALL, Delivery::as_str)?,
        changed_at: time(columns.next()?),
        note: columns.next()?,
    };
    Ok((record, is_there))
}

fn entry(columns: &mut Columns<'_>) -> Result<(Entry, bool), StoreError> {
    let entry = Entry {
        reference: columns.next()?,
        run: columns.next()?,
        operation: columns.next()?,
        cents: Cents::new(columns.next()?),
        fingerprint: columns.next::<&str>()?.parse().map_err(|_| odd("fingerprint"))?,
        key: columns.next::<&str>()?.parse::<IdempotencyKey>().map_err(|_| odd("idempotency_key"))?,
        request: String::new(),
    };
    let request: Option<String> = columns.next()?;
    let is_there = request.is_some();
    Ok((Entry { request: request.unwrap_or_default(), ..entry }, is_there))
}

fn state_of(columns: &mut Columns<'_>) -> Result<Row, StoreError> {
    Ok(Row {
        state: state(columns.next()?)?,
        generation: u32::try_from(columns.next::<i64>()?).map_err(|_| odd("generation"))?,
        fence: columns.next::<i64>()?.unsigned_abs(),
        planned_at: time(columns.next()?),
        last_possible_send: columns.next::<Option<i64>>()?.map(time),
        lease_until: columns.next::<Option<i64>>()?.map(time),
        not_before: time(columns.next()?),
        in_doubt: columns.next()?,
        older_in_doubt: columns.next()?,
        others_may_send: columns.next()?,
        awaits_listing: columns.next()?,
        absences: u8::try_from(columns.next::<i64>()?).map_err(|_| odd("absences"))?,
        why: columns.one_of("why", &Why::ALL, Why::as_str)?,
        paid: columns
            .next::<Option<i64>>()?
            .map(u32::try_from)
            .transpose()
            .map_err(|_| odd("paid_generation"))?,
        alarm: columns.one_of("alarm", &Alarm::ALL, Alarm::as_str)?,
        is_meant: columns.next()?,
    })
}
