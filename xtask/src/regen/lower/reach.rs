//! Reachability: which schemas a request, an answer or a webhook can carry; the others are dropped.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{ERROR_SCHEMA, Lowered};

const PREFIX: &str = "#/components/schemas/";

/// Keeps the schemas that requests and answers reach, and records which of both; a webhook's payload counts as an
/// answer.
pub(super) fn keep_reachable(
    document: &Value,
    payloads: &BTreeSet<String>,
    schemas: &mut Map<String, Value>,
    lowered: &mut Lowered,
) {
    let mut in_requests = BTreeSet::new();
    let mut in_answers = BTreeSet::from([ERROR_SCHEMA.to_owned()]);
    let operations = document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .flat_map(Map::values);
    for operation in operations {
        operation.get("requestBody").inspect(|body| collect(body, &mut in_requests));
        operation.get("parameters").inspect(|parameters| collect(parameters, &mut in_requests));
        operation.get("responses").inspect(|answers| collect(answers, &mut in_answers));
    }
    in_answers.extend(payloads.iter().cloned());
    close(schemas, &mut in_requests);
    close(schemas, &mut in_answers);
    let is_kept = |name: &String| in_requests.contains(name) || in_answers.contains(name);
    lowered.dropped = schemas.keys().filter(|name| !is_kept(name)).cloned().collect();
    schemas.retain(|name, _| is_kept(name));
    lowered.in_requests = in_requests;
    lowered.in_answers = in_answers;
}

/// Adds the schemas that the named ones refer to, transitively.
fn close(schemas: &Map<String, Value>, names: &mut BTreeSet<String>) {
    let mut open: Vec<String> = names.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let mut inner = BTreeSet::new();
        schemas.get(&name).inspect(|schema| collect(schema, &mut inner));
        open.extend(inner.into_iter().filter(|name| names.insert(name.clone())));
    }
}

/// Collects the schemas and named types that a value refers to.
fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(name) =
                object.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix(PREFIX))
            {
                names.insert(name.to_owned());
            }
            if object.get("enum").is_some_and(Value::is_array) {
                names.extend(object.get("x-name").and_then(Value::as_str).map(str::to_owned));
            }
            object.values().for_each(|value| collect(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}
