//! Webhook payloads: schemas of the events that Dots sends; no operation names them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Lowered;

/// The tag of the payloads, which names their file and their feature.
pub(crate) const TAG: &str = "webhooks";

/// The schema of any payload. It becomes an enum over the others, whose names begin with its name.
pub(crate) const ANY: &str = "WebhookEvent";

/// The facts of the payload of one event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventFacts {
    /// Whether it is another form than the one that the document shows, which is tried first.
    pub other_form: bool,
    /// The name of the event.
    pub event: String,
    /// Another spelling of the name.
    pub alias: Option<String>,
    /// The schema of the payload.
    pub schema: String,
}

/// Takes the events out of the schemas and returns the names of their payloads.
///
/// Removes the field `event`, because the type of a payload already tells the event.
pub(super) fn lower(schemas: &mut Map<String, Value>, lowered: &mut Lowered) -> BTreeSet<String> {
    for (schema, value) in schemas.iter_mut() {
        let extension = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let (shown, other) = (extension("x-event"), extension("x-event-form"));
        let (other_form, alias) = (shown.is_none(), extension("x-event-alias"));
        let Some(event) = shown.or(other) else { continue };
        lowered.events.push(EventFacts { other_form, event, alias, schema: schema.clone() });
        if let Some(properties) = value.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove("event");
        }
        if let Some(required) = value.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != "event");
        }
    }
    lowered.events.sort();
    if !lowered.events.is_empty() {
        let any = schemas.remove(ANY).unwrap_or_default();
        let description = any.get("description").and_then(Value::as_str).unwrap_or_default();
        lowered.schemas.insert(ANY.to_owned(), description.to_owned());
        lowered.tags.push((TAG.to_owned(), "What Dots tells unasked: the payload of each event.".to_owned()));
    }
    lowered.events.iter().map(|facts| facts.schema.clone()).collect()
}
