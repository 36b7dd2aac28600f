//! The objects that a payload names, where no type of an event has read it.

use std::str::FromStr;

use dots_api::{FlowId, PayoutLinkId, PayoutRequestId, TransferId, UserId, WebhookEvent};
use serde_json::Value;

/// The ids of a payload that is no known event's; all are empty where the event has a type, which knows them better.
///
/// Nobody has said what such a payload means, so an id is taken only where it stands in the place that the known events
/// have for it, and only if it is written as ids are.
#[derive(Clone, Default)]
pub(super) struct Ids {
    pub(super) payout_link: Option<PayoutLinkId>,
    pub(super) transfer: Option<TransferId>,
    pub(super) user: Option<UserId>,
    pub(super) payout_request: Option<PayoutRequestId>,
    pub(super) flow: Option<FlowId>,
}

impl Ids {
    /// Poller into an event that could not be read.
    pub(super) fn told_by(event: &WebhookEvent) -> Self {
        let WebhookEvent::Unknown(unknown) = event else { return Self::default() };
        let payload = unknown.payload();
        // `payout_link.claimed` and `payout_link.sent` are a link, and say so in no other way (references/webhooks).
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

/// Reads the first of these places that holds an id.
fn first<I: FromStr>(payload: &Value, places: impl IntoIterator<Item = &'static str>) -> Option<I> {
    places.into_iter().find_map(|place| payload.pointer(place)?.as_str()?.parse().ok())
}
