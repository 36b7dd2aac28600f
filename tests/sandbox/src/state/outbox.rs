//! What happened, for whoever wants to be told: the events that webhooks carry.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Counts from 0 without a gap.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) app: Uuid,
    /// The name in the document, such as `transfer.updated`.
    pub(crate) name: &'static str,
    /// The fields of the event's schema, but for `event` and `api_app_id`, which depend on how it is delivered.
    pub(crate) payload: Value,
}

/// The last events, oldest first; older ones are forgotten, delivered or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    events: VecDeque<Event>,
    next: u64,
}

impl Outbox {
    /// Returns the events from a number on that are still known.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = &Event> {
        self.events.iter().skip_while(move |event| event.number < number)
    }

    /// Returns the number that the next event will have.
    pub(crate) fn next_number(&self) -> u64 {
        self.next
    }

    pub(super) fn push(&mut self, event: Event, limit: usize) {
        self.next = event.number.saturating_add(1);
        self.events.push_back(event);
        while self.events.len() > limit {
            self.events.pop_front();
        }
    }
}
