//! Between check and lower: the normal form of the document, which leaves the generator fewer things to know.
//!
//! A document can say one thing in many ways. Here each of them becomes one:
//!
//! | in the document | in the normal form |
//! |---|---|
//! | `$ref` to a parameter, a body or a response; parameters of a path | written out at the operation |
//! | `payout_link` as the name of a schema | `PayoutLink` |
//! | `allOf` of several objects | one object |
//! | `anyOf`, and `oneOf` of a single part | `oneOf` of several parts |
//! | an object or a union within another schema, a body or an answer | a schema, named by its place |
//! | a schema that is a list, a map, a text or a number | written out where it is referred to |
//! | a schema that may be null | every place that refers to it may be null |
//!
//! After it, each schema of `components` is an object, a union or an enum, and what stands within is a scalar, a
//! reference, or a list or map of these.

mod aliases;
mod compose;
mod hoist;
mod operations;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::names;
use super::pointer::Pointer;
use crate::problem::Problems;

/// The prefix of a reference to a schema.
pub(super) const PREFIX: &str = "#/components/schemas/";

/// The keys of a schema that say something about its place and nothing about its type.
const ANNOTATIONS: &[&str] = &[
    "default",
    "deprecated",
    "description",
    "example",
    "externalDocs",
    "nullable",
    "readOnly",
    "writeOnly",
    "x-null-clears",
    "x-pays",
    "x-sensitive",
];

/// The schemas of a document, while they are rewritten.
pub(super) struct Schemas {
    /// The schemas, by name.
    pub(super) named: Map<String, Value>,
    /// Where each stands in the document.
    pub(super) places: BTreeMap<String, String>,
}

/// A document in its normal form.
pub(crate) struct Normal {
    /// The document.
    pub(crate) document: Value,
    /// Where the schemas stand in the document that was checked.
    pub(crate) places: BTreeMap<String, String>,
}

/// Brings a checked document into its normal form.
pub(super) fn of(document: &Value) -> Result<Normal, Problems> {
    let mut document = document.clone();
    let mut problems = Problems::none();
    operations::write_out(&mut document);
    let mut schemas = take_schemas(&mut document);
    rename(&mut document, &mut schemas);
    compose::schemas(&mut schemas, &mut problems);
    compose::operations(&mut document, &schemas, &mut problems);
    hoist::schemas(&mut schemas, &mut problems);
    hoist::operations(&mut document, &mut schemas, &mut problems);
    aliases::write_out(&mut document, &mut schemas, &mut problems);
    if let Some(root) = document.as_object_mut() {
        root.insert("components".to_owned(), json!({ "schemas": schemas.named }));
    }
    problems.or(Normal { document, places: schemas.places })
}

fn take_schemas(document: &mut Value) -> Schemas {
    let named = match document.pointer_mut("/components/schemas").map(Value::take) {
        Some(Value::Object(named)) => named,
        _ => Map::new(),
    };
    let root = Pointer::root().key("components").key("schemas");
    let places = named.keys().map(|name| (name.clone(), root.key(name).into())).collect();
    Schemas { named, places }
}

/// Gives each schema the name of its type. `check` refuses names that become the same.
fn rename(document: &mut Value, schemas: &mut Schemas) {
    let old = std::mem::take(&mut schemas.named);
    let places = std::mem::take(&mut schemas.places);
    schemas.places = places.into_iter().map(|(name, place)| (names::type_name(&name), place)).collect();
    for (name, mut schema) in old {
        rename_references(&mut schema);
        schemas.named.insert(names::type_name(&name), schema);
    }
    if let Some(paths) = document.get_mut("paths") {
        rename_references(paths);
    }
}

fn rename_references(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let name =
                    value.as_str().filter(|_| key == "$ref").and_then(|text| text.strip_prefix(PREFIX));
                match name
                    .map(|name| format!("{PREFIX}{}", names::type_name(&super::pointer::unescape(name))))
                {
                    Some(renamed) => *value = renamed.into(),
                    None => rename_references(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(rename_references),
        _ => {}
    }
}

/// The name of the schema that a value refers to.
pub(super) fn target(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(PREFIX)
}

/// The name of the schema that a value refers to, alone or with annotations beside it.
pub(super) fn wrapped_target(schema: &Value) -> Option<&str> {
    target(schema).or_else(|| match schema.get("allOf")?.as_array()?.as_slice() {
        [only] => target(only),
        _ => None,
    })
}

/// A reference to a schema, with what is said about its place.
pub(super) fn reference(name: &str, place: &Value) -> Value {
    let plain = json!({ "$ref": format!("{PREFIX}{name}") });
    let beside = annotations(place);
    if beside.is_empty() {
        return plain;
    }
    let mut wrapper = Map::from_iter([("allOf".to_owned(), json!([plain]))]);
    wrapper.extend(beside);
    wrapper.into()
}

/// What a schema says about its place.
pub(super) fn annotations(schema: &Value) -> Map<String, Value> {
    let fields = schema.as_object().into_iter().flatten();
    fields
        .filter(|(key, _)| ANNOTATIONS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The schemas directly within another one, each with the key that leads to it and the end of its name.
pub(super) fn parts_mut(schema: &mut Value) -> Vec<(String, String, &mut Value)> {
    let mut parts = Vec::new();
    for (key, value) in schema.as_object_mut().into_iter().flatten() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, value) in properties {
                    let at = format!("/properties/{}", super::pointer::escape(name));
                    parts.push((at, names::pascal(name), value));
                }
            }
            ("items", value) => parts.push(("/items".to_owned(), "Item".to_owned(), value)),
            ("additionalProperties", value) if value.is_object() => {
                parts.push(("/additionalProperties".to_owned(), "Value".to_owned(), value));
            }
            ("oneOf" | "anyOf" | "allOf", Value::Array(variants)) => {
                for (index, value) in variants.iter_mut().enumerate() {
                    parts.push((format!("/{key}/{index}"), format!("Variant{index}"), value));
                }
            }
            _ => {}
        }
    }
    parts
}

/// The media types of the body and the answers of each operation: the name that an inline schema gets, the place, and
/// the schema.
pub(super) fn contents_mut(document: &mut Value) -> Vec<(String, String, &mut Value)> {
    let mut found = Vec::new();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let id = names::pascal(operation.get("operationId").and_then(Value::as_str).unwrap_or_default());
            let at = Pointer::root().key("paths").key(path).key(method);
            for (key, value) in operation.as_object_mut().into_iter().flatten() {
                match (key.as_str(), value) {
                    ("requestBody", body) => {
                        found.extend(media_mut(body, &at.key("requestBody"), &format!("{id}Request")));
                    }
                    ("responses", Value::Object(responses)) => {
                        for (status, response) in responses {
                            let at = at.key("responses").key(status);
                            let kind = if status.starts_with('2') { "Response" } else { "Error" };
                            found.extend(media_mut(response, &at, &format!("{id}{kind}")));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

fn media_mut<'a>(holder: &'a mut Value, at: &Pointer, name: &str) -> Vec<(String, String, &'a mut Value)> {
    let content = holder.get_mut("content").and_then(Value::as_object_mut);
    let media = content.into_iter().flatten().filter_map(|(kind, media)| {
        let at = at.key("content").key(kind).key("schema");
        Some((name.to_owned(), String::from(at), media.get_mut("schema")?))
    });
    media.collect()
}
