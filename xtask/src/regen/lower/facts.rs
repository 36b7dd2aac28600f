//! The facts of a property or parameter, which the lower step keeps for the shape passes.

use std::fmt::Write as _;

use serde_json::Value;

use super::NULL;
use crate::regen::{names, normal};

/// The keys that constrain a value and that no generated type expresses. Each becomes an attribute of the type's JSON
/// Schema, so that a snapshot shows when it changes.
const KEPT: &[&str] = &[
    "default",
    "deprecated",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "nullable",
    "pattern",
    "uniqueItems",
];

/// The facts of one property or parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FieldFacts {
    /// What the value is for.
    pub description: String,
    /// What the document says that the value is, in words.
    pub told: String,
    /// Whether the document requires it.
    pub required: bool,
    /// Bounds, defaults and the like, by keyword.
    pub constraints: Vec<(&'static str, Value)>,
    /// Whether the value must not show in `Debug`.
    pub sensitive: bool,
    /// Whether a request must have the field, and null is one of its values.
    pub required_null: bool,
    /// Whether a null in a request removes the stored value; an absent field keeps it.
    pub null_clears: bool,
    /// What the value is of a payment, where its name and type do not tell.
    pub pays: Option<String>,
}

impl FieldFacts {
    /// Reads the facts from a schema.
    pub(super) fn of(schema: &Value) -> Self {
        let constraints =
            KEPT.iter().filter_map(|key| schema.get(key).map(|value| (*key, value.clone()))).collect();
        Self {
            description: schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
            told: in_words(schema),
            required: false,
            constraints,
            sensitive: is_sensitive(schema),
            required_null: false,
            null_clears: schema.get("x-null-clears") == Some(&Value::Bool(true)),
            pays: schema.get("x-pays").and_then(Value::as_str).map(str::to_owned),
        }
    }
}

/// Tells whether a value must not show, or one within its list or map.
fn is_sensitive(schema: &Value) -> bool {
    let within = ["items", "additionalProperties"].into_iter().filter_map(|key| schema.get(key));
    schema.get("x-sensitive") == Some(&Value::Bool(true)) || within.into_iter().any(is_sensitive)
}

/// A schema in words: its type, format and mark; the names of schemas stand for themselves.
pub(crate) fn in_words(schema: &Value) -> String {
    let mut out = match (normal::wrapped_target(schema), schema.get("type").and_then(Value::as_str)) {
        (Some(name), _) => name.to_owned(),
        (_, Some("array")) => format!("array of {}", schema.get("items").map(in_words).unwrap_or_default()),
        (_, Some("object")) => match schema.get("additionalProperties").filter(|it| it.is_object()) {
            Some(values) => format!("map of {}", in_words(values)),
            None => "object".to_owned(),
        },
        (_, Some(kind)) => kind.to_owned(),
        _ => match schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
            Some(parts) => parts.iter().map(in_words).collect::<Vec<_>>().join(" or "),
            None => "anything".to_owned(),
        },
    };
    if let Some(format) = schema.get("format").and_then(Value::as_str) {
        let _ = write!(out, " ({format})");
    }
    if schema.get("enum").is_some() {
        // The values stand in the surface of the enum itself.
        let name = schema.get("x-name").and_then(Value::as_str).map(names::type_name);
        let _ = write!(out, " of {}", name.as_deref().unwrap_or("its enum"));
    }
    if let Some(name) = schema.get("x-type").and_then(Value::as_str) {
        let _ = write!(out, " as {name}");
    }
    if schema.get(NULL).is_some() {
        out.push_str(" or null");
    }
    out
}
