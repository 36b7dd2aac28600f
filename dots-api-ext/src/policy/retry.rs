//! When a call is asked again: how often, how soon, and never where that could pay twice.
//!
//! Everything here is a pure function of what it is given: no clock, no chance, no network. `decide` is the whole of
//! the judgment; the loop in `call` carries out what it says.

mod after;
mod budget;
mod ending;
mod policy;
#[cfg(test)]
mod tests;

use std::time::Duration;

use dots_api::Idempotency;

pub(crate) use after::asked_to_wait;
pub(crate) use budget::Budget;
pub(crate) use ending::{Ending, Refusal, Shape};
pub use policy::RetryPolicy;

use crate::error::Outcome;

/// Says whether an operation only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// `GET` and its kind.
    Reads,
    /// Everything else.
    Writes,
}

/// Names the two kinds of retry, which wait and cost differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Something broke, and may work again in a moment.
    Transient,
    /// Dots is busy and says so.
    Throttled,
}

/// Says what became of the earlier attempts with a key, as far as a refusal may be their echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Earlier {
    /// None is known to have left.
    None,
    /// They were refused.
    Refused,
    /// The answer to one was lost, or says that it was carried out.
    Lost,
}

/// Holds what is known when an attempt has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub effect: Effect,
    pub idempotency: Idempotency,
    pub ending: Ending,
    /// An earlier attempt with the same key may have been carried out.
    pub in_doubt: bool,
    /// What became of the earlier attempts with the same key.
    pub earlier: Earlier,
    /// It is certain that nobody sent the key before this call.
    pub is_first_send: bool,
    /// What `Retry-After` asks for.
    pub retry_after: Option<Duration>,
}

/// Holds what is left to spend on a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Attempts made so far, at least one.
    pub attempts: u32,
    /// Tokens in the budget that all clones share.
    pub tokens: u32,
    /// Time until the call's deadline or the end of its key's window, whichever is sooner.
    pub time: Duration,
    /// A random number, which becomes the jitter.
    pub random: u64,
}

/// Says what an attempt means and what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Whether the operation may have been carried out, by this attempt or an earlier one.
    pub outcome: Outcome,
    /// The refusal is what a key that is known already gets: the earlier attempt was most likely carried out.
    pub is_evidence: bool,
    /// Whether asking again, later, with the same key is safe and may help.
    pub is_retryable: bool,
    /// What the loop does.
    pub next: Next,
}

/// Says what the loop does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Ends the call.
    Stop,
    /// Sends the same request again after a pause.
    AskAgain {
        /// What the retry costs.
        class: Class,
        /// The pause before it.
        pause: Duration,
    },
}

/// Decides what an attempt that was no success means, and whether it is followed by another.
pub(crate) fn decide(case: &Case, limits: &Limits, policy: &RetryPolicy) -> Decision {
    let outcome = if case.in_doubt { Outcome::Unknown } else { proof(case) };
    let class = class(case);
    let next = match class {
        Some(class) if policy.allows(class, limits) => {
            let pause = policy.pause(class, limits, at_least(case, policy));
            // A pause that outlasts the call is not cut short: the answer would come before Dots is ready for it.
            if pause < limits.time { Next::AskAgain { class, pause } } else { Next::Stop }
        }
        Some(_) | None => Next::Stop,
    };
    Decision { outcome, is_evidence: is_evidence(case), is_retryable: class.is_some(), next }
}

/// What the attempt alone proves.
fn proof(case: &Case) -> Outcome {
    match case.ending {
        Ending::Unsendable | Ending::NoConnection => Outcome::NotSent,
        Ending::NoAnswer | Ending::Unreadable | Ending::OtherPayment => Outcome::Unknown,
        Ending::Refused(refusal) => match refusal {
            Refusal::AtTheDoor | Refusal::TooMany => Outcome::Rejected,
            Refusal::Plain => match case.idempotency {
                Idempotency::ReturnsExisting | Idempotency::Unkeyed => Outcome::Rejected,
                // A known key is refused in the same shape as a bad request. Only a key that nobody can have sent
                // before makes the refusal a proof.
                Idempotency::RejectsDuplicate | Idempotency::Unspecified => {
                    if case.is_first_send {
                        Outcome::Rejected
                    } else {
                        Outcome::Unknown
                    }
                }
            },
            // A conflict may be the first send of the same key, under way; a failure can come after the payment.
            Refusal::Conflict
            | Refusal::InUse
            | Refusal::NotNow
            | Refusal::Unavailable
            | Refusal::Failed
            | Refusal::Hopeless
            | Refusal::Elsewhere => Outcome::Unknown,
        },
    }
}

/// Whether asking again is safe and may help, and as which kind of retry.
fn class(case: &Case) -> Option<Class> {
    let (repeated, unrepeated) = match case.ending {
        // Nothing left, so anything may be sent again.
        Ending::NoConnection => (Some(Class::Transient), Some(Class::Transient)),
        Ending::Unsendable | Ending::OtherPayment => (None, None),
        Ending::NoAnswer | Ending::Unreadable => (Some(Class::Transient), None),
        Ending::Refused(refusal) => match refusal {
            Refusal::TooMany | Refusal::Unavailable | Refusal::Conflict | Refusal::InUse => {
                (Some(Class::Throttled), None)
            }
            Refusal::NotNow | Refusal::Failed => (Some(Class::Transient), None),
            Refusal::AtTheDoor | Refusal::Plain | Refusal::Hopeless | Refusal::Elsewhere => (None, None),
        },
    };
    if is_repeatable(case) { repeated } else { unrepeated }
}

/// Whether a second request can do no more than the first one did.
fn is_repeatable(case: &Case) -> bool {
    match (case.effect, case.idempotency) {
        (Effect::Reads, _)
        | (
            Effect::Writes,
            Idempotency::ReturnsExisting | Idempotency::RejectsDuplicate | Idempotency::Unspecified,
        ) => true,
        (Effect::Writes, Idempotency::Unkeyed) => false,
    }
}

/// Whether the refusal is what a known key gets after an attempt that was carried out.
fn is_evidence(case: &Case) -> bool {
    let refuses_known_keys = match case.idempotency {
        Idempotency::RejectsDuplicate | Idempotency::Unspecified => true,
        Idempotency::ReturnsExisting | Idempotency::Unkeyed => false,
    };
    match case.ending {
        // The documentation contradicts itself on what known keys get. A conflict that does not say that something is
        // in use has, where a key was sent before, no likelier reason than the key.
        Ending::Refused(Refusal::Conflict) => {
            case.idempotency != Idempotency::Unkeyed && case.earlier > Earlier::None
        }
        // A bad request looks like a known key, and is refused as often as it is sent.
        Ending::Refused(Refusal::Plain) => refuses_known_keys && case.earlier == Earlier::Lost,
        Ending::Refused(
            Refusal::AtTheDoor
            | Refusal::TooMany
            | Refusal::InUse
            | Refusal::NotNow
            | Refusal::Unavailable
            | Refusal::Failed
            | Refusal::Hopeless
            | Refusal::Elsewhere,
        )
        | Ending::Unsendable
        | Ending::NoConnection
        | Ending::NoAnswer
        | Ending::Unreadable
        | Ending::OtherPayment => false,
    }
}

/// The shortest pause that Dots asks for.
fn at_least(case: &Case, policy: &RetryPolicy) -> Option<Duration> {
    // The first send of the key may be under way still; asking at once meets the same conflict.
    let is_conflict = matches!(case.ending, Ending::Refused(Refusal::Conflict | Refusal::InUse));
    case.retry_after.or(is_conflict.then_some(policy.throttled_pause))
}
