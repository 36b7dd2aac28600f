//! How an attempt ended, and what that means: the one table of it.

use dots_api::key_record::KeyHistory;
use http::StatusCode;

use super::{Effect, RetryKind};
use crate::error::ErrorKind;

/// How an attempt ended that gave no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptEnd {
    /// The operation makes no request that could be sent.
    Unsendable,
    /// No connection was opened.
    NotConnected,
    /// The request left, and no complete answer came back.
    NoAnswer,
    /// A success came back that cannot be read, or says itself that it is none.
    Unreadable,
    /// A success came back that speaks of another amount, person or object.
    Mismatch,
    /// 401 and 403, and what is wrong with the request as HTTP: the call was stopped before the operation.
    BeforeOperation,
    /// 429, by Dots.
    RateLimited,
    /// 429, by whatever stands before Dots: it may have passed the request on.
    RateLimitedElsewhere,
    /// 409: another call with the key was carried out or is in flight, or something else is in the way.
    Conflict,
    /// 409 with the code that says so: another call is changing the same thing.
    Locked,
    /// 408 and 425: Dots gave up waiting, or did not begin.
    TimedOut,
    /// 503 with `Retry-After`: down for a while that is known.
    Unavailable,
    /// Most of 5xx: Dots failed, perhaps after the payment.
    ServerError,
    /// 501, 505, 511, and statuses that HTTP does not have.
    Unsupported,
    /// A redirect, or a refusal that is not in the shape of Dots' errors.
    Intermediary,
    /// Dots looked at the operation and refused it.
    Business,
}

/// Whose words the body of an answer holds that is no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Anybody's: HTML, text, nothing, or a part of something.
    Anyone,
    /// One whole JSON object that is not a success.
    Json,
    /// An error as Dots writes it: `success` is false, or `error_code` is one of its codes ([references/error-codes]).
    ///
    /// [references/error-codes]: https://docs.dots.dev/references/error-codes
    Dots,
    /// One that says that another call is changing the same thing.
    DotsLocked,
}

/// What the end of an attempt means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub proof: Proof,
    /// What stays known of the key where the attempt leaves it in doubt.
    pub leaves: KeyHistory,
    /// Where this is evidence that an earlier send in doubt was carried out.
    pub is_evidence: Option<Evidence>,
    pub retry: Option<RetryKind>,
    pub signal: Signal,
}

/// What an attempt proves of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nothing left this machine.
    NotSent,
    /// It was not carried out.
    Refused,
    /// It was not carried out, unless this is how a known key is refused.
    RefusedUnlessKnown,
    /// Nothing.
    Nothing,
}

/// For which operations a refusal is evidence of an earlier payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// For all that have a key: the documentation contradicts itself on what known keys get.
    WithKey,
    /// For those that may refuse a known key.
    WhereKnownKeysAreRefused,
}

/// What the end of an attempt tells the circuit breakers and the pacer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// The host did not answer.
    HostFails,
    /// The operation failed; the host answered.
    OperationFails,
    /// Dots is busy.
    Busy,
    /// It works.
    Works,
    /// The host answered, and that is all.
    Answered,
    /// Nothing.
    Nothing,
}

impl AttemptEnd {
    /// The meaning of each end. The table in the documentation of [`RetryPolicy`](crate::RetryPolicy) says the same.
    pub(crate) const fn facts(self) -> Facts {
        use AttemptEnd::*;
        use KeyHistory::{InDoubt, Never, Unproven};
        use RetryKind::{Throttled, Transient};
        let (proof, leaves, is_evidence, retry, signal) = match self {
            Unsendable => (Proof::NotSent, Never, None, None, Signal::Nothing),
            NotConnected => (Proof::NotSent, Never, None, Some(Transient), Signal::HostFails),
            NoAnswer => (Proof::Nothing, InDoubt, None, Some(Transient), Signal::HostFails),
            Unreadable => (Proof::Nothing, InDoubt, None, Some(Transient), Signal::Answered),
            Mismatch => (Proof::Nothing, InDoubt, None, None, Signal::Works),
            BeforeOperation => (Proof::Refused, Unproven, None, None, Signal::Works),
            RateLimited => (Proof::Refused, Unproven, None, Some(Throttled), Signal::Busy),
            RateLimitedElsewhere => (Proof::Nothing, Unproven, None, Some(Throttled), Signal::Busy),
            Conflict => (Proof::Nothing, Unproven, Some(Evidence::WithKey), Some(Throttled), Signal::Works),
            Locked => (Proof::Nothing, Unproven, None, Some(Throttled), Signal::Works),
            TimedOut => (Proof::Nothing, InDoubt, None, Some(Transient), Signal::OperationFails),
            Unavailable => (Proof::Nothing, InDoubt, None, Some(Throttled), Signal::Busy),
            ServerError => (Proof::Nothing, InDoubt, None, Some(Transient), Signal::OperationFails),
            Unsupported => (Proof::Nothing, InDoubt, None, None, Signal::Answered),
            Intermediary => (Proof::Nothing, InDoubt, None, None, Signal::Answered),
            Business => {
                let evidence = Some(Evidence::WhereKnownKeysAreRefused);
                (Proof::RefusedUnlessKnown, Unproven, evidence, None, Signal::Works)
            }
        };
        Facts { proof, leaves, is_evidence, retry, signal }
    }

    /// The kind of an error that ends so, after an answer with this status if there was one.
    pub(crate) const fn kind(self, status: Option<u16>) -> ErrorKind {
        use AttemptEnd::*;
        match (self, status) {
            (Unsendable, _) => ErrorKind::InvalidInput,
            (NotConnected, _) => ErrorKind::Connect,
            (NoAnswer, _) => ErrorKind::ConnectionLost,
            (Mismatch | Conflict | Locked, _) => ErrorKind::Conflict,
            (RateLimited | RateLimitedElsewhere, _) => ErrorKind::RateLimited,
            (TimedOut, _) => ErrorKind::Timeout,
            (Unavailable | ServerError, _) => ErrorKind::Unavailable,
            (BeforeOperation, Some(401 | 403)) => ErrorKind::Unauthorized,
            (Business, Some(404 | 410)) => ErrorKind::NotFound,
            (BeforeOperation | Business, _) => ErrorKind::Refused,
            (Unreadable | Unsupported | Intermediary, _) => ErrorKind::Unreadable,
        }
    }

    /// Sorts an answer that is no success.
    pub(crate) fn of(status: StatusCode, origin: Origin, asks_to_wait: bool, effect: Effect) -> Self {
        // A read moves no money, so nothing has to be proven.
        let is_read = effect == Effect::Reads;
        let is_by_dots = origin >= Origin::Dots;
        match status.as_u16() {
            300..=399 => Self::Intermediary,
            401 | 403 if origin >= Origin::Json || is_read => Self::BeforeOperation,
            405 | 406 | 411 | 413 | 414 | 415 | 417 | 431 if is_by_dots || is_read => Self::BeforeOperation,
            408 | 425 => Self::TimedOut,
            409 if origin == Origin::DotsLocked => Self::Locked,
            409 => Self::Conflict,
            429 if is_by_dots || is_read => Self::RateLimited,
            429 => Self::RateLimitedElsewhere,
            400 | 402 | 410 | 422 if is_read => Self::Business,
            400..=499 if is_by_dots => Self::Business,
            400..=499 => Self::Intermediary,
            503 if asks_to_wait => Self::Unavailable,
            501 | 505 | 511 => Self::Unsupported,
            500..=599 => Self::ServerError,
            0..=299 | 600..=u16::MAX => Self::Unsupported,
        }
    }
}
