//! The progress of a worker, as a stream.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::error::OutboxError;
use super::status::Status;
use super::summary::Summary;

/// What a worker tells while it works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Update {
    /// An attempt is over, and what came of it is stored.
    Attempted(Box<Status>),
    /// The worker has ended.
    Ended(Box<Summary>),
}

/// Passes what came of attempts from the worker to its reader; both are polled by the same task.
#[derive(Clone, Debug, Default)]
pub(super) struct Told(Arc<Mutex<VecDeque<Status>>>);

impl Told {
    pub(super) fn tell(&self, status: Status) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(status);
    }

    fn next(&self) -> Option<Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

type Running = Pin<Box<dyn Future<Output = Result<Summary, OutboxError>> + Send>>;

/// Works, and tells what came of each attempt: as a stream, or with [`next`](Self::next).
///
/// Nothing is claimed while it is not read. Dropping it ends the worker; what is in flight then is still stored.
#[must_use = "nothing is sent until it is read"]
pub struct Updates {
    running: Option<Running>,
    told: Told,
    /// How the worker has ended, to be told after everything else.
    end: Option<Result<Update, OutboxError>>,
}

impl Updates {
    pub(super) fn new(running: Running, told: Told) -> Self {
        Self { running: Some(running), told, end: None }
    }

    /// Returns what happens next, or `None` after the end.
    ///
    /// # Errors
    /// Returns the error that has ended the worker, at the end.
    ///
    /// # Examples
    /// See [`Work::updates`](super::Work::updates).
    pub async fn next(&mut self) -> Option<Result<Update, OutboxError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Updates {
    type Item = Result<Update, OutboxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(status) = this.told.next() {
            return Poll::Ready(Some(Ok(Update::Attempted(Box::new(status)))));
        }
        let Some(running) = &mut this.running else { return Poll::Ready(this.end.take()) };
        if let Poll::Ready(result) = running.as_mut().poll(context) {
            this.end = Some(result.map(|summary| Update::Ended(Box::new(summary))));
            this.running = None;
        }
        match this.told.next() {
            Some(status) => Poll::Ready(Some(Ok(Update::Attempted(Box::new(status))))),
            None if this.running.is_none() => Poll::Ready(this.end.take()),
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updates").field("is_over", &self.running.is_none()).finish_non_exhaustive()
    }
}
