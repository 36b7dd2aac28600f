//! Times and counts as SQLite keeps them.

use crate::outbox::row::Time;

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn sql_time(time: Time) -> i64 {
    signed(time.0)
}

pub(super) fn time(milliseconds: i64) -> Time {
    Time(milliseconds.unsigned_abs())
}
