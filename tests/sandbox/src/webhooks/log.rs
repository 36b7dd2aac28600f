//! Every attempt to deliver, and what became of it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::WebhookFault;

/// One attempt to deliver a message to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// Counts the attempts of this sandbox, from 0.
    pub number: u64,
    /// The id of the message, such as `msg_2GZ…`; the same for every attempt and every endpoint.
    pub message_id: String,
    /// The name of the event.
    pub event: String,
    /// The id of the endpoint, such as `ep_1`.
    pub endpoint: String,
    /// The endpoint's URL.
    pub url: String,
    /// Which attempt this is for the message and the endpoint, from 1.
    pub attempt: usize,
    /// When it was due, by the sandbox's clock.
    pub at: String,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// When the next attempt is due, by the sandbox's clock, if there is one.
    pub next_attempt: Option<String>,
    /// What went wrong with it because somebody asked for it.
    pub fault: Option<WebhookFault>,
    /// The headers that say what this is and who signed it.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// Nothing yet.
    Underway,
    /// The receiver answered with a status of 200 to 299.
    Accepted,
    /// The receiver answered with another status; redirects are not followed.
    Refused,
    /// The receiver did not answer in time.
    TimedOut,
    /// Nobody took the connection, or it broke before the answer.
    Unreachable,
    /// It was asked to get lost, and was never sent.
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

    /// Adds an attempt, and forgets the oldest beyond the limit.
    pub(super) fn open(&mut self, delivery: Delivery, limit: usize) {
        self.next = delivery.number.saturating_add(1);
        self.deliveries.push_back(delivery);
        while self.deliveries.len() > limit {
            self.deliveries.pop_front();
        }
    }

    /// Puts back an attempt, or what became of it.
    pub(super) fn restore(&mut self, delivery: Delivery, limit: usize) {
        if let Some(known) = self.find(delivery.number) {
            *known = delivery;
        } else if delivery.number >= self.next {
            self.open(delivery, limit);
        }
    }

    /// Returns an attempt that is still known.
    pub(super) fn find(&mut self, number: u64) -> Option<&mut Delivery> {
        let first = self.deliveries.front()?.number;
        let position = usize::try_from(number.checked_sub(first)?).ok()?;
        self.deliveries.get_mut(position)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter()
    }
}
