//! What happened to a payout, and what payouts come to.

use std::time::SystemTime;

use dots_api::Cents;

use super::clock_wait::ClockWait;
use super::row::State;
use crate::evidence::Evidence;

/// What happened to a payout once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogEntry {
    /// When it happened.
    pub at: SystemTime,
    /// The generation of the payout then.
    pub generation: u32,
    /// What happened, such as `claimed`.
    pub event: String,
    /// The state before, empty when it was planned.
    pub before: String,
    /// The state after.
    pub after: String,
    /// Who decided it, if a person did.
    pub actor: Option<String>,
    /// Why, or what is known of an attempt.
    pub reason: Option<String>,
    /// The id of what Dots made.
    pub object_id: Option<String>,
    /// What is known of the call, if one was made; without Dots' message, which may name people.
    pub evidence: Option<Box<Evidence>>,
}

/// What a report comes to. Amounts are summed whichever way their money goes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// How many payouts were planned, and their cents then.
    pub planned: (u64, Cents),
    /// By how much corrections have changed that.
    pub corrected: Cents,
    /// How many are in each state, and their cents.
    pub totals: Vec<(State, u64, Cents)>,
    /// How many are paid with another amount than is counted here; see [`Alarm::OtherAmount`](super::Alarm::OtherAmount).
    pub other_amounts: u64,
    /// How many wait because a clock was ahead.
    pub clock_wait: Option<ClockWait>,
}

impl Tally {
    /// Returns how many payouts, and how much, are planned and in no state; both are zero unless the file was tampered
    /// with.
    #[must_use]
    pub fn difference(&self) -> (i128, i128) {
        let count: i128 = self.totals.iter().map(|(_, count, _)| i128::from(*count)).sum();
        let cents: i128 = self.totals.iter().map(|(.., cents)| i128::from(cents.get())).sum();
        let planned = i128::from(self.planned.1.get()) + i128::from(self.corrected.get());
        (i128::from(self.planned.0) - count, planned - cents)
    }

    /// Whether every payout and every cent that was planned is in some state, and none was paid with another amount.
    #[must_use]
    pub fn ties_out(&self) -> bool {
        self.difference() == (0, 0) && self.other_amounts == 0
    }
}
