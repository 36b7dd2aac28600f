//! The events of webhooks: the schemas of the document that have an `x-event`.

use serde_json::{Map, Value};

use super::{SpecError, Style, Validator, sample::sample, schemas::Schemas};

/// One event of the document.
#[derive(Debug)]
pub(crate) struct EventSchema {
    /// The name of the event, such as `transfer.updated`.
    pub(crate) name: String,
    pub(crate) schema: Validator,
    /// Whether a delivery to an endpoint of the organization names the app.
    pub(crate) names_app: bool,
    /// Whether the document says that `event` may be missing from the body.
    pub(crate) may_be_nameless: bool,
    /// A payload with every field of the schema but `event` and `api_app_id`, as real bodies write it.
    sample: Value,
    /// The same payload, exactly as the document has it.
    tidy_sample: Value,
}

impl EventSchema {
    /// Returns a payload with every field of the schema but `event` and `api_app_id`.
    pub(crate) fn sample(&self, style: Style) -> &Value {
        if style.tidy { &self.tidy_sample } else { &self.sample }
    }
}

/// Parses every event of the document.
pub(super) fn read_all(document: &Value, answers: &Schemas) -> Result<Vec<EventSchema>, SpecError> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let named = schemas.into_iter().flatten().filter_map(|(component, schema)| {
        let event = schema.get("x-event")?.as_str()?;
        Some(read(document, component, event, schema, answers))
    });
    named.collect()
}

fn read(
    document: &Value,
    component: &str,
    event: &str,
    schema: &Value,
    answers: &Schemas,
) -> Result<EventSchema, SpecError> {
    let reference = serde_json::json!({ "$ref": format!("#/components/schemas/{component}") });
    let property = |name: &str| schema.get("properties").and_then(|properties| properties.get(name));
    let described = property("event").and_then(|event| event.get("description")).and_then(Value::as_str);
    Ok(EventSchema {
        name: event.to_owned(),
        schema: answers.validator(&reference)?,
        names_app: property("api_app_id").is_some(),
        may_be_nameless: described.is_some_and(|text| text.contains("may be missing")),
        sample: settled(event, bare(sample(document, schema, Style { tidy: false })?)),
        tidy_sample: settled(event, bare(sample(document, schema, Style { tidy: true })?)),
    })
}

/// Removes the fields that depend on how an event is delivered.
fn bare(sample: Value) -> Value {
    let Value::Object(fields) = sample else { return Value::Object(Map::new()) };
    let stays = |(name, _): &(String, Value)| name != "event" && name != "api_app_id";
    Value::Object(fields.into_iter().filter(stays).collect())
}

/// Gives the object of a sample the status that the event announces.
fn settled(event: &str, mut sample: Value) -> Value {
    let status = match event.rsplit('.').next() {
        Some("paid_out") => "claimed",
        Some(status @ ("claimed" | "sent" | "completed" | "failed" | "flagged")) => status,
        _ => return sample,
    };
    for place in ["/status", "/transfer/status", "/payout_link/status"] {
        if let Some(place) = sample.pointer_mut(place) {
            *place = Value::from(status);
        }
    }
    sample
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use crate::spec::{Spec, Style};

    #[test]
    fn each_of_the_27_samples_is_what_the_document_allows() {
        let spec = Spec::embedded().unwrap();
        assert_eq!(spec.events.len(), 27);
        for event in &spec.events {
            for style in [Style { tidy: false }, Style { tidy: true }] {
                let errors: Vec<String> =
                    event.schema.violations(event.sample(style)).iter().map(ToString::to_string).collect();
                assert_eq!(errors, Vec::<String>::new(), "{} {style:?}", event.name);
            }
        }
    }

    #[test]
    fn the_events_without_an_app_are_those_of_the_document() {
        let spec = Spec::embedded().unwrap();
        let mut nameless: Vec<&str> =
            spec.events.iter().filter(|event| !event.names_app).map(|event| event.name.as_str()).collect();
        nameless.sort_unstable();
        let expected = ["app.updated", "flow.transaction_updated", "organization.updated", "refund.updated"];
        assert_eq!(nameless, expected);
    }

    #[test]
    fn eleven_events_may_lack_their_name() {
        let spec = Spec::embedded().unwrap();
        let mut nameless: Vec<&str> = spec
            .events
            .iter()
            .filter(|event| event.may_be_nameless)
            .map(|event| event.name.as_str())
            .collect();
        nameless.sort_unstable();
        let expected = [
            "app.updated",
            "payment_intent.updated",
            "payout_link.claimed",
            "payout_link.paid_out",
            "payout_link.sent",
            "refund.updated",
            "transfer.completed",
            "transfer.failed",
            "user.updated.background_check",
            "user.updated.id_verified",
            "user.updated.payout_method",
        ];
        assert_eq!(nameless, expected);
    }
}
