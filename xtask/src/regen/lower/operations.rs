//! Operations: leaves progenitor a path, a body and one answer, and keeps the rest as facts.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{FieldFacts, Lowered};
use crate::problem::Problems;
use crate::regen::fingerprint::without_prose;
use crate::regen::index::parameter_names;
use crate::regen::names;
use crate::regen::pointer::escape;

/// The facts of one operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OperationFacts {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The path template.
    pub path: String,
    /// The first tag.
    pub tag: String,
    /// The summary, in one line.
    pub summary: String,
    /// The description.
    pub description: String,
    /// The documented success statuses.
    pub statuses: Vec<u16>,
    /// The optional request headers.
    pub headers: Vec<String>,
    /// The value of `x-idempotency`.
    pub idempotency: Option<String>,
    /// Whether the list is paginated with cursors.
    pub cursor: bool,
    /// Whether `dots-api` sends it with handwritten code.
    pub hand_written: bool,
    /// Whether it moves no money, whatever its body names.
    pub pays_nothing: bool,
    /// The path parameters in the order of the template.
    pub path_parameters: Vec<String>,
    /// The query parameters.
    pub query_parameters: Vec<Query>,
    /// The facts of each path and query parameter.
    pub parameters: BTreeMap<String, FieldFacts>,
    /// The example of the body whose name comes first.
    pub example: Option<Value>,
}

impl OperationFacts {
    /// Its place in the document.
    pub(crate) fn place(&self) -> String {
        format!("/paths/{}/{}", escape(&self.path), self.method.to_lowercase())
    }

    /// The names of the parameters on the wire.
    pub(crate) fn wires(&self) -> impl Iterator<Item = &str> {
        let query = self.query_parameters.iter().map(|query| query.wire.as_str());
        self.path_parameters.iter().map(String::as_str).chain(query)
    }
}

/// A query parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// The name on the wire.
    pub wire: String,
    /// Whether each element of a list is sent as a parameter of its own.
    pub explode: bool,
}

/// Lowers every operation in place and records its facts.
pub(super) fn lower(document: &mut Value, lowered: &mut Lowered, problems: &mut Problems) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths.iter_mut() {
        let Some(item) = item.as_object_mut() else { continue };
        item.retain(|method, operation| {
            let facts = facts(path, method, operation);
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            let hand_written = facts.hand_written;
            if let Some(pointer) = strip(operation) {
                problems.add(
                    format!("/paths/{}/{method}{pointer}", path.replace('/', "~1")),
                    format!("`{id}` answers its successes in several shapes"),
                    "make them one in openapi/overlay.yaml",
                );
            }
            lowered.operations.insert(id, facts);
            !hand_written
        });
    }
    let kept = std::mem::take(paths).into_iter();
    let kept = kept.filter(|(_, item)| item.as_object().is_none_or(|item| !item.is_empty()));
    *paths = kept.enumerate().map(|(index, (path, item))| (template(index, &path), item)).collect();
}

/// A path for progenitor: its parameters, under the names of their arguments. The rest of the template is a matter of
/// the client, which fills that of the document.
fn template(index: usize, path: &str) -> String {
    let names = parameter_names(path).unwrap_or_default();
    let parameters: String = names.iter().map(|name| format!("/{{{}}}", names::snake(name))).collect();
    format!("/{index}{parameters}")
}

