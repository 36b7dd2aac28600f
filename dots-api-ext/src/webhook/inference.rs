//! What a payload tells of, also where it does not say so.

use dots_api::WebhookEvent;
use serde_json::{Map, Value};

use super::error::WebhookError;

/// Which event a payload without a name tells of: the fields that it must have and those that it must not.
///
/// Only what no other event could be. Four events have the fields of a whole link, five have nothing but a user's id,
/// two a flow's: none of those is here. Payloads without a name are shown in references/webhooks.
const TELLING: [(&str, &[&str], &[&str]); 12] = [
    ("app.updated", &["app_id"], &[]),
    ("dispute.updated", &["dispute_id"], &[]),
    ("payment_intent.updated", &["payment_intent_id"], &[]),
    ("payment_method.updated", &["payment_method_id"], &[]),
    ("payout_link.failed", &["payout_link", "funding_transfer_id"], &[]),
    ("payout_link.paid_out", &["id", "link", "withdrew_amount"], &[]),
    ("payout_link.updated", &["payout_link_id"], &["id", "user_id", "transfer_id", "transfer"]),
    ("payout_request.updated", &["payout_request_id"], &[]),
    ("refund.updated", &["refund_id"], &[]),
    ("transfer.updated", &["transfer_id"], &["id", "user_id", "transfer", "payout_link_id"]),
    ("user.profile_changed_external", &["user_id", "external_platform", "differences"], &[]),
    ("user.updated.user_merged", &["user_id", "old_user_id", "new_user_id"], &[]),
];

/// The events that carry a whole transfer, by the transfer's state at the time of the event.
const BY_STATUS: [(&str, &str); 3] =
    [("completed", "transfer.completed"), ("failed", "transfer.failed"), ("flagged", "transfer.flagged")];

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

/// Names the one event that a payload can be.
fn inferred(payload: &Map<String, Value>) -> Option<&'static str> {
    let has = |field: &&str| payload.get(*field).is_some_and(|value| !value.is_null());
    let fits = |needs: &[&str], lacks: &[&str]| needs.iter().all(has) && !lacks.iter().any(has);
    let by_fields = TELLING.iter().filter(|(_, needs, lacks)| fits(needs, lacks)).map(|(name, ..)| *name);
    let status = payload.get("transfer").and_then(|transfer| transfer.get("status")).and_then(Value::as_str);
    let by_status = BY_STATUS.iter().filter(|(state, _)| has(&"transfer_id") && status == Some(*state));
    let mut names = by_fields.chain(by_status.map(|(_, name)| *name));
    let name = names.next()?;
    names.next().is_none().then_some(name)
}
