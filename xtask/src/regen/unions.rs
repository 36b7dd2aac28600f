//! Unions: what tells their parts apart, since the first part that fits a value is read.
//!
//! Parts that require other properties differ by their shape. Parts of one shape differ by a tag: a property that the
//! first of them requires, with lists of values that have none in common. An enum of an answer is open, so it would take the values of
//! the other lists; as a tag it is closed. A schema that something else than a union refers to keeps its enums open: an
//! answer with a value that no list names must be read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::index::{Index, text};

/// Tells whether a part takes the values of a later one by its shape: it requires nothing that these lack, and knows
/// all that they have, or is open.
pub(super) fn takes(earlier: &Value, later: &Value) -> bool {
    let is_closed = earlier.get("additionalProperties") == Some(&Value::Bool(false));
    required(earlier).all(|name| has(later, name)) && (!is_closed || has_all_of(earlier, later))
}

/// Tells whether an object has every property that another one has.
pub(super) fn has_all_of(object: &Value, other: &Value) -> bool {
    let names = other.get("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.keys());
    names.into_iter().all(|name| has(object, name))
}

/// The property that tells a part from a later one: it must be there, and its values are none of the later one's.
pub(super) fn tag<'a>(earlier: &'a Value, later: &Value) -> Option<&'a str> {
    possible_tags(earlier, later).find(|name| required(earlier).any(|it| it == *name))
}

/// The properties of a part whose values are none of the later one's.
pub(super) fn possible_tags<'a>(earlier: &'a Value, later: &Value) -> impl Iterator<Item = &'a str> {
    let names = earlier.get("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.keys());
    names.map(String::as_str).filter(|name| {
        let (Some(own), Some(others)) = (values(earlier, name), values(later, name)) else { return false };
        !own.iter().any(|value| others.contains(value))
    })
}

/// The values of an enum that belongs to this object alone.
fn values<'a>(object: &'a Value, name: &str) -> Option<&'a Vec<Value>> {
    let property = object.get("properties")?.get(name)?;
    let is_shared = ["x-name", "x-type"].iter().any(|mark| property.get(mark).is_some());
    property.get("enum").filter(|_| !is_shared)?.as_array().filter(|values| !values.is_empty())
}

fn required(object: &Value) -> impl Iterator<Item = &str> {
    object.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn has(object: &Value, name: &str) -> bool {
    object.get("properties").is_some_and(|it| it.get(name).is_some())
}

/// The components that a request, a success or an event can carry; the bodies of errors become no type.
pub(super) fn carried<'a>(index: &Index<'a>) -> BTreeSet<&'a str> {
    let mut open: Vec<&Value> = Vec::new();
    for operation in &index.operations {
        open.extend(["requestBody", "parameters"].iter().filter_map(|key| operation.value.get(key)));
        open.extend(operation.item.get("parameters"));
        let responses = operation.value.get("responses").and_then(Value::as_object).into_iter().flatten();
        open.extend(responses.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response));
    }
    let is_event = |schema: &Value| ["x-event", "x-event-form"].iter().any(|key| schema.get(key).is_some());
    let events = index.components("schemas").map(|(_, _, schema)| schema);
    open.extend(events.filter(|schema| is_event(schema)));
    let mut names = BTreeSet::new();
    while let Some(value) = open.pop() {
        let found = text(value, "$ref").filter(|reference| names.insert(*reference));
        open.extend(found.and_then(|reference| index.document.pointer(reference.strip_prefix('#')?)));
        match value {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    names
}

/// Tells whether what stands at a place is carried.
pub(super) fn is_carried(place: &str, carried: &BTreeSet<&str>) -> bool {
    let mut segments = place.split('/').skip(1);
    match (segments.next(), segments.next(), segments.next()) {
        (Some("components"), Some(section), Some(name)) => {
            carried.contains(format!("#/components/{section}/{name}").as_str())
        }
        (Some("paths"), ..) => segments.next() != Some("responses") || segments.any(|it| it.starts_with('2')),
        _ => true,
    }
}

/// Adds the targets of references, except those of the parts of unions.
pub(super) fn used_alone<'a>(value: &'a Value, is_part: bool, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(text(value, "$ref").filter(|_| !is_part));
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("oneOf" | "anyOf", Value::Array(parts)) => {
                        parts.iter().for_each(|part| used_alone(part, true, found));
                    }
                    _ => used_alone(value, false, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| used_alone(item, false, found)),
        _ => {}
    }
}
