//! A webhook that is proven.

use std::fmt;

use dots_api::{FlowId, PayoutLinkId, PayoutRequestId, Timestamp, TransferId, UserId, WebhookEvent};

use super::ids::Ids;

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
    /// What an event without a type names.
    told: Ids,
    raw: Vec<u8>,
}

impl VerifiedWebhook {
    pub(super) fn new(id: String, timestamp: Timestamp, event: WebhookEvent, raw: &[u8]) -> Self {
        let told = Ids::told_by(&event);
        Self { id, timestamp, event, told, raw: raw.to_owned() }
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

    /// Gives up the proof and returns the event alone.
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
    ///
    /// An event that is [`Unknown`](WebhookEvent::Unknown) is about a link where its payload has a `payout_link_id`, or
    /// is a link itself: `payout_link.claimed` and `payout_link.sent` may come without a name (references/webhooks).
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
    /// Of `payout_link.failed` it is the one that should have funded the link. An event that is
    /// [`Unknown`](WebhookEvent::Unknown) names one where its payload does.
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

    /// Returns the payout request that the event is about, to ask Dots for it.
    #[must_use]
    pub fn payout_request_id(&self) -> Option<&PayoutRequestId> {
        match &self.event {
            WebhookEvent::PayoutRequestUpdated(it) => Some(&it.payout_request_id),
            _ => self.told.payout_request.as_ref(),
        }
    }

    /// Returns the flow that the event is about, or that its payout link leads through.
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

    /// Returns the user that the event is about, to ask Dots for them.
    ///
    /// Several events about a user come without a name and have the same fields (references/webhooks), so they are
    /// [`Unknown`](WebhookEvent::Unknown); their user is known all the same.
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

    /// Returns the id of each object that the event names, to tell those who wait for one.
    ///
    /// `Notifier::tell_all` takes them.
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
