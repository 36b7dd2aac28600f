//! Step 3, check: lints the document, and refuses what would make the generator panic or write wrong code.
//!
//! progenitor 0.15 and typify 0.8 reach `todo!()`, `assert!` or `unwrap()` on some documents, and misread others in
//! silence. This step refuses each such case with its place and a fix, and reports all of them at once. It also
//! refuses what both crates support and this workspace does not need (cookie parameters, form bodies, negated
//! schemas), because a small part of OpenAPI that is tested is safer than a large one that is not.
//!
//! - `keys`: keys that the generator ignores, unknown extensions (`x-` keys), and extensions with a wrong value
//! - `references`: `$ref`s that lead nowhere, to another document or in a circle, and keys beside them
//! - `operations`: the ids, paths and tags of operations
//! - `security`: HTTP Basic authentication, the only one that the client has
//! - `parameters`: the places, styles and names of parameters
//! - `bodies`: each request has one JSON body
//! - `responses`: each operation has one type of success and one type of error
//! - `schemas`: types, and keywords that fit them
//! - `composition`: `allOf`, `oneOf`, `anyOf`, `not`
//! - `enums`: values that become variants
//! - `scalars`: each `x-type` stands for a type of the document that its Rust type carries
//! - `type_names`: schemas and properties whose Rust names collide
//! - `extensions`: `x-idempotency` and `x-pagination` agree with their operation, `x-event` with its payload

mod bodies;
mod composition;
mod enums;
mod extensions;
mod keys;
mod operations;
mod parameters;
mod references;
mod responses;
mod scalars;
mod schemas;
mod security;
mod type_names;

use std::collections::BTreeMap;

use serde_json::Value;

use super::index::Index;
use super::openapi;
use super::pointer::Pointer;
use crate::problem::Problems;

/// One check; adds the problems that it finds.
type Check = fn(&Index<'_>, &mut Problems);

/// The checks, in the order in which their findings are most useful to read.
const CHECKS: [Check; 13] = [
    keys::check,
    references::check,
    operations::check,
    security::check,
    parameters::check,
    bodies::check,
    responses::check,
    schemas::check,
    composition::check,
    enums::check,
    scalars::check,
    type_names::check,
    extensions::check,
];

/// The size of a checked document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// How many operations the document has.
    pub operations: usize,
    /// How many schemas, nested ones included.
    pub schemas: usize,
}

/// Checks a document after the overlay.
///
/// # Errors
/// Returns all problems that the checks find.
pub fn check(document: &Value) -> Result<Checked, Problems> {
    let index = Index::new(document);
    let mut problems = Problems::none();
    for check in CHECKS {
        check(&index, &mut problems);
    }
    let counts = Checked { operations: index.operations.len(), schemas: index.schemas.len() };
    problems.or(counts)?;
    // `load` validated the document before the overlay changed it.
    openapi::validate(document)?;
    Ok(counts)
}

/// Joins words in backticks.
fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Formats a JSON value in backticks, without the quotes of a string.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// A name of the document, and its Rust name.
struct Named<'a> {
    /// As the document writes it.
    name: &'a str,
    /// The Rust name.
    cased: String,
    /// Where it stands.
    at: Pointer,
}

/// Refuses names whose Rust names collide.
fn refuse_duplicates<'a>(
    kind: &str,
    names: impl IntoIterator<Item = Named<'a>>,
    fix: &str,
    problems: &mut Problems,
) {
    let mut seen: BTreeMap<String, Named<'_>> = BTreeMap::new();
    for named in names {
        if let Some(first) = seen.get(&named.cased) {
            let what = format!(
                "the {kind} `{}` and `{}` (at {}) both become `{}`",
                named.name, first.name, first.at, named.cased
            );
            problems.add(named.at, what, fix);
        } else {
            seen.insert(named.cased.clone(), named);
        }
    }
}
