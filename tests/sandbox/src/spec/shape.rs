//! The shape of an answer: a projection that cuts a stored object down to the fields that the answer has.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{SpecError, document::resolve};
use crate::spec::Style;

/// The fields of an answer, as far as the document names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Any value.
    Any,
    /// A time that real answers write without a zone.
    ZonelessTime,
    Object(BTreeMap<String, Shape>),
    Array(Box<Shape>),
}

impl Shape {
    /// Reads the shape of a schema; a recursive schema has any shape below itself.
    pub(super) fn of(document: &Value, schema: &Value) -> Result<Self, SpecError> {
        Reader { document, open: Vec::new() }.shape(schema)
    }

    /// Removes every field that the shape does not have, and writes times in the given style.
    pub(crate) fn project(&self, value: Value, style: Style) -> Value {
        match (self, value) {
            (Self::Object(fields), Value::Object(object)) => {
                let shown = object.into_iter().filter_map(|(name, value)| {
                    let value = fields.get(&name)?.project(value, style);
                    Some((name, value))
                });
                Value::Object(shown.collect())
            }
            (Self::Array(items), Value::Array(values)) => {
                values.into_iter().map(|value| items.project(value, style)).collect()
            }
            (Self::ZonelessTime, Value::String(text)) => match text.parse::<Timestamp>() {
                Ok(time) => Value::String(style.time(time)),
                Err(_) => Value::String(text),
            },
            (_, value) => value,
        }
    }

    /// Returns the shape of the rows, when this is the shape of a list.
    pub(crate) fn rows(&self) -> Option<&Self> {
        match self {
            Self::Array(rows) => Some(rows),
            Self::Object(fields) if fields.keys().eq(["data", "has_more"]) => fields.get("data")?.rows(),
            Self::Object(_) | Self::ZonelessTime | Self::Any => None,
        }
    }

    /// Whether the answer is a bare array.
    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }
}

/// Reads the default values of the fields of a body.
pub(super) fn defaults(document: &Value, schema: &Value) -> Result<Map<String, Value>, SpecError> {
    let schema = resolve(document, schema)?;
    let properties = schema.get("properties").and_then(Value::as_object);
    let fields = properties.into_iter().flatten();
    Ok(fields.filter_map(|(name, field)| Some((name.clone(), field.get("default")?.clone()))).collect())
}

struct Reader<'d> {
    document: &'d Value,
    /// The references that are being followed.
    open: Vec<&'d str>,
}

impl<'d> Reader<'d> {
    fn shape(&mut self, schema: &'d Value) -> Result<Shape, SpecError> {
        let reference = schema.get("$ref").and_then(Value::as_str);
        if let Some(reference) = reference {
            if self.open.contains(&reference) {
                return Ok(Shape::Any);
            }
            self.open.push(reference);
            let shape = self.shape(resolve(self.document, schema)?);
            self.open.pop();
            return shape;
        }
        if schema.get("x-zoneless") == Some(&Value::Bool(true)) {
            return Ok(Shape::ZonelessTime);
        }
        if let Some(items) = schema.get("items") {
            return Ok(Shape::Array(Box::new(self.shape(items)?)));
        }
        let mut fields = BTreeMap::new();
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            match self.shape(part)? {
                Shape::Object(more) => fields.extend(more),
                _ => return Ok(Shape::Any),
            }
        }
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            fields.insert(name.clone(), self.shape(field)?);
        }
        Ok(if fields.is_empty() { Shape::Any } else { Shape::Object(fields) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use hyper::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::spec::Spec;

    fn shape(operation: &str) -> Shape {
        let spec = Spec::embedded().unwrap();
        spec.operation(operation).unwrap().answer(StatusCode::OK).unwrap().shape.clone().unwrap()
    }

    #[test]
    fn a_projection_keeps_the_fields_of_the_schema_and_no_others() {
        let flow = json!({ "id": "1", "steps": ["payout"], "secret": 1, "metadata": { "any": 1 } });
        let shown = shape("get_flow").project(flow.clone(), Style { tidy: false });
        assert_eq!(shown, json!({ "id": "1", "steps": ["payout"], "metadata": { "any": 1 } }));
        let page = json!({ "data": [flow], "has_more": false });
        let page = shape("list_flows").project(page, Style { tidy: false });
        assert_eq!(page, json!({ "data": [shown], "has_more": false }));
    }

    #[test]
    fn times_lose_their_zone_where_real_answers_have_none() {
        let flow = json!({ "created": "2026-01-01T00:00:00Z" });
        let shown = shape("get_flow").project(flow.clone(), Style { tidy: false });
        assert_eq!(shown, json!({ "created": "2026-01-01T00:00:00.000000" }));
        assert_eq!(shape("get_flow").project(flow.clone(), Style { tidy: true }), flow);
    }

    #[test]
    fn bare_arrays_are_told_from_pages() {
        assert!(shape("list_approvers").is_array());
        assert!(!shape("list_vendors").is_array());
    }
}
