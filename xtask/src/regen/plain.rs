//! Written plainly: what published documents leave out or write beside each other, and mean one thing by.
//!
//! | in the document | written |
//! |---|---|
//! | `title` of a schema | its `description`, unless it has one |
//! | `description`, `readOnly` and the like beside a `$ref` | `allOf: [$ref]` with them beside it, as OpenAPI 3.1 means it |
//! | `properties` without `type`, and other keywords of one type | `type: object` beside them |
//!
//! The checks see what is written here, so that each rule of theirs is said once.

use serde_json::{Map, Value, json};

use super::normal::parts_mut;

/// What says something of the place of a reference, and nothing of its type.
const ANNOTATIONS: [&str; 6] =
    ["deprecated", "description", "example", "externalDocs", "readOnly", "writeOnly"];

/// The keywords of one type each.
const TYPED: [(&str, &str); 7] = [
    ("properties", "object"),
    ("additionalProperties", "object"),
    ("items", "array"),
    ("enum", "string"),
    ("pattern", "string"),
    ("minLength", "string"),
    ("maxLength", "string"),
];

/// Writes a document of OpenAPI 3.0 plainly, in place.
pub(super) fn write(document: &mut Value) {
    let components = document.get_mut("components").and_then(Value::as_object_mut);
    for (section, parts) in components.into_iter().flatten() {
        for part in parts.as_object_mut().into_iter().flat_map(Map::values_mut) {
            if section == "schemas" { schema(part) } else { holder(part) }
        }
    }
    document.get_mut("paths").into_iter().for_each(holder);
}

/// Finds the schemas of parameters, bodies, answers and headers.
fn holder(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "schema" => schema(value),
                    "example" | "examples" => {}
                    _ => holder(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(holder),
        _ => {}
    }
}

/// Writes a schema and all within it.
fn schema(value: &mut Value) {
    for (_, _, part) in parts_mut(value) {
        schema(part);
    }
    let Some(fields) = value.as_object_mut() else { return };
    title(fields);
    implied_type(fields);
    beside_reference(fields);
}

/// A title is prose: types are named by their place.
fn title(fields: &mut Map<String, Value>) {
    if let Some(title) = fields.get("title").filter(|title| title.is_string()).cloned() {
        fields.remove("title");
        fields.entry("description").or_insert(title);
    }
}

/// Writes the type that all keywords agree on.
fn implied_type(fields: &mut Map<String, Value>) {
    let says = |key: &str| fields.contains_key(key);
    if ["type", "$ref", "allOf", "oneOf", "anyOf"].into_iter().any(says) {
        return;
    }
    let mut types = TYPED.iter().filter(|(key, _)| says(key)).map(|(_, found)| *found);
    let Some(first) = types.next().filter(|first| types.all(|other| other == *first)) else { return };
    // `check` says what is wrong with values that are no text.
    let values = fields.get("enum").and_then(Value::as_array).into_iter().flatten();
    if values.into_iter().all(Value::is_string) {
        fields.insert("type".to_owned(), first.into());
    }
}

/// Puts annotations beside an `allOf`; `check` refuses what says more.
fn beside_reference(fields: &mut Map<String, Value>) {
    let is_said = fields.keys().any(|key| ANNOTATIONS.contains(&key.as_str()));
    let is_all = fields
        .keys()
        .all(|key| key == "$ref" || key.starts_with("x-") || ANNOTATIONS.contains(&key.as_str()));
    if let Some(reference) = fields.get("$ref").filter(|_| is_said && is_all).cloned() {
        fields.remove("$ref");
        fields.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
}
