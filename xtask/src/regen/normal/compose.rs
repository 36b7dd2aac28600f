//! Composition: several objects in an `allOf` become one, and every union is a `oneOf` of several parts.

use serde_json::{Map, Value, json};

use super::{Schemas, annotations, contents_mut, parts_mut, target};
use crate::problem::Problems;

/// How deep composition is followed; `check` refuses circles.
const MAX_DEPTH: usize = 64;

/// Composes all schemas.
pub(super) fn schemas(schemas: &mut Schemas, problems: &mut Problems) {
    let names: Vec<String> = schemas.named.keys().cloned().collect();
    for name in names {
        let place = schemas.places.get(&name).cloned().unwrap_or_default();
        let Some(mut schema) = schemas.named.get(&name).cloned() else { continue };
        compose(&mut schema, &place, &schemas.named, problems, 0);
        schemas.named.insert(name, schema);
    }
}

/// Composes the schemas of bodies, answers and parameters.
pub(super) fn operations(document: &mut Value, schemas: &Schemas, problems: &mut Problems) {
    for (_, place, schema) in contents_mut(document) {
        compose(schema, &place, &schemas.named, problems, 0);
    }
    for schema in super::operations::parameter_schemas_mut(document) {
        compose(schema, "/paths", &schemas.named, problems, 0);
    }
}

fn compose(
    schema: &mut Value,
    place: &str,
    named: &Map<String, Value>,
    problems: &mut Problems,
    depth: usize,
) {
    if depth > MAX_DEPTH {
        return;
    }
    for (at, _, part) in parts_mut(schema) {
        compose(part, &format!("{place}{at}"), named, problems, depth + 1);
    }
    if schema.get("allOf").is_some() {
        all_of(schema, place, named, problems, depth);
    }
    one_of(schema);
}

/// Replaces an `allOf` by the one object that it describes, unless it is one reference with annotations beside it.
fn all_of(
    schema: &mut Value,
    place: &str,
    named: &Map<String, Value>,
    problems: &mut Problems,
    depth: usize,
) {
    let Some(object) = schema.as_object_mut() else { return };
    let Some(Value::Array(parts)) = object.remove("allOf") else { return };
    let (remarks, mut parts): (Vec<Value>, Vec<Value>) = parts.into_iter().partition(is_remark);
    for remark in &remarks {
        for (key, value) in annotations(remark) {
            object.entry(key).or_insert(value);
        }
    }
    let own = take_own(object);
    if let (None, [only]) = (&own, parts.as_slice()) {
        if target(only).is_some() {
            object.insert("allOf".to_owned(), json!([only]));
        } else {
            // What is said here goes before what the part says.
            for (key, value) in only.as_object().into_iter().flatten() {
                object.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        return;
    }
    parts.extend(own);
    let mut whole = Merged::default();
    for part in &parts {
        whole.add(&resolved(part, named, problems, depth), place, problems);
    }
    object.insert("type".to_owned(), "object".into());
    object.insert("properties".to_owned(), whole.properties.into());
    object.insert("required".to_owned(), whole.required.into());
    if let Some(description) = whole.description {
        object.entry("description").or_insert(description);
    }
}

/// Tells whether a part of an `allOf` only says something about its place.
fn is_remark(part: &Value) -> bool {
    part.as_object().is_some_and(|fields| fields.len() == annotations(part).len())
}

/// Takes the properties that stand beside an `allOf`: they are one more part.
fn take_own(object: &mut Map<String, Value>) -> Option<Value> {
    object.remove("type");
    let taken: Map<String, Value> = ["properties", "required", "additionalProperties"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), object.remove(key)?)))
        .collect();
    (!taken.is_empty()).then(|| taken.into())
}

/// Follows references, and composes what they lead to.
fn resolved(part: &Value, named: &Map<String, Value>, problems: &mut Problems, depth: usize) -> Value {
    let mut found = part.clone();
    let mut hops = depth;
    while let Some(next) = target(&found).and_then(|name| named.get(name)) {
        found = next.clone();
        hops += 1;
        if hops > MAX_DEPTH {
            return found;
        }
    }
    compose(&mut found, "", named, problems, hops + 1);
    match super::wrapped_target(&found).and_then(|name| named.get(name)) {
        Some(next) if hops < MAX_DEPTH => resolved(&next.clone(), named, problems, hops + 1),
        _ => found,
    }
}

/// The parts of an `allOf` as one object.
#[derive(Default)]
struct Merged {
    properties: Map<String, Value>,
    required: Vec<Value>,
    description: Option<Value>,
}

impl Merged {
    fn add(&mut self, part: &Value, place: &str, problems: &mut Problems) {
        let properties = part.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            match self.properties.get(name) {
                Some(known) if known != property => problems.add(
                    place,
                    format!("the property `{name}` stands in two parts of this `allOf`, and differs"),
                    "keep it in one of them",
                ),
                _ => drop(self.properties.insert(name.clone(), property.clone())),
            }
        }
        for name in part.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !self.required.contains(name) {
                self.required.push(name.clone());
            }
        }
        if part.get("additionalProperties").is_some_and(|it| *it != Value::Bool(true)) {
            problems.add(
                place,
                "`additionalProperties` in a part of an `allOf`, which says nothing of the other parts",
                "remove it from the part",
            );
        }
        self.description = self.description.take().or_else(|| part.get("description").cloned());
    }
}

/// Writes every union as `oneOf`, and one of a single part as that part.
fn one_of(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(variants) = object.remove("anyOf") {
        object.insert("oneOf".to_owned(), variants);
    }
    let Some([only]) = object.get("oneOf").and_then(Value::as_array).map(Vec::as_slice) else { return };
    let only = only.clone();
    object.remove("oneOf");
    if target(&only).is_some() {
        object.insert("allOf".to_owned(), json!([only]));
    } else {
        for (key, value) in only.as_object().into_iter().flatten() {
            object.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}
