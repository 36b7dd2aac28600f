//! One attempt to deliver a message: what is to be sent, and what came of it.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::{DeliveryOutcome, WebhookFault, endpoint::Endpoint, message::Message};
use crate::options::WebhookSettings;

/// Where a delivery stands in the queue: by time, and at one time in the order in which they came.
pub(super) type Position = (Timestamp, u64);

/// An attempt that is due.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(super) position: Position,
    pub(super) number: u64,
    /// Whether it is the second one of a message that arrives twice, on which nothing depends.
    pub(super) is_copy: bool,
    pub(super) due: Timestamp,
    pub(super) endpoint: Endpoint,
    pub(super) message: Arc<Message>,
    pub(super) fault: Option<WebhookFault>,
    pub(super) settings: WebhookSettings,
}

impl Attempt {
    /// The number of the endpoint that the attempt goes to.
    pub(crate) fn endpoint_number(&self) -> u64 {
        self.endpoint.number
    }
}

/// An attempt that was made.
#[derive(Debug)]
pub(crate) struct AttemptResult {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) outcome: DeliveryOutcome,
    pub(super) status: Option<u16>,
}
