//! Robustness (fuzzing by edits): no edit of the real document makes `regen` panic before it generates.
//!
//! Each test edits one node of a copy of the document and takes it through load, overlay and check. Accepted or
//! refused are both fine; a panic fails the test by itself.

use std::path::Path;

use serde_json::{Value, json};
use xtask::regen::overlay::Overlay;
use xtask::regen::pointer::escape;
use xtask::regen::{check, load};

use crate::support::{accept, of_this_run};

/// One node in this many is edited, in every run of the tests and in a long one; primes, so that the edits reach all
/// kinds of nodes.
const STRIDE: [usize; 2] = [211, 37];

#[test]
fn removing_any_node_never_panics() {
    edit_and_try("removed", |parent, key| match parent {
        Value::Object(fields) => drop(fields.remove(key)),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        _ => {}
    });
}

#[test]
fn replacing_any_node_by_another_kind_never_panics() {
    let others =
        [json!(null), json!(-1.5), json!("<="), json!([]), json!({}), json!({ "$ref": "#/nowhere" })];
    let mut next = others.iter().cycle();
    edit_and_try("replaced", |parent, key| {
        let other = next.next().unwrap().clone();
        match parent {
            Value::Object(fields) => drop(fields.insert(key.to_owned(), other)),
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = other,
            _ => {}
        }
    });
}

#[test]
fn a_schema_that_refers_to_everything_never_panics() {
    let (document, overlay) = real();
    for pointer in pointers(&document).into_iter().step_by(of_this_run(STRIDE) * 5) {
        let mut copy = document.clone();
        copy["components"]["schemas"]["User"] = json!({ "$ref": format!("#{pointer}") });
        try_out(copy, &overlay);
    }
}

/// Edits one node in [`STRIDE`] in turn, and asserts that some edits are accepted and some refused.
fn edit_and_try(what: &str, mut edit: impl FnMut(&mut Value, &str)) {
    let (document, overlay) = real();
    let mut outcomes = (0, 0);
    for pointer in pointers(&document).into_iter().step_by(of_this_run(STRIDE)).filter(|it| !it.is_empty()) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/").replace("~0", "~");
        let mut copy = document.clone();
        edit(copy.pointer_mut(parent).unwrap(), &key);
        if try_out(copy, &overlay) { outcomes.0 += 1 } else { outcomes.1 += 1 }
    }
    let (accepted, refused) = outcomes;
    assert!(accepted > 0 && refused > 0, "{what}: {accepted} accepted, {refused} refused");
}

/// Takes a document through the steps before generation; tells whether it was accepted.
fn try_out(mut document: Value, overlay: &Overlay) -> bool {
    let accepted = load::validate(&document).and_then(|()| overlay.apply(&mut document));
    // A document that is refused early is still checked, so that the checks meet it.
    let checked = check::check(&document);
    accepted.is_ok() && checked.is_ok()
}

/// The document of this workspace and its overlay.
fn real() -> (Value, Overlay) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    (load::load(root).unwrap().value, Overlay::load(root).unwrap())
}

/// The places of all nodes of a value.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (escape(key), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, it)| (index.to_string(), it)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in children {
        found.extend(pointers(value).into_iter().map(|rest| format!("/{key}{rest}")));
    }
    found
}

#[test]
fn the_real_document_is_accepted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = accept(root).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(check::check(&document).unwrap().operations, 82);
}
