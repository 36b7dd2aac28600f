//! Which deliveries are due, and what is done when one has been tried. Everything about webhooks that changes is here.

mod fact;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    Delivery, DeliveryOutcome, Webhook, WebhookEndpoint, WebhookError, WebhookFault, WebhookFaultScript,
    WebhookSettings,
    endpoint::Endpoint,
    fault::Faults,
    log::Log,
    message::{self, Message},
    post::Sent,
};
pub(crate) use fact::Fact;

use crate::{
    handlers::link_life::told,
    journal::Entries,
    spec::Spec,
    state::{Event, State},
};

/// How long after a failed attempt the next one comes: Svix' own schedule, because Dots does not publish another.
const RETRIES: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
];

/// How long a message waits for another one to overtake it.
const HOLD: Duration = Duration::from_secs(60);

/// Where a delivery stands in the queue: by time, and at one time in the order in which they came.
type Place = (Timestamp, u64);

/// Endpoints, what is still to be delivered to them, and what was.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    endpoints: Vec<Endpoint>,
    /// How many endpoints there have been.
    added: u64,
    /// The number of the first event that is not read yet.
    unread: u64,
    queue: BTreeMap<Place, Waiting>,
    queued: u64,
    faults: Faults,
    log: Log,
    /// What changed since somebody looked, for a state file.
    pub(crate) entries: Entries,
}

/// A message that is still to be delivered.
#[derive(Clone, Debug)]
struct Waiting {
    endpoint: u64,
    message: Arc<Message>,
    /// How many attempts there have been.
    tried: usize,
    turn: Turn,
}

/// Whether a message goes when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Regular,
    /// It waits to be overtaken; then it goes, and nothing else goes wrong with it.
    Held,
}

/// An attempt that is due.
#[derive(Debug)]
pub(super) struct Job {
    place: Place,
    number: u64,
    /// Whether it is the second one of a message that arrives twice, on which nothing depends.
    is_copy: bool,
    pub(super) due: Timestamp,
    pub(super) endpoint: Endpoint,
    pub(super) message: Arc<Message>,
    pub(super) fault: Option<WebhookFault>,
    pub(super) how: WebhookSettings,
}

impl Dispatch {
    /// Adds an endpoint, which hears of everything that happens from now on.
    ///
    /// # Errors
    /// Refuses addresses elsewhere, secrets that are none, unknown events and unknown apps.
    pub(super) fn add(
        &mut self,
        asked: &WebhookEndpoint,
        state: &State,
        spec: &Spec,
    ) -> Result<Webhook, WebhookError> {
        let number = self.added.saturating_add(1);
        let endpoint = Endpoint::read(number, asked, state, spec)?;
        let shown = endpoint.show();
        self.added = number;
        self.entries.push(&Fact::Endpoint(endpoint.keep()));
        self.entries.push(&Fact::Read(self.unread));
        self.endpoints.push(endpoint);
        Ok(shown)
    }

    /// Removes an endpoint, and what was still to be delivered to it.
    ///
    /// # Errors
    /// Returns an error when there is none with this id.
    pub(super) fn remove(&mut self, id: &str) -> Result<(), WebhookError> {
        let number = self.find(id)?.number;
        self.entries.push(&Fact::RemovedEndpoint(number));
        self.forget(number);
        Ok(())
    }

    fn forget(&mut self, number: u64) {
        self.endpoints.retain(|endpoint| endpoint.number != number);
        self.queue.retain(|_, waiting| waiting.endpoint != number);
    }

    /// Changes the secrets of an endpoint; what is still to be delivered is signed with the new ones.
    ///
    /// # Errors
    /// Returns an error when there is no such endpoint, and for a secret that is none.
    pub(super) fn change_secrets(
        &mut self,
        id: &str,
        secrets: &[String],
        state: &State,
    ) -> Result<Webhook, WebhookError> {
        let endpoint = self.find(id)?;
        endpoint.take_secrets(secrets, state)?;
        let (shown, kept) = (endpoint.show(), endpoint.keep());
        self.entries.push(&Fact::Endpoint(kept));
        Ok(shown)
    }

