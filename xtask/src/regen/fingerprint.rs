//! The fingerprint of a document: its SHA-256 hash without prose.
//!
//! The first line of each generated file holds it. A hash of the whole document would change every file with the
//! description of a single field.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The keys of prose and examples, wherever OpenAPI knows them.
const PROSE: [&str; 5] = ["description", "summary", "example", "examples", "x-enum-description"];

/// The keys below which the author of the document chooses the keys, so that `description` may be a name.
const NAMED: [&str; 14] = [
    "callbacks",
    "content",
    "encoding",
    "headers",
    "links",
    "parameters",
    "paths",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "securitySchemes",
    "variables",
    "scopes",
];

/// The keys whose values are data, kept as they are.
const DATA: [&str; 2] = ["default", "enum"];

/// Hashes the document without its prose; returns hexadecimal digits.
pub fn of(document: &Value) -> String {
    let mut text = String::new();
    canonical(&without_prose(document), &mut text);
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Copies an OpenAPI value without its prose.
pub fn without_prose(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_prose).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !PROSE.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), field_without_prose(key, value)))
            .collect::<Map<_, _>>()
            .into(),
        plain => plain.clone(),
    }
}

/// Copies the value of a key that OpenAPI knows.
fn field_without_prose(key: &str, value: &Value) -> Value {
    if DATA.contains(&key) || key.starts_with("x-") {
        return value.clone();
    }
    match value {
        Value::Object(names) if NAMED.contains(&key) => names
            .iter()
            .map(|(name, value)| (name.clone(), without_prose(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => without_prose(other),
    }
}

/// Writes JSON with sorted keys.
///
/// serde_json sorts keys unless some crate of the build turns on its feature `preserve_order`, and the fingerprint
/// must not depend on what else is built.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(value, out);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "info": { "title": "t", "version": "1", "description": "prose" },
            "paths": { "/a": { "get": { "summary": "prose", "responses": { "200": { "description": "prose" } } } } },
            "components": { "schemas": { "description": {
                "description": "prose",
                "example": 1,
                "properties": { "description": { "type": "string", "description": "prose" }, "examples": {} },
                "default": { "description": "data" },
            } } },
        })
    }

    #[test]
    fn prose_goes_and_names_and_data_stay() {
        let expected = json!({
            "info": { "title": "t", "version": "1" },
            "paths": { "/a": { "get": { "responses": { "200": {} } } } },
            "components": { "schemas": { "description": {
                "properties": { "description": { "type": "string" }, "examples": {} },
                "default": { "description": "data" },
            } } },
        });
        assert_eq!(without_prose(&document()), expected);
    }

    #[test]
    fn a_description_does_not_change_the_fingerprint() {
        let mut other = document();
        other["info"]["description"] = "better prose".into();
        other["paths"]["/a"]["get"]["responses"]["200"]["description"] = "better prose".into();
        assert_eq!(of(&other), of(&document()));
    }

    #[test]
    fn a_property_named_description_changes_the_fingerprint() {
        let mut other = document();
        let properties = &mut other["components"]["schemas"]["description"]["properties"];
        properties.as_object_mut().unwrap().remove("description");
        assert_ne!(of(&other), of(&document()));
    }

    #[test]
    fn the_fingerprint_is_64_hexadecimal_digits() {
        let fingerprint = of(&document());
        assert_eq!(fingerprint.len(), 64);
        assert!(fingerprint.chars().all(|digit| digit.is_ascii_hexdigit()));
    }
}
