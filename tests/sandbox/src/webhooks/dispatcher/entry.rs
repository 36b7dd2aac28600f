//! The journal entries of webhooks: endpoints with their secrets, pending deliveries, and the log.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Dispatcher, PendingDelivery, Phase, Position};
use crate::{
    journal::{self, Interned},
    webhooks::{
        Delivery, WebhookError, WebhookFaultScript,
        endpoint::{Endpoint, KeptEndpoint},
        message::Message,
    },
};

/// One change to the webhooks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// An endpoint is added, or has other secrets.
    Endpoint(KeptEndpoint),
    RemovedEndpoint(u64),
    /// The events before this number are queued.
    Read(u64),
    Queued(QueuedDelivery),
    Unqueued(Position),
    /// An attempt begins, or has its outcome.
    Attempt(Delivery),
    /// The faults that have not fired.
    Faults(Vec<WebhookFaultScript>),
}

/// A message in the queue.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct QueuedDelivery {
    at: Timestamp,
    number: u64,
    endpoint: u64,
    tried: usize,
    held: bool,
    id: String,
    #[serde(deserialize_with = "journal::intern")]
    event: Interned,
    body: String,
}

impl QueuedDelivery {
    pub(super) fn new(position: Position, pending: &PendingDelivery) -> Self {
        let message = &pending.message;
        Self {
            at: position.0,
            number: position.1,
            endpoint: pending.endpoint,
            tried: pending.tried,
            held: pending.phase == Phase::Held,
            id: message.id.clone(),
            event: message.event,
            // A body is written as JSON.
            body: String::from_utf8_lossy(&message.body).into_owned(),
        }
    }
}

impl Dispatcher {
    /// Restores an entry.
    ///
    /// # Errors
    /// Refuses an endpoint that could never have been added.
    pub(crate) fn restore(&mut self, entry: Entry, log_limit: usize) -> Result<(), WebhookError> {
        match entry {
            Entry::Endpoint(kept) => {
                let endpoint = Endpoint::restore(kept)?;
                self.added = self.added.max(endpoint.number);
                match self.endpoints.iter_mut().find(|known| known.number == endpoint.number) {
                    Some(known) => *known = endpoint,
                    None => self.endpoints.push(endpoint),
                }
            }
            Entry::RemovedEndpoint(number) => self.forget(number),
            Entry::Read(number) => self.unread = number,
            Entry::Queued(queued) => {
                let QueuedDelivery { at, number, endpoint, tried, held, id, event, body } = queued;
                let phase = if held { Phase::Held } else { Phase::Regular };
                let message = Arc::new(Message { id, event, body: Bytes::from(body) });
                self.queue.insert((at, number), PendingDelivery { endpoint, message, tried, phase });
                self.queued = self.queued.max(number.saturating_add(1));
            }
            Entry::Unqueued(position) => {
                self.queue.remove(&position);
            }
            Entry::Attempt(delivery) => self.log.restore(delivery, log_limit),
            Entry::Faults(scripts) => self.faults.replace(scripts),
        }
        Ok(())
    }
}
