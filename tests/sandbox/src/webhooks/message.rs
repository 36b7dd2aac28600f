//! The body of an event, in each form that the sources show.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::WebhookError;
use crate::{
    options::{WebhookEventKey, WebhookForm, WebhookSettings},
    spec::{EventSchema, Spec},
    state::{Event, Ids},
    validation,
};

/// The events of the document, by their `x-event`.
const EVENTS: [&str; 27] = [
    "app.updated",
    "dispute.updated",
    "flow.transaction_updated",
    "flow.updated",
    "organization.updated",
    "payment_intent.updated",
    "payment_method.updated",
    "payout_link.claimed",
    "payout_link.failed",
    "payout_link.paid_out",
    "payout_link.sent",
    "payout_link.updated",
    "payout_request.updated",
    "refund.updated",
    "transfer.completed",
    "transfer.failed",
    "transfer.flagged",
    "transfer.updated",
    "user.profile_changed_external",
    "user.updated",
    "user.updated.background_check",
    "user.updated.default_payout_method_changed",
    "user.updated.id_verified",
    "user.updated.manual_credit",
    "user.updated.manual_debit",
    "user.updated.payout_method",
    "user.updated.user_merged",
];

/// The series of the bytes from which message ids are drawn.
const SERIES: u64 = u64::MAX - 1;

/// One event for one endpoint; every attempt sends the same bytes under the same id.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) event: &'static str,
    pub(super) body: Bytes,
}

/// Finds the event with this name.
///
/// # Errors
/// Returns an error for a name that the document does not have.
pub(crate) fn named<'s>(spec: &'s Spec, name: &str) -> Result<(&'static str, &'s EventSchema), WebhookError> {
    let known = EVENTS.iter().find(|known| **known == name);
    known.copied().zip(spec.event(name)).ok_or_else(|| WebhookError::event(name))
}

/// Validates a payload against the schema of its event.
///
/// # Errors
/// Returns what the document does not allow, without any values.
pub(crate) fn check(schema: &EventSchema, payload: &Value) -> Result<(), WebhookError> {
    let name = &schema.name;
    let Value::Object(fields) = payload else {
        return Err(WebhookError::payload(name, "it must be an object".to_owned()));
    };
    let mut fields = fields.clone();
    fields.insert("event".to_owned(), json!(name));
    let objection = validation::explain(&schema.schema, &Value::Object(fields), "");
    objection.map_or(Ok(()), |objection| Err(WebhookError::payload(name, objection)))
}

/// Writes the body of an event.
pub(super) fn body(
    event: &Event,
    payload: &Value,
    schema: &EventSchema,
    of_organization: bool,
    how: WebhookSettings,
) -> Bytes {
    let payload = payload.as_object().cloned().unwrap_or_default();
    let (name, mut fields) = match how.form {
        WebhookForm::Newer => (event.name, payload),
        WebhookForm::Older => older(event.name, payload),
    };
    let is_named = match how.event_key {
        WebhookEventKey::Present => true,
        WebhookEventKey::AsDocumented => !schema.may_be_nameless,
        WebhookEventKey::Missing => false,
    };
    if is_named {
        fields.insert("event".to_owned(), json!(name));
    }
    if of_organization && schema.names_app {
        fields.insert("api_app_id".to_owned(), json!(event.app));
    }
    Bytes::from(Value::Object(fields).to_string())
}

/// Returns the older form, where [references/webhooks] shows another one.
///
/// [references/webhooks]: https://docs.dots.dev/references/webhooks
fn older(name: &'static str, mut fields: Map<String, Value>) -> (&'static str, Map<String, Value>) {
    match name {
        "payout_link.updated" => {
            let id = fields.remove("id").unwrap_or_default();
            (name, Map::from_iter([("payout_link_id".to_owned(), id)]))
        }
        "payout_link.paid_out" => {
            fields.remove("method");
            fields.remove("withdrew_amount");
            (name, fields)
        }
        "user.updated.id_verified" => ("user.updated.ide_verified", fields),
        _ => (name, fields),
    }
}

/// Builds the id of a message; all endpoints that receive an event get the same one.
pub(super) fn id(ids: Ids, number: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut bits = u128::from_be_bytes(ids.bytes(SERIES, number));
    let mut id = String::from("msg_");
    for _ in 0..21 {
        let digit = usize::try_from(bits % 62).unwrap_or_default();
        id.push(DIGITS.get(digit).copied().map_or('0', char::from));
        bits /= 62;
    }
    id
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::{spec::Style, state::Payload};

    fn body_of(name: &str, how: WebhookSettings, of_organization: bool) -> Value {
        let spec = Spec::embedded().unwrap();
        let (name, schema) = named(&spec, name).unwrap();
        let payload = schema.sample(Style { tidy: true }).clone();
        let (at, app) = (Timestamp::UNIX_EPOCH, Uuid::from_u128(7));
        let event = Event { number: 0, at, app, name, payload: Payload::Json(Value::Null) };
        serde_json::from_slice(&body(&event, &payload, schema, of_organization, how)).unwrap()
    }

    #[test]
    fn the_list_of_events_is_that_of_the_document() {
        let spec = Spec::embedded().unwrap();
        let document: BTreeSet<&str> = spec.events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(document, BTreeSet::from(EVENTS));
    }

    #[test]
    fn an_organization_is_told_the_app_where_the_document_has_it() {
        let app = json!(Uuid::from_u128(7));
        let how = WebhookSettings::default();
        assert_eq!(body_of("transfer.updated", how, true)["api_app_id"], app);
        assert_eq!(body_of("transfer.updated", how, false).get("api_app_id"), None);
        assert_eq!(body_of("app.updated", how, true).get("api_app_id"), None);
    }

    #[test]
    fn the_name_is_where_the_setting_puts_it() {
        let with = |event_key| WebhookSettings { event_key, ..WebhookSettings::default() };
        let name = |event, key| body_of(event, with(key), false).get("event").cloned();
        assert_eq!(name("transfer.failed", WebhookEventKey::Present), Some(json!("transfer.failed")));
        assert_eq!(name("transfer.failed", WebhookEventKey::AsDocumented), None);
        assert_eq!(name("flow.updated", WebhookEventKey::AsDocumented), Some(json!("flow.updated")));
        assert_eq!(name("flow.updated", WebhookEventKey::Missing), None);
    }

    #[test]
    fn the_older_forms_are_those_of_the_older_page() {
        let older = WebhookSettings { form: WebhookForm::Older, ..WebhookSettings::default() };
        let link = body_of("payout_link.updated", older, false);
        let id = body_of("payout_link.updated", WebhookSettings::default(), false)["id"].clone();
        assert_eq!(link, json!({ "event": "payout_link.updated", "payout_link_id": id }));
        assert_eq!(body_of("payout_link.paid_out", older, false).get("withdrew_amount"), None);
        assert_eq!(
            body_of("user.updated.id_verified", older, false)["event"],
            json!("user.updated.ide_verified")
        );
    }
}
