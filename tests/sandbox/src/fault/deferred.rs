//! Deferred requests: they commit late, when their clients may have given up.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::TriggeredFault;
use crate::{
    http::{Incoming, Reply},
    state::KeyLookup,
};

/// A deferred request.
#[derive(Debug)]
pub(crate) struct DeferredRequest {
    pub(crate) incoming: Incoming,
    pub(crate) key: KeyLookup,
    pub(crate) fault: TriggeredFault,
    /// When it is committed, if the clock commits it.
    due: Option<Timestamp>,
    /// The client that may still wait for the answer.
    pub(crate) answer: oneshot::Sender<Reply>,
}

/// The deferred requests, in the order of their arrival.
#[derive(Debug, Default)]
pub(super) struct DeferredRequests {
    requests: Vec<DeferredRequest>,
}

impl DeferredRequests {
    pub(super) fn add(
        &mut self,
        incoming: &Incoming,
        key: KeyLookup,
        fault: TriggeredFault,
        due: Option<Timestamp>,
    ) -> oneshot::Receiver<Reply> {
        let (answer, answered) = oneshot::channel();
        self.requests.push(DeferredRequest { incoming: incoming.clone(), key, fault, due, answer });
        answered
    }

    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// Takes all of them.
    pub(super) fn take(&mut self) -> Vec<DeferredRequest> {
        std::mem::take(&mut self.requests)
    }

    /// Takes the one that is due first, if it is due by then.
    pub(super) fn take_due(&mut self, by: Timestamp) -> Option<(Timestamp, DeferredRequest)> {
        let due = self.requests.iter().filter_map(|request| request.due).filter(|due| *due <= by).min()?;
        let place = self.requests.iter().position(|request| request.due == Some(due))?;
        Some((due, self.requests.remove(place)))
    }
}

/// Returns when a request is due that is deferred for this long.
pub(super) fn due(now: Timestamp, after: Option<Duration>) -> Option<Timestamp> {
    Some(now.checked_add(after?).unwrap_or(Timestamp::MAX))
}
