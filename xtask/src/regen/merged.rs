//! `merged`: the document and the overlay as one, for other tools.

use std::path::Path;

use serde_json::Value;

use super::load;
use super::overlay::Overlay;
use crate::problem::Problems;

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Everything, with the marks of our generator.
    Whole,
    /// Without the `x-` keys, which other tools may refuse.
    Tidy,
}

/// Merges the overlay into the document, and returns it as JSON, which is YAML as well.
///
/// # Errors
/// Returns the problems of the document and of the overlay.
pub fn merged(root: &Path, form: Form) -> Result<String, Problems> {
    let mut document = load::load(root)?.value;
    Overlay::load(root)?.apply(&mut document)?;
    if form == Form::Tidy {
        tidy(&mut document, false);
    }
    Ok(format!("{document:#}"))
}

/// The keys below which the author of the document chooses the names.
const NAMED: &[&str] = &["properties", "schemas", "parameters", "responses", "paths", "headers"];

/// Removes the `x-` keys; `is_named` tells that the keys here are names.
fn tidy(value: &mut Value, is_named: bool) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| is_named || !key.starts_with("x-"));
            for (key, value) in fields.iter_mut() {
                tidy(value, !is_named && NAMED.contains(&key.as_str()));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, false)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::tidy;
    use serde_json::json;

    #[test]
    fn marks_go_and_properties_stay() {
        let mut document = json!({
            "x-a": 1,
            "paths": { "/a": { "get": { "x-pagination": "cursor", "parameters": [{ "x-b": 1, "name": "x-c" }] } } },
            "components": { "schemas": { "A": { "x-type": "B", "properties": { "x-d": { "x-e": true } } } } },
        });
        tidy(&mut document, false);
        assert_eq!(
            document,
            json!({
                "paths": { "/a": { "get": { "parameters": [{ "name": "x-c" }] } } },
                "components": { "schemas": { "A": { "properties": { "x-d": {} } } } },
            })
        );
    }
}