fn facts(path: &str, method: &str, operation: &Value) -> OperationFacts {
    let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let parameters: Vec<&Value> =
        operation.get("parameters").and_then(Value::as_array).into_iter().flatten().collect();
    let place = |place: &str| {
        parameters
            .iter()
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some(place))
            .filter_map(|parameter| Some(parameter.get("name")?.as_str()?.to_owned()))
            .collect::<Vec<_>>()
    };
    let in_path = parameter_names(path).unwrap_or_default().into_iter().map(str::to_owned);
    let query = parameters.iter().filter(|it| it.get("in").and_then(Value::as_str) == Some("query"));
    let query = query.filter_map(|it| {
        let wire = it.get("name")?.as_str()?.to_owned();
        Some(Query { wire, explode: it.get("explode") != Some(&Value::Bool(false)) })
    });
    OperationFacts {
        method: method.to_uppercase(),
        path: path.to_owned(),
        tag: operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("common").to_owned(),
        summary: text("summary"),
        description: text("description"),
        statuses: success_statuses(operation),
        headers: place("header"),
        idempotency: operation.get("x-idempotency").and_then(Value::as_str).map(str::to_owned),
        cursor: operation.get("x-pagination").and_then(Value::as_str) == Some("cursor"),
        hand_written: operation.get("x-hand-written") == Some(&json!(true)),
        pays_nothing: operation.get("x-pays").is_some(),
        path_parameters: in_path.collect(),
        query_parameters: query.collect(),
        parameters: parameters.iter().filter_map(|parameter| parameter_facts(parameter)).collect(),
        example: example(operation),
    }
}

/// The example of the body whose name comes first.
fn example(operation: &Value) -> Option<Value> {
    let content = operation.pointer("/requestBody/content")?.as_object()?;
    let mut examples = content.values().filter_map(|media| media.get("examples")?.as_object());
    examples.find_map(|examples| examples.values().next()?.get("value")).cloned()
}

fn parameter_facts(parameter: &Value) -> Option<(String, FieldFacts)> {
    let mut facts = FieldFacts::of(parameter.get("schema")?);
    if let Some(description) = parameter.get("description").and_then(Value::as_str) {
        description.clone_into(&mut facts.description);
    }
    facts.required = parameter.get("required") == Some(&Value::Bool(true));
    Some((parameter.get("name")?.as_str()?.to_owned(), facts))
}

fn success_statuses(operation: &Value) -> Vec<u16> {
    let mut statuses: Vec<u16> = operation
        .get("responses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(status, _)| status.parse().ok())
        .filter(|status| (200..300).contains(status))
        .collect();
    statuses.sort_unstable();
    statuses
}

/// Removes headers, error responses and prose, and joins the successes into one `2XX`, because the sources of Dots
/// disagree on which 2xx an operation answers. Returns the pointer of a success with another schema than the first.
fn strip(operation: &mut Value) -> Option<String> {
    let object = operation.as_object_mut()?;
    object
        .retain(|key, _| matches!(key.as_str(), "operationId" | "parameters" | "requestBody" | "responses"));
    if let Some(parameters) = object.get_mut("parameters").and_then(Value::as_array_mut) {
        parameters.retain(|parameter| parameter.get("in").and_then(Value::as_str) != Some("header"));
        for parameter in parameters.iter_mut().filter_map(Value::as_object_mut) {
            parameter.retain(|key, _| matches!(key.as_str(), "name" | "in" | "required" | "schema"));
        }
    }
    let content =
        object.get_mut("requestBody").and_then(|body| body.get_mut("content")).and_then(Value::as_object_mut);
    for media_type in content.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        media_type.retain(|key, _| key == "schema");
    }
    let responses = object.get_mut("responses")?.as_object_mut()?;
    responses.retain(|status, _| status.starts_with('2'));
    let content = |response: &Value| {
        let media = response.get("content").map(without_prose)?;
        let only_schemas = |media: &Value| json!({ "schema": media.get("schema") });
        Some(
            media
                .as_object()?
                .iter()
                .map(|(kind, media)| (kind.clone(), only_schemas(media)))
                .collect::<Value>(),
        )
    };
    let first = responses.values().next().and_then(content);
    let other =
        responses.iter().find(|(_, response)| content(response) != first).map(|(status, _)| status.clone());
    let mut joined = json!({ "description": "" });
    if let (Some(first), Some(joined)) = (first, joined.as_object_mut()) {
        joined.insert("content".to_owned(), first);
    }
    responses.clear();
    responses.insert("2XX".to_owned(), joined);
    other.map(|status| format!("/responses/{status}"))
}
