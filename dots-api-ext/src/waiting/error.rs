//! The error of a wait that did not reach its status.

use std::fmt::{self, Debug, Display};
use std::time::Duration;

use super::{Wait, Waitable};
use crate::error::Error;

/// The error of a wait.
///
/// Waiting only reads and moves no money. The error says how far the object came.
pub struct WaitError<T>(Box<Inner<T>>);

struct Inner<T> {
    kind: Kind,
    /// Such as "payout link `…` to be `claimed`".
    awaited: String,
    status: Option<String>,
    last: Option<T>,
    source: Option<Error>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    NotBegun,
    Ended,
    TimedOut(Duration),
    Failed,
}

impl<T: Waitable> Wait<T> {
    /// The error for an object that reached another final status.
    pub(super) fn ended(&self, object: T) -> WaitError<T> {
        self.error(Kind::Ended, Some(object), None)
    }

    /// The error for an object that is still in progress.
    pub(super) fn timed_out(&self, last: Option<T>, broken: Option<Error>) -> WaitError<T> {
        self.error(Kind::TimedOut(self.within), last, broken)
    }

    /// The error for an object that cannot be read.
    pub(super) fn failed(&self, last: Option<T>, error: Error) -> WaitError<T> {
        self.error(Kind::Failed, last, Some(error))
    }

    fn error(&self, kind: Kind, last: Option<T>, source: Option<Error>) -> WaitError<T> {
        let awaited = format!("{} `{}` to be `{}`", T::NAME, self.id.as_ref(), self.until);
        let status = last.as_ref().map(|object| object.status().to_string());
        WaitError(Box::new(Inner { kind, awaited, status, last, source }))
    }
}

/// Wraps an error that prevents a wait from starting, such as using a blocking client on a thread of an async runtime.
impl<T> From<Error> for WaitError<T> {
    fn from(error: Error) -> Self {
        let (awaited, status, last) = (String::new(), None, None);
        Self(Box::new(Inner { kind: Kind::NotBegun, awaited, status, last, source: Some(error) }))
    }
}

impl<T> WaitError<T> {
    /// Returns the object as it was last read, or `None` if it was never read.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.0.last.as_ref()
    }

    /// Says whether the wait timed out; the object may still reach the status, and waiting again is safe.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::TimedOut(_))
    }

    /// Says whether the object is in a final status and will never reach the awaited one.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self.0.kind, Kind::Ended)
    }

    /// Returns the error of the last read, if it failed, or the error that prevented the first one.
    #[must_use]
    pub fn call_error(&self) -> Option<&Error> {
        self.0.source.as_ref()
    }
}

impl<T> Display for WaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, awaited, status, .. } = &*self.0;
        match kind {
            Kind::NotBegun => return f.write_str("could not start to wait, and nothing was read"),
            Kind::Ended => write!(f, "gave up waiting for {awaited}")?,
            Kind::TimedOut(time) => write!(f, "waited {time:?} for {awaited}")?,
            Kind::Failed => write!(f, "could not wait for {awaited}: it cannot be read")?,
        }
        match (kind, status) {
            (Kind::Ended, Some(status)) => write!(f, ": it is `{status}`, and that is final"),
            (_, Some(status)) => write!(f, "; it was `{status}` when last seen, and waiting moved no money"),
            (_, None) => f.write_str("; it was never seen, and waiting moved no money"),
        }
    }
}

impl<T: Debug> Debug for WaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitError")
            .field("kind", &self.0.kind)
            .field("awaited", &self.0.awaited)
            .field("last", &self.0.last)
            .field("source", &self.0.source)
            .finish()
    }
}

impl<T: Debug> std::error::Error for WaitError<T> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| error as &(dyn std::error::Error + 'static))
    }
}
