//! Translation of OpenAPI 3.0 schemas into JSON Schema 2020-12.
//!
//! The two differ in three places that the document uses: `nullable`, the boolean `exclusiveMinimum` and
//! `exclusiveMaximum`, and keywords beside a `$ref`. The document has two marks of our own
//! that are translated as well; both widen what an answer may carry, never what a request may.

use serde_json::{Map, Value, json};

use super::{
    formats::{CENTS, LENIENT_DATE_TIME, WHOLE},
    pattern::DECIMAL,
};

/// The direction in which a value is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Answer,
}

/// Translates schemas for one direction.
#[derive(Debug)]
pub(super) struct Translator {
    direction: Direction,
}

impl Translator {
    pub(super) fn new(direction: Direction) -> Self {
        Self { direction }
    }

    /// Translates a schema and all schemas inside it.
    pub(super) fn schema(&self, schema: &Value) -> Value {
        let Value::Object(source) = schema else { return schema.clone() };
        if let Some(reference) = source.get("$ref") {
            // OpenAPI 3.0 ignores everything beside a reference; JSON Schema 2020-12 would not.
            return json!({ "$ref": reference });
        }
        let mut target: Map<String, Value> = source
            .iter()
            .filter(|(keyword, _)| is_assertion(keyword))
            .map(|(keyword, value)| (keyword.clone(), self.keyword(keyword, value)))
            .collect();
        exclude_bound(source, &mut target, "minimum", "exclusiveMinimum");
        exclude_bound(source, &mut target, "maximum", "exclusiveMaximum");
        if self.direction == Direction::Answer && is_marked(source, "x-zoneless") {
            allow_missing_zone(&mut target);
        }
        if self.direction == Direction::Request
            && let Some(unit) = unit(source)
        {
            target.insert(WHOLE.to_owned(), json!(unit));
        }
        let target = if is_marked(source, "nullable") { allow_null(target) } else { Value::Object(target) };
        if self.direction == Direction::Answer && is_marked(source, "x-decimal-text") && is_number(source) {
            return json!({ "anyOf": [target, { "type": "string", "pattern": DECIMAL }] });
        }
        target
    }

    fn keyword(&self, keyword: &str, value: &Value) -> Value {
        match (keyword, value) {
            ("properties", Value::Object(properties)) => {
                properties.iter().map(|(name, schema)| (name.clone(), self.schema(schema))).collect()
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().map(|schema| self.schema(schema)).collect()
            }
            ("items" | "not" | "additionalProperties", schema) => self.schema(schema),
            _ => value.clone(),
        }
    }
}

/// Whether a keyword constrains the value: annotations and marks do not, and bounds and `nullable` are translated
/// elsewhere.
fn is_assertion(keyword: &str) -> bool {
    !matches!(
        keyword,
        "nullable"
            | "exclusiveMinimum"
            | "exclusiveMaximum"
            | "description"
            | "title"
            | "default"
            | "example"
            | "deprecated"
            | "discriminator"
            | "readOnly"
            | "writeOnly"
            | "xml"
            | "externalDocs"
    ) && !keyword.starts_with("x-")
}

fn is_marked(schema: &Map<String, Value>, mark: &str) -> bool {
    schema.get(mark) == Some(&Value::Bool(true))
}

fn is_number(schema: &Map<String, Value>) -> bool {
    matches!(schema.get("type").and_then(Value::as_str), Some("integer" | "number"))
}

/// Returns what a number counts in whole ones: cents, or other things; nothing when it may have a fraction.
fn unit(schema: &Map<String, Value>) -> Option<&'static str> {
    let is = |keyword: &str, value: &str| schema.get(keyword).and_then(Value::as_str) == Some(value);
    if is("x-type", "Cents") { Some(CENTS) } else { is("type", "integer").then_some("other") }
}

/// Translates an exclusive bound: OpenAPI 3.0 marks it with a boolean, and JSON Schema has a keyword of its own.
fn exclude_bound(source: &Map<String, Value>, target: &mut Map<String, Value>, bound: &str, exclusive: &str) {
    if is_marked(source, exclusive)
        && let Some(limit) = target.remove(bound)
    {
        target.insert(exclusive.to_owned(), limit);
    }
}

fn allow_missing_zone(target: &mut Map<String, Value>) {
    if target.get("format").and_then(Value::as_str) == Some("date-time") {
        target.insert("format".to_owned(), json!(LENIENT_DATE_TIME));
    }
}

/// Allows null in the form with the clearest error: a second type where there is a type, or else an alternative.
fn allow_null(mut target: Map<String, Value>) -> Value {
    if ["allOf", "anyOf", "oneOf", "not"].iter().any(|keyword| target.contains_key(*keyword)) {
        return json!({ "anyOf": [target, { "type": "null" }] });
    }
    if let Some(Value::Array(values)) = target.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    if let Some(Value::String(kind)) = target.get("type") {
        let kinds = json!([kind, "null"]);
        target.insert("type".to_owned(), kinds);
    }
    Value::Object(target)
}
