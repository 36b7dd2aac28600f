//! Giving up: why a call sends nothing more, and the error that says so.

use std::borrow::Cow;
use std::time::Duration;

use crate::policy::key_registry::KeyRefusal;

/// Why a call cannot go on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GiveUp {
    /// Dots is busy, and its turn does not come in time; it would come after this long.
    Busy(Duration),
    /// It is unsure whether Dots answers, and its turn does not come in time; it would come after this long.
    Unsure(Duration),
    /// So many requests in a row got no answer. One may be sent after this long.
    HostDown(u32, Duration),
    /// The operation failed so often in a row. It may be sent after this long.
    OperationDown(u32, Duration),
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
    /// Says why nothing more is sent.
    pub(crate) fn why(self, operation: &str) -> Cow<'static, str> {
        match self {
            Self::Busy(_) => "Dots is busy, and no turn comes in time".into(),
            Self::Unsure(_) => "earlier requests were not answered, and no turn comes in time".into(),
            Self::HostDown(count, _) => {
                format!("the last `{count}` requests got no answer, and nothing more is sent for now").into()
            }
            Self::OperationDown(count, _) => {
                format!("it failed `{count}` times in a row, and is not sent for now").into()
            }
            Self::Key(KeyRefusal::InFlight(_)) => "another call with its idempotency key is in flight".into(),
            Self::Key(KeyRefusal::OtherOperation(other)) => {
                let other = other.unwrap_or("several operations");
                format!("its idempotency key was sent by `{other}`, and `{operation}` needs one of its own").into()
            }
            Self::Key(KeyRefusal::ClocksDiffer) => {
                "its idempotency key is said to have been sent more than 5 minutes from now: the clocks differ".into()
            }
            Self::Key(KeyRefusal::Full) => {
                format!(
                    "this process has sent `{}` idempotency keys and remembers no more; start it again",
                    dots_api::key_record::CAPACITY
                )
                .into()
            }
            Self::KeyTooOld => "its idempotency key was sent too long ago to be sent again".into(),
            Self::KeyOfUnknownAge => {
                "its idempotency key was sent, and the clocks do not tell how long ago, so it is not sent again".into()
            }
            Self::NoTime => "no time is left to send it".into(),
            Self::Runtime(missing) => missing.into(),
        }
    }

    /// Returns how long to wait before the next call, where that is known.
    pub(crate) const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Busy(wait)
            | Self::Unsure(wait)
            | Self::HostDown(_, wait)
            | Self::OperationDown(_, wait) => Some(wait),
            Self::Key(_) | Self::KeyTooOld | Self::KeyOfUnknownAge | Self::NoTime | Self::Runtime(_) => None,
        }
    }

    /// Says whether the same call may help, later.
    pub(crate) const fn is_retryable(self) -> bool {
        match self {
            Self::Busy(_) | Self::Unsure(_) | Self::HostDown(..) | Self::OperationDown(..) | Self::NoTime => {
                true
            }
            Self::Key(KeyRefusal::InFlight(_)) => true,
            Self::Key(_) | Self::KeyTooOld | Self::KeyOfUnknownAge | Self::Runtime(_) => false,
        }
    }
}
