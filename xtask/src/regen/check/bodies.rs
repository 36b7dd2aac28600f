//! Request bodies: each request has one JSON body.

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, entries};
use crate::regen::pointer::{Pointer, escape};

/// The only media type that the generator supports.
pub(super) const JSON: &str = "application/json";

/// Checks the body of every operation that is generated.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for operation in index.operations.iter().filter(|it| !it.is_hand_written()) {
        let Some(value) = operation.value.get("requestBody") else { continue };
        let at = operation.pointer.key("requestBody");
        // `references` reports a reference that leads nowhere.
        if let Some(body) = index.resolve(value) {
            single(&at, body, problems);
        }
    }
}

/// Checks one body.
fn single(at: &Pointer, body: &Value, problems: &mut Problems) {
    if body.get("required") != Some(&Value::Bool(true)) {
        problems.add(
            at,
            "an optional body, which the generator would make a required argument",
            "write `required: true`, or remove the body",
        );
    }
    let media: Vec<_> = entries(at, body, "content").collect();
    match media.as_slice() {
        [] => problems.add(
            at,
            "a body without content",
            "write its type under `content/application~1json/schema`",
        ),
        [(at, value)] => media_type(at, value, problems),
        several => {
            let what = format!("{} media types in one body", several.len());
            problems.add(
                at.key("content"),
                what,
                "keep `application/json`; remove the others with an overlay action",
            );
        }
    }
}

/// Checks the one media type of a body.
fn media_type(at: &Pointer, media: &Value, problems: &mut Problems) {
    let pointer = at.as_str();
    if pointer.ends_with("/multipart~1form-data") {
        problems.add(
            at,
            "a multipart body, which the generator does not know",
            "mark the operation `x-hand-written: true` and write it in dots-api",
        );
    } else if !pointer.ends_with(&format!("/{}", escape(JSON))) {
        problems.add(
            at,
            "a media type that is not generated",
            "write `application/json`, or mark the operation `x-hand-written: true`",
        );
    }
    typed(at, media, problems);
}

/// Checks that a media type has a schema and no `encoding`.
pub(super) fn typed(at: &Pointer, media: &Value, problems: &mut Problems) {
    if media.get("schema").is_none() {
        problems.add(at, "a media type without a `schema`", "write its type under `schema`");
    }
    if media.get("encoding").is_some() {
        problems.add(at.key("encoding"), "an `encoding`, which the generator does not know", "remove it");
    }
}
