//! What a payload tells of, also where it does not say so.

use dots_api::{
    WebhookEvent, WebhookEventAppUpdated, WebhookEventDisputeUpdated, WebhookEventPaymentIntentUpdated,
    WebhookEventPaymentMethodUpdated, WebhookEventPayoutLinkFailed, WebhookEventPayoutLinkPaidOut,
    WebhookEventPayoutLinkUpdatedShort, WebhookEventPayoutRequestUpdated, WebhookEventRefundUpdated,
    WebhookEventTransferCompleted, WebhookEventTransferFailed, WebhookEventTransferFlagged,
    WebhookEventTransferUpdated, WebhookEventUserProfileChangedExternal, WebhookEventUserUpdatedUserMerged,
};
use serde_json::{Map, Value};

use super::error::WebhookError;
use super::fields::{self, Fields};

/// The name of an event, the fields that tell of it, and all that its payload may have.
type Telling = (&'static str, &'static [&'static str], fn() -> Fields);

/// Which event a payload without a name tells of, by fields that no other event has together.
///
/// Only what no other event could be. Four events have the fields of a whole link, five have nothing but a user's id,
/// two a flow's: none of those is here. Payloads without a name are shown in references/webhooks.
const TELLING: [Telling; 12] = [
    ("app.updated", &["app_id"], fields::of::<WebhookEventAppUpdated>),
    ("dispute.updated", &["dispute_id"], fields::of::<WebhookEventDisputeUpdated>),
    ("payment_intent.updated", &["payment_intent_id"], fields::of::<WebhookEventPaymentIntentUpdated>),
    ("payment_method.updated", &["payment_method_id"], fields::of::<WebhookEventPaymentMethodUpdated>),
    (
        "payout_link.failed",
        &["payout_link", "funding_transfer_id"],
        fields::of::<WebhookEventPayoutLinkFailed>,
    ),
    ("payout_link.paid_out", &["id", "link", "withdrew_amount"], fields::of::<WebhookEventPayoutLinkPaidOut>),
    ("payout_link.updated", &["payout_link_id"], fields::of::<WebhookEventPayoutLinkUpdatedShort>),
    ("payout_request.updated", &["payout_request_id"], fields::of::<WebhookEventPayoutRequestUpdated>),
    ("refund.updated", &["refund_id"], fields::of::<WebhookEventRefundUpdated>),
    ("transfer.updated", &["transfer_id"], fields::of::<WebhookEventTransferUpdated>),
    (
        "user.profile_changed_external",
        &["user_id", "external_platform", "differences"],
        fields::of::<WebhookEventUserProfileChangedExternal>,
    ),
    (
        "user.updated.user_merged",
        &["user_id", "old_user_id", "new_user_id"],
        fields::of::<WebhookEventUserUpdatedUserMerged>,
    ),
];

/// The events that carry a whole transfer, by the transfer's state at the time of the event.
const BY_STATUS: [(&str, Telling); 3] = {
    const NEEDS: &[&str] = &["transfer_id", "transfer"];
    [
        ("completed", ("transfer.completed", NEEDS, fields::of::<WebhookEventTransferCompleted>)),
        ("failed", ("transfer.failed", NEEDS, fields::of::<WebhookEventTransferFailed>)),
        ("flagged", ("transfer.flagged", NEEDS, fields::of::<WebhookEventTransferFlagged>)),
    ]
};

/// The fields that any payload may have.
const EVERYWHERE: [&str; 2] = ["event", "api_app_id"];

/// Reads the event of a proven body.
pub(super) fn read(body: &[u8]) -> Result<WebhookEvent, WebhookError> {
    let payload: Value = serde_json::from_slice(body).map_err(WebhookError::payload)?;
    let is_nameless = payload.get("event").is_none_or(Value::is_null);
    let Some(name) = payload.as_object().filter(|_| is_nameless).and_then(inferred) else {
        return Ok(WebhookEvent::from(payload));
    };
    Ok(match WebhookEvent::named(name, payload) {
        // A guess that does not even fit is no reason to call the payload a broken one.
        WebhookEvent::Unknown(unknown) => WebhookEvent::from(unknown.into_payload()),
        event => event,
    })
}

/// Names the one event that a payload can be. One foreign field, and it may be an event that is yet to be documented.
fn inferred(payload: &Map<String, Value>) -> Option<&'static str> {
    let status = payload.get("transfer").and_then(|transfer| transfer.get("status")).and_then(Value::as_str);
    let by_status = BY_STATUS.iter().filter(|(state, _)| status == Some(*state)).map(|(_, telling)| telling);
    let mut fitting = TELLING.iter().chain(by_status).filter(|telling| fits(payload, telling));
    let (name, ..) = fitting.next()?;
    fitting.next().is_none().then_some(*name)
}

fn fits(payload: &Map<String, Value>, (_, needs, fields): &Telling) -> bool {
    let has = |field: &&str| payload.get(*field).is_some_and(|value| !value.is_null());
    let is_known = |field: &str| EVERYWHERE.contains(&field) || fields().contains(&field);
    needs.iter().all(has) && payload.keys().all(|field| is_known(field))
}
