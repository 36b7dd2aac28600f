//! Requests that are carried out when nobody waits for them any more.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::Claim;
use crate::{check::Incoming, reply::Reply, simulator::KeyCheck};

/// A request that was put off.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) incoming: Incoming,
    pub(crate) key: KeyCheck,
    pub(crate) claim: Claim,
    /// When it is carried out by itself.
    due: Option<Timestamp>,
    /// Whoever may still wait for the answer.
    pub(crate) answer: oneshot::Sender<Reply>,
}

/// The requests that were put off, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    late: Vec<Late>,
}

impl Waiting {
    pub(super) fn add(
        &mut self,
        incoming: &Incoming,
        key: KeyCheck,
        claim: Claim,
        due: Option<Timestamp>,
    ) -> oneshot::Receiver<Reply> {
        let (answer, answered) = oneshot::channel();
        self.late.push(Late { incoming: incoming.clone(), key, claim, due, answer });
        answered
    }

    pub(super) fn len(&self) -> usize {
        self.late.len()
    }

    /// Takes all of them.
    pub(super) fn take(&mut self) -> Vec<Late> {
        std::mem::take(&mut self.late)
    }

    /// Takes the one that is due first, if it is due by then.
    pub(super) fn take_due(&mut self, by: Timestamp) -> Option<(Timestamp, Late)> {
        let due = self.late.iter().filter_map(|late| late.due).filter(|due| *due <= by).min()?;
        let place = self.late.iter().position(|late| late.due == Some(due))?;
        Some((due, self.late.remove(place)))
    }
}

/// When something is due that waits this long.
pub(super) fn due(now: Timestamp, after: Option<Duration>) -> Option<Timestamp> {
    Some(now.checked_add(after?).unwrap_or(Timestamp::MAX))
}
