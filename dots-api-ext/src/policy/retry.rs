//! Retry: what a failed attempt proves, whether another follows, and how soon. Never where that could pay twice.
//!
//! Everything here is a pure function of what it is given: no clock, no chance, no network. `decide` is the whole of
//! the judgment; the loop in `engine::call` carries out what it says.

mod after;
mod attempt_end;
mod budget;
mod policy;
#[cfg(test)]
mod tests;

use std::time::Duration;

use dots_api::Idempotency;
use dots_api::key_record::KeyHistory;

pub(crate) use after::asked_to_wait;
pub(crate) use attempt_end::{AttemptEnd, Origin, Signal};
pub(crate) use budget::Budget;
pub use policy::{RetryPolicy, RetrySettings};

use crate::error::Outcome;
use attempt_end::{Evidence, Proof};

/// Whether an operation only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// `GET` and its kind.
    Reads,
    /// Everything else.
    Writes,
}

/// The two kinds of retry, which wait and cost differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryKind {
    /// Something broke, and may work again in a moment.
    Transient,
    /// Dots is busy and says so.
    Throttled,
}

/// What is known when an attempt has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub effect: Effect,
    pub idempotency: Idempotency,
    pub end: AttemptEnd,
    /// What was known of the key before.
    pub history: KeyHistory,
    /// What `Retry-After` asks for.
    pub retry_after: Option<Duration>,
}

/// What is left to spend on a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remaining {
    /// Attempts made so far, at least one.
    pub attempts: u32,
    /// Tokens in the budget that all clones share.
    pub tokens: u32,
    /// Time until the call's deadline or the end of its key's window, whichever is sooner.
    pub time: Duration,
    /// A random number, which becomes the jitter.
    pub random: u64,
}

/// What an attempt means and what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Whether the operation may have been carried out, by this attempt or an earlier one.
    pub outcome: Outcome,
    /// What is known of the key from now on.
    pub history: KeyHistory,
    /// The refusal is what a known key gets: the earlier attempt was most likely carried out.
    pub is_evidence: bool,
    /// A retry with the same key, later, is safe and may help.
    pub is_retryable: bool,
    /// The retry that follows, as which kind and after which pause.
    pub retry: Option<(RetryKind, Duration)>,
}

/// Decides what an attempt that was no success means, and whether it is followed by another.
pub(crate) fn decide(attempt: &Attempt, remaining: &Remaining, policy: &RetryPolicy) -> Decision {
    let facts = attempt.end.facts();
    let is_in_doubt = attempt.history > KeyHistory::Unheard;
    let outcome = if is_in_doubt { Outcome::Unknown } else { proof(attempt, facts.proof) };
    let left_in_doubt = outcome == Outcome::Unknown;
    let history = if left_in_doubt { attempt.history.max(facts.leaves) } else { attempt.history };
    let kind = facts.retry.filter(|_| facts.proof == Proof::NotSent || is_repeatable(attempt));
    let retry = kind.filter(|kind| policy.allows(*kind, remaining)).and_then(|kind| {
        let pause = policy.pause(kind, remaining, at_least(attempt, policy));
        // A pause that outlasts the call is not cut short: the answer would come before Dots is ready for it.
        (pause < remaining.time).then_some((kind, pause))
    });
    let is_evidence = facts.is_evidence.is_some_and(|of| is_evidence(attempt, of));
    Decision { outcome, history, is_evidence, is_retryable: kind.is_some(), retry }
}

/// What the attempt alone proves.
fn proof(attempt: &Attempt, proof: Proof) -> Outcome {
    match proof {
        Proof::NotSent => Outcome::NotSent,
        Proof::Refused => Outcome::Rejected,
        // A known key may be refused in the same shape as a bad request. Then only a key that nobody can have sent
        // before makes the refusal a proof.
        Proof::RefusedUnlessKnown if refuses_known_keys(attempt.idempotency) => {
            if attempt.history == KeyHistory::Never { Outcome::Rejected } else { Outcome::Unknown }
        }
        Proof::RefusedUnlessKnown => Outcome::Rejected,
        Proof::Nothing => Outcome::Unknown,
    }
}

/// Whether the refusal is what a known key gets after an attempt that was carried out.
///
/// Only where an answer was lost before: a bad request looks like a known key and is refused as often as it is sent, and
/// a conflict may go on for as long as something else is in the way.
fn is_evidence(attempt: &Attempt, of: Evidence) -> bool {
    let can_be = match of {
        Evidence::WithKey => attempt.idempotency != Idempotency::Unkeyed,
        Evidence::WhereKnownKeysAreRefused => refuses_known_keys(attempt.idempotency),
    };
    can_be && attempt.history > KeyHistory::Unproven
}

/// Whether a known key may be refused, as far as the documentation says.
const fn refuses_known_keys(idempotency: Idempotency) -> bool {
    match idempotency {
        Idempotency::RejectsDuplicate | Idempotency::Unspecified => true,
        Idempotency::ReturnsExisting | Idempotency::Unkeyed => false,
    }
}

/// Whether a second request can do no more than the first one did.
fn is_repeatable(attempt: &Attempt) -> bool {
    attempt.effect == Effect::Reads || attempt.idempotency != Idempotency::Unkeyed
}

/// The shortest pause that Dots asks for.
fn at_least(attempt: &Attempt, policy: &RetryPolicy) -> Option<Duration> {
    // The first send of the key may be in flight still; a retry at once meets the same conflict.
    let is_conflict = matches!(attempt.end, AttemptEnd::Conflict | AttemptEnd::Locked);
    attempt.retry_after.or(is_conflict.then_some(policy.settings().throttled_backoff))
}
