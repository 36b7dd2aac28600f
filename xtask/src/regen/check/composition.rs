//! Schema composition: `allOf`, `oneOf`, `anyOf`, `not`.
//!
//! typify merges the parts of an `allOf`. On many it reaches `unimplemented!()`, or generates a type without values.
//! It merges well what this check allows: one part, or several plain objects without a common property.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, Schema, elements, entries, text};
use crate::regen::lower::events;
use crate::regen::pointer::Pointer;
use crate::regen::unions;

/// The keys that compose schemas.
const COMPOSING: [&str; 3] = ["allOf", "oneOf", "anyOf"];

/// The keys that may stand beside one of them.
const BESIDE: [&str; 9] = [
    "description",
    "nullable",
    "deprecated",
    "readOnly",
    "writeOnly",
    "example",
    "externalDocs",
    "default",
    "discriminator",
];

/// Checks every composed schema.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    let mut alone = BTreeSet::new();
    unions::used_alone(index.document, false, &mut alone);
    let carried = unions::carried(index);
    for schema in &index.schemas {
        composed(schema, problems);
        if schema.value.get("not").is_some() {
            let fix = "say what the value is, not what it is not";
            problems.add(schema.pointer.key("not"), "`not`, for which the generator has no type", fix);
        }
        if schema.value.get("discriminator").is_some() {
            problems.add(
                schema.pointer.key("discriminator"),
                "a `discriminator`, which the generator does not read",
                "remove it with an overlay action; the variants are told apart by their shape",
            );
        }
        parts(index, schema, problems);
        // The payloads of events are told apart by the name of the event.
        let is_any_event = schema.component == Some(events::ANY);
        if !is_any_event && unions::is_carried(schema.pointer.as_str(), &carried) {
            shadows(index, schema, &alone, problems);
        }
    }
}

/// Refuses several composing keys, one without parts, and keys beside it that constrain the value further.
fn composed(schema: &Schema<'_>, problems: &mut Problems) {
    let present: Vec<_> = COMPOSING.iter().filter(|key| schema.value.get(key).is_some()).collect();
    let Some(first) = present.first() else { return };
    if present.len() > 1 {
        let what = format!("{} of `allOf`, `oneOf` and `anyOf` in one schema", present.len());
        problems.add(&schema.pointer, what, "keep one of them");
        return;
    }
    if elements(&schema.pointer, schema.value, first).next().is_none() {
        problems.add(
            schema.pointer.key(first),
            format!("`{first}` without parts"),
            "list at least one schema",
        );
    }
    for key in schema.value.as_object().into_iter().flat_map(|fields| fields.keys()) {
        let known =
            BESIDE.contains(&key.as_str()) || key.starts_with("x-") || COMPOSING.contains(&key.as_str());
        // `schemas` reports a keyword without a type. Properties beside an `allOf` are one more part of it.
        let is_part = **first == "allOf" && ["type", "properties", "required"].contains(&key.as_str());
        if !known && !is_part && (key == "type" || schema.value.get("type").is_some()) {
            problems.add(
                schema.pointer.key(key),
                format!("`{key}` beside `{first}`, which the generator merges wrongly"),
                format!("move it into a part of `{first}`"),
            );
        }
    }
}

/// Refuses a part of a union that takes whatever a later part is meant for: the first that fits is read.
fn shadows(index: &Index<'_>, schema: &Schema<'_>, alone: &BTreeSet<&str>, problems: &mut Problems) {
    if schema.value.get("x-type").is_some() {
        return;
    }
    let parts = ["oneOf", "anyOf"].into_iter().flat_map(|key| elements(&schema.pointer, schema.value, key));
    let objects: Vec<_> = parts
        .filter_map(|(at, part)| Some((at, text(part, "$ref"), index.resolve(part)?)))
        .filter(|(_, _, part)| part.get("properties").is_some())
        .collect();
    for (nth, (at, _, later)) in objects.iter().enumerate() {
        let hides = |reference: Option<&str>, earlier: &Value| {
            let is_alone = reference.is_some_and(|it| alone.contains(it));
            unions::takes(earlier, later) && (is_alone || unions::tag(earlier, later).is_none())
        };
        let found = objects.iter().take(nth).find(|(_, reference, earlier)| hides(*reference, earlier));
        let Some((first, _, earlier)) = found else { continue };
        problems.add(
            at,
            format!("this part of the union would never be read: the one at {first} takes its values too"),
            remedy(earlier, later),
        );
    }
}

/// How a part of a union becomes one that does not take the values of a later one.
fn remedy(earlier: &Value, later: &Value) -> String {
    if let Some(name) = unions::tag(earlier, later) {
        return format!(
            "refer to the earlier part from unions alone, so that its `{name}` need not take values of others: write \
             it twice"
        );
    }
    if let Some(name) = unions::possible_tags(earlier, later).next() {
        return format!("require `{name}` in the earlier part: its values tell them apart");
    }
    let is_alike = unions::has_all_of(earlier, later) && unions::has_all_of(later, earlier);
    let remedy = if is_alike {
        "keep one of them: both have the same properties, and no values of one tell them apart"
    } else {
        "put the part that requires more first, require what tells them apart, or close the earlier part"
    };
    remedy.to_owned()
}

/// Refuses parts of an `allOf` of several that are not plain objects, or that share a property.
fn parts(index: &Index<'_>, schema: &Schema<'_>, problems: &mut Problems) {
    let parts: Vec<_> = elements(&schema.pointer, schema.value, "allOf").collect();
    if parts.len() < 2 {
        return;
    }
    let mut seen: BTreeMap<String, Pointer> = BTreeMap::new();
    for (at, part) in parts {
        // `references` reports a reference that leads nowhere.
        let Some(part) = index.resolve(part) else { continue };
        // It says something about its place and nothing about the type.
        if part.as_object().is_some_and(|fields| fields.keys().all(|key| BESIDE.contains(&key.as_str()))) {
            continue;
        }
        // The parts of a part are merged first.
        if part.get("allOf").is_some() {
            continue;
        }
        if part.get("type") != Some(&Value::from("object")) || part.get("nullable").is_some() {
            let fix = "keep a single part, or write the merged object out";
            problems.add(&at, "an `allOf` of several parts, of which this one is not a plain object", fix);
        }
        for (place, _) in entries(&Pointer::root(), part, "properties") {
            let name = place.as_str().trim_start_matches("/properties/").to_owned();
            if let Some(first) = seen.get(&name) {
                let what = format!("the property `{name}` stands in two parts, here and in {first}");
                problems.add(&at, what, "keep it in one of them");
            } else {
                seen.insert(name, at.clone());
            }
        }
    }
}
