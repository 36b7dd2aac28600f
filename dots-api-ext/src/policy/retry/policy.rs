//! How often a call is asked again, and how long the pauses are.

use std::time::Duration;

use super::budget::Budget;
use super::{Class, Limits};

/// Says how often a call is asked again, how long the pauses are and when it is too late.
///
/// Whether an operation may be asked again at all is not for a policy to say: only reads and operations with an
/// idempotency key are, and others only when their request provably never left.
///
/// | setting | standard |
/// |---|---|
/// | attempts, the first one included | 3 |
/// | longest first pause, after something broke | 50 ms |
/// | longest first pause, after Dots said it is busy | 1 s |
/// | longest pause; each doubles the one before, and a random part of it is waited | 20 s |
/// | longest wait that `Retry-After` can ask for | 300 s |
/// | time for the whole call, pauses included | 180 s |
/// | age of a key after which it is not sent again | 20 h |
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use dots_api_ext::{Dots, RetryPolicy};
///
/// let patient = RetryPolicy::standard().attempts(5).deadline(Duration::from_secs(600));
/// let builder = Dots::builder().credentials("pk_dev_example", "sk_dev_example").retry(patient);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(super) attempts: u32,
    pub(super) transient_pause: Duration,
    pub(super) throttled_pause: Duration,
    pub(super) max_backoff: Duration,
    pub(crate) max_retry_after: Duration,
    pub(crate) deadline: Duration,
    pub(crate) key_window: Duration,
}

impl RetryPolicy {
    /// How long Dots remembers a key (references/idempotency).
    const KEYS_ARE_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

    /// Returns the policy of the table above.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            attempts: 3,
            transient_pause: Duration::from_millis(50),
            throttled_pause: Duration::from_secs(1),
            max_backoff: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(300),
            deadline: Duration::from_secs(180),
            key_window: Duration::from_secs(20 * 60 * 60),
        }
    }

    /// Returns the policy that sends every call once.
    #[must_use]
    pub const fn none() -> Self {
        Self::standard().attempts(1)
    }

    /// Sets how many attempts a call has, the first one included; none counts as one.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// Sets the longest first pause after something broke, and after Dots said that it is busy.
    #[must_use]
    pub const fn initial_backoff(mut self, transient: Duration, throttled: Duration) -> Self {
        self.transient_pause = transient;
        self.throttled_pause = throttled;
        self
    }

    /// Sets the longest pause of the client's own choice.
    #[must_use]
    pub const fn max_backoff(mut self, pause: Duration) -> Self {
        self.max_backoff = pause;
        self
    }

    /// Sets the longest wait that `Retry-After` can ask for; a longer one counts as this long.
    #[must_use]
    pub const fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// Sets how long a call may take in all; an attempt that is under way then is given up.
    ///
    /// What is left of it when another attempt is due has to be a second, or a quarter of a shorter deadline: an attempt
    /// that is cut short would only make a doubt of what is certain.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how long after its first send a key may be sent again; a longer window than Dots' 24 hours counts as that.
    #[must_use]
    pub const fn key_window(mut self, window: Duration) -> Self {
        let longest = Self::KEYS_ARE_KEPT;
        self.key_window = if window.as_nanos() > longest.as_nanos() { longest } else { window };
        self
    }

    /// Says whether attempts and tokens are left for another try.
    pub(super) fn allows(&self, class: Class, limits: &Limits) -> bool {
        limits.attempts < self.attempts && limits.tokens >= Budget::price(class)
    }

    /// Returns the pause before the next attempt: what Dots asks for, or else a random part of a doubling ceiling.
    pub(super) fn pause(&self, class: Class, limits: &Limits, at_least: Option<Duration>) -> Duration {
        if let Some(asked) = at_least {
            return asked.min(self.max_retry_after);
        }
        let first = match class {
            Class::Transient => self.transient_pause,
            Class::Throttled => self.throttled_pause,
        };
        let doublings = limits.attempts.saturating_sub(1).min(31);
        let ceiling = first.saturating_mul(1 << doublings).min(self.max_backoff);
        random_part(ceiling, limits.random)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::standard()
    }
}

/// Returns the part of `ceiling` that `random` is of all numbers.
fn random_part(ceiling: Duration, random: u64) -> Duration {
    let nanos = ceiling.as_nanos().saturating_mul(u128::from(random)) >> u64::BITS;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
