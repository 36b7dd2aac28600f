//! The outbox: events that webhooks deliver.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;
use uuid::Uuid;

use super::Link;

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Counts from 0 without a gap.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) app: Uuid,
    /// The name in the document, such as `transfer.updated`.
    pub(crate) name: &'static str,
    /// The fields of the event's schema, without `event` and `api_app_id`, which depend on how the event is delivered.
    pub(crate) payload: Payload,
}

/// The payload of an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payload {
    Json(Value),
    /// A payout link as it was then, and the event's further fields. The payload is built when it is read: every payout
    /// changes a link, and most of the time there are no endpoints.
    Link {
        link: Box<Link>,
        more: Value,
    },
}

/// The last events, oldest first; older ones are dropped, delivered or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    events: VecDeque<Event>,
    next: u64,
    /// Wakes the delivery worker.
    notify: Arc<Notify>,
}

impl Outbox {
    /// Returns the events from a number on, as far as they are kept.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = &Event> {
        let first = self.next.saturating_sub(self.events.len() as u64);
        let known = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
        self.events.range(known.min(self.events.len())..)
    }

    /// Returns the number that the next event will have.
    pub(crate) fn next_number(&self) -> u64 {
        self.next
    }

    /// Returns the notifier for new events and for moves of the clock.
    pub(crate) fn notify(&self) -> Arc<Notify> {
        Arc::clone(&self.notify)
    }

    pub(super) fn wake(&self) {
        self.notify.notify_one();
    }

    pub(super) fn push(&mut self, event: Event, limit: usize) {
        self.next = event.number.saturating_add(1);
        self.events.push_back(event);
        while self.events.len() > limit {
            self.events.pop_front();
        }
        self.wake();
    }
}
