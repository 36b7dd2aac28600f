//! What Dots says as lines for `openapi/dots.yaml`, where they can be taken over as they are: types and bounds, never
//! sentences.

use std::fmt::Write as _;

use serde_json::Value;

use super::shape::Shape;

/// Facts that stand in the document as they stand in a shape.
const PLAIN: &[&str] = &[
    "default",
    "deprecated",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// The line for a fact, if one line says it.
pub(super) fn fact(aspect: &str, upstream: &Value, ours: &Value) -> Option<String> {
    match (aspect, upstream) {
        (_, Value::Null) => None,
        ("null", Value::Bool(nullable)) => Some(format!("nullable: {nullable}")),
        ("type", Value::Array(kinds)) => match kinds.as_slice() {
            [only] => Some(format!("type: {}", scalar(only))),
            _ => None,
        },
        ("enum", Value::Array(values)) => {
            let known = ours.as_array();
            let new = values.iter().filter(|value| known.is_none_or(|known| !known.contains(value)));
            let lines: Vec<String> = new.map(|value| format!("- {}", scalar(value))).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        (key, value) if PLAIN.contains(&key) && !value.is_object() => {
            Some(format!("{key}: {}", scalar(value)))
        }
        _ => None,
    }
}

/// The lines for a field.
pub(super) fn field(name: &str, shape: &Shape) -> String {
    let mut out = format!("{name}:\n");
    schema(&mut out, shape, 2);
    out.trim_end().to_owned()
}

fn schema(out: &mut String, shape: &Shape, indent: usize) {
    let mut line = |text: String| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "{:indent$}{text}", "");
    };
    line(kind(shape));
    if shape.nullable {
        line("nullable: true".to_owned());
    }
    for (key, value) in &shape.facts {
        match value {
            Value::Array(values) if key == "enum" => {
                let values: Vec<String> = values.iter().map(scalar).collect();
                line(format!("enum: [{}]", values.join(", ")));
            }
            value if PLAIN.contains(&key.as_str()) => line(format!("{key}: {}", scalar(value))),
            _ if key == "closed" => line("additionalProperties: false".to_owned()),
            _ => {}
        }
    }
    if !shape.required.is_empty() {
        let names: Vec<&str> = shape.required.iter().map(String::as_str).collect();
        line(format!("required: [{}]", names.join(", ")));
    }
    if let Some(items) = shape.items.as_deref() {
        line("items:".to_owned());
        schema(out, items, indent + 2);
    }
    if !shape.fields.is_empty() {
        let _ = writeln!(out, "{:indent$}properties:", "");
    }
    let inner = indent + 2;
    for (name, field) in &shape.fields {
        let _ = writeln!(out, "{:inner$}{name}:", "");
        schema(out, field, inner + 2);
    }
}

/// The line for the type.
fn kind(shape: &Shape) -> String {
    let kinds: Vec<&String> = shape.kinds.iter().collect();
    match kinds.as_slice() {
        [only] => format!("type: {only}"),
        [] => "{}".to_owned(),
        several => {
            let parts: Vec<String> = several.iter().map(|kind| format!("{{ type: {kind} }}")).collect();
            format!("oneOf: [{}]", parts.join(", "))
        }
    }
}

/// A scalar as YAML: quoted where it would read as another type.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let is_plain = text.chars().next().is_some_and(char::is_alphabetic)
                && text.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.'))
                && !matches!(
                    text.to_ascii_lowercase().as_str(),
                    "true" | "false" | "null" | "yes" | "no" | "on" | "off"
                );
            if is_plain { text.clone() } else { format!("'{}'", text.replace('\'', "''")) }
        }
        other => other.to_string(),
    }
}
