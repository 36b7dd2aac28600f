//! What an outbox refuses to plan, and what it holds for a person.

use std::time::Duration;

use dots_api::Cents;

/// The largest number that every reader of JSON takes as it is written; a sum of a thousand such amounts can be stored.
const MOST: Cents = Cents::new((1 << 53) - 1);

/// What an outbox refuses to plan, and what it holds for a person.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use dots_api_ext::Cents;
/// use dots_api_ext::outbox::Limits;
///
/// let limits = Limits::none().per_payout(Cents::new(500_000)).per_run(Cents::new(10_000_000));
/// assert_eq!(limits.alike_within(Duration::ZERO), Limits::none()
///     .per_payout(Cents::new(500_000))
///     .per_run(Cents::new(10_000_000))
///     .alike_within(Duration::ZERO));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    pub(super) payout: Option<Cents>,
    pub(super) run: Option<Cents>,
    pub(super) alike_within: Duration,
}

impl Limits {
    /// Refuses no amount up to `2^53 - 1` cents, and holds a payout if one of the same amount to the same payee was sent
    /// in the last 24 hours.
    #[must_use]
    pub const fn none() -> Self {
        Self { payout: None, run: None, alike_within: Duration::from_secs(24 * 60 * 60) }
    }

    /// Refuses to plan a payout of more cents.
    #[must_use]
    pub const fn per_payout(self, most: Cents) -> Self {
        Self { payout: Some(most), ..self }
    }

    /// Refuses to plan a run of more cents, or to correct a payout of it so that it comes to more.
    #[must_use]
    pub const fn per_run(self, most: Cents) -> Self {
        Self { run: Some(most), ..self }
    }

    /// Sets for how long a payout makes another one suspicious that has the same amount and the same payee, under
    /// another reference. That one is held until a person says that it is meant.
    #[must_use]
    pub const fn alike_within(self, time: Duration) -> Self {
        Self { alike_within: time, ..self }
    }

    /// Says why a run does not come to so much.
    pub(super) fn refuse_run(&self, total: Cents) -> Option<String> {
        let over = self.run.filter(|most| total > *most);
        over.map(|most| format!("the run's total of `{total}` is above the limit per run of `{most}`"))
    }

    /// Says why a payout is not planned.
    pub(super) fn refuse(&self, cents: Cents) -> Option<String> {
        let most = self.payout.unwrap_or(MOST).get().unsigned_abs().min(MOST.get().unsigned_abs());
        let is_over = cents.get().unsigned_abs() > most;
        is_over.then(|| format!("its amount is above the limit per payout of `{most}`"))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::none()
    }
}
