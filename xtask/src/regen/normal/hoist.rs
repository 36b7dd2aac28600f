//! Objects and unions within other schemas become schemas of their own, named by their place.

use serde_json::Value;

use super::{Schemas, contents_mut, parts_mut, reference};
use crate::problem::Problems;
use crate::regen::names;

/// Hoists what stands within the schemas.
pub(super) fn schemas(schemas: &mut Schemas, problems: &mut Problems) {
    let names: Vec<String> = schemas.named.keys().cloned().collect();
    for name in names {
        let place = schemas.places.get(&name).cloned().unwrap_or_default();
        let Some(mut schema) = schemas.named.get(&name).cloned() else { continue };
        within(&mut schema, &place, &name, schemas, problems);
        schemas.named.insert(name, schema);
    }
}

/// Hoists the bodies and answers of operations, and what stands within them.
pub(super) fn operations(document: &mut Value, schemas: &mut Schemas, problems: &mut Problems) {
    for (name, place, schema) in contents_mut(document) {
        hoist(schema, &place, &name, schemas, problems);
    }
}

/// Hoists the parts of a schema.
fn within(schema: &mut Value, place: &str, name: &str, schemas: &mut Schemas, problems: &mut Problems) {
    if is_named(schema) {
        return;
    }
    for (at, end, part) in parts_mut(schema) {
        hoist(part, &format!("{place}{at}"), &names::pascal(&format!("{name}{end}")), schemas, problems);
    }
}

/// Hoists one schema if it becomes a type, and what stands within it.
fn hoist(schema: &mut Value, place: &str, name: &str, schemas: &mut Schemas, problems: &mut Problems) {
    let given = schema.get("x-name").and_then(Value::as_str).unwrap_or(name).to_owned();
    let is_type = makes_a_type(schema);
    within(schema, place, if is_type { &given } else { name }, schemas, problems);
    if !is_type {
        return;
    }
    let mut own = schema.clone();
    if let Some(fields) = own.as_object_mut() {
        for key in ["nullable", "default", "deprecated", "x-name", "x-sensitive", "x-null-clears", "x-pays"] {
            fields.remove(key);
        }
    }
    match schemas.named.get(&given) {
        Some(known) if *known != own => problems.add(
            place,
            format!(
                "the type of this place would be named `{given}`, as the other one at {} is",
                schemas.places.get(&given).map_or("", String::as_str)
            ),
            "give it another name with `x-name`, in the overlay",
        ),
        Some(_) => {}
        None => {
            schemas.named.insert(given.clone(), own);
            schemas.places.insert(given.clone(), place.to_owned());
        }
    }
    *schema = reference(&given, schema);
}

/// Tells whether another type carries the values of a schema: a scalar, or an enum.
fn is_named(schema: &Value) -> bool {
    ["x-type", "enum"].iter().any(|key| schema.get(key).is_some())
}

/// Tells whether a schema becomes a type of its own: an object with fields, one that takes none, and a union.
fn makes_a_type(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some();
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    !is_named(schema) && (has("properties") || has("oneOf") || is_closed)
}
