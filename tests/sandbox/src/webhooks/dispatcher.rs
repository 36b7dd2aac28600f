//! The dispatcher: which deliveries are due, retries, and all mutable state of webhooks.

mod entry;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    Delivery, DeliveryOutcome, Webhook, WebhookEndpoint, WebhookError, WebhookFault, WebhookFaultScript,
    attempt::{Attempt, AttemptResult, Position},
    endpoint::Endpoint,
    fault::PendingFaults,
    log::Log,
    message::{self, Message},
};
pub(crate) use entry::Entry;

use crate::{
    handlers::event_payload,
    journal::Entries,
    spec::Spec,
    state::{Event, State},
};

/// The retry schedule, counted from the last attempt: Svix' own, because Dots does not publish another.
const RETRIES: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
];

/// How long a held message waits for another one to overtake it.
const HOLD: Duration = Duration::from_secs(60);

/// Endpoints, pending deliveries and the log.
#[derive(Debug, Default)]
pub(crate) struct Dispatcher {
    endpoints: Vec<Endpoint>,
    /// How many endpoints were ever added.
    added: u64,
    /// The number of the first event that is not queued yet.
    unread: u64,
    queue: BTreeMap<Position, PendingDelivery>,
    queued: u64,
    faults: PendingFaults,
    log: Log,
    /// The changes that are not in the state file yet.
    pub(crate) entries: Entries,
}

/// A message that is still to be delivered.
#[derive(Clone, Debug)]
struct PendingDelivery {
    endpoint: u64,
    message: Arc<Message>,
    /// How many attempts were made.
    tried: usize,
    phase: Phase,
}

/// Whether a message is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Regular,
    /// It waits to be overtaken, and then goes out without another fault.
    Held,
}

impl Dispatcher {
    /// Adds an endpoint, which receives the events from now on.
    ///
    /// # Errors
    /// Refuses an address on another machine, an invalid secret, an unknown event and an unknown app.
    pub(crate) fn add(
        &mut self,
        asked: &WebhookEndpoint,
        state: &State,
        spec: &Spec,
    ) -> Result<Webhook, WebhookError> {
        let number = self.added.saturating_add(1);
        let endpoint = Endpoint::read(number, asked, state, spec)?;
        let shown = endpoint.show();
        self.added = number;
        self.entries.push(&Entry::Endpoint(endpoint.keep()));
        self.entries.push(&Entry::Read(self.unread));
        self.endpoints.push(endpoint);
        Ok(shown)
    }

    /// Removes an endpoint and its pending deliveries.
    ///
    /// # Errors
    /// Returns an error when no endpoint has this id.
    pub(crate) fn remove(&mut self, id: &str) -> Result<(), WebhookError> {
        let number = self.find(id)?.number;
        self.entries.push(&Entry::RemovedEndpoint(number));
        self.forget(number);
        Ok(())
    }

    fn forget(&mut self, number: u64) {
        self.endpoints.retain(|endpoint| endpoint.number != number);
        self.queue.retain(|_, pending| pending.endpoint != number);
    }

    /// Changes the secrets of an endpoint; they sign pending deliveries, too.
    ///
    /// # Errors
    /// Returns an error for an unknown endpoint, and for an invalid secret.
    pub(crate) fn change_secrets(
        &mut self,
        id: &str,
        secrets: &[String],
        state: &State,
    ) -> Result<Webhook, WebhookError> {
        let endpoint = self.find(id)?;
        endpoint.take_secrets(secrets, state)?;
        let (shown, kept) = (endpoint.show(), endpoint.keep());
        self.entries.push(&Entry::Endpoint(kept));
        Ok(shown)
    }

    fn find(&mut self, id: &str) -> Result<&mut Endpoint, WebhookError> {
        let found = self.endpoints.iter_mut().find(|endpoint| endpoint.id() == id);
        found.ok_or_else(|| WebhookError::unknown(id))
    }

    pub(crate) fn show(&self) -> Vec<Webhook> {
        self.endpoints.iter().map(Endpoint::show).collect()
    }

