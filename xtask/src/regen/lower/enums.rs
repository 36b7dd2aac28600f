//! Enums: moves inline enums out of their schemas, each to a named list of values.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase as _;
use serde_json::{Map, Value};

use super::Lowered;
use crate::problem::Problems;
use crate::regen::normal::PREFIX;
use crate::regen::{names, unions};

/// The mark that says what the values of a named enum are for, wherever it is used.
const DESCRIPTION: &str = "x-enum-description";

/// The facts of one enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnumFacts {
    /// Variant names and wire values, in the document's order.
    pub variants: Vec<(String, String)>,
    /// What the values are for, if the document says it.
    pub description: String,
    /// Where the list was first seen.
    pub pointer: String,
    /// Whether an answer can carry it.
    pub open: bool,
}

/// Moves an enum out of its place and returns its name.
///
/// Enums with the same `x-name` must list the same values, or a value would be lost in silence.
pub(super) fn hoist(
    lowered: &mut Lowered,
    problems: &mut Problems,
    schema: &Value,
    pointer: &str,
    hint: &str,
    owner: &str,
) -> Option<String> {
    let name = schema.get("x-name").and_then(Value::as_str).unwrap_or(hint).to_owned();
    let values: Vec<String> =
        schema.get("enum")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let names = schema.get("x-enum-varnames").and_then(Value::as_array);
    let variants: Vec<(String, String)> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let given = names.and_then(|names| names.get(index)).and_then(Value::as_str);
            (given.map_or_else(|| variant_name(value, &values), str::to_owned), value.clone())
        })
        .collect();
    let is_tag = lowered.tags_of_unions.contains(&name);
    let open = !is_tag && (lowered.in_answers.contains(owner) || lowered.in_answers.contains(&name));
    let facts =
        EnumFacts { variants, description: description(schema, pointer), pointer: pointer.to_owned(), open };
    match lowered.enums.get_mut(&name) {
        None => drop(lowered.enums.insert(name.clone(), facts)),
        Some(known) if same_list(known, &facts) => {
            known.open |= open;
            if is_component(pointer) || schema.get(DESCRIPTION).is_some() {
                known.description = facts.description;
            }
        }
        Some(known) => problems.add(
            pointer,
            format!("the enum `{name}` has other values here than at `{}`", known.pointer),
            "give the two lists different `x-name`s in openapi/overlay.yaml, or make them equal",
        ),
    }
    Some(name)
}

/// The names of the enums that tell the parts of a union apart, where their shape does not.
pub(super) fn tags(document: &Value, schemas: &Map<String, Value>) -> BTreeSet<String> {
    let mut alone = BTreeSet::new();
    schemas.values().chain([document]).for_each(|value| unions::used_alone(value, false, &mut alone));
    let mut tags = BTreeSet::new();
    for union in schemas.values() {
        let parts = union.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let parts: Vec<(&str, &Value)> = parts
            .filter_map(|part| part.get("$ref")?.as_str())
            .filter_map(|reference| Some((reference, schemas.get(reference.strip_prefix(PREFIX)?)?)))
            .collect();
        for (nth, (_, later)) in parts.iter().enumerate() {
            for (reference, earlier) in parts.iter().take(nth).filter(|(_, it)| unions::takes(it, later)) {
                if let (Some(tag), false) = (unions::tag(earlier, later), alone.contains(reference)) {
                    let owner = reference.strip_prefix(PREFIX).unwrap_or_default();
                    tags.insert(format!("{owner}{}", tag.to_upper_camel_case()));
                }
            }
        }
    }
    tags
}

/// The description of a list: that of its component, or of the field that holds it.
fn description(schema: &Value, pointer: &str) -> String {
    let place: Vec<&str> = pointer.split('/').skip(3).collect();
    let field = match place.as_slice() {
        [owner, "properties", field, ..] => format!("{owner}.{field}"),
        _ => pointer.to_owned(),
    };
    if let Some(text) = schema.get(DESCRIPTION).and_then(Value::as_str) {
        return text.to_owned();
    }
    match schema.get("description").and_then(Value::as_str) {
        Some(text) if is_component(pointer) || schema.get("x-name").is_none() => text.to_owned(),
        _ => format!("Says what `{field}` can be."),
    }
}

fn is_component(pointer: &str) -> bool {
    pointer.strip_prefix("/components/schemas/").is_some_and(|name| !name.contains('/'))
}

fn same_list(one: &EnumFacts, other: &EnumFacts) -> bool {
    let sorted = |facts: &EnumFacts| {
        let mut variants = facts.variants.clone();
        variants.sort();
        variants
    };
    sorted(one) == sorted(other)
}

/// The variant name of a wire value. `Unknown` is the variant of values that the document does not list.
fn variant_name(value: &str, values: &[String]) -> String {
    let name = names::variant(value);
    // A list may have a thousand values, so they are compared for this one alone.
    if name != "Unknown" {
        return name;
    }
    let other = "UnknownValue";
    let is_free = !values.iter().any(|value| names::variant(value) == other);
    if is_free { other.to_owned() } else { name }
}
