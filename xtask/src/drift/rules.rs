//! Rules between fields, in a few words that say all of the schema but its prose.

use serde_json::{Map, Value};

use super::value;
use crate::regen::fingerprint::without_prose;

/// A schema that is a condition, in words: `country = US`, `ssn required`.
pub(super) fn condition(schema: &Value) -> String {
    let schema = without_prose(schema);
    let Some(fields) = schema.as_object() else { return schema.to_string() };
    let said: Vec<String> = fields.iter().map(|(key, value)| keyword(key, value)).collect();
    said.join(", ")
}

fn keyword(key: &str, said: &Value) -> String {
    match (key, said) {
        ("required", Value::Array(names)) => {
            let names: Vec<String> = names.iter().map(value::render).collect();
            format!("{} required", names.join(" + "))
        }
        ("properties", Value::Object(properties)) => {
            let said: Vec<String> = properties.iter().map(|(name, schema)| property(name, schema)).collect();
            said.join(" and ")
        }
        ("oneOf" | "anyOf", Value::Array(parts)) => {
            let parts: Vec<String> = parts.iter().map(condition).collect();
            format!("{} ({})", if key == "oneOf" { "one of" } else { "any of" }, parts.join("; "))
        }
        ("not", schema) => format!("not ({})", condition(schema)),
        ("type", Value::String(kind)) => kind.clone(),
        (key, said) => format!("{key} {}", value::render(said)),
    }
}

fn property(name: &str, schema: &Value) -> String {
    let single = |fields: &Map<String, Value>, key: &str| match fields.len() {
        1 => fields.get(key).cloned(),
        _ => None,
    };
    let Some(fields) = schema.as_object() else { return format!("{name}: {schema}") };
    if let Some(only) = single(fields, "const") {
        return format!("{name} = {}", value::render(&only));
    }
    if let Some(values) = single(fields, "enum") {
        return format!("{name} in ({})", value::render(&values));
    }
    if let Some(inner) = single(fields, "properties") {
        let inner = inner.as_object().into_iter().flatten();
        let said: Vec<String> =
            inner.map(|(inner, schema)| property(&format!("{name}.{inner}"), schema)).collect();
        return said.join(" and ");
    }
    format!("{name} ({})", condition(schema))
}
