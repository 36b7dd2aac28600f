//! The payloads of events, as webhooks send them.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::payout_link;
use crate::state::{Payload, State};

/// Builds the payload of an event.
pub(crate) fn event_payload<'e>(payload: &'e Payload, state: &State) -> Cow<'e, Value> {
    let (link, more) = match payload {
        Payload::Json(payload) => return Cow::Borrowed(payload),
        Payload::Link { link, more } => (link, more),
    };
    let mut payload = payout_link::body(link, state);
    if let (Some(fields), Value::Object(more)) = (payload.as_object_mut(), more) {
        fields.insert("original_amount".to_owned(), json!(link.amount));
        fields.insert("created_by_email".to_owned(), Value::Null);
        fields.extend(more.clone());
    }
    Cow::Owned(payload)
}
