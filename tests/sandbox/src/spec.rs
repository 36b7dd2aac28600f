//! The OpenAPI document: parsed once, corrected by its overlay, and indexed by operation.

mod document;
mod events;
mod formats;
mod operation;
mod sample;
mod schemas;
mod shape;
mod style;
mod translate;
mod unknown;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub(crate) use events::EventSchema;
pub(crate) use formats::is_email;
pub(crate) use operation::{
    Body, Idempotency, Location, Operation, Pagination, Parameter, Segment, ValueKind,
};
use schemas::Schemas;
pub(crate) use shape::Shape;
pub(crate) use style::Style;
use translate::Direction;

// `openapi` is a symbolic link to the folder at the root of the workspace, so that the package holds the document too.
// Where git wrote the link as a plain file, this does not compile: run `git config core.symlinks true`, and check the
// file out again.
const DOCUMENT: &str = include_str!("../openapi/dots.yaml");
const OVERLAY: &str = include_str!("../openapi/overlay.yaml");

/// The version of the embedded document: the SHA-256 of its text and of its overlay.
pub(crate) fn fingerprint() -> String {
    let hash = Sha256::new().chain_update(DOCUMENT).chain_update([0]).chain_update(OVERLAY).finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the embedded document with its overlay applied, as JSON text.
///
/// # Errors
/// Returns an error when the document cannot be used; then no sandbox starts.
pub(crate) fn merged() -> Result<&'static str, SpecError> {
    static MERGED: OnceLock<Result<String, SpecError>> = OnceLock::new();
    let merged = MERGED.get_or_init(|| document::merged(DOCUMENT, OVERLAY));
    merged.as_ref().map(String::as_str).map_err(Clone::clone)
}

/// Finds the first field of an operation's body that the document does not name.
pub(crate) fn unknown_field(operation: &Operation, body: &Value) -> Option<String> {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    // A sandbox that started has a document.
    let read = || merged().ok().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
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
        SPEC.get_or_init(|| Self::read(DOCUMENT, OVERLAY).map(Arc::new)).clone()
    }

    /// Parses a document and applies its overlay.
    pub(crate) fn read(document: &str, overlay: &str) -> Result<Self, SpecError> {
        let document = document::read(document, overlay)?;
        let requests = Schemas::new(&document, Direction::Request)?;
        let answers = Arc::new(Schemas::new(&document, Direction::Answer)?);
        let paths = document.get("paths").and_then(Value::as_object);
        let paths = paths.ok_or_else(|| SpecError::new("the document has no `paths`"))?;
        let mut operations = Vec::new();
        for (path, item) in paths {
            operations.extend(operation::read_all(&document, path, item, &requests, &answers)?);
        }
        for (number, operation) in operations.iter_mut().enumerate() {
            operation.number = u16::try_from(number).map_err(|_| SpecError::new("too many operations"))?;
        }
        let events = events::read_all(&document, &answers)?;
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
    pub(crate) fn events() -> Result<std::collections::BTreeMap<String, jsonschema::Validator>, SpecError> {
        let document = document::read(DOCUMENT, OVERLAY)?;
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

    #[test]
    fn the_embedded_document_holds_all_82_operations() {
        assert_eq!(Spec::embedded().unwrap().operations.len(), 82);
    }

    #[test]
    fn the_schema_of_every_answer_can_be_compiled() {
        for operation in &Spec::embedded().unwrap().operations {
            for schema in operation.answers().filter_map(|answer| answer.schema.as_ref()) {
                schema.validator().expect(&operation.id);
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
        let error = Spec::read("{openapi: 3.0.3, paths: {}}", overlay).unwrap_err().to_string();
        assert!(error.contains("$.gone"), "{error}");
    }

    #[test]
    fn a_reference_to_nothing_is_an_error_that_names_it() {
        let operation = "{operationId: a, parameters: [{$ref: '#/components/x'}]}";
        let document = format!("{{openapi: 3.0.3, paths: {{/v2/a: {{get: {operation}}}}}}}");
        let overlay =
            "{overlay: 1.0.0, info: {title: t, version: v}, actions: [{target: $.paths, update: {}}]}";
        let error = Spec::read(&document, overlay).unwrap_err().to_string();
        assert!(error.contains("`#/components/x`"), "{error}");
    }
}
