//! The error of watching a batch that ended before all items were settled.

use std::fmt::{self, Debug, Display};
use std::time::Duration;

use dots_api::{PayoutBatchId, PayoutBatchStatus};

use super::tracker::Tracker;
use crate::error::Error;

/// The error of watching a payout batch.
///
/// Watching only reads and moves no money. Dots may still pay the open items.
pub struct UnsettledError(Box<Inner>);

struct Inner {
    kind: Kind,
    batch: PayoutBatchId,
    /// `None` if the batch was never seen.
    status: Option<PayoutBatchStatus>,
    open: usize,
    open_keys: Vec<Box<str>>,
    source: Option<Error>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Ended,
    TimedOut(Duration),
    Failed,
}

impl UnsettledError {
    pub(super) fn new(
        kind: Kind,
        batch: PayoutBatchId,
        status: Option<PayoutBatchStatus>,
        tracker: &Tracker,
        source: Option<Error>,
    ) -> Self {
        let mut open_keys: Vec<Box<str>> = tracker.open_keys().map(Into::into).collect();
        open_keys.sort_unstable();
        Self(Box::new(Inner { kind, batch, status, open: tracker.open(), open_keys, source }))
    }

    /// Returns the number of items that are not settled: they may be paid, so do not pay them again.
    #[must_use]
    pub fn open(&self) -> usize {
        self.0.open
    }

    /// Returns the idempotency keys of the items that are not settled, as far as Dots returned them.
    pub fn open_keys(&self) -> impl Iterator<Item = &str> {
        self.0.open_keys.iter().map(|key| &**key)
    }

    /// Says whether watching timed out; watching again is safe.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::TimedOut(_))
    }

    /// Says whether the batch is completed while items are still open. Their transfers may still be in progress;
    /// [`wait_for_transfer`](crate::Dots::wait_for_transfer) waits for one.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self.0.kind, Kind::Ended)
    }

    /// Returns the error of the last read, if it failed.
    #[must_use]
    pub fn call_error(&self) -> Option<&Error> {
        self.0.source.as_ref()
    }
}

impl Display for UnsettledError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, batch, status, open, .. } = &*self.0;
        match kind {
            Kind::Ended => write!(f, "watched payout batch `{batch}` to its end")?,
            Kind::TimedOut(time) => write!(f, "watched payout batch `{batch}` for {time:?}")?,
            Kind::Failed => write!(f, "could not watch payout batch `{batch}`: its results cannot be read")?,
        }
        let Some(status) = status else {
            return f.write_str("; none of its items was ever seen, and all of them may be paid");
        };
        write!(f, "; it was `{status}` when last seen")?;
        match open {
            0 => f.write_str(", and every item that was seen was settled; it may hold more"),
            1 => f.write_str(", and 1 item was open; it may be paid, do not pay it again"),
            _ => write!(f, ", and {open} items were open; they may be paid, do not pay them again"),
        }
    }
}

impl Debug for UnsettledError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsettledError")
            .field("kind", &self.0.kind)
            .field("batch", &self.0.batch)
            .field("status", &self.0.status)
            .field("open", &self.0.open)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for UnsettledError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| error as &(dyn std::error::Error + 'static))
    }
}
