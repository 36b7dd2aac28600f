//! The drift guard: snapshot tests that turn red when Dots changes its API or the generator changes the client.
//!
//! | file | proves |
//! |---|---|
//! | `table` | all 82 operations, with the facts that the document states about each |
//! | `types` | every generated type, as JSON Schema |
//! | `requests` | every operation as it goes over the wire, with all fields and with the required ones alone |
//! | `regeneration` | the committed client is what `openapi/` gives, and prose changes comments only |
//! | `edits` | the guard itself: it notices each small edit of the document |
//! | `maintainer` | what `cargo xtask regen` prints for usual edits |
//!
//! `document` reads the document, `synthesis` makes values from JSON Schema, `recorder` keeps requests instead of
//! sending them, `scratch` is a copy of the files that `cargo xtask regen` works on. After an intended change, read the
//! new snapshots and accept them: `cargo insta review`, or `INSTA_UPDATE=always cargo test drift`.

mod document;
mod edits;
mod maintainer;
mod recorder;
mod regeneration;
mod requests;
mod scratch;
mod synthesis;
mod table;
mod types;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dots_api::OPERATIONS;
use serde_json::{Map, Value};

/// The folder of the snapshots, relative to this file.
const SNAPSHOTS: &str = "drift/snapshots";

#[test]
fn no_snapshot_is_pending_and_none_belongs_to_a_test_that_is_gone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it").join(SNAPSHOTS);
    let found: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let of_tags =
        OPERATIONS.iter().flat_map(|it| [format!("requests-{}", it.tag), format!("types-{}", it.tag)]);
    let others = ["edits", "maintainer", "operations", "types-common", "types-webhooks"].map(str::to_owned);
    let expected: BTreeSet<String> = of_tags.chain(others).map(|name| format!("{name}.snap")).collect();
    assert_eq!(found, expected);
}

/// The root of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a folder of the workspace")
}

/// Compares a text with the snapshot of that name.
fn assert_snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(SNAPSHOTS);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Prints JSON with sorted keys.
///
/// serde_json sorts keys itself unless a crate in the build enables the order of insertion, and a snapshot must not
/// depend on which other crates are built.
fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&sorted(value)).expect("a value can be written")
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            fields
                .into_iter()
                .map(|(name, value)| (name.clone(), sorted(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        plain => plain.clone(),
    }
}
