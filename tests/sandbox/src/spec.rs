//! The OpenAPI document: parsed once, corrected by its overlay, and indexed by operation.

mod check;
mod document;
mod events;
mod formats;
mod list;
mod operation;
mod pattern;
mod sample;
mod schema;
mod schemas;
mod shape;
mod stream;
mod style;
mod translate;
mod unknown;
mod violation;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub(crate) use events::EventSchema;
pub(crate) use formats::{Format, is_email};
pub(crate) use list::ListSchema;
pub(crate) use operation::{
    Body, Idempotency, Location, Operation, Pagination, Parameter, Segment, ValueKind,
};
pub(crate) use schema::{Type, Validator};
use schemas::Schemas;
pub(crate) use style::Style;
use translate::Direction;
pub(crate) use violation::{Rule, Violation};

// `openapi` is a symbolic link to the folder at the root of the workspace, so that the package holds the document too.
// Where git wrote the link as a plain file, this does not compile: run `git config core.symlinks true`, and check the
// file out again.
//
// The file is `dots.yaml` with the overlay applied: reading YAML and applying overlays are two dozen crates, which the
// sandbox needs only in its tests. A test holds the file to the other two, and writes it anew.
const MERGED: &str = include_str!("../openapi/merged.json");

/// The version of the embedded document: the SHA-256 of its text.
pub(crate) fn fingerprint() -> String {
    let hash = Sha256::digest(MERGED);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the embedded document with its overlay applied, as JSON text.
pub(crate) fn merged() -> &'static str {
    MERGED
}

/// Parses the embedded document.
fn document() -> Result<Value, SpecError> {
    let read = serde_json::from_str(MERGED);
    read.map_err(|error| SpecError::new(format!("the document is not JSON: {error}")))
}

/// Finds the first field of an operation's body that the document does not name.
pub(crate) fn unknown_field(operation: &Operation, body: &Value) -> Option<String> {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    // A sandbox that started has a document.
    let read = || document().unwrap_or_default();
    unknown::find(DOCUMENT.get_or_init(read), &operation.id, body)
}

/// The parsed document, ready for requests and answers.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) operations: Vec<Operation>,
    /// The events of webhooks.
    pub(crate) events: Vec<EventSchema>,
}

impl Spec {
    /// Returns the embedded document; a process parses it once, however many sandboxes it starts.
    pub(crate) fn embedded() -> Result<Arc<Self>, SpecError> {
        static SPEC: OnceLock<Result<Arc<Spec>, SpecError>> = OnceLock::new();
        SPEC.get_or_init(|| document().and_then(|document| Self::read(&document)).map(Arc::new)).clone()
    }

    /// Reads a document whose overlay is applied.
    fn read(document: &Value) -> Result<Self, SpecError> {
        let requests = Schemas::new(document, Direction::Request)?;
        let answers = Schemas::new(document, Direction::Answer)?;
        let paths = document.get("paths").and_then(Value::as_object);
        let paths = paths.ok_or_else(|| SpecError::new("the document has no `paths`"))?;
        let mut operations = Vec::new();
        for (path, item) in paths {
            operations.extend(operation::read_all(document, path, item, &requests, &answers)?);
        }
        for (number, operation) in operations.iter_mut().enumerate() {
            operation.number = u16::try_from(number).map_err(|_| SpecError::new("too many operations"))?;
        }
        let events = events::read_all(document, &answers)?;
        Ok(Self { operations, events })
    }

    /// Whether an operation with this id takes a key; with `.items` behind it, whether its items do.
    pub(crate) fn takes_key(&self, name: &str) -> bool {
        let keyed =
            |operation: &Operation| operation.idempotency != Idempotency::Unkeyed && operation.id == name;
        let items = ["create_payout_batch.items", "create_transfer_batch.items"];
        items.contains(&name) || self.operations.iter().any(keyed)
    }

    /// Finds an event by its name.
    pub(crate) fn event(&self, name: &str) -> Option<&EventSchema> {
        self.events.iter().find(|event| event.name == name)
    }

