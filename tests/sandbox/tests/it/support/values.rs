//! Generator of valid values from the document's schemas.

use serde_json::{Map, Value, json};

use super::{example, schema::Document};

/// Decides what the schema leaves open.
pub(crate) trait Source {
    /// Whether an optional field is included.
    fn wants(&mut self, field: &str) -> bool;

    /// Which of several alternatives to take.
    fn choose(&mut self, count: usize) -> usize;

    /// Returns a value that the source knows better than the schema, such as the id of an object that exists.
    fn special(&mut self, field: &str, schema: &Value) -> Option<Value>;
}

/// Generates a value for a schema; `field` is its name.
pub(crate) fn fill(document: &Document, schema: &Value, field: &str, source: &mut dyn Source) -> Value {
    let (schema, _) = document.resolve(schema);
    if let Some(value) = source.special(field, schema) {
        return value;
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[source.choose(values.len())].clone();
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| fill(document, part, field, source));
        return parts.reduce(merged).unwrap();
    }
    for alternatives in [&schema["oneOf"], &schema["anyOf"]] {
        if let Some(alternatives) = alternatives.as_array() {
            let chosen = &alternatives[source.choose(alternatives.len())];
            return fill(document, chosen, field, source);
        }
    }
    match schema["type"].as_str() {
        Some("integer" | "number") => {
            let least = schema["minimum"].as_i64().unwrap_or(1);
            json!(least + i64::from(schema["exclusiveMinimum"] == true))
        }
        Some("boolean") => json!(source.choose(2) == 0),
        Some("string") => json!(example::text(schema)),
        Some("array") => items(document, schema, field, source),
        Some(_) => fields(document, schema, source),
        None => json!({ "any": ["thing", 1] }),
    }
}

fn items(document: &Document, schema: &Value, field: &str, source: &mut dyn Source) -> Value {
    let least = schema["minItems"].as_u64().unwrap_or(u64::from(source.wants(field)));
    let mut items: Vec<Value> = Vec::new();
    for _ in 0..least {
        let item = fill(document, &schema["items"], field, source);
        if schema["uniqueItems"] != true || !items.contains(&item) {
            items.push(item);
        }
    }
    Value::Array(items)
}

fn fields(document: &Document, schema: &Value, source: &mut dyn Source) -> Value {
    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let mut fields = Map::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if is_required(name) || source.wants(name) {
            fields.insert(name.clone(), fill(document, field, name, source));
        }
    }
    if schema["additionalProperties"].is_object() && source.wants("") {
        fields.insert("ach".to_owned(), fill(document, &schema["additionalProperties"], "", source));
    }
    Value::Object(fields)
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => Value::Object(one.into_iter().chain(other).collect()),
        (one, _) => one,
    }
}

/// The smallest and the largest valid values.
#[derive(Clone, Copy)]
pub(crate) enum Extent {
    /// Without any optional field.
    Least,
    /// With every optional field, and this alternative wherever there are several.
    Most(usize),
}

/// Generates the same value every time, with ids from a pool where it has any.
pub(crate) struct Fixed<'p> {
    pub(crate) extent: Extent,
    pub(crate) ids: &'p dyn Fn(&str) -> Option<Value>,
}

impl Source for Fixed<'_> {
    fn wants(&mut self, _: &str) -> bool {
        matches!(self.extent, Extent::Most(_))
    }

    fn choose(&mut self, count: usize) -> usize {
        match self.extent {
            Extent::Least => 0,
            Extent::Most(turn) => turn % count,
        }
    }

    fn special(&mut self, field: &str, schema: &Value) -> Option<Value> {
        (schema["type"] == "string").then(|| (self.ids)(field)).flatten()
    }
}
