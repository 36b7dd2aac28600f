//! A webhook that is proven.

use std::fmt;

use dots_api::{PayoutLinkId, Timestamp, TransferId, UserId, WebhookEvent};

/// A delivery that was sent by whoever knows the endpoint's secret.
///
/// Only [`WebhookVerifier::verify`](super::WebhookVerifier::verify) makes one, and nobody can change it: a function
/// that takes one cannot be called with anything unproven. Its `Debug` shows no byte of the body, and of the event what
/// the event's own does.
#[derive(Clone)]
pub struct VerifiedWebhook {
    id: String,
    timestamp: Timestamp,
    event: WebhookEvent,
    raw: Vec<u8>,
}

impl VerifiedWebhook {
    pub(super) fn new(id: String, timestamp: Timestamp, event: WebhookEvent, raw: &[u8]) -> Self {
        Self { id, timestamp, event, raw: raw.to_owned() }
    }

    /// Returns the id of the message, the same each time that it is delivered; see [`SeenEvents`](super::SeenEvents).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns when this delivery was signed, which is not when the event happened.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Returns what happened.
    #[must_use]
    pub fn event(&self) -> &WebhookEvent {
        &self.event
    }

    /// Returns what happened.
    #[must_use]
    pub fn into_event(self) -> WebhookEvent {
        self.event
    }

    /// Returns the body as it came.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Returns the payout link that the event is about, to ask Dots for it.
    #[must_use]
    pub fn payout_link_id(&self) -> Option<&PayoutLinkId> {
        match &self.event {
            WebhookEvent::PayoutLinkClaimed(link) => Some(&link.id),
            WebhookEvent::PayoutLinkFailed(failed) => Some(&failed.payout_link.id),
            WebhookEvent::PayoutLinkPaidOut(link) => Some(&link.id),
            WebhookEvent::PayoutLinkSent(link) => Some(&link.id),
            WebhookEvent::PayoutLinkUpdated(link) => Some(&link.id),
            WebhookEvent::PayoutLinkUpdatedShort(link) => Some(&link.payout_link_id),
            _ => None,
        }
    }

    /// Returns the transfer that the event is about, to ask Dots for it.
    #[must_use]
    pub fn transfer_id(&self) -> Option<&TransferId> {
        match &self.event {
            WebhookEvent::TransferCompleted(it) => Some(&it.transfer_id),
            WebhookEvent::TransferFailed(it) => Some(&it.transfer_id),
            WebhookEvent::TransferFlagged(it) => Some(&it.transfer_id),
            WebhookEvent::TransferUpdated(it) => Some(&it.transfer_id),
            WebhookEvent::UserUpdatedManualCredit(it) => Some(&it.transfer_id),
            WebhookEvent::UserUpdatedManualDebit(it) => Some(&it.transfer_id),
            _ => None,
        }
    }

    /// Returns the user that the event is about, to ask Dots for them.
    #[must_use]
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.event {
            WebhookEvent::UserProfileChangedExternal(it) => Some(&it.user_id),
            WebhookEvent::UserUpdated(it) => Some(&it.user_id),
            WebhookEvent::UserUpdatedBackgroundCheck(it) => Some(&it.user_id),
            WebhookEvent::UserUpdatedDefaultPayoutMethodChanged(it) => Some(&it.user_id),
            WebhookEvent::UserUpdatedIdVerified(it) => Some(&it.user_id),
            WebhookEvent::UserUpdatedManualCredit(it) => Some(&it.user_id),
            WebhookEvent::UserUpdatedManualDebit(it) => Some(&it.user_id),
            WebhookEvent::UserUpdatedPayoutMethod(it) => Some(&it.user_id),
            WebhookEvent::UserUpdatedUserMerged(it) => Some(&it.user_id),
            _ => None,
        }
    }
}

impl fmt::Debug for VerifiedWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedWebhook")
            .field("id", &self.id)
            .field("timestamp", &self.timestamp)
            .field("event", &self.event)
            .field("raw", &format_args!("{} bytes", self.raw.len()))
            .finish()
    }
}
