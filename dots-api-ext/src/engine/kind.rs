//! The kind of a failure: which [`ErrorKind`] the end of an attempt is, and which a call that sends nothing more.

use crate::engine::give_up::GiveUp;
use crate::error::{Error, ErrorKind};
use crate::policy::key_registry::KeyRefusal;
use crate::policy::retry::AttemptEnd;

/// The status of an object that Dots does not know, or no longer has.
const NOT_FOUND: [u16; 2] = [404, 410];

/// The statuses that refuse credentials, or what they may do.
const UNAUTHORIZED: [u16; 2] = [401, 403];

/// Returns the kind of an attempt that failed.
pub(super) fn of_attempt(end: AttemptEnd, error: &Error) -> ErrorKind {
    let is_one_of = |statuses: &[u16]| error.status().is_some_and(|status| statuses.contains(&status));
    let said = |unsaid| error.known_kind().unwrap_or(unsaid);
    match end {
        AttemptEnd::Unsendable => said(ErrorKind::InvalidInput),
        AttemptEnd::NotConnected => said(ErrorKind::Connect),
        AttemptEnd::NoAnswer => said(ErrorKind::ConnectionLost),
        AttemptEnd::Mismatch | AttemptEnd::Conflict | AttemptEnd::Locked => ErrorKind::Conflict,
        AttemptEnd::RateLimited | AttemptEnd::RateLimitedElsewhere => ErrorKind::RateLimited,
        AttemptEnd::TimedOut => ErrorKind::Timeout,
        AttemptEnd::Unavailable | AttemptEnd::ServerError => ErrorKind::Unavailable,
        AttemptEnd::BeforeOperation if is_one_of(&UNAUTHORIZED) => ErrorKind::Unauthorized,
        AttemptEnd::Business if is_one_of(&NOT_FOUND) => ErrorKind::NotFound,
        AttemptEnd::BeforeOperation | AttemptEnd::Business => ErrorKind::Refused,
        AttemptEnd::Unreadable | AttemptEnd::Unsupported | AttemptEnd::Intermediary => ErrorKind::Unreadable,
    }
}

/// Returns the kind of a call that cannot go on.
pub(super) fn of_give_up(reason: GiveUp) -> ErrorKind {
    match reason {
        GiveUp::Busy(_) => ErrorKind::RateLimited,
        GiveUp::Unsure(_) | GiveUp::HostDown(..) | GiveUp::OperationDown(..) => ErrorKind::Unavailable,
        GiveUp::Key(KeyRefusal::InFlight(_) | KeyRefusal::OtherOperation(_)) => ErrorKind::Conflict,
        GiveUp::Key(KeyRefusal::ClocksDiffer) => ErrorKind::InvalidInput,
        GiveUp::Key(KeyRefusal::Full) | GiveUp::Runtime(_) => ErrorKind::Settings,
        GiveUp::KeyTooOld | GiveUp::KeyOfUnknownAge => ErrorKind::KeyExpired,
        GiveUp::NoTime => ErrorKind::Timeout,
    }
}
