//! The object ids in the payload of an unknown event.

use std::str::FromStr;

use dots_api::{FlowId, PayoutLinkId, PayoutRequestId, TransferId, UserId, WebhookEvent};
use serde_json::Value;

/// The ids in the payload of an unknown event; all are empty for a known event, whose type holds them.
///
/// The meaning of such a payload is not documented. An id is therefore taken only from the places where known events
/// have it, and only if it has the form of an id.
#[derive(Clone, Default)]
pub(super) struct Ids {
    pub(super) payout_link: Option<PayoutLinkId>,
    pub(super) transfer: Option<TransferId>,
    pub(super) user: Option<UserId>,
    pub(super) payout_request: Option<PayoutRequestId>,
    pub(super) flow: Option<FlowId>,
}

impl Ids {
    /// Reads the ids of an event of unknown type.
    pub(super) fn told_by(event: &WebhookEvent) -> Self {
        let WebhookEvent::Unknown(unknown) = event else { return Self::default() };
        let payload = unknown.payload();
        // The payloads of `payout_link.claimed` and `payout_link.sent` are a link without an event name
        // (references/webhooks).
        let has = |field: &&str| payload.get(*field).is_some_and(|value| !value.is_null());
        let own = ["id", "link", "amount"].iter().all(has).then_some("/id");
        let link = ["/payout_link_id", "/payout_link/id"].into_iter().chain(own);
        let transfer = ["/transfer_id", "/funding_transfer_id", "/transfer/id", "/payout_link/transfer_id"];
        Self {
            payout_link: first(payload, link),
            transfer: first(payload, transfer),
            user: first(payload, ["/user_id"]),
            payout_request: first(payload, ["/payout_request_id"]),
            flow: first(payload, ["/flow_id", "/payout_link/flow_id"]),
        }
    }
}

/// Returns the id at the first of these places that holds one.
fn first<I: FromStr>(payload: &Value, places: impl IntoIterator<Item = &'static str>) -> Option<I> {
    places.into_iter().find_map(|place| payload.pointer(place)?.as_str()?.parse().ok())
}
