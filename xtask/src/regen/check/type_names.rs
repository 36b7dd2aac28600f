//! Name collisions: schemas and properties whose Rust names are the same.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Named, refuse_duplicates};
use crate::problem::Problems;
use crate::regen::index::{Index, Part, Schema, elements, entries, text};
use crate::regen::names;
use crate::regen::pointer::{Pointer, unescape};

/// Checks the names of types, and of the fields of each.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    let components =
        index.components("schemas").map(|(name, at, _)| Named { name, cased: names::type_name(name), at });
    refuse_duplicates("schemas", components, "rename one of them", problems);
    for (name, at, _) in index.components("schemas") {
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            problems.add(at, format!("the schema name `{name}` does not begin with a letter"), "rename it");
        }
    }
    let owners: Owners<'_> =
        index.components("schemas").map(|(name, at, value)| (names::type_name(name), (at, value))).collect();
    for schema in &index.schemas {
        fields(schema, problems);
        taken(&owners, schema, problems);
    }
}

/// The schemas, by the names of their types.
type Owners<'a> = BTreeMap<String, Part<'a>>;

/// Refuses properties of one object whose field names collide or are empty.
fn fields(schema: &Schema<'_>, problems: &mut Problems) {
    let names: Vec<String> = property_names(schema);
    for name in &names {
        if !names::has_letter_or_digit(name) {
            let at = schema.pointer.key("properties").key(name);
            problems.add(
                at,
                format!("the property `{name}` has no letter or digit to make a name of"),
                "remove it",
            );
        }
    }
    let named = names.iter().map(|name| Named {
        name,
        cased: names::snake(name),
        at: schema.pointer.key("properties").key(name),
    });
    refuse_duplicates(
        "properties",
        named,
        "they become fields of one struct: remove or rename one",
        problems,
    );
    required(schema, &names, problems);
}

/// Refuses required properties that are not described; the generator would give them any type.
fn required(schema: &Schema<'_>, properties: &[String], problems: &mut Problems) {
    let required: Vec<Part<'_>> = elements(&schema.pointer, schema.value, "required").collect();
    for (at, name) in &required {
        let Some(text) = name.as_str() else { continue };
        // A part of an `allOf` may require what another part describes.
        if !schema.in_all_of && schema.value.get("allOf").is_none() && !properties.iter().any(|it| it == text)
        {
            let what = format!("the required property `{text}` is not described");
            problems.add(at, what, "describe it under `properties`, or take it out of `required`");
        }
    }
    let texts = required.iter().filter_map(|(at, name)| {
        let name = name.as_str()?;
        Some(Named { name, cased: name.to_owned(), at: at.clone() })
    });
    refuse_duplicates("required properties", texts, "list it once; an overlay adds to a list", problems);
}

/// Refuses names of inline types, and values of `x-name`, that a schema already has.
fn taken(owners: &Owners<'_>, schema: &Schema<'_>, problems: &mut Problems) {
    if let Some(name) = text(schema.value, "x-name").filter(|name| names::is_taken(name)) {
        let what = format!("`x-name` {name} is the name of a type that the client has anyway");
        problems.add(schema.pointer.key("x-name"), what, "choose another name");
    }
    if let Some(name) = text(schema.value, "x-name")
        && let Some((at, value)) = owners.get(name)
        && !std::ptr::eq(*value, schema.value)
        && text(value, "x-name") != Some(name)
    {
        let what = format!("`x-name` {name} is the name of the schema at {at}");
        let fix = "choose another name, or give that schema the same `x-name`";
        problems.add(schema.pointer.key("x-name"), what, fix);
    }
    let Some(parent) = schema.component else { return };
    for (at, property) in entries(&schema.pointer, schema.value, "properties") {
        if makes_a_type(property) {
            let name = format!("{}{}", names::pascal(parent), names::pascal(&last_segment(&at)));
            if let Some((other, _)) = owners.get(&name) {
                let what =
                    format!("the type of this property would be named `{name}`, as the schema at {other} is");
                problems.add(at, what, "refer to that schema, or name the enum with `x-name`");
            }
        }
    }
}

/// Tells whether a property becomes a type of its own, named after its schema and itself.
fn makes_a_type(property: &Value) -> bool {
    let is_marked = ["x-name", "x-type"].iter().any(|key| property.get(key).is_some());
    let has = |key: &str| property.get(key).is_some();
    !is_marked && (has("enum") || has("properties") || has("oneOf") || has("anyOf"))
}

/// The names of the properties of a schema.
fn property_names(schema: &Schema<'_>) -> Vec<String> {
    entries(&schema.pointer, schema.value, "properties").map(|(at, _)| last_segment(&at)).collect()
}

/// The key at the end of a place.
fn last_segment(at: &Pointer) -> String {
    unescape(at.as_str().rsplit('/').next().unwrap_or_default())
}
