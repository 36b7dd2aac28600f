//! Schemas: types, and keywords that fit them.
//!
//! If the keywords of a schema do not fit its type, openapiv3 reads it as a schema of any value. typify then
//! generates a `serde_json::Value` or panics.

use regress::Regex;
use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, Schema, text};
use crate::regen::pointer::Pointer;

/// The keywords that constrain a value, with the types that each fits.
const KEYWORDS: [(&str, &[&str]); 19] = [
    ("format", &["string", "integer", "number"]),
    ("enum", &["string"]),
    ("pattern", &["string"]),
    ("minLength", &["string"]),
    ("maxLength", &["string"]),
    ("minimum", &["integer", "number"]),
    ("maximum", &["integer", "number"]),
    ("exclusiveMinimum", &["integer", "number"]),
    ("exclusiveMaximum", &["integer", "number"]),
    ("multipleOf", &["integer", "number"]),
    ("items", &["array"]),
    ("minItems", &["array"]),
    ("maxItems", &["array"]),
    ("uniqueItems", &["array"]),
    ("properties", &["object"]),
    ("required", &["object"]),
    ("additionalProperties", &["object"]),
    ("minProperties", &["object"]),
    ("maxProperties", &["object"]),
];

/// The types of OpenAPI 3.0.
const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

/// Checks each schema on its own.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for schema in index.schemas.iter().filter(|it| it.value.get("$ref").is_none()) {
        type_and_keywords(schema, problems);
        pattern(schema, problems);
        bounds(schema, problems);
        default(schema, problems);
        if text(schema.value, "type") == Some("array") && schema.value.get("items").is_none() {
            problems.add(&schema.pointer, "an array without `items`", "write the type of its elements");
        }
    }
}

/// Refuses types that OpenAPI 3.0 does not know, and keywords that do not fit the type.
fn type_and_keywords(schema: &Schema<'_>, problems: &mut Problems) {
    let (at, value) = (&schema.pointer, schema.value);
    let typ = match value.get("type") {
        Some(Value::String(typ)) if TYPES.contains(&typ.as_str()) => Some(typ.as_str()),
        Some(other) => {
            let what = format!("the type {} is not one of OpenAPI 3.0", super::shown(other));
            let fix =
                format!("write one of {}, with `nullable: true` beside it for null", super::listed(&TYPES));
            problems.add(at.key("type"), what, fix);
            return;
        }
        None => None,
    };
    for (keyword, fits) in KEYWORDS.iter().filter(|(keyword, _)| value.get(keyword).is_some()) {
        match typ {
            None => problems.add(
                at.key(keyword),
                format!("`{keyword}` without `type`"),
                format!("write `type: {}` beside it", fits.join("` or `type: ")),
            ),
            Some(typ) if !fits.contains(&typ) => problems.add(
                at.key(keyword),
                format!("`{keyword}` says nothing about the type `{typ}`"),
                format!("remove it, or correct the type; it fits {}", super::listed(fits)),
            ),
            Some(_) => {}
        }
    }
}

/// Compiles a pattern with the regex engine that typify uses.
fn pattern(schema: &Schema<'_>, problems: &mut Problems) {
    let Some(pattern) = text(schema.value, "pattern") else { return };
    if let Err(error) = Regex::new(pattern) {
        let at = schema.pointer.key("pattern");
        let what = format!("the pattern `{pattern}` is not valid: {error}");
        problems.add(at, what, "write it as an ECMAScript regular expression, without slashes around it");
    }
}

/// Refuses bounds that no value meets, and exclusive flags without a bound.
fn bounds(schema: &Schema<'_>, problems: &mut Problems) {
    let number = |key: &str| schema.value.get(key).and_then(Value::as_f64);
    let pairs = [
        ("minLength", "maxLength"),
        ("minimum", "maximum"),
        ("minItems", "maxItems"),
        ("minProperties", "maxProperties"),
    ];
    for (low, high) in pairs {
        if let (Some(least), Some(most)) = (number(low), number(high))
            && least > most
        {
            let what = format!("`{low}` {least} is above `{high}` {most}, so no value fits");
            problems.add(schema.pointer.key(low), what, "correct one of them");
        }
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        let Some(flag) = schema.value.get(exclusive) else { continue };
        if !flag.is_boolean() || schema.value.get(bound).is_none() {
            problems.add(
                schema.pointer.key(exclusive),
                format!("`{exclusive}` {flag} without a bound to exclude"),
                format!(
                    "write `{bound}: …` and `{exclusive}: true`; 3.1 writes the number here, 3.0 does not"
                ),
            );
        }
    }
}

/// Refuses a default that is not a value of the type; typify would fail without naming the place.
fn default(schema: &Schema<'_>, problems: &mut Problems) {
    let Some(default) = schema.value.get("default") else { return };
    let fits = match text(schema.value, "type") {
        _ if default.is_null() => schema.value.get("nullable") == Some(&Value::Bool(true)),
        Some("string") => default.is_string(),
        Some("integer") => default.is_i64() || default.is_u64(),
        Some("number") => default.is_number(),
        Some("boolean") => default.is_boolean(),
        Some("array") => default.is_array(),
        Some("object") => default.is_object(),
        _ => true,
    };
    let listed = |values: &Vec<Value>| values.contains(default);
    if !fits || schema.value.get("enum").and_then(Value::as_array).is_some_and(|it| !listed(it)) {
        let at: Pointer = schema.pointer.key("default");
        let what = format!("the default {} is not a value of this schema", super::shown(default));
        problems.add(at, what, "correct the default or the type");
    }
}
