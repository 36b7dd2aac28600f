//! Unknown fields: those of a request's body that the document does not name.

use serde_json::Value;

use super::document::resolve;

/// The deepest nesting that is looked at; a recursive schema ends there.
const DEPTH: usize = 32;

/// Finds the first field of an operation's body that no schema of the document names, and returns its path.
///
/// A part of a body without any named field, such as metadata, can hold anything.
pub(super) fn find(document: &Value, operation: &str, body: &Value) -> Option<String> {
    let operations = document.get("paths")?.as_object()?.values().filter_map(Value::as_object).flatten();
    let mut named =
        operations.filter(|(_, found)| found.get("operationId").and_then(Value::as_str) == Some(operation));
    let schema = named.next()?.1.pointer("/requestBody/content/application~1json/schema")?;
    Search { document }.unknown(&[schema], body, "", DEPTH)
}

struct Search<'d> {
    document: &'d Value,
}

impl<'d> Search<'d> {
    fn unknown(&self, schemas: &[&'d Value], value: &Value, path: &str, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let mut parts = Vec::new();
        schemas.iter().for_each(|schema| self.flatten(schema, depth, &mut parts));
        let under = |keyword: &str, name: &str| -> Vec<&'d Value> {
            parts.iter().filter_map(|part| part.get(keyword)?.get(name)).collect()
        };
        match value {
            Value::Object(fields) if parts.iter().any(|part| part.get("properties").is_some()) => {
                fields.iter().find_map(|(name, value)| {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    match under("properties", name).as_slice() {
                        [] => Some(path),
                        known => self.unknown(known, value, &path, depth),
                    }
                })
            }
            Value::Array(values) => {
                let items: Vec<&'d Value> = parts.iter().filter_map(|part| part.get("items")).collect();
                let mut places = values.iter().enumerate();
                places
                    .find_map(|(place, value)| self.unknown(&items, value, &format!("{path}.{place}"), depth))
            }
            _ => None,
        }
    }

    /// Lists a schema and all those that it is composed of.
    fn flatten(&self, schema: &'d Value, depth: usize, parts: &mut Vec<&'d Value>) {
        let (Some(depth), Ok(schema)) = (depth.checked_sub(1), resolve(self.document, schema)) else {
            return;
        };
        parts.push(schema);
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let inner = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
            inner.for_each(|part| self.flatten(part, depth, parts));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use serde_json::json;

    use super::*;

    fn unknown(operation: &str, body: &Value) -> Option<String> {
        let document: Value = serde_json::from_str(crate::spec::merged()).unwrap();
        find(&document, operation, body)
    }

    #[test]
    fn an_unknown_field_is_found_at_every_depth() {
        let found = |operation, body| unknown(operation, &body);
        assert_eq!(found("update_user", json!({ "date_of_brith": "1990-01-01" })).unwrap(), "date_of_brith");
        let steps = json!({ "steps": ["payout", { "name": "redirect", "redirect_url": "http://127.0.0.1/", "redirectUrl": "no" }] });
        assert_eq!(found("create_flow", steps), Some("steps.1.redirectUrl".to_owned()));
        let items = json!({ "items": [{ "amount": 1, "amout": 1 }] });
        assert_eq!(found("create_payout_batch", items).unwrap(), "items.0.amout");
    }

    #[test]
    fn metadata_hold_anything() {
        let body = json!({ "date_of_birth": "1990-01-01", "metadata": { "any": { "thing": 1 } } });
        assert_eq!(unknown("update_user", &body), None);
    }
}
