//! Payouts that wait because a clock was ahead.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::row::{Now, Rules, Time};

/// Payouts that wait because a clock was ahead when they were planned or sent, and is not any more. Its text says what
/// to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockWait {
    /// How many payouts wait.
    pub payouts: u64,
    /// Until when they wait, if nothing is done.
    pub until: SystemTime,
    /// How long that is from now.
    pub left: Duration,
}

impl ClockWait {
    /// Returns what the rows come to that are taken by a [`condition`], by the latest of their times.
    pub(super) fn of(payouts: u64, latest: Option<Time>, now: Now, rules: &Rules) -> Option<Self> {
        let until = latest.max(is_set_back(now, rules).then(|| now.latest())).filter(|_| payouts > 0)?;
        Some(Self { payouts, until: until.as_system_time(), left: until.since(now.earliest()) })
    }
}

impl fmt::Display for ClockWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} payouts wait for another {} s, since a clock was ahead when they were planned or sent; if this \
             machine's clock is wrong, set it right; if it is right, close the outbox and open the file with \
             `open_clock_was_ahead`: that sends what was never sent, and looks up the rest",
            self.payouts,
            self.left.as_secs()
        )
    }
}

/// Whether a store has seen a later time than the clock of its worker says now.
fn is_set_back(now: Now, rules: &Rules) -> bool {
    now.latest() > now.earliest().after(rules.horizon)
}

/// Which rows wait for a clock, in SQL: those that were planned or claimed later than it is now, and those whose key is
/// too old by one clock, and not by the other.
pub(super) fn condition(now: Now, rules: &Rules) -> String {
    let by = now.earliest().after(rules.horizon);
    let claimed_by = by.after(rules.lease);
    let before = |time: Time| Time(time.0.saturating_sub(Time(0).after(rules.window).0));
    let (old, latest) = (before(now.earliest()), now.latest());
    let too_old = if is_set_back(now, rules) { before(latest) } else { old };
    format!(
        "state IN ('planned', 'unknown', 'in_flight') AND paid_generation IS NULL \
         AND (last_possible_send > {} OR planned_at > {} AND (not_before <= planned_at OR state <> 'planned') \
           OR planned_at > {} AND planned_at <= {} AND not_before <= {})",
        claimed_by.0, by.0, old.0, too_old.0, latest.0
    )
}
