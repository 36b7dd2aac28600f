//! Enums: values that become variants.

use std::collections::{BTreeMap, BTreeSet};

use regress::Regex;
use serde_json::Value;

use super::{Named, refuse_duplicates};
use crate::problem::Problems;
use crate::regen::index::{Index, Part, Schema, elements, text};
use crate::regen::names;

/// Checks every enum, then those that share a name.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for schema in &index.schemas {
        if schema.value.get("enum").is_some() {
            values(schema, problems);
            variants(schema, problems);
            unreachable(schema, problems);
        } else {
            let makes_a_type =
                ["properties", "oneOf", "anyOf"].iter().any(|key| schema.value.get(key).is_some());
            for key in ["x-name", "x-enum-varnames", "x-enum-description"] {
                if key == "x-name" && makes_a_type && schema.component.is_none() {
                    continue;
                }
                if schema.value.get(key).is_some() {
                    let at = schema.pointer.key(key);
                    problems.add(at, format!("`{key}` on a schema without `enum`"), "move it to the enum");
                }
            }
        }
    }
    shared_names(index, problems);
}

/// Refuses values that are not strings; `nullable` stands for null.
fn values(schema: &Schema<'_>, problems: &mut Problems) {
    let values: Vec<_> = elements(&schema.pointer, schema.value, "enum").collect();
    if values.is_empty() {
        problems.add(schema.pointer.key("enum"), "an enum without values", "list its values, or remove it");
    }
    for (at, value) in values {
        let nullable = schema.value.get("nullable") == Some(&Value::Bool(true));
        let fits = value.is_string() || (value.is_null() && nullable);
        if !fits {
            let what = format!("the enum value {} is not a string", super::shown(value));
            let fix = "write `nullable: true` for null, and quote what YAML reads as a number or a boolean";
            problems.add(at, what, fix);
        }
    }
}

/// Refuses values that give no variant name, or one that another value gives.
fn variants(schema: &Schema<'_>, problems: &mut Problems) {
    let values: Vec<_> = texts(schema).collect();
    if let Some(given) = schema.value.get("x-enum-varnames") {
        let at = schema.pointer.key("x-enum-varnames");
        let count = given.as_array().map_or(0, Vec::len);
        if count != values.len() {
            let what = format!("{count} names for {} values", values.len());
            problems.add(&at, what, "give one name per value, in the same order");
        }
        if schema.value.get("x-name").is_none() {
            problems.add(&at, "`x-enum-varnames` without `x-name`", "name the type as well, with `x-name`");
        }
        let named = elements(&schema.pointer, schema.value, "x-enum-varnames")
            .filter_map(|(at, name)| Some((at, name.as_str()?)))
            .map(|(at, name)| Named { name, cased: names::pascal(name), at });
        refuse_duplicates("variant names", named, "give each value its own name", problems);
        return;
    }
    for (at, value) in &values {
        if !names::is_ident(&names::variant(value)) {
            problems.add(
                at,
                format!("the enum value `{value}` has no letter or digit to make a name of"),
                "name the variants with `x-enum-varnames` and the type with `x-name`, in the overlay",
            );
        }
    }
    let named = values
        .into_iter()
        .filter(|(_, value)| names::has_letter_or_digit(value))
        .map(|(at, name)| Named { name, cased: names::variant(name), at });
    let fix = "give both their own names with `x-enum-varnames`, or remove one";
    refuse_duplicates("enum values", named, fix, problems);
}

/// Refuses values that the schema's own bounds exclude; typify drops them in silence.
fn unreachable(schema: &Schema<'_>, problems: &mut Problems) {
    let bound = |key: &str| schema.value.get(key).and_then(Value::as_u64);
    let (least, most) = (bound("minLength").unwrap_or(0), bound("maxLength").unwrap_or(u64::MAX));
    // `schemas` reports a pattern that is not valid.
    let pattern = text(schema.value, "pattern").and_then(|it| Regex::new(it).ok());
    for (at, value) in texts(schema) {
        let length = u64::try_from(value.chars().count()).unwrap_or(u64::MAX);
        let matches = pattern.as_ref().is_none_or(|it| it.find(value).is_some());
        if length < least || length > most || !matches {
            let what = format!("the enum value `{value}` breaks the schema's own pattern or length");
            problems.add(at, what, "remove the pattern and the length: the list says it all");
        }
    }
}

/// Refuses enums of one name with different values, because they become one type.
fn shared_names(index: &Index<'_>, problems: &mut Problems) {
    let mut first: BTreeMap<&str, (&Schema<'_>, BTreeSet<&str>)> = BTreeMap::new();
    for schema in index.schemas.iter().filter(|it| it.value.get("enum").is_some()) {
        let Some(name) = text(schema.value, "x-name") else { continue };
        let values: BTreeSet<_> = texts(schema).map(|(_, value)| value).collect();
        let Some((other, known)) = first.get(name) else {
            first.insert(name, (schema, values));
            continue;
        };
        if *known != values {
            let differ: Vec<_> = known.symmetric_difference(&values).copied().collect();
            let what = format!(
                "`{name}` lists other values here than at {}: they differ in {}",
                other.pointer,
                super::listed(&differ)
            );
            problems.add(
                schema.pointer.key("enum"),
                what,
                "list the same values, or give one another `x-name`",
            );
        }
        if other.value.get("x-enum-varnames") != schema.value.get("x-enum-varnames") {
            let what = format!("`{name}` names its variants otherwise than at {}", other.pointer);
            problems.add(&schema.pointer, what, "write the same `x-enum-varnames` at both");
        }
    }
}

/// The values of an enum that are strings.
fn texts<'a>(
    schema: &Schema<'a>,
) -> impl Iterator<Item = (crate::regen::pointer::Pointer, &'a str)> + use<'a> {
    elements(&schema.pointer, schema.value, "enum")
        .filter_map(|(at, value): Part<'a>| Some((at, value.as_str()?)))
}
