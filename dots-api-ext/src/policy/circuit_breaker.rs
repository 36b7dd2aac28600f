//! Circuit breakers: one for the host and one for each operation. Pure functions of time and signals.

use std::time::Duration;

/// A breaker opens after so many failures in a row.
const FAILURE_THRESHOLD: u32 = 20;

/// While it is unsure whether requests succeed, so many are admitted, and one more for each such time that passes.
const TOKENS: u32 = 20;
const TOKEN_EVERY: Duration = Duration::from_secs(5);

/// An open breaker admits one request for each such time, to see whether they succeed again.
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// Stops requests that would most likely fail.
#[derive(Clone, Debug)]
pub(crate) struct CircuitBreaker {
    /// It is sure before a request has succeeded.
    is_trusted: bool,
    /// A request has succeeded.
    has_worked: bool,
    /// Failures since the last success.
    failures: u32,
    tokens: u32,
    /// When the tokens were counted.
    counted: Duration,
    next_probe: Duration,
}

/// Says when a request is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// At once.
    Now,
    /// Not before this time; news may admit it sooner.
    At(Duration),
    /// Not at all: the breaker is open, and half open at this time.
    Open(Duration),
}

impl CircuitBreaker {
    /// Creates the breaker of a host that has not answered yet.
    pub(crate) const fn unproven() -> Self {
        let (tokens, counted, next_probe) = (TOKENS, Duration::ZERO, Duration::ZERO);
        Self { is_trusted: false, has_worked: false, failures: 0, tokens, counted, next_probe }
    }

    /// Creates the breaker of an operation, which is trusted until it fails.
    pub(crate) const fn closed() -> Self {
        Self { is_trusted: true, ..Self::unproven() }
    }

    /// Says when a request is admitted that asks now.
    pub(crate) fn admission(&self, now: Duration) -> Admission {
        if self.is_open() {
            let is_half_open = now >= self.next_probe;
            return if is_half_open { Admission::Now } else { Admission::Open(self.next_probe) };
        }
        if self.is_sure() || self.tokens(now) > 0 {
            return Admission::Now;
        }
        Admission::At(self.counted.saturating_add(TOKEN_EVERY))
    }

    /// Notes that a request leaves.
    pub(crate) fn leaves(&mut self, now: Duration) {
        if self.is_open() {
            self.next_probe = now.saturating_add(PROBE_EVERY);
        } else if !self.is_sure() {
            let tokens = self.tokens(now);
            // What has passed of the time of the next token stays, but for a bucket that was full.
            let earned = TOKEN_EVERY.saturating_mul(tokens.saturating_sub(self.tokens));
            self.counted = if tokens == TOKENS { now } else { self.counted.saturating_add(earned) };
            self.tokens = tokens.saturating_sub(1);
        }
    }

    /// Notes a success.
    pub(crate) const fn succeeds(&mut self) {
        self.has_worked = true;
        self.failures = 0;
    }

    /// Notes a failure.
    pub(crate) const fn fails(&mut self, now: Duration) {
        if self.is_sure() {
            (self.tokens, self.counted) = (TOKENS, now);
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures == FAILURE_THRESHOLD {
            self.next_probe = now.saturating_add(PROBE_EVERY);
        }
    }

    /// Returns how many failures there were in a row.
    pub(crate) const fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether a request has succeeded.
    pub(crate) const fn has_worked(&self) -> bool {
        self.has_worked
    }

    /// Whether nothing is admitted but a request now and then.
    pub(crate) const fn is_open(&self) -> bool {
        self.failures >= FAILURE_THRESHOLD
    }

    const fn is_sure(&self) -> bool {
        (self.is_trusted || self.has_worked) && self.failures == 0
    }

    fn tokens(&self, now: Duration) -> u32 {
        let earned = now.saturating_sub(self.counted).as_nanos() / TOKEN_EVERY.as_nanos();
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        self.tokens.saturating_add(earned).min(TOKENS)
    }
}

#[cfg(test)]
mod tests;
