//! The retries that all clones of a client may spend together.

use std::sync::atomic::{AtomicU32, Ordering};

use super::RetryKind;

/// Counts the tokens that retries cost and successes earn.
///
/// When much of what is sent fails, retries make it worse; an empty budget leaves each call its first attempt.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Budget {
    /// The tokens of a client that has had no trouble.
    pub(super) const FULL: u32 = 500;

    /// What a retry costs.
    pub(super) const fn price(kind: RetryKind) -> u32 {
        match kind {
            RetryKind::Transient => 14,
            RetryKind::Throttled => 5,
        }
    }

    /// Returns how many tokens there are.
    pub(crate) fn tokens(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes the price of a retry; says whether there was enough.
    pub(crate) fn spend(&self, kind: RetryKind) -> bool {
        let take = |tokens: u32| tokens.checked_sub(Self::price(kind));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Puts back what a success earns: the price of the retry that led to it, or one token.
    pub(crate) fn earn(&self, retried: Option<RetryKind>) {
        let earned = retried.map_or(1, Self::price);
        let put = |tokens: u32| (tokens < Self::FULL).then(|| (tokens + earned).min(Self::FULL));
        // `Err` says that the budget is full already.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, put);
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }
}
