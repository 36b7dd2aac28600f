//! References: `$ref`s that lead nowhere, to another document or in a circle, and keys beside them.
//!
//! progenitor reads only the last segment of a reference, so it would read `#/components/parameters/User` as the
//! schema `User`. It panics if there is no such schema, and overflows the stack on a circle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, elements, split_reference, text};
use crate::regen::pointer::{Pointer, unescape};

/// Checks every reference.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for schema in &index.schemas {
        reference(index, &schema.pointer, schema.value, "schemas", problems);
    }
    for (at, value) in index.parameters() {
        reference(index, &at, value, "parameters", problems);
    }
    for (at, value) in index.bodies() {
        reference(index, &at, value, "requestBodies", problems);
    }
    for (at, value) in index.responses() {
        reference(index, &at, value, "responses", problems);
    }
    for (at, value) in &index.path_items {
        if value.get("$ref").is_some() {
            problems.add(
                at.key("$ref"),
                "a path by reference, which the generator does not follow",
                "write the operations out at the path",
            );
        }
    }
    for section in ["schemas", "parameters", "requestBodies", "responses"] {
        circles(index, section, problems);
    }
}

/// Checks the reference of one part, if it is one.
fn reference(index: &Index<'_>, at: &Pointer, value: &Value, section: &str, problems: &mut Problems) {
    let Some(reference) = value.get("$ref") else { return };
    let at_ref = at.key("$ref");
    let Some(reference) = reference.as_str() else {
        problems.add(at_ref, format!("the reference {reference} is not a string"), "write `#/components/…`");
        return;
    };
    if !reference.starts_with('#') {
        let fix = "copy what it refers to into `components`; one document holds all";
        problems.add(at_ref, format!("`{reference}` leads to another document"), fix);
        return;
    }
    match split_reference(reference) {
        Some((found, name)) if found == section => {
            let target = index.document.get("components").and_then(|all| all.get(section));
            if target.and_then(|all| all.get(unescape(name))).is_none() {
                let fix = format!("add `{}` to `components/{section}`, or correct the name", unescape(name));
                problems.add(at_ref, format!("`{reference}` leads nowhere"), fix);
            }
        }
        _ => problems.add(
            at_ref,
            format!("`{reference}` does not lead to `#/components/{section}/…`"),
            "refer to a component of the kind that stands here",
        ),
    }
    siblings(at, value, problems);
}

/// Refuses keys beside a `$ref`, except extensions, which the lower step reads before it follows the reference, and
/// annotations of a schema, which `load` puts beside an `allOf`.
fn siblings(at: &Pointer, value: &Value, problems: &mut Problems) {
    let keys = value.as_object().into_iter().flat_map(|fields| fields.keys());
    for key in keys.filter(|key| *key != "$ref" && !key.starts_with("x-")) {
        problems.add(
            at.key(key),
            format!("`{key}` beside a `$ref` is not read"),
            if WRAPPED.contains(&key.as_str()) {
                "wrap the reference: `allOf: [{ $ref: … }]` with this key beside `allOf`"
            } else {
                "remove it: OpenAPI 3.0 reads nothing beside a `$ref`, and what it leads to says all of the type"
            },
        );
    }
}

/// What may stand beside the `allOf` of a reference.
const WRAPPED: [&str; 3] = ["default", "description", "nullable"];

/// Refuses components that contain only themselves, through references and composition.
fn circles(index: &Index<'_>, section: &'static str, problems: &mut Problems) {
    let edges: BTreeMap<&str, Vec<String>> =
        index.components(section).map(|(name, _, value)| (name, stands_for(value))).collect();
    for (name, at, _) in index.components(section) {
        let mut seen = BTreeSet::new();
        let mut open = edges.get(name).cloned().unwrap_or_default();
        while let Some(next) = open.pop() {
            if next == name {
                let what = format!("`{name}` stands for itself, through references alone");
                problems.add(&at, what, "break the circle: put a property or an array between");
                break;
            }
            if let Some(further) = edges.get(next.as_str())
                && seen.insert(next)
            {
                open.extend(further.iter().cloned());
            }
        }
    }
}

/// The components that a value consists of, without those in its fields.
fn stands_for(value: &Value) -> Vec<String> {
    let own = text(value, "$ref").and_then(split_reference).map(|(_, name)| unescape(name));
    let root = Pointer::root();
    let parts = ["allOf", "oneOf", "anyOf"].into_iter().flat_map(|key| elements(&root, value, key));
    own.into_iter().chain(parts.flat_map(|(_, part)| stands_for(part))).collect()
}
