//! Giving up: why a call sends nothing more, and the error that says so.

use std::borrow::Cow;
use std::time::Duration;

use crate::engine::admission::HeldBy;
use crate::error::{Advice, ErrorKind};
use crate::policy::key_registry::KeyRefusal;

/// Why a call cannot go on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GiveUp {
    /// It is not admitted in time; it would be after this long.
    Held(HeldBy, Duration),
    /// The key may not be sent.
    Key(KeyRefusal),
    /// The key was sent too long ago.
    KeyTooOld,
    /// The key was sent, and it cannot be told how long ago.
    KeyOfUnknownAge,
    /// The call's time is over.
    NoTime,
    /// The runtime lacks what the client needs.
    Runtime(&'static str),
}

impl GiveUp {
    /// The meaning of each: its kind, what may help, and why nothing more is sent.
    pub(crate) fn facts(self, operation: &str) -> (ErrorKind, Advice, Cow<'static, str>) {
        use ErrorKind::*;
        let (kind, is_retryable, why): (_, _, Cow<'static, str>) = match self {
            Self::Held(HeldBy::Pacer, _) => {
                (RateLimited, true, "Dots is busy, and no turn comes in time".into())
            }
            Self::Held(HeldBy::Doubt, _) => {
                (Unavailable, true, "earlier requests were not answered, and no turn comes in time".into())
            }
            Self::Held(HeldBy::Host(count), _) => {
                let why =
                    format!("the last `{count}` requests got no answer, and nothing more is sent for now");
                (Unavailable, true, why.into())
            }
            Self::Held(HeldBy::Operation(count), _) => (
                Unavailable,
                true,
                format!("it failed `{count}` times in a row, and is not sent for now").into(),
            ),
            Self::Key(KeyRefusal::InFlight(_)) => {
                (Conflict, true, "another call with its idempotency key is in flight".into())
            }
            Self::Key(KeyRefusal::OtherOperation(other)) => {
                let other = other.unwrap_or("several operations");
                let why = format!(
                    "its idempotency key was sent by `{other}`, and `{operation}` needs one of its own"
                );
                (Conflict, false, why.into())
            }
            Self::Key(KeyRefusal::OtherApp) => {
                (Conflict, false, "its idempotency key was sent for another app, or for none".into())
            }
            Self::Key(KeyRefusal::ClocksDiffer) => {
                let why = "its idempotency key is said to have been sent more than 5 minutes from now: the clocks differ";
                (InvalidInput, false, why.into())
            }
            Self::Key(KeyRefusal::Full) => {
                let capacity = dots_api::key_record::CAPACITY;
                let why = format!(
                    "this process has sent `{capacity}` idempotency keys and remembers no more; start it again"
                );
                (Settings, false, why.into())
            }
            Self::KeyTooOld => {
                (KeyExpired, false, "its idempotency key was sent too long ago to be sent again".into())
            }
            Self::KeyOfUnknownAge => {
                let why = "its idempotency key was sent, and the clocks do not tell how long ago, so it is not sent again";
                (KeyExpired, false, why.into())
            }
            Self::NoTime => (Timeout, true, "no time is left to send it".into()),
            Self::Runtime(missing) => (Settings, false, missing.into()),
        };
        let retry_after = if let Self::Held(_, wait) = self { Some(wait) } else { None };
        (kind, Advice { is_retryable, retry_after, is_probably_paid: false }, why)
    }
}
