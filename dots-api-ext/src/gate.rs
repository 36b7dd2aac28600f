//! The gate that all clones of a client send through: it paces them when Dots is busy and closes when Dots is down.
//!
//! Every time is that of the steady clock, and comes from the caller.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// After so many failures in a row the gate closes.
const FAILURES_TO_CLOSE: u32 = 20;

/// How often a closed gate lets one request through, to see whether Dots is back.
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// The widest that requests are spread.
const WIDEST: Duration = Duration::from_secs(1);

/// Requests closer together than this are not spread at all.
const CLOSEST: Duration = Duration::from_micros(50);

/// Spreads the requests of a client.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The distance from one request to the next; zero while they are not spread.
    spacing: Duration,
    /// When the next request may leave.
    next: Duration,
    /// Nothing leaves before.
    paused_until: Duration,
    /// The last time that the spacing was widened; answers to earlier requests teach nothing new.
    widened_at: Duration,
    /// The distance at which requests left lately, a moving mean.
    usual: Duration,
    last_left: Duration,
    failures: u32,
    next_probe: Duration,
}

/// Says when a request may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// At once.
    Now,
    /// After a wait; the turn is kept.
    After(Duration),
    /// Not at all: Dots is down, and the next request to find out may leave after this long.
    Closed(Duration),
}

/// What the answer to a request tells about Dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lesson {
    /// It works.
    Works,
    /// It is busy, and says for how long, if it does.
    Busy(Duration),
    /// It cannot be reached, or fails.
    Fails,
}

impl Gate {
    /// Asks for a turn at time `now`.
    pub(crate) fn turn(&self, now: Duration) -> Turn {
        let mut state = self.state();
        if state.failures >= FAILURES_TO_CLOSE {
            if now < state.next_probe {
                return Turn::Closed(state.next_probe.saturating_sub(now));
            }
            state.next_probe = now + PROBE_EVERY;
        }
        let start = now.max(state.paused_until).max(state.next);
        state.next =
            if state.spacing.is_zero() { Duration::ZERO } else { start.saturating_add(state.spacing) };
        if start <= now { Turn::Now } else { Turn::After(start.saturating_sub(now)) }
    }

    /// Says whether a turn that was kept has become too early, because Dots has become busy since.
    pub(crate) fn is_paused(&self, now: Duration) -> bool {
        now < self.state().paused_until
    }

    /// Notes that a request leaves.
    pub(crate) fn leaves(&self, now: Duration) {
        let mut state = self.state();
        let distance = now.saturating_sub(state.last_left).min(WIDEST);
        state.usual = (state.usual.saturating_mul(7) + distance) / 8;
        state.last_left = now;
    }

    /// Learns from an answer, at time `now`, to a request that left at `left`.
    pub(crate) fn learn(&self, lesson: Lesson, left: Duration, now: Duration) {
        let mut state = self.state();
        match lesson {
            Lesson::Works => {
                state.failures = 0;
                let closer = state.spacing - state.spacing / 64;
                state.spacing = if closer < CLOSEST { Duration::ZERO } else { closer };
            }
            Lesson::Busy(pause) => {
                state.failures = 0;
                state.paused_until = state.paused_until.max(now.saturating_add(pause));
                if left >= state.widened_at {
                    state.spacing = (state.spacing.max(state.usual).max(CLOSEST) * 2).min(WIDEST);
                    state.widened_at = now;
                }
            }
            Lesson::Fails => {
                state.failures = state.failures.saturating_add(1);
                if state.failures == FAILURES_TO_CLOSE {
                    state.next_probe = now + PROBE_EVERY;
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Plain numbers are whole after every step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
