//! Event inference: the type of a payload that does not name its event.

use dots_api::read_again::twice;
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

/// The name of an event, the fields that identify it, and all fields that its payload may have.
type Telling = (&'static str, &'static [&'static str], fn() -> Fields);

/// The events that a payload without a name can be matched to, by a combination of fields that no other event has.
///
/// The list holds only unambiguous events. Four events have the fields of a whole link, five have only a user id, two
/// only a flow id: none of those is here. [references/webhooks] shows payloads without a name.
///
/// [references/webhooks]: https://docs.dots.dev/references/webhooks
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
    let payload: Value = twice(body, |json| serde_json::from_slice(json)).map_err(WebhookError::payload)?;
    let is_nameless = payload.get("event").is_none_or(Value::is_null);
    let Some(name) = payload.as_object().filter(|_| is_nameless).and_then(inferred) else {
        return Ok(WebhookEvent::from(payload));
    };
    Ok(match WebhookEvent::named(name, payload) {
        // A wrong guess does not make the payload malformed.
        WebhookEvent::Unknown(unknown) => WebhookEvent::from(unknown.into_payload()),
        event => event,
    })
}

/// Names the only event that the payload can be. With one unfamiliar field, it could be an event that is not documented
/// yet.
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
