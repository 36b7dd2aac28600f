//! Step 1: read the document and prove that it is OpenAPI 3.0.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;

use super::openapi;
use crate::problem::Problems;

/// The document, below the root of the workspace.
pub const DOCUMENT: &str = "openapi/dots.yaml";

/// A document that was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// The document as JSON.
    pub value: Value,
    /// How many lines the file has.
    pub lines: usize,
}

/// Reads `openapi/dots.yaml` below `root`.
///
/// # Errors
/// Returns a problem when the file is missing, not YAML, not OpenAPI, or not of the 3.0 line.
pub fn load(root: &Path) -> Result<Document, Problems> {
    let text = read(root, DOCUMENT)?;
    let value = yaml(DOCUMENT, &text)?;
    validate(&value)?;
    Ok(Document { value, lines: text.lines().count() })
}

/// Proves that a document is OpenAPI 3.0.
///
/// # Errors
/// Returns a problem with the place of what is not.
pub fn validate(document: &Value) -> Result<(), Problems> {
    version(document)?;
    openapi::validate(document)
}

/// Reads a file below `root`.
pub(super) fn read(root: &Path, file: &str) -> Result<String, Problems> {
    fs::read_to_string(root.join(file)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Problems::one(
            file,
            format!("the file is missing below `{}`", root.display()),
            "restore it, or name the root of the workspace with --root",
        ),
        _ => {
            Problems::one(file, format!("could not read the file: {error}"), "make it a readable UTF-8 file")
        }
    })
}

/// Reads YAML 1.2 into JSON: `no` is a text there, not `false` as it was in 1.1, so Norway stays a country.
pub(super) fn yaml(file: &str, text: &str) -> Result<Value, Problems> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options::<Value>(text, options).map_err(|error| {
        let place = match error.location() {
            Some(at) => format!("{file}:{}:{}", at.line(), at.column()),
            None => file.to_owned(),
        };
        Problems::one(place, format!("not YAML: {}", error.without_snippet()), "correct the line")
    })
}

/// Refuses what is not OpenAPI 3.0.x, before anything is read with 3.0's rules.
fn version(document: &Value) -> Result<(), Problems> {
    match document.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0.") => Ok(()),
        Some(version) => Err(Problems::one(
            "/openapi",
            format!("version {} is not OpenAPI 3.0", shown(version)),
            "write the document as `3.0.3`; 3.1 writes nullable fields, bounds and examples in another way",
        )),
        None => Err(Problems::one(
            "",
            "not OpenAPI: the key `openapi` is missing",
            "begin the document with `openapi: 3.0.3`",
        )),
    }
}

/// Shows a JSON value in backticks, without quotes around a text.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}
