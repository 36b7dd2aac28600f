//! Small documents and temporary workspaces for the tests of `regen`.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use xtask::problem::Problems;
use xtask::regen::overlay::{OVERLAY, Overlay};
use xtask::regen::{check, load};

/// The number for this run: `cargo xtask ci` makes long ones, with `DOTS_LONG_RUNS`.
pub(crate) fn of_this_run<T>([usual, long]: [T; 2]) -> T {
    if std::env::var_os("DOTS_LONG_RUNS").is_some() { long } else { usual }
}

/// The beginning of each document.
const HEAD: &str = "openapi: 3.0.3\ninfo: { title: test, version: '1' }\ntags: [{ name: things }]\n";

/// An overlay with no visible effect, for tests that do not need one.
pub(crate) const PLAIN_OVERLAY: &str = "overlay: 1.0.0\ninfo: { title: t, version: '1' }\nactions: [{ target: $.info, update: { version: '2' } }]\n";

/// A document with one operation, `POST /things`, and the given fields in it.
pub(crate) fn operation(fields: &str) -> String {
    let responses =
        if fields.contains("responses:") { "" } else { "responses: { '200': { description: ok } }\n" };
    paths(&format!(
        "/things:\n  post:\n    operationId: make_thing\n    tags: [things]\n{}",
        indent(&format!("{fields}\n{responses}"), 4)
    ))
}

/// A document with the given paths.
pub(crate) fn paths(paths: &str) -> String {
    format!("{HEAD}paths:\n{}", indent(paths, 2))
}

/// A document with the given schemas.
pub(crate) fn schemas(schemas: &str) -> String {
    format!("{HEAD}paths: {{}}\ncomponents:\n  schemas:\n{}", indent(schemas, 4))
}

/// A document with one operation that takes the given parameters.
pub(crate) fn parameters(path: &str, parameters: &str) -> String {
    paths(&format!(
        "{path}:\n  get:\n    operationId: get_thing\n    tags: [things]\n    responses: {{ '200': {{ description: ok }} }}\n    parameters:\n{}",
        indent(parameters, 6)
    ))
}

/// Indents every line.
fn indent(text: &str, by: usize) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{:by$}{line}\n", "")).collect()
}

/// A folder with a document and an overlay in it.
pub(crate) fn workspace(document: &str, overlay: &str) -> TempDir {
    let root = tempfile::tempdir().expect("a temporary folder can be made");
    fs::create_dir(root.path().join("openapi")).expect("the folder is empty");
    // A file without the mark of its end is taken for truncated.
    let document = format!("{}\n...\n", document.trim_end());
    fs::write(root.path().join(load::DOCUMENT), document).expect("the folder is ours");
    fs::write(root.path().join(OVERLAY), overlay).expect("the folder is ours");
    root
}

/// Runs the steps load, overlay and check below `root`.
pub(crate) fn accept(root: &Path) -> Result<Value, Problems> {
    let mut document = load::load(root)?.value;
    Overlay::load(root)?.apply(&mut document)?;
    check::check(&document)?;
    Ok(document)
}

/// Asserts that a document has only one problem: at `pointer`, with `phrase` in the message.
pub(crate) fn assert_refused(document: &str, pointer: &str, phrase: &str) {
    assert_only_problem(accept(workspace(document, PLAIN_OVERLAY).path()), pointer, phrase);
}

/// Asserts that there is one problem: at `pointer`, with `phrase` in the message.
pub(crate) fn assert_only_problem<T>(result: Result<T, Problems>, pointer: &str, phrase: &str) {
    let problems = match result {
        Ok(_) => panic!("accepted, though `{phrase}` was expected at `{pointer}`"),
        Err(problems) => problems,
    };
    let [problem] = problems.iter().as_slice() else { panic!("expected one problem, found:\n{problems}") };
    assert_eq!(problem.pointer, pointer, "in: {problem}");
    assert!(problem.what.contains(phrase), "`{phrase}` is not said in: {problem}");
    assert!(!problem.fix.is_empty(), "no remedy in: {problem}");
}
