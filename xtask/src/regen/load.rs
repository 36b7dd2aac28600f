//! Step 1, load: parses the document and validates it against OpenAPI 3.0.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;

use super::lines::Lines;
use super::{openapi, plain, translate};
use crate::problem::Problems;

/// The path of the document, below the root of the workspace.
pub const DOCUMENT: &str = "openapi/dots.yaml";

/// The document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its content as JSON.
    pub value: Value,
    /// The lines of its parts.
    pub places: Lines,
    /// How many lines the file has.
    pub lines: usize,
}

/// Reads `openapi/dots.yaml` below `root`.
///
/// # Errors
/// Returns a problem if the file is missing, not YAML, or not OpenAPI 3.0.
pub fn load(root: &Path) -> Result<Document, Problems> {
    let text = read(root, DOCUMENT)?;
    whole(&text)?;
    let mut value = yaml(DOCUMENT, &text)?;
    let places = Lines::of(&text);
    let located = |problems: Problems| problems.located(DOCUMENT, |place| places.find(place));
    translate::to_3_0(&mut value).map_err(located)?;
    plain::write(&mut value);
    validate(&value).map_err(located)?;
    Ok(Document { value, places, lines: text.lines().count() })
}

/// The last line of a document: the mark that YAML has for its end.
const END: &str = "...";

/// Refuses a file without its end: it was cut off, and what is missing would look as if the API no longer had it. A cut
/// at the end of a line leaves a document that can be read, so that only a mark tells it from a whole one. JSON needs no
/// mark: what is left of it after a cut has braces without an end.
fn whole(text: &str) -> Result<(), Problems> {
    let last = text.lines().next_back().unwrap_or_default();
    let is_json = text.starts_with('{') && text.trim_end().ends_with('}');
    if is_json || (last == END && text.ends_with('\n')) {
        return Ok(());
    }
    let number = text.lines().count();
    Err(Problems::one(
        format!("{DOCUMENT}:{number}"),
        format!("the file is truncated: it ends with line {number}, `{}`, and not with `{END}`", last.trim()),
        format!("restore it from where it came; if nothing is missing, end it with a line `{END}`"),
    ))
}

/// Refuses a document of others that ends in the middle of a line: it was cut off, and all that follows would be wrong.
pub(crate) fn ends_with_a_line(file: &str, text: &str) -> Result<(), Problems> {
    if text.is_empty() || text.ends_with('\n') {
        return Ok(());
    }
    let (number, last) = (text.lines().count(), text.lines().last().unwrap_or_default());
    Err(Problems::one(
        format!("{file}:{number}"),
        format!("the file is truncated: it ends in the middle of line {number}, `{last}`"),
        "restore it from where it came; a complete file ends with a line break",
    ))
}

/// Validates a document against OpenAPI 3.0.
///
/// # Errors
/// Returns a problem with the place of what is not valid.
pub fn validate(document: &Value) -> Result<(), Problems> {
    version(document)?;
    openapi::validate(document)
}

/// Reads a file below `root`.
pub(crate) fn read(root: &Path, file: &str) -> Result<String, Problems> {
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

/// Parses YAML 1.2 into JSON. There `no` is a string, so Norway stays a country; in YAML 1.1 it is `false`.
pub(crate) fn yaml(file: &str, text: &str) -> Result<Value, Problems> {
    // The documents of large APIs have millions of nodes; the parser's own limits are for text of strangers.
    let budget = serde_saphyr::budget! { max_events: 50_000_000, max_nodes: 20_000_000 };
    let options = serde_saphyr::options! { strict_booleans: true, budget: budget };
    serde_saphyr::from_str_with_options::<Value>(text, options).map_err(|error| {
        let place = match error.location() {
            Some(at) => format!("{file}:{}:{}", at.line(), at.column()),
            None => file.to_owned(),
        };
        Problems::one(place, format!("not YAML: {}", error.without_snippet()), "correct the line")
    })
}

/// Refuses versions other than OpenAPI 3.0.x, before the rules of 3.0 are applied.
fn version(document: &Value) -> Result<(), Problems> {
    match document.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0.") => Ok(()),
        Some(version) => Err(Problems::one(
            "/openapi",
            format!("version {} is neither OpenAPI 3.0 nor 3.1", shown(version)),
            "write the document as `3.0.3`, or as 3.1 where it says nothing more",
        )),
        None => Err(Problems::one(
            "",
            "not OpenAPI: the key `openapi` is missing",
            "begin the document with `openapi: 3.0.3`",
        )),
    }
}

/// Formats a JSON value in backticks, without the quotes of a string.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}
