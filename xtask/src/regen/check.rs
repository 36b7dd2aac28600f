//! Step 3: refuse what the generator would answer with a panic, or silently get wrong.
//!
//! progenitor 0.15 and typify 0.8 end in `todo!()`, `assert!` or `unwrap()` on some documents and read others in
//! a way that nobody meant. Each such case is refused here with its place and a remedy, all of them at once. What
//! both crates can do and this workspace does not need (cookie parameters, form bodies, negated schemas) is
//! refused as well: a small language that is checked beats a large one that is hoped for.
//!
//! - `keys`: keys that nobody reads, `x-` marks that nobody knows or that hold the wrong value
//! - `references`: `$ref`s that lead nowhere, elsewhere, or in a circle, or that hide their neighbours
//! - `operations`: ids, paths and tags of operations
//! - `parameters`: their places, styles and names
//! - `bodies`: one JSON body in
//! - `responses`: one kind of answer out
//! - `schemas`: types and the keywords that fit them
//! - `composition`: `allOf`, `oneOf`, `anyOf`, `not`
//! - `enums`: values that become variants
//! - `type_names`: schemas and properties whose names become one
//! - `marks`: `x-idempotency` and `x-pagination` agree with their operation, `x-event` and its kin with the payload

mod bodies;
mod composition;
mod enums;
mod extensions;
mod keys;
mod operations;
mod parameters;
mod references;
mod responses;
mod schemas;
mod type_names;

use std::collections::BTreeMap;

use serde_json::Value;

use super::index::Index;
use super::openapi;
use super::pointer::Pointer;
use crate::problem::Problems;

/// One check: adds what it finds.
type Check = fn(&Index<'_>, &mut Problems);

/// The checks, in the order in which their findings are most useful to read.
const CHECKS: [Check; 11] = [
    keys::check,
    references::check,
    operations::check,
    parameters::check,
    bodies::check,
    responses::check,
    schemas::check,
    composition::check,
    enums::check,
    type_names::check,
    extensions::check,
];

/// What was checked.
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
/// Returns everything that was found.
pub fn check(document: &Value) -> Result<Checked, Problems> {
    let index = Index::new(document);
    let mut problems = Problems::none();
    for check in CHECKS {
        check(&index, &mut problems);
    }
    let counts = Checked { operations: index.operations.len(), schemas: index.schemas.len() };
    problems.or(counts)?;
    // The overlay may have broken what `load` had proved.
    openapi::validate(document)?;
    Ok(counts)
}

/// Joins words in backticks.
fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Shows a JSON value in backticks, without quotes around a text.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// A name of the document, and what the generator makes of it.
struct Named<'a> {
    /// As the document writes it.
    name: &'a str,
    /// As Rust will.
    cased: String,
    /// Where it stands.
    at: Pointer,
}

/// Refuses every name that becomes the same as an earlier one.
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
