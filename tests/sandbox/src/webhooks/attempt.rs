//! One delivery attempt: what is to be sent, and its result.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::{DeliveryOutcome, WebhookFault, endpoint::Endpoint, message::Message};
use crate::options::WebhookSettings;

/// The position of a delivery in the queue: by time, and then in the order of arrival.
pub(super) type Position = (Timestamp, u64);

/// An attempt that is due.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(super) position: Position,
    pub(super) number: u64,
    /// Whether it is the second copy of a duplicated message, whose result does not matter.
    pub(super) is_copy: bool,
    pub(super) due: Timestamp,
    pub(super) endpoint: Endpoint,
    pub(super) message: Arc<Message>,
    pub(super) fault: Option<WebhookFault>,
    pub(super) settings: WebhookSettings,
}

impl Attempt {
    /// Returns the number of the endpoint of the attempt.
    pub(crate) fn endpoint_number(&self) -> u64 {
        self.endpoint.number
    }
}

/// The result of an attempt.
#[derive(Debug)]
pub(crate) struct AttemptResult {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) outcome: DeliveryOutcome,
    pub(super) status: Option<u16>,
}
