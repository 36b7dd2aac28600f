//! The facts of a property or parameter, which the lower step keeps for the shape passes.

use serde_json::Value;

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
    /// Bounds, defaults and the like, by keyword.
    pub constraints: Vec<(&'static str, Value)>,
    /// Whether the value must not show in `Debug`.
    pub sensitive: bool,
    /// Whether a null in a request removes the stored value; an absent field keeps it.
    pub null_clears: bool,
}

impl FieldFacts {
    /// Reads the facts from a schema.
    pub(super) fn of(schema: &Value) -> Self {
        let constraints =
            KEPT.iter().filter_map(|key| schema.get(key).map(|value| (*key, value.clone()))).collect();
        Self {
            description: schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
            constraints,
            sensitive: schema.get("x-sensitive") == Some(&Value::Bool(true)),
            null_clears: schema.get("x-null-clears") == Some(&Value::Bool(true)),
        }
    }
}
