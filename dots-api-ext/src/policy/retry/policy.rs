//! How often a call is retried, and how long the pauses are.

use std::time::Duration;

use super::budget::Budget;
use super::{Remaining, RetryKind};

/// Says how often a call is retried, how long the pauses are and when it is too late.
///
/// Whether an operation may be retried at all is not for a policy to say: only reads and operations with an idempotency
/// key are, and others only when their request provably never left.
///
/// | setting | standard |
/// |---|---|
/// | attempts, the first one included | 3 |
/// | initial backoff after something broke | 50 ms |
/// | initial backoff after Dots said that it is busy | 1 s |
/// | longest backoff; each is twice the one before, and a random part of it is waited | 20 s |
/// | deadline of the whole call, pauses included | 180 s |
/// | longest wait that `Retry-After` can ask for, of this call and of those after it; a call whose deadline comes sooner ends, and its error says how long to wait | 300 s |
/// | age of a key after which it is not sent again | 20 h |
///
/// What an attempt means that was no success:
///
/// | what came back | outcome | retried |
/// |---|---|---|
/// | nothing could be sent: invalid input | `NotSent` | no |
/// | no connection | `NotSent` | yes, any operation |
/// | no answer in time, a cut or unreadable answer, a success that says that it failed | `Unknown` | yes |
/// | a success that speaks of another amount, person or object | `Unknown` | no |
/// | 401, 403 with one whole JSON object that is not a success | `Rejected` | no |
/// | 405, 406, 411, 413, 414, 415, 417, 431 in Dots' shape | `Rejected` | no |
/// | 429 in Dots' shape; in another | `Rejected`; `Unknown` | yes |
/// | other 4xx in Dots' shape, where a known key returns what it made, or there is no key | `Rejected` | no |
/// | the same, where a known key may be refused | `Rejected` if nobody can have sent the key before, else `Unknown` | no |
/// | 408, 409, 425, 5xx | `Unknown` | yes, but for 501, 505, 511 |
/// | 3xx, 4xx in another shape, statuses that HTTP does not have | `Unknown` | no |
/// | anything, once an earlier send of the key may have been carried out | `Unknown` | as above |
///
/// Dots' shape is one whole JSON object with `"success": false` or an `error_code` of
/// [references/error-codes]. A read needs no such proof. "Yes" is for reads and for operations with a key.
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
///
/// [references/error-codes]: https://docs.dots.dev/references/error-codes
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RetryPolicy(RetrySettings);

/// Holds the settings of a [`RetryPolicy`], to be read; see [`RetryPolicy::settings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RetrySettings {
    /// How many attempts a call has, the first one included.
    pub attempts: u32,
    /// The initial backoff after something broke.
    pub transient_backoff: Duration,
    /// The initial backoff after Dots said that it is busy.
    pub throttled_backoff: Duration,
    /// The longest backoff.
    pub max_backoff: Duration,
    /// The longest wait that `Retry-After` can ask for.
    pub max_retry_after: Duration,
    /// How long a call may take in all.
    pub deadline: Duration,
    /// How long after its first send a key may be sent again.
    pub key_window: Duration,
}

impl RetryPolicy {
    /// The longest time for which a key is sent. Dots remembers it for 24 hours ([references/idempotency]); the last hour
    /// is for clocks that differ, and for what leaves late and arrives later.
    ///
    /// [references/idempotency]: https://docs.dots.dev/references/idempotency
    pub(crate) const LONGEST_KEY_WINDOW: Duration = Duration::from_secs(23 * 60 * 60);

    /// Returns the policy of the table above.
    #[must_use]
    pub const fn standard() -> Self {
        Self(RetrySettings {
            attempts: 3,
            transient_backoff: Duration::from_millis(50),
            throttled_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(300),
            deadline: Duration::from_secs(180),
            key_window: Duration::from_secs(20 * 60 * 60),
        })
    }

    /// Returns the policy that sends every call once.
    #[must_use]
    pub const fn none() -> Self {
        Self::standard().attempts(1)
    }

    /// Sets how many attempts a call has, the first one included; none counts as one.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// Sets the initial backoff, of which a random part is waited: after something broke, and after Dots said that it is
    /// busy. Each further one is twice as long.
    #[must_use]
    pub const fn initial_backoff(mut self, transient: Duration, throttled: Duration) -> Self {
        self.0.transient_backoff = transient;
        self.0.throttled_backoff = throttled;
        self
    }

    /// Sets the longest backoff.
    #[must_use]
    pub const fn max_backoff(mut self, backoff: Duration) -> Self {
        self.0.max_backoff = backoff;
        self
    }

    /// Sets the longest wait that `Retry-After` can ask for; a longer one counts as this long.
    ///
    /// It may be longer than the deadline: a call that has no time left to wait ends at once, and the calls after it wait.
    #[must_use]
    pub const fn max_retry_after(mut self, wait: Duration) -> Self {
        self.0.max_retry_after = wait;
        self
    }

    /// Sets how long a call may take in all; an attempt that is under way then is given up.
    ///
    /// What is left of it when another attempt is due has to be a second, or a quarter of a shorter deadline: an attempt
    /// that is cut short would only make a doubt of what is certain.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.0.deadline = deadline;
        self
    }

    /// Sets how long after its first send a key may be sent again; a window longer than 23 hours counts as that.
    ///
    /// Dots remembers a key for 24 hours ([references/idempotency]). The last of them is for clocks that differ, and for a
    /// request that arrives late.
    ///
    /// [references/idempotency]: https://docs.dots.dev/references/idempotency
    #[must_use]
    pub const fn key_window(mut self, window: Duration) -> Self {
        let longest = Self::LONGEST_KEY_WINDOW;
        self.0.key_window = if window.as_nanos() > longest.as_nanos() { longest } else { window };
        self
    }

    /// Returns what was set.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// use dots_api_ext::RetryPolicy;
    ///
    /// let patient = RetryPolicy::standard().deadline(Duration::from_secs(600));
    /// assert_eq!(patient.settings().deadline, Duration::from_secs(600));
    /// ```
    #[must_use]
    pub const fn settings(&self) -> RetrySettings {
        self.0
    }

    /// Says whether attempts and tokens are left for another try.
    pub(super) fn allows(&self, kind: RetryKind, remaining: &Remaining) -> bool {
        remaining.attempts < self.0.attempts && remaining.tokens >= Budget::price(kind)
    }

    /// Returns the pause before the next attempt: what Dots asks for, or else a random part of a doubling ceiling.
    pub(super) fn pause(
        &self,
        kind: RetryKind,
        remaining: &Remaining,
        at_least: Option<Duration>,
    ) -> Duration {
        if let Some(asked) = at_least {
            return asked.min(self.0.max_retry_after);
        }
        let first = match kind {
            RetryKind::Transient => self.0.transient_backoff,
            RetryKind::Throttled => self.0.throttled_backoff,
        };
        let doublings = remaining.attempts.saturating_sub(1).min(31);
        let ceiling = first.saturating_mul(1 << doublings).min(self.0.max_backoff);
        random_part(ceiling, remaining.random)
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
