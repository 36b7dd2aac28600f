//! Sample values: valid for a schema, with every field that it lists.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{SpecError, Style, document::resolve};

/// The deepest nesting of a sample; a recursive schema ends as an empty object.
const DEPTH: usize = 12;

const ID: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const TIME: &str = "2026-01-01T00:00:00Z";
/// The same time.
const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Builds a sample of a schema of the document.
pub(super) fn sample(document: &Value, schema: &Value, style: Style) -> Result<Value, SpecError> {
    Sampler { document, style }.value("", schema, DEPTH)
}

struct Sampler<'d> {
    document: &'d Value,
    style: Style,
}

impl Sampler<'_> {
    fn value(&self, name: &str, schema: &Value, depth: usize) -> Result<Value, SpecError> {
        let schema = resolve(self.document, schema)?;
        let is_marked = |mark: &str| schema.get(mark) == Some(&Value::Bool(true));
        let list = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
        if let Some(first) = list("enum").and_then(|values| values.first()) {
            return Ok(first.clone());
        }
        if is_marked("nullable") {
            return Ok(Value::Null);
        }
        let Some(depth) = depth.checked_sub(1) else { return Ok(json!({})) };
        if let Some(first) = list("oneOf").or_else(|| list("anyOf")).and_then(|schemas| schemas.first()) {
            return self.value(name, first, depth);
        }
        if let Some(parts) = list("allOf") {
            return self.together(name, parts, depth);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.object(schema, depth),
            Some("array") => Ok(json!([])),
            Some("boolean") => Ok(json!(false)),
            // Among the events, only transfers have amounts that real bodies write as text.
            Some("integer" | "number") if is_marked("x-decimal-text") => Ok(self.style.transfer_amount(1000)),
            Some("integer" | "number") => Ok(schema.get("minimum").cloned().unwrap_or(json!(1000))),
            _ if is_marked("x-zoneless") => Ok(json!(self.style.time(START))),
            _ => Ok(json!(text(name, schema))),
        }
    }

    /// Merges the parts of `allOf`; a part that is not an object stands for the whole.
    fn together(&self, name: &str, parts: &[Value], depth: usize) -> Result<Value, SpecError> {
        let mut fields = Map::new();
        for part in parts {
            match self.value(name, part, depth)? {
                Value::Object(more) => fields.extend(more),
                other => return Ok(other),
            }
        }
        Ok(Value::Object(fields))
    }

    fn object(&self, schema: &Value, depth: usize) -> Result<Value, SpecError> {
        let properties = schema.get("properties").and_then(Value::as_object);
        let fields = properties.into_iter().flatten();
        fields.map(|(name, schema)| Ok((name.clone(), self.value(name, schema, depth)?))).collect()
    }
}

/// Returns a text in the format that the schema asks for, or else one that suits the name of the field.
fn text(name: &str, schema: &Value) -> &'static str {
    match (schema.get("format").and_then(Value::as_str), name) {
        (Some("uuid"), _) => ID,
        (Some("date-time"), _) => TIME,
        (Some("date"), _) => "2026-01-01",
        (Some("email"), _) => "jo@example.com",
        (Some("uri"), _) | (None, "link") => "https://my.dots-sandbox.invalid/flow/sample",
        (None, "created" | "timestamp") => TIME,
        (None, name) if name == "id" || name.ends_with("_id") => ID,
        (None, "status") => "created",
        (None, "method") => "paypal",
        (None, "funding_source") => "dots_balance",
        _ => "sample",
    }
}
