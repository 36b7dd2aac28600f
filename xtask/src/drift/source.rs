//! The two documents: each file with its hash, its version, the lines of its parts, and its content as OpenAPI 3.0.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::defects::{self, Defect};
use super::place::Place;
use crate::problem::Problems;
use crate::regen::lines::Lines;
use crate::regen::load;
use crate::regen::pointer::{Pointer, escape};
use crate::regen::translate;

/// The beginning of the path that stands for a webhook, which has none.
pub(super) const EVENT: &str = "webhook:";

/// A document that was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, as messages name it.
    pub file: Arc<str>,
    /// The content, with webhooks as operations, as OpenAPI 3.0 as far as that goes.
    pub value: Value,
    /// The content as it was written.
    pub raw: Value,
    /// The hash of the file, in hexadecimal digits.
    pub sha256: String,
    /// What the document calls its version.
    pub version: String,
    /// The version of OpenAPI.
    pub openapi: String,
    lines: Lines,
}

impl Source {
    /// Reads a document that Dots published, and mends what it writes in a way that OpenAPI does not know.
    ///
    /// # Errors
    /// Returns a problem if the file cannot be read, is cut off, or is not OpenAPI.
    pub fn read(path: &Path) -> Result<(Self, Vec<Defect>), Problems> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let text = fs::read_to_string(path).map_err(|error| {
            Problems::one(
                path.display().to_string(),
                format!("could not read the file: {error}"),
                "name the document that Dots published",
            )
        })?;
        Self::of_text(&name, &text)
    }

    /// Reads a document from its text.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn of_text(name: &str, text: &str) -> Result<(Self, Vec<Defect>), Problems> {
        load::ends_with_a_line(name, text)?;
        let raw = load::yaml(name, text)?;
        Self::of_value(name, text, raw)
    }

    /// Takes a document that was parsed already; its parts have no lines.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn of_json(name: &str, value: Value) -> Result<(Self, Vec<Defect>), Problems> {
        Self::of_value(name, "", value)
    }

    fn of_value(name: &str, text: &str, raw: Value) -> Result<(Self, Vec<Defect>), Problems> {
        let word = |value: &Value, pointer: &str| {
            value.pointer(pointer).map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
        };
        let openapi =
            word(&raw, "/openapi").filter(|version| version.starts_with("3.")).ok_or_else(|| {
                Problems::one(
                    name,
                    "not OpenAPI 3: the key `openapi` is missing or names another version",
                    "name the OpenAPI document that Dots published",
                )
            })?;
        if ["paths", "webhooks"]
            .iter()
            .all(|key| raw.get(key).and_then(Value::as_object).is_none_or(Map::is_empty))
        {
            let fix = "name a whole document; an empty one would read as if Dots had removed everything";
            return Err(Problems::one(name, "the document has neither operations nor webhooks", fix));
        }
        let mut source = Self {
            file: name.into(),
            value: raw.clone(),
            sha256: hex(text.as_bytes()),
            version: word(&raw, "/info/version").unwrap_or_default(),
            openapi,
            lines: Lines::of(text),
            raw,
        };
        let mut value = std::mem::take(&mut source.value);
        let is_3_0 = source.openapi.starts_with("3.0");
        let defects = defects::mend(&mut value, is_3_0, &|at| source.place(at));
        webhooks_as_paths(&mut value);
        // What has no counterpart in 3.0 stays where it is, and `shape` reads it.
        let _ = translate::to_3_0(&mut value);
        source.value = value;
        Ok((source, defects))
    }

    /// Takes our own document, whose webhooks are schemas with `x-event`.
    pub(super) fn ours(file: &str, mut value: Value, lines: Lines) -> Self {
        let raw = value.clone();
        events_as_paths(&mut value);
        Self {
            file: file.into(),
            value,
            raw,
            sha256: String::new(),
            version: String::new(),
            openapi: "3.0.3".to_owned(),
            lines,
        }
    }

    /// The place of a part.
    pub fn place(&self, at: &Pointer) -> Place {
        let text = at.as_str();
        let event = text.strip_prefix("/paths/").and_then(|rest| rest.strip_prefix(EVENT));
        let line = match event {
            Some(rest) => self.lines.find(&format!("/webhooks/{rest}")),
            None => self.lines.find(text),
        };
        Place { file: Arc::clone(&self.file), line }
    }
}

/// The SHA-256 hash of bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Writes each webhook as an operation, so that what is said of operations is said of webhooks.
fn webhooks_as_paths(document: &mut Value) {
    let Some(root) = document.as_object_mut() else { return };
    let Some(Value::Object(webhooks)) = root.remove("webhooks") else { return };
    let Some(paths) = root.entry("paths").or_insert_with(|| json!({})).as_object_mut() else { return };
    for (name, item) in webhooks {
        paths.insert(format!("{EVENT}{name}"), item);
    }
}

/// Writes each schema that is the payload of an event as the body of an operation.
fn events_as_paths(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut events: Map<String, Value> = Map::new();
    for (name, schema) in schemas.into_iter().flatten() {
        let Some(event) = schema.get("x-event").and_then(Value::as_str) else { continue };
        let reference = json!({ "$ref": format!("#/components/schemas/{}", escape(name)) });
        let body = json!({ "required": true, "content": { "application/json": { "schema": reference } } });
        events.insert(format!("{EVENT}{event}"), json!({ "post": { "requestBody": body } }));
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        paths.extend(events);
    }
}
