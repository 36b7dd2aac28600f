//! What a state file keeps of webhooks: endpoints with their secrets, what is still to be delivered, and what was.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Dispatch, Place, Turn, Waiting};
use crate::{
    journal::{self, Interned},
    webhooks::{
        Delivery, WebhookError, WebhookFaultScript,
        endpoint::{Endpoint, KeptEndpoint},
        message::Message,
    },
};

/// One thing that changed about webhooks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fact {
    /// An endpoint is there, or has other secrets.
    Endpoint(KeptEndpoint),
    RemovedEndpoint(u64),
    /// The events before this number have been read.
    Read(u64),
    Queued(Queued),
    Unqueued(Place),
    /// An attempt began, or something became of it.
    Attempt(Delivery),
    /// What is still to go wrong.
    Faults(Vec<WebhookFaultScript>),
}

/// A message in the queue.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Queued {
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

impl Queued {
    pub(super) fn new(place: Place, waiting: &Waiting) -> Self {
        let message = &waiting.message;
        Self {
            at: place.0,
            number: place.1,
            endpoint: waiting.endpoint,
            tried: waiting.tried,
            held: waiting.turn == Turn::Held,
            id: message.id.clone(),
            event: message.event,
            // A body is written as JSON.
            body: String::from_utf8_lossy(&message.body).into_owned(),
        }
    }
}

impl Dispatch {
    /// Puts back what was written down.
    ///
    /// # Errors
    /// Refuses an endpoint that could never have been added.
    pub(crate) fn restore(&mut self, fact: Fact, log_limit: usize) -> Result<(), WebhookError> {
        match fact {
            Fact::Endpoint(kept) => {
                let endpoint = Endpoint::restore(kept)?;
                self.added = self.added.max(endpoint.number);
                match self.endpoints.iter_mut().find(|known| known.number == endpoint.number) {
                    Some(known) => *known = endpoint,
                    None => self.endpoints.push(endpoint),
                }
            }
            Fact::RemovedEndpoint(number) => self.forget(number),
            Fact::Read(number) => self.unread = number,
            Fact::Queued(queued) => {
                let Queued { at, number, endpoint, tried, held, id, event, body } = queued;
                let turn = if held { Turn::Held } else { Turn::Regular };
                let message = Arc::new(Message { id, event, body: Bytes::from(body) });
                self.queue.insert((at, number), Waiting { endpoint, message, tried, turn });
                self.queued = self.queued.max(number.saturating_add(1));
            }
            Fact::Unqueued(place) => {
                self.queue.remove(&place);
            }
            Fact::Attempt(delivery) => self.log.restore(delivery, log_limit),
            Fact::Faults(scripts) => self.faults.replace(scripts),
        }
        Ok(())
    }
}
