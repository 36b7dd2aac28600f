//! The gate that all clones of a client send through: it paces them when Dots is busy and closes when Dots is down.
//!
//! Every time is that of the steady clock, and comes from the caller.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// After so many failures in a row the gate closes; while nobody knows whether Dots works, no more than these are under
/// way or failed.
const FAILURES_TO_CLOSE: u32 = 20;

/// How often a closed gate lets one request through, to see whether Dots is back.
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// The widest that requests are spread.
const WIDEST: Duration = Duration::from_secs(1);

/// Requests closer together than this are not spread at all.
const CLOSEST: Duration = Duration::from_micros(50);

/// How long a Dots is taken to be busy that does not say for how long: what is counted by the second is free again
/// then.
const PAUSE: Duration = Duration::from_secs(1);

/// The part of the spacing that each success takes off: small beside the doubling after a 429, so that few requests
/// find out how many Dots takes.
const NARROWS_BY: u32 = 128;

/// How long after Dots was last busy the spread begins to halve by itself, and how often it halves then.
const CALM: Duration = Duration::from_secs(60);
const HALVES_EVERY: Duration = Duration::from_secs(10);

/// A request that its caller gives up on after this long counts as a failure: it is how callers with limits of their
/// own meet a Dots that hangs.
const GIVEN_UP: Duration = Duration::from_secs(1);

/// Spreads the requests of a client.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    /// Tells those who wait that an answer has come, or will not.
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The distance from one request to the next; zero while they are not spread.
    spacing: Duration,
    /// When the next request may leave.
    next: Duration,
    /// How many wait for their turn.
    waiting: u32,
    /// Nothing leaves before.
    paused_until: Duration,
    /// The last time that the spacing was widened; answers to earlier requests teach nothing new.
    widened_at: Duration,
    /// When the spacing halves by itself.
    eases_at: Duration,
    /// The distance at which requests left lately, a moving mean.
    usual: Duration,
    last_left: Duration,
    /// How many have left and not come back.
    under_way: u32,
    /// Dots has answered as it should at some time.
    has_worked: bool,
    failures: u32,
    next_probe: Duration,
}

/// Says when a request may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// At once; it counts as under way from now on.
    Now,
    /// Not before this long has passed.
    After(Duration),
    /// Not before there is news of those that are under way.
    Crowded,
    /// Not at all: Dots is down, and the next request to find out may leave after this long.
    Closed(Duration),
}

/// What the answer to a request tells about Dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lesson {
    /// It works.
    Works,
    /// It is busy, and says for how long, if it does.
    Busy(Option<Duration>),
    /// It cannot be reached, or fails, and says for how long, if it does.
    Fails(Option<Duration>),
    /// Nothing: what went wrong was on this side, or is no outage.
    Nothing,
}

/// A place among those who wait for a turn; whoever gives up leaves it.
#[derive(Debug)]
pub(crate) struct Place<'a>(&'a Gate);

/// A request that is under way.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    gate: &'a Gate,
    left: Duration,
    clock: &'a dyn crate::policy::clock::Clock,
    is_back: bool,
}

impl Gate {
    /// Asks for a turn at time `now`; whoever waits already is not sent behind those who do.
    pub(crate) fn turn(&self, now: Duration, waits_already: bool) -> Turn {
        let mut state = self.state();
        let is_closed = state.failures >= FAILURES_TO_CLOSE;
        if is_closed && now < state.next_probe {
            return Turn::Closed(state.next_probe.saturating_sub(now));
        }
        state.ease(now);
        let start = state.start(now, waits_already);
        if start > now {
            return Turn::After(start.saturating_sub(now));
        }
        if is_closed {
            state.next_probe = now.saturating_add(PROBE_EVERY);
        } else if state.is_crowded() {
            return Turn::Crowded;
        }
        state.leaves(now);
        Turn::Now
    }

