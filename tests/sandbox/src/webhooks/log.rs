//! The delivery log: every attempt and its outcome.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::WebhookFault;

/// One attempt to deliver a message to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The number of the attempt in this sandbox, from 0.
    pub number: u64,
    /// The id of the message, such as `msg_2GZ…`; the same for every attempt and every endpoint.
    pub message_id: String,
    /// The name of the event.
    pub event: String,
    /// The id of the endpoint, such as `ep_1`.
    pub endpoint: String,
    /// The URL of the endpoint.
    pub url: String,
    /// The number of the attempt for this message and endpoint, from 1.
    pub attempt: usize,
    /// When it was due, by the sandbox's clock.
    pub at: String,
    /// The outcome.
    pub outcome: DeliveryOutcome,
    /// The status of the receiver's answer, if there was one.
    pub status: Option<u16>,
    /// When the next attempt is due, by the sandbox's clock, if there is one.
    pub next_attempt: Option<String>,
    /// The fault that was injected, if any.
    pub fault: Option<WebhookFault>,
    /// The headers that identify and sign the message.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// The attempt is in progress.
    Underway,
    /// The receiver answered with a status of 200 to 299.
    Accepted,
    /// The receiver answered with another status; redirects are not followed.
    Refused,
    /// The receiver did not answer in time.
    TimedOut,
    /// The connection was refused, or it broke before the answer.
    Unreachable,
    /// A fault lost the message, and it was never sent.
    Lost,
}

/// The last attempts, oldest first.
#[derive(Debug, Default)]
pub(super) struct Log {
    deliveries: VecDeque<Delivery>,
    next: u64,
}

impl Log {
    /// Returns the number that the next attempt will have.
    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// Adds an attempt, and drops the oldest beyond the limit.
    pub(super) fn open(&mut self, delivery: Delivery, limit: usize) {
        self.next = delivery.number.saturating_add(1);
        self.deliveries.push_back(delivery);
        while self.deliveries.len() > limit {
            self.deliveries.pop_front();
        }
    }

    /// Restores an attempt, or its outcome.
    pub(super) fn restore(&mut self, delivery: Delivery, limit: usize) {
        if let Some(known) = self.find(delivery.number) {
            *known = delivery;
        } else if delivery.number >= self.next {
            self.open(delivery, limit);
        }
    }

    /// Returns an attempt that is still kept.
    pub(super) fn find(&mut self, number: u64) -> Option<&mut Delivery> {
        let first = self.deliveries.front()?.number;
        let position = usize::try_from(number.checked_sub(first)?).ok()?;
        self.deliveries.get_mut(position)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter()
    }
}
