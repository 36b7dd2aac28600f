//! How old a key is, by clocks that may be set and that may stop.

use std::time::Duration;

use dots_api::key_record::FirstSend;

/// How far, in seconds, the time of day may fall behind the steady clock before no age is certain any more, and how far
/// ahead of it a time may be that was told.
pub(crate) const TOLERANCE: i64 = 5 * 60;

/// The time since a key was first sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Age {
    /// At least this long.
    Of(Duration),
    /// It may be any.
    Unknown,
}

impl Age {
    /// Returns the age by the clock that says longer: a machine that is suspended stops one, and setting the time moves
    /// the other. When the time of day was set back, the time since may be any.
    pub(crate) fn of(first: Option<FirstSend>, now: FirstSend) -> Self {
        let Some(first) = first else { return Self::Unknown };
        let by_steady = now.steady.saturating_sub(first.steady).max(0);
        let by_day = now.day.saturating_sub(first.day);
        if by_steady.saturating_sub(by_day) > TOLERANCE {
            return Self::Unknown;
        }
        Self::Of(Duration::from_secs(by_steady.max(by_day).try_into().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests;
