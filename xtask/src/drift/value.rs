//! Values as text, as they stand in `accepted.yaml` and in the report.

use serde_json::Value;

/// The word for what one side does not have.
pub(super) const ABSENT: &str = "absent";

/// A value as text: lists joined by commas, null as absent.
pub(super) fn render(value: &Value) -> String {
    match value {
        Value::Null => ABSENT.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|it| !it.is_array() && !it.is_object()) => {
            items.iter().map(render).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