    /// Compiles the schemas of all events, by the name of the event.
    #[cfg(test)]
    pub(crate) fn events() -> Result<std::collections::BTreeMap<String, Validator>, SpecError> {
        let document = document()?;
        let answers = Schemas::new(&document, Direction::Answer)?;
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let events = schemas.into_iter().flatten().filter_map(|(_, schema)| {
            let name = schema.get("x-event").and_then(Value::as_str)?;
            Some((name, schema))
        });
        events.map(|(name, schema)| Ok((name.to_owned(), answers.validator(schema)?))).collect()
    }

    /// Finds an operation by its id.
    #[cfg(test)]
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }
}

/// The document or the overlay cannot be used; the message names where.
#[derive(Clone, Debug)]
pub(crate) struct SpecError(String);

impl SpecError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SpecError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

    use super::*;

    const DOCUMENT: &str = include_str!("../openapi/dots.yaml");
    const OVERLAY: &str = include_str!("../openapi/overlay.yaml");

    #[test]
    fn the_embedded_document_is_dots_with_the_overlay() {
        let merged =
            serde_json::to_string_pretty(&document::read(DOCUMENT, OVERLAY).unwrap()).unwrap() + "\n";
        if std::env::var_os("DOTS_SANDBOX_MERGE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/merged.json"), merged).unwrap();
            return;
        }
        let is_fresh = merged == MERGED;
        assert!(
            is_fresh,
            "openapi/merged.json is stale: run this test with DOTS_SANDBOX_MERGE=1, and build again"
        );
    }

    #[test]
    fn the_embedded_document_holds_all_82_operations() {
        assert_eq!(Spec::embedded().unwrap().operations.len(), 82);
    }

    #[test]
    fn the_schema_of_every_answer_says_something() {
        for operation in &Spec::embedded().unwrap().operations {
            for schema in operation.answers().filter_map(|answer| answer.schema.as_ref()) {
                assert!(!schema.is_valid(&Value::Bool(true)), "{}", operation.id);
            }
        }
    }

    #[test]
    fn the_overlays_marks_arrive_at_their_operations() {
        let spec = Spec::embedded().unwrap();
        let idempotency = |id: &str| spec.operation(id).unwrap().idempotency;
        assert_eq!(idempotency("send_payout"), Idempotency::ReturnsExisting);
        assert_eq!(idempotency("create_payout_link"), Idempotency::ReturnsExisting);
        assert_eq!(idempotency("create_transfer"), Idempotency::RejectsDuplicate);
        assert_eq!(idempotency("create_transfer_batch"), Idempotency::Unspecified);
        assert_eq!(idempotency("create_user"), Idempotency::Unkeyed);
        assert_eq!(spec.operation("list_users").unwrap().pagination, Pagination::Cursor);
        assert_eq!(spec.operation("list_approvers").unwrap().pagination, Pagination::None);
    }

    #[test]
    fn an_overlay_action_that_matches_nothing_is_an_error_with_its_number_and_target() {
        let overlay =
            "{overlay: 1.0.0, info: {title: t, version: v}, actions: [{target: $.gone, update: {a: 1}}]}";
        let error = document::read("{openapi: 3.0.3, paths: {}}", overlay).unwrap_err().to_string();
        assert!(error.contains("$.gone"), "{error}");
    }

    #[test]
    fn a_reference_to_nothing_is_an_error_that_names_it() {
        let operation = "{operationId: a, parameters: [{$ref: '#/components/x'}]}";
        let document = format!("{{openapi: 3.0.3, paths: {{/v2/a: {{get: {operation}}}}}}}");
        let overlay =
            "{overlay: 1.0.0, info: {title: t, version: v}, actions: [{target: $.paths, update: {}}]}";
        let error = Spec::read(&document::read(&document, overlay).unwrap()).unwrap_err().to_string();
        assert!(error.contains("`#/components/x`"), "{error}");
    }
}
