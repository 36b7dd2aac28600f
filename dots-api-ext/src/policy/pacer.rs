//! The pacer: an adaptive rate limiter that spreads the requests of a client after Dots has said that it is busy.

use std::time::Duration;

/// The widest that requests are spread.
const WIDEST: Duration = Duration::from_secs(1);

/// Requests closer together than this are not spread at all.
const CLOSEST: Duration = Duration::from_micros(50);

/// The pause after a 429 without `Retry-After`: what is counted by the second is free again then.
const PAUSE: Duration = Duration::from_secs(1);

/// The part of the spacing that each success takes off: small beside the doubling after a 429, so that few requests
/// find out how many Dots takes.
const NARROWS_BY: u32 = 128;

/// How long after Dots was last busy the spacing begins to halve by itself, and how often it halves then.
const CALM: Duration = Duration::from_secs(60);
const HALVES_EVERY: Duration = Duration::from_secs(10);

/// After so many rounds in a row in which Dots was busy, one request leaves for each such time, to see whether it still
/// is: a Dots that is down may say so politely.
const BUSY_THRESHOLD: u32 = 8;
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// How long a place in the queue counts beyond the time at which its request may leave, polled or not.
const PLACE_LASTS: Duration = Duration::from_secs(1);

/// Spreads requests.
#[derive(Debug, Default)]
pub(crate) struct Pacer {
    /// The distance from one request to the next; zero while they are not spread.
    spacing: Duration,
    /// When the next request may leave.
    next: Duration,
    /// Nothing leaves before.
    paused_until: Duration,
    /// When the spacing was last widened. Answers to earlier requests teach nothing new.
    widened_at: Duration,
    /// When the spacing halves by itself.
    eases_at: Duration,
    /// The distance at which requests left lately, a moving mean.
    usual: Duration,
    last_left: Duration,
    /// Rounds in a row in which Dots was busy.
    busy: u32,
    /// Until when each request counts that waits. They are counted, not scheduled: one that gives up delays no other.
    places: Vec<Duration>,
}

impl Pacer {
    /// Returns when a request may leave that asks now. One that waits is not sent behind the others that wait.
    pub(crate) fn due(&self, now: Duration, waits: bool) -> Duration {
        let due = now.max(self.paused_until).max(self.next);
        if waits {
            return due;
        }
        let ahead = self.places.iter().filter(|until| **until > now).count();
        due.saturating_add(self.spacing.saturating_mul(u32::try_from(ahead).unwrap_or(u32::MAX)))
    }

    /// Takes a place in the queue for a request that is due then, and returns until when it counts.
    pub(crate) fn enter(&mut self, now: Duration, due: Duration) -> Duration {
        self.places.retain(|until| *until > now);
        let until = due.saturating_add(PLACE_LASTS);
        self.places.push(until);
        until
    }

    /// Gives a place back.
    pub(crate) fn quit(&mut self, until: Duration) {
        if let Some(index) = self.places.iter().position(|place| *place == until) {
            self.places.swap_remove(index);
        }
    }

    /// Notes that a request leaves.
    pub(crate) fn leaves(&mut self, now: Duration) {
        self.ease(now);
        self.next = now.saturating_add(self.spacing);
        let distance = now.saturating_sub(self.last_left).min(WIDEST);
        self.usual = (self.usual.saturating_mul(7).saturating_add(distance)) / 8;
        self.last_left = now;
    }

    /// Notes an answer by which Dots is not busy.
    pub(crate) fn speeds_up(&mut self) {
        self.busy = 0;
        self.narrow(self.spacing.saturating_sub(self.spacing / NARROWS_BY));
    }

    /// Notes a 429, or a 503 with `Retry-After`, to a request that left then.
    pub(crate) fn slows_down(&mut self, pause: Option<Duration>, left: Duration, now: Duration) {
        // Requests that left before the last lesson have nothing to add to it.
        let is_news = left >= self.widened_at;
        self.busy = self.busy.saturating_add(u32::from(is_news));
        let least = if self.busy < BUSY_THRESHOLD { Duration::ZERO } else { PROBE_EVERY };
        self.paused_until = self.paused_until.max(now.saturating_add(pause.unwrap_or(PAUSE).max(least)));
        self.eases_at = self.paused_until.max(now).saturating_add(CALM);
        if is_news {
            let wider = self.spacing.max(self.usual).max(CLOSEST).saturating_mul(2);
            self.spacing = wider.min(WIDEST);
            self.widened_at = now;
        }
    }

    /// Halves the spacing for each while that Dots has not been busy.
    fn ease(&mut self, now: Duration) {
        while !self.spacing.is_zero() && now >= self.eases_at {
            self.narrow(self.spacing / 2);
            self.eases_at = self.eases_at.saturating_add(HALVES_EVERY);
        }
    }

    fn narrow(&mut self, spacing: Duration) {
        self.spacing = if spacing < CLOSEST { Duration::ZERO } else { spacing };
    }
}

#[cfg(test)]
mod tests;