    /// Adds a fault for the next deliveries.
    ///
    /// # Errors
    /// Refuses an event that the document does not have.
    pub(crate) fn add_fault(&mut self, script: WebhookFaultScript, spec: &Spec) -> Result<(), WebhookError> {
        if let Some(event) = script.event() {
            message::named(spec, event)?;
        }
        self.faults.add(script);
        self.record_faults();
        Ok(())
    }

    /// Clears the faults that have not fired.
    pub(crate) fn clear_faults(&mut self) {
        self.faults.clear();
        self.record_faults();
    }

    fn record_faults(&mut self) {
        if self.entries.is_enabled() {
            self.entries.push(&Entry::Faults(self.faults.left().to_vec()));
        }
    }

    pub(crate) fn faults(&self) -> &[WebhookFaultScript] {
        self.faults.left()
    }

    pub(crate) fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.log.iter()
    }

    /// Reads the new events, and queues a delivery to every endpoint that subscribes to them.
    ///
    /// Returns the mistakes: events whose payload the document does not allow. They are not delivered. Like answers,
    /// events are checked unless the option says otherwise.
    pub(crate) fn read(&mut self, state: &State, spec: &Spec) -> Vec<String> {
        let (mut mistakes, queued) = (Vec::new(), self.queued);
        let is_checked = state.options.validate_answers;
        let first = if is_checked || !self.endpoints.is_empty() { self.unread } else { u64::MAX };
        for event in state.outbox.since(first) {
            let known = message::named(spec, event.name);
            let payload = event_payload(&event.payload, state);
            let checked = known.and_then(|(_, schema)| {
                if is_checked {
                    message::check(schema, &payload)?;
                }
                Ok(schema)
            });
            match checked {
                Ok(schema) => {
                    let bodies = |endpoint: &Endpoint| {
                        let how = state.options.webhooks;
                        message::body(event, &payload, schema, endpoint.is_of_organization(), how)
                    };
                    self.enqueue(event, state, bodies);
                }
                Err(mistake) => mistakes.push(format!("event {}: {mistake}", event.number)),
            }
        }
        self.unread = state.outbox.next_number();
        if self.queued > queued {
            // Events without a subscriber can be read again and again.
            self.entries.push(&Entry::Read(self.unread));
        }
        mistakes
    }

    fn enqueue(&mut self, event: &Event, state: &State, body: impl Fn(&Endpoint) -> bytes::Bytes) {
        let wanting = self.endpoints.iter().filter(|endpoint| endpoint.wants(event));
        let pending: Vec<PendingDelivery> = wanting
            .map(|endpoint| {
                let id = message::id(state.ids, event.number);
                let message = Arc::new(Message { id, event: event.name, body: body(endpoint) });
                PendingDelivery { endpoint: endpoint.number, message, tried: 0, phase: Phase::Regular }
            })
            .collect();
        for pending in pending {
            self.enqueue_at((event.at, self.queued), pending);
            self.queued = self.queued.saturating_add(1);
        }
    }

    fn enqueue_at(&mut self, position: Position, pending: PendingDelivery) {
        if self.entries.is_enabled() {
            self.entries.push(&Entry::Queued(entry::QueuedDelivery::new(position, &pending)));
        }
        self.queue.insert(position, pending);
    }

    fn dequeue(&mut self, position: Position) -> Option<PendingDelivery> {
        let pending = self.queue.remove(&position)?;
        self.entries.push(&Entry::Unqueued(position));
        Some(pending)
    }

    /// Returns the attempts that are due now, in their order. They stay in the queue until their result is recorded.
    pub(crate) fn due(&mut self, state: &State) -> Vec<Attempt> {
        let last = (state.clock.now(), u64::MAX);
        let due: Vec<(Position, PendingDelivery)> =
            self.queue.range(..=last).map(|(position, pending)| (*position, pending.clone())).collect();
        let mut attempts = Vec::new();
        for (position, pending) in due {
            let endpoint = self.endpoints.iter().find(|endpoint| endpoint.number == pending.endpoint);
            let Some(endpoint) = endpoint.cloned() else { continue };
            let fault = match pending.phase {
                Phase::Regular => self.faults.take(pending.message.event),
                Phase::Held => None,
            };
            if fault.is_some() {
                self.record_faults();
            }
            let copies = match fault {
                Some(WebhookFault::Reorder) => {
                    self.hold(position, pending);
                    continue;
                }
                Some(WebhookFault::Duplicate) => 2,
                _ => 1,
            };
            for copy in 0..copies {
                let attempt = Attempt {
                    position,
                    number: self.log.next_number(),
                    is_copy: copy > 0,
                    due: position.0,
                    endpoint: endpoint.clone(),
                    message: Arc::clone(&pending.message),
                    fault,
                    settings: state.options.webhooks,
                };
                let delivery = opened(&attempt, pending.tried.saturating_add(1));
                self.entries.push(&Entry::Attempt(delivery.clone()));
                self.log.open(delivery, state.options.record_limit);
                attempts.push(attempt);
            }
        }
        attempts
    }

    /// Holds a message back until the next one has gone out.
    fn hold(&mut self, position: Position, pending: PendingDelivery) {
        self.dequeue(position);
        self.enqueue_at(
            (later(position.0, HOLD), position.1),
            PendingDelivery { phase: Phase::Held, ..pending },
        );
    }

    /// Records the result of an attempt, and schedules the next one if there is one.
    pub(crate) fn note(&mut self, attempt: &Attempt, result: AttemptResult) {
        let pending = if attempt.is_copy { None } else { self.dequeue(attempt.position) };
        let delay = match result.outcome {
            DeliveryOutcome::Accepted | DeliveryOutcome::Lost => None,
            DeliveryOutcome::Underway
            | DeliveryOutcome::Refused
            | DeliveryOutcome::TimedOut
            | DeliveryOutcome::Unreachable => {
                pending.as_ref().and_then(|pending| RETRIES.get(pending.tried)).copied()
            }
        };
        let next = delay.map(|delay| later(attempt.due, delay));
        if let Some(delivery) = self.log.find(attempt.number) {
            delivery.outcome = result.outcome;
            delivery.status = result.status;
            delivery.next_attempt = next.map(|next| next.to_string());
            delivery.headers = result.headers;
            delivery.body = String::from_utf8_lossy(&result.body).into_owned();
            self.entries.push(&Entry::Attempt(delivery.clone()));
        }
        if let Some((next, pending)) = next.zip(pending) {
            let tried = pending.tried.saturating_add(1);
            // The number stays, so that the order does not depend on which receiver answered first.
            self.enqueue_at(
                (next, attempt.position.1),
                PendingDelivery { tried, phase: Phase::Regular, ..pending },
            );
        }
        self.release(attempt);
    }

    /// Releases the messages that waited for this one to overtake them.
    fn release(&mut self, overtaker: &Attempt) {
        let waits = |pending: &PendingDelivery| {
            pending.phase == Phase::Held && pending.endpoint == overtaker.endpoint.number
        };
        let held: Vec<Position> =
            self.queue.iter().filter(|(_, pending)| waits(pending)).map(|(position, _)| *position).collect();
        for position in held.into_iter().filter(|position| position.0 > overtaker.due) {
            if let Some(pending) = self.dequeue(position) {
                self.enqueue_at((overtaker.due, position.1), pending);
            }
        }
    }
}

fn later(time: Timestamp, delay: Duration) -> Timestamp {
    time.checked_add(delay).unwrap_or(Timestamp::MAX)
}

fn opened(attempt: &Attempt, number: usize) -> Delivery {
    Delivery {
        number: attempt.number,
        message_id: attempt.message.id.clone(),
        event: attempt.message.event.to_owned(),
        endpoint: attempt.endpoint.id(),
        url: attempt.endpoint.url.clone(),
        attempt: number,
        at: attempt.due.to_string(),
        outcome: DeliveryOutcome::Underway,
        status: None,
        next_attempt: None,
        fault: attempt.fault,
        headers: Vec::new(),
        body: String::new(),
    }
}

#[cfg(test)]
mod tests;
