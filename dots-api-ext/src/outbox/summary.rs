//! What a worker has done, and what is left.

use std::time::SystemTime;

use dots_api::Cents;

use super::clock_wait::ClockWait;
use super::funds::Funds;
use super::payable::Stop;
use super::row::State;

/// What a worker has done, and what is left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// How many attempts it made.
    pub attempts: u64,
    /// Why it stopped before everything was sent.
    pub stopped: Option<Stop>,
    /// Why Dots' lists could not be read, if they could not.
    pub unread_lists: Option<String>,
    /// How many payouts are in each state, and their cents.
    pub totals: Vec<(State, u64, Cents)>,
    /// When the next payout may be sent, if one is left.
    pub next_due: Option<SystemTime>,
    /// How many payouts wait because a clock was ahead, and what to do.
    pub clock_wait: Option<ClockWait>,
    /// What the wallet held before the first payout, if it was checked.
    pub funds: Option<Funds>,
}

impl Summary {
    /// Counts the payouts in a state.
    #[must_use]
    pub fn count(&self, state: State) -> u64 {
        self.totals.iter().find(|(there, ..)| *there == state).map_or(0, |(_, count, _)| *count)
    }

    /// Whether every payout has ended, so that nothing is left for a worker or a person.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.totals.iter().all(|(state, ..)| state.is_final())
    }
}
