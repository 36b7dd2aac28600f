//! `allOf`, `oneOf`, `anyOf`, `not`.
//!
//! typify merges the parts of an `allOf` and ends in `unimplemented!()` or in a type without values on many of
//! them. What is left here it merges well: one part, or several plain objects without a property in common.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, Schema, elements, entries};
use crate::regen::pointer::Pointer;

/// The keys that compose a schema of others.
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
    for schema in &index.schemas {
        composed(schema, problems);
        if schema.value.get("not").is_some() {
            let fix = "say what the value is, not what it is not";
            problems.add(schema.pointer.key("not"), "`not`, of which no type can be made", fix);
        }
        if schema.value.get("discriminator").is_some() {
            problems.add(
                schema.pointer.key("discriminator"),
                "a `discriminator`, which the generator does not read",
                "remove it with an overlay action; the variants are told apart by their shape",
            );
        }
        parts(index, schema, problems);
    }
}

/// One composing key, with at least one part, and nothing beside it that says more about the value.
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
        // A keyword that needs a type and has none has its own finding.
        if !known && (key == "type" || schema.value.get("type").is_some()) {
            problems.add(
                schema.pointer.key(key),
                format!("`{key}` beside `{first}`, which the generator merges wrongly"),
                format!("move it into a part of `{first}`"),
            );
        }
    }
}

/// Several parts of an `allOf` are plain objects and share no property.
fn parts(index: &Index<'_>, schema: &Schema<'_>, problems: &mut Problems) {
    let parts: Vec<_> = elements(&schema.pointer, schema.value, "allOf").collect();
    if parts.len() < 2 {
        return;
    }
    let mut seen: BTreeMap<String, Pointer> = BTreeMap::new();
    for (at, part) in parts {
        // A reference that leads nowhere has a finding of its own.
        let Some(part) = index.resolve(part) else { continue };
        if part.get("type") != Some(&Value::from("object")) || part.get("nullable").is_some() {
            let fix = "keep a single part, or write the merged object out";
            problems.add(&at, "a part of an `allOf` of several that is no plain object", fix);
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