    fn find(&mut self, id: &str) -> Result<&mut Endpoint, WebhookError> {
        let found = self.endpoints.iter_mut().find(|endpoint| endpoint.id() == id);
        found.ok_or_else(|| WebhookError::unknown(id))
    }

    pub(super) fn show(&self) -> Vec<Webhook> {
        self.endpoints.iter().map(Endpoint::show).collect()
    }

    /// Asks for deliveries to go wrong.
    ///
    /// # Errors
    /// Refuses an event that the document does not have.
    pub(super) fn misbehave(&mut self, script: WebhookFaultScript, spec: &Spec) -> Result<(), WebhookError> {
        if let Some(event) = script.event() {
            message::named(spec, event)?;
        }
        self.faults.add(script);
        self.note_faults();
        Ok(())
    }

    /// Forgets what was asked to go wrong.
    pub(super) fn behave(&mut self) {
        self.faults.clear();
        self.note_faults();
    }

    fn note_faults(&mut self) {
        if self.entries.is_enabled() {
            self.entries.push(&Fact::Faults(self.faults.left().to_vec()));
        }
    }

    pub(super) fn faults(&self) -> &[WebhookFaultScript] {
        self.faults.left()
    }

    pub(super) fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.log.iter()
    }

    /// Reads the events that are new, and queues them for whoever wants to hear of them.
    ///
    /// Returns the mistakes: events whose payload the document does not allow. They are not delivered. Like answers,
    /// events are checked unless the option says otherwise.
    pub(crate) fn read(&mut self, state: &State, spec: &Spec) -> Vec<String> {
        let (mut mistakes, queued) = (Vec::new(), self.queued);
        let is_checked = state.options.validate_answers;
        let first = if is_checked || !self.endpoints.is_empty() { self.unread } else { u64::MAX };
        for event in state.outbox.since(first) {
            let known = message::named(spec, event.name);
            let payload = told(&event.payload, state);
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
            // Events that nobody wanted to hear of can be read again and again.
            self.entries.push(&Fact::Read(self.unread));
        }
        mistakes
    }

    fn enqueue(&mut self, event: &Event, state: &State, body: impl Fn(&Endpoint) -> bytes::Bytes) {
        let wanting = self.endpoints.iter().filter(|endpoint| endpoint.wants(event));
        let waiting: Vec<Waiting> = wanting
            .map(|endpoint| {
                let id = message::id(state.ids, event.number);
                let message = Arc::new(Message { id, event: event.name, body: body(endpoint) });
                Waiting { endpoint: endpoint.number, message, tried: 0, turn: Turn::Regular }
            })
            .collect();
        for waiting in waiting {
            self.put_in((event.at, self.queued), waiting);
            self.queued = self.queued.saturating_add(1);
        }
    }

    fn put_in(&mut self, place: Place, waiting: Waiting) {
        if self.entries.is_enabled() {
            self.entries.push(&Fact::Queued(fact::Queued::new(place, &waiting)));
        }
        self.queue.insert(place, waiting);
    }

    fn take_out(&mut self, place: Place) -> Option<Waiting> {
        let waiting = self.queue.remove(&place)?;
        self.entries.push(&Fact::Unqueued(place));
        Some(waiting)
    }

    /// Returns the attempts that are due now, in their order. They stay in the queue until their outcome is noted.
    pub(super) fn due(&mut self, state: &State) -> Vec<Job> {
        let last = (state.clock.now(), u64::MAX);
        let due: Vec<(Place, Waiting)> =
            self.queue.range(..=last).map(|(place, waiting)| (*place, waiting.clone())).collect();
        let mut jobs = Vec::new();
        for (place, waiting) in due {
            let endpoint = self.endpoints.iter().find(|endpoint| endpoint.number == waiting.endpoint);
            let Some(endpoint) = endpoint.cloned() else { continue };
            let fault = match waiting.turn {
                Turn::Regular => self.faults.take(waiting.message.event),
                Turn::Held => None,
            };
            if fault.is_some() {
                self.note_faults();
            }
            let copies = match fault {
                Some(WebhookFault::Reorder) => {
                    self.hold(place, waiting);
                    continue;
                }
                Some(WebhookFault::Duplicate) => 2,
                _ => 1,
            };
            for copy in 0..copies {
                let job = Job {
                    place,
                    number: self.log.next_number(),
                    is_copy: copy > 0,
                    due: place.0,
                    endpoint: endpoint.clone(),
                    message: Arc::clone(&waiting.message),
                    fault,
                    how: state.options.webhooks,
                };
                let attempt = opened(&job, waiting.tried.saturating_add(1));
                self.entries.push(&Fact::Attempt(attempt.clone()));
                self.log.open(attempt, state.options.record_limit);
                jobs.push(job);
            }
        }
        jobs
    }

    /// Lets a message wait for the next one.
    fn hold(&mut self, place: Place, waiting: Waiting) {
        self.take_out(place);
        self.put_in((later(place.0, HOLD), place.1), Waiting { turn: Turn::Held, ..waiting });
    }

    /// Entries what became of an attempt, and plans the next one where there is one.
    pub(super) fn note(&mut self, job: &Job, sent: Sent) {
        let waiting = if job.is_copy { None } else { self.take_out(job.place) };
        let delay = match sent.outcome {
            DeliveryOutcome::Accepted | DeliveryOutcome::Lost => None,
            DeliveryOutcome::Underway
            | DeliveryOutcome::Refused
            | DeliveryOutcome::TimedOut
            | DeliveryOutcome::Unreachable => {
                waiting.as_ref().and_then(|waiting| RETRIES.get(waiting.tried)).copied()
            }
        };
        let next = delay.map(|delay| later(job.due, delay));
        if let Some(delivery) = self.log.find(job.number) {
            delivery.outcome = sent.outcome;
            delivery.status = sent.status;
            delivery.next_attempt = next.map(|next| next.to_string());
            delivery.headers = sent.headers;
            delivery.body = String::from_utf8_lossy(&sent.body).into_owned();
            self.entries.push(&Fact::Attempt(delivery.clone()));
        }
        if let Some((next, waiting)) = next.zip(waiting) {
            let tried = waiting.tried.saturating_add(1);
            // The number stays, so that the order does not depend on who answered first.
            self.put_in((next, job.place.1), Waiting { tried, turn: Turn::Regular, ..waiting });
        }
        self.release(job);
    }

    /// Lets the messages go that waited for this one to overtake them.
    fn release(&mut self, overtaker: &Job) {
        let waits =
            |waiting: &Waiting| waiting.turn == Turn::Held && waiting.endpoint == overtaker.endpoint.number;
        let held: Vec<Place> =
            self.queue.iter().filter(|(_, waiting)| waits(waiting)).map(|(place, _)| *place).collect();
        for place in held.into_iter().filter(|place| place.0 > overtaker.due) {
            if let Some(waiting) = self.take_out(place) {
                self.put_in((overtaker.due, place.1), waiting);
            }
        }
    }
}

fn later(time: Timestamp, delay: Duration) -> Timestamp {
    time.checked_add(delay).unwrap_or(Timestamp::MAX)
}

fn opened(job: &Job, attempt: usize) -> Delivery {
    Delivery {
        number: job.number,
        message_id: job.message.id.clone(),
        event: job.message.event.to_owned(),
        endpoint: job.endpoint.id(),
        url: job.endpoint.url.clone(),
        attempt,
        at: job.due.to_string(),
        outcome: DeliveryOutcome::Underway,
        status: None,
        next_attempt: None,
        fault: job.fault,
        headers: Vec::new(),
        body: String::new(),
    }
}

#[cfg(test)]
mod tests;