    /// Takes a place among those who wait.
    pub(crate) fn place(&self) -> Place<'_> {
        self.state().waiting += 1;
        Place(self)
    }

    /// Follows the request that was given a turn at time `left`.
    pub(crate) fn passage<'a>(
        &'a self,
        left: Duration,
        clock: &'a dyn crate::policy::clock::Clock,
    ) -> Passage<'a> {
        Passage { gate: self, left, clock, is_back: false }
    }

    /// Waits for news; to be called before [`turn`](Self::turn), so that none is missed.
    pub(crate) fn news(&self) -> Notified<'_> {
        self.news.notified()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Plain numbers are whole after every step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting = state.waiting.saturating_sub(1);
    }
}

impl Passage<'_> {
    /// Learns from what came back, and returns when that was.
    pub(crate) fn comes_back(mut self, lesson: Lesson) -> Duration {
        let now = self.clock.elapsed();
        self.end(lesson, now);
        now
    }

    /// Ends a passage of which nothing left.
    pub(crate) fn turns_back(mut self) {
        self.end(Lesson::Nothing, self.left);
    }

    fn end(&mut self, lesson: Lesson, now: Duration) {
        self.is_back = true;
        let mut state = self.gate.state();
        state.under_way = state.under_way.saturating_sub(1);
        state.learn(lesson, self.left, now);
        drop(state);
        self.gate.news.notify_waiters();
    }
}

impl Drop for Passage<'_> {
    /// Ends the passage of a call that was dropped on its way.
    fn drop(&mut self) {
        if !self.is_back {
            let now = self.clock.elapsed();
            let is_long = now.saturating_sub(self.left) >= GIVEN_UP;
            self.end(if is_long { Lesson::Fails(None) } else { Lesson::Nothing }, now);
        }
    }
}

impl State {
    /// The earliest that a request may leave: behind those who wait, unless it is one of them.
    fn start(&self, now: Duration, waits_already: bool) -> Duration {
        let start = now.max(self.paused_until).max(self.next);
        if waits_already {
            return start;
        }
        start.saturating_add(self.spacing.saturating_mul(self.waiting))
    }

    /// Whether nobody knows if Dots works, and enough are under way to find out.
    fn is_crowded(&self) -> bool {
        let is_unsure = !self.has_worked || self.failures > 0;
        is_unsure && self.under_way.saturating_add(self.failures) >= FAILURES_TO_CLOSE
    }

    /// Notes that a request leaves.
    fn leaves(&mut self, now: Duration) {
        self.next = now.saturating_add(self.spacing);
        self.under_way = self.under_way.saturating_add(1);
        let distance = now.saturating_sub(self.last_left).min(WIDEST);
        self.usual = (self.usual.saturating_mul(7).saturating_add(distance)) / 8;
        self.last_left = now;
    }

    /// Halves the spacing for each while that Dots has not been busy.
    fn ease(&mut self, now: Duration) {
        while !self.spacing.is_zero() && now >= self.eases_at {
            self.narrow(self.spacing / 2);
            self.eases_at = self.eases_at.saturating_add(HALVES_EVERY);
        }
    }

    fn pause(&mut self, pause: Duration, now: Duration) {
        self.paused_until = self.paused_until.max(now.saturating_add(pause));
    }

    fn narrow(&mut self, spacing: Duration) {
        self.spacing = if spacing < CLOSEST { Duration::ZERO } else { spacing };
    }

    /// Learns from an answer, at time `now`, to a request that left at `left`.
    fn learn(&mut self, lesson: Lesson, left: Duration, now: Duration) {
        match lesson {
            Lesson::Nothing => {}
            Lesson::Works => {
                self.failures = 0;
                self.has_worked = true;
                self.narrow(self.spacing.saturating_sub(self.spacing / NARROWS_BY));
            }
            Lesson::Busy(pause) => {
                // A busy Dots is one that can be reached.
                self.failures = 0;
                self.pause(pause.unwrap_or(PAUSE), now);
                self.eases_at = self.paused_until.max(now).saturating_add(CALM);
                if left >= self.widened_at {
                    let wider = self.spacing.max(self.usual).max(CLOSEST).saturating_mul(2);
                    self.spacing = wider.min(WIDEST);
                    self.widened_at = now;
                }
            }
            Lesson::Fails(pause) => {
                self.pause(pause.unwrap_or_default(), now);
                self.failures = self.failures.saturating_add(1);
                if self.failures == FAILURES_TO_CLOSE {
                    self.next_probe = now.saturating_add(PROBE_EVERY);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
