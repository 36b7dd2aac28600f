//! A webhook whose signature has been verified.

use std::fmt;

use dots_api::{FlowId, PayoutLinkId, PayoutRequestId, Timestamp, TransferId, UserId, WebhookEvent};

use super::ids::Ids;

/// A delivery that was signed with the endpoint's secret.
///
/// Only [`WebhookVerifier::verify`](super::WebhookVerifier::verify) creates one, and it is immutable: a function that
/// takes a `VerifiedWebhook` cannot be called with unverified data. Its `Debug` hides the body and shows the event by
/// the event's own `Debug`.
#[derive(Clone)]
pub struct VerifiedWebhook {
    id: String,
    timestamp: Timestamp,
    event: WebhookEvent,
    /// The ids that an event of unknown type names.
    told: Ids,
    raw: Vec<u8>,
}

impl VerifiedWebhook {
    pub(super) fn new(id: String, timestamp: Timestamp, event: WebhookEvent, raw: &[u8]) -> Self {
        let told = Ids::told_by(&event);
        Self { id, timestamp, event, told, raw: raw.to_owned() }
    }

    /// Returns the id of the message, which is the same for every delivery; see [`SeenEvents`](super::SeenEvents).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns when this delivery was signed, which is not when the event happened.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Returns the event.
    #[must_use]
    pub fn event(&self) -> &WebhookEvent {
        &self.event
    }

    /// Discards the verification and returns the event alone.
    #[must_use]
    pub fn into_event(self) -> WebhookEvent {
        self.event
    }

    /// Returns the raw body.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Returns the payout link that the event is about, for fetching it from Dots.
    ///
    /// An [`Unknown`](WebhookEvent::Unknown) event is about a link if its payload has a `payout_link_id` or is itself a
    /// link: `payout_link.claimed` and `payout_link.sent` may come without a name ([references/webhooks]).
    ///
    /// [references/webhooks]: https://docs.dots.dev/references/webhooks
    #[must_use]
    pub fn payout_link_id(&self) -> Option<&PayoutLinkId> {
        match &self.event {
            WebhookEvent::PayoutLinkClaimed(link) => Some(&link.id),
            WebhookEvent::PayoutLinkFailed(failed) => Some(&failed.payout_link.id),
            WebhookEvent::PayoutLinkPaidOut(link) => Some(&link.id),
            WebhookEvent::PayoutLinkSent(link) => Some(&link.id),
            WebhookEvent::PayoutLinkUpdated(link) => Some(&link.id),
            WebhookEvent::PayoutLinkUpdatedShort(link) => Some(&link.payout_link_id),
            _ => self.told.payout_link.as_ref(),
        }
    }

    /// Returns the transfer that the event is about, or that carries the money of its payout link.
    ///
    /// For `payout_link.failed` it is the transfer that should have funded the link. For an
    /// [`Unknown`](WebhookEvent::Unknown) event it is the transfer that the payload names, if any.
    #[must_use]
    pub fn transfer_id(&self) -> Option<&TransferId> {
        match &self.event {
            WebhookEvent::PayoutLinkClaimed(link) => link.transfer_id.as_ref(),
            WebhookEvent::PayoutLinkFailed(failed) => {
                failed.funding_transfer_id.as_ref().or(failed.payout_link.transfer_id.as_ref())
            }
            WebhookEvent::PayoutLinkPaidOut(link) => link.transfer_id.as_ref(),
            WebhookEvent::PayoutLinkSent(link) => link.transfer_id.as_ref(),
            WebhookEvent::PayoutLinkUpdated(link) => link.transfer_id.as_ref(),
            WebhookEvent::TransferCompleted(it) => Some(&it.transfer_id),
            WebhookEvent::TransferFailed(it) => Some(&it.transfer_id),
            WebhookEvent::TransferFlagged(it) => Some(&it.transfer_id),
            WebhookEvent::TransferUpdated(it) => Some(&it.transfer_id),
            WebhookEvent::UserUpdatedManualCredit(it) => Some(&it.transfer_id),
            WebhookEvent::UserUpdatedManualDebit(it) => Some(&it.transfer_id),
            _ => self.told.transfer.as_ref(),
        }
    }

    /// Returns the payout request that the event is about, for fetching it from Dots.
    #[must_use]
    pub fn payout_request_id(&self) -> Option<&PayoutRequestId> {
        match &self.event {
            WebhookEvent::PayoutRequestUpdated(it) => Some(&it.payout_request_id),
            _ => self.told.payout_request.as_ref(),
        }
    }

    /// Returns the flow that the event is about, or the flow of its payout link.
    #[must_use]
    pub fn flow_id(&self) -> Option<&FlowId> {
        match &self.event {
            WebhookEvent::FlowTransactionUpdated(it) => Some(&it.flow_id),
            WebhookEvent::FlowUpdated(it) => Some(&it.flow_id),
            WebhookEvent::PayoutLinkClaimed(link) => link.flow_id.as_ref(),
            WebhookEvent::PayoutLinkFailed(failed) => failed.payout_link.flow_id.as_ref(),
            WebhookEvent::PayoutLinkPaidOut(link) => link.flow_id.as_ref(),
            WebhookEvent::PayoutLinkSent(link) => link.flow_id.as_ref(),
            WebhookEvent::PayoutLinkUpdated(link) => link.flow_id.as_ref(),
            _ => self.told.flow.as_ref(),
        }
    }

    /// Returns the user that the event is about, for fetching it from Dots.
    ///
    /// Several events about a user come without a name and have the same fields ([references/webhooks]), so they are
    /// [`Unknown`](WebhookEvent::Unknown); the user id is still available.
    ///
    /// [references/webhooks]: https://docs.dots.dev/references/webhooks
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
            _ => self.told.user.as_ref(),
        }
    }

    /// Returns the ids of all objects that the event names, for notifying the waits on them.
    ///
    /// Pass them to `Notifier::notify_all`.
    ///
    /// # Examples
    /// ```
    /// # use std::time::SystemTime;
    /// # use dots_api_ext::webhook::{WebhookSigner, WebhookVerifier};
    /// # fn main() -> Result<(), dots_api_ext::webhook::WebhookError> {
    /// # let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    /// let body = br#"{"event":"user.updated.manual_credit","user_id":"u1","transfer_id":"t1"}"#;
    /// # let headers = WebhookSigner::new(secret)?.sign("msg_1", SystemTime::now(), body);
    /// let webhook = WebhookVerifier::new(secret)?.verify(&headers, body, SystemTime::now())?;
    /// assert_eq!(webhook.ids().collect::<Vec<_>>(), ["t1", "u1"]);
    /// # Ok(()) }
    /// ```
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let ids = [
            self.payout_link_id().map(PayoutLinkId::as_str),
            self.transfer_id().map(TransferId::as_str),
            self.payout_request_id().map(PayoutRequestId::as_str),
            self.flow_id().map(FlowId::as_str),
            self.user_id().map(UserId::as_str),
        ];
        ids.into_iter().flatten()
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
