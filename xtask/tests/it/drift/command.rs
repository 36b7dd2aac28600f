//! The command: its output, its exit codes and `--accept`.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use xtask::drift::accepted::ACCEPTED;
use xtask::drift::record::RECORD;

use super::{place, thing};

fn schema(properties: &str) -> String {
    thing("3.0.3", &format!("{{ type: object, properties: {{ {properties} }} }}"))
}

/// Runs `drift` in a workspace, on the given document of Dots.
fn run(root: &TempDir, upstream: &str, flags: &[&str]) -> Output {
    let file = root.path().join("upstream.yaml");
    fs::write(&file, upstream).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("drift").arg(file).args(flags).arg("--root").arg(root.path()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_exit_code_is_0_when_nothing_is_new_2_when_something_is_and_1_on_an_error() {
    let ours = schema("f: { type: string }");
    let root = place(&ours, "", "");
    assert_eq!(run(&root, &ours, &["--accept"]).status.code(), Some(0));
    let same = run(&root, &ours, &[]);
    assert_eq!(same.status.code(), Some(0), "{}", said(&same));
    assert!(
        said(&same)
            .ends_with("nothing is new: 1 operations and 0 events are in both, 0 differences are accepted\n")
    );
    let new = run(&root, &schema("f: { type: integer }"), &[]);
    assert_eq!(new.status.code(), Some(2), "{}", said(&new));
    let broken = run(&root, "openapi: 3.1.0\n", &[]);
    assert_eq!(broken.status.code(), Some(1), "{}", said(&broken));
    let missing = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["drift", "/nowhere.yaml", "--root"])
        .arg(root.path())
        .output();
    assert_eq!(missing.unwrap().status.code(), Some(1));
}

#[test]
fn accept_adds_entries_that_wait_for_their_reasons_and_records_the_rest() {
    let (ours, upstream) = (
        schema("f: { type: integer }, g: { type: string }"),
        schema("f: { type: number }, g: { type: number }"),
    );
    let root = place(&ours, "", "");
    let accepted = run(&root, &upstream, &["--accept"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", said(&accepted));
    assert!(
        said(&accepted).contains("4 entries were added to openapi/accepted.yaml: write their reasons"),
        "{}",
        said(&accepted)
    );
    assert!(fs::read_to_string(root.path().join(RECORD)).unwrap().contains("'POST /things/{id}': '"));

    let waiting = run(&root, &upstream, &[]);
    assert_eq!(waiting.status.code(), Some(1), "{}", said(&waiting));
    assert!(said(&waiting).contains("no reason is given for `Thing.f`"), "{}", said(&waiting));

    let file = root.path().join(ACCEPTED);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("reason: ''", "reason: Known.")).unwrap();
    let quiet = run(&root, &upstream, &[]);
    assert_eq!(quiet.status.code(), Some(0), "{}", said(&quiet));
    assert_eq!(
        run(&root, &ours, &[]).status.code(),
        Some(1),
        "the entries match nothing when both say the same"
    );
}

#[test]
fn json_and_markdown_say_the_same_as_the_text() {
    let (ours, upstream) =
        (schema("f: { type: string }"), schema("f: { type: string }, g: { type: string, enum: [a] }"));
    let root = place(&ours, "", "");
    let json = run(&root, &upstream, &["--json"]);
    assert_eq!(json.status.code(), Some(2));
    let value: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(value["verdict"], "new");
    assert_eq!(value["findings"][0]["target"], "Thing.g");
    assert_eq!(value["findings"][0]["class"], "additive");
    assert_eq!(value["findings"][0]["item"], "Thing::g");
    assert_eq!(value["findings"][0]["operations"][0], "POST /things/{id}");
    let markdown = said(&run(&root, &upstream, &["--markdown"]));
    for part in [
        "# Dots' document and ours\n",
        "## Additive\n",
        "- `Thing.g` (requests), field: Dots `string enum(a)`, here `absent`",
        "```yaml\n",
        "g:\n",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let text = said(&run(&root, &upstream, &[]));
    assert!(text.contains("additive: 2\n") && text.contains("to take over, at openapi/dots.yaml:"), "{text}");
    assert!(text.contains("      g:\n        type: string\n        enum: [a]\n"), "{text}");
    assert_eq!(run(&root, &upstream, &["--json", "--markdown"]).status.code(), Some(2), "one form only");
}
