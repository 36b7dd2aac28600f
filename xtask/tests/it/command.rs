//! The command line, on a copy of the real document: output and exit codes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use xtask::regen::write::FOLDER;
use xtask::regen::{load, overlay};

/// A folder with copies of the real document and overlay.
fn copy() -> TempDir {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("openapi")).unwrap();
    for file in [load::DOCUMENT, overlay::OVERLAY] {
        fs::copy(real.join(file), root.path().join(file)).unwrap();
    }
    root
}

/// Runs the command below `root`.
fn run(root: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).arg("--root").arg(root.path()).output().unwrap()
}

/// The output of the command, from both streams.
fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The generated files, with their contents.
fn generated(root: &TempDir) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(root.path().join(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_check_is_red_before_regeneration_green_after_it_and_red_again_after_an_edit() {
    let root = copy();
    let before = run(&root, &["regen", "--check"]);
    assert_eq!(before.status.code(), Some(1), "{}", said(&before));
    assert!(said(&before).contains("dots-api/src/generated/mod.rs: missing"), "{}", said(&before));
    assert!(!root.path().join(FOLDER).exists(), "a check writes nothing");

    assert_eq!(run(&root, &["regen"]).status.code(), Some(0));
    let after = run(&root, &["regen", "--check"]);
    assert_eq!(after.status.code(), Some(0));
    assert_eq!(said(&after), "generated files are fresh\n");

    let document = root.path().join(load::DOCUMENT);
    let text = fs::read_to_string(&document).unwrap();
    fs::write(&document, text.replace("operationId: get_user\n", "operationId: fetch_user\n")).unwrap();
    let edited = run(&root, &["regen", "--check"]);
    assert_eq!(edited.status.code(), Some(1));
    assert!(said(&edited).contains("dots-api/src/generated/users.rs: differs"), "{}", said(&edited));
    assert!(
        said(&edited).contains("openapi/surface.txt: differs")
            && said(&edited).contains("stale generated files: 3; run"),
        "{}",
        said(&edited)
    );
    for change in [
        "api, breaking for callers: 1\n  operation get_user: removed (`GetUser`, not used by dots-api-ext)",
        "api, additive: 1\n  operation fetch_user: new (`FetchUser`, not used by dots-api-ext)",
    ] {
        assert!(said(&edited).contains(change), "{}", said(&edited));
    }
}

#[test]
fn three_runs_give_the_same_bytes() {
    let runs: Vec<_> = (0..3)
        .map(|_| {
            let root = copy();
            assert_eq!(run(&root, &["regen"]).status.code(), Some(0));
            generated(&root)
        })
        .collect();
    assert!(!runs[0].is_empty());
    assert!(runs.iter().all(|run| *run == runs[0]));
}

#[test]
fn each_step_is_one_line_with_its_time() {
    let output = run(&copy(), &["regen"]);
    let text = said(&output);
    for step in ["load", "overlay", "check", "generate", "write", "done"] {
        let line =
            text.lines().find(|line| line.starts_with(step)).unwrap_or_else(|| panic!("no {step} in {text}"));
        assert!(line.ends_with(" ms)"), "{line}");
    }
    assert!(text.contains("dots-api/src/generated/users.rs: new"), "{text}");
}

#[test]
fn a_better_description_changes_no_line_but_its_own() {
    let root = copy();
    run(&root, &["regen"]);
    let document = root.path().join(load::DOCUMENT);
    let text = fs::read_to_string(&document).unwrap();
    fs::write(&document, text.replacen("summary: Retrieve a user\n", "summary: Read a user\n", 1)).unwrap();
    let edited = run(&root, &["regen", "--check"]);
    assert!(said(&edited).contains("stale generated files: 1; run `cargo xtask regen`"), "{}", said(&edited));
}

#[test]
fn a_problem_exits_with_one_and_names_its_place() {
    let root = copy();
    fs::write(root.path().join(load::DOCUMENT), "openapi: 2.0.0\n...\n").unwrap();
    let output = run(&root, &["regen"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output),
        "error: /openapi (openapi/dots.yaml:1): version `2.0.0` is neither OpenAPI 3.0 nor 3.1; write the document as `3.0.3`, \
         or as 3.1 where it says nothing more\n"
    );
}

#[test]
fn a_file_that_was_cut_off_is_called_truncated_wherever_it_was_cut() {
    let root = copy();
    let document = root.path().join(load::DOCUMENT);
    let text = fs::read_to_string(&document).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for kept in [0, 1, 40, lines.len() / 2, lines.len() - 2, lines.len() - 1] {
        for cut in [lines[..kept].concat(), lines[..kept].concat().trim_end().to_owned()] {
            fs::write(&document, &cut).unwrap();
            let output = run(&root, &["regen"]);
            assert_eq!(output.status.code(), Some(1), "{kept} lines");
            let told = said(&output);
            assert!(told.contains("the file is truncated: it ends with line"), "{kept} lines: {told}");
            assert_eq!(told.lines().count(), 1, "{told}");
        }
    }
    assert!(!root.path().join(FOLDER).exists(), "nothing was written");
}

#[test]
fn operations_that_went_are_told_in_the_first_line() {
    let root = copy();
    run(&root, &["regen"]);
    let document = root.path().join(load::DOCUMENT);
    let text = fs::read_to_string(&document).unwrap();
    let (start, end) = (text.find("  /v2/transactions:\n").unwrap(), text.find("components:\n").unwrap());
    let next = text[start..end].find("\n  /v2/transactions/").unwrap();
    fs::write(&document, format!("{}{}", &text[..start], &text[start + next + 1..])).unwrap();
    for arguments in [&["regen", "--check"][..], &["regen"]] {
        let told = said(&run(&root, arguments));
        assert_eq!(told.lines().next(), Some("1 of 82 operations went: list_transactions"), "{told}");
    }
}

#[test]
fn a_tag_without_a_feature_is_refused_with_the_lines_to_add() {
    let root = copy();
    let manifest = "dots-api/Cargo.toml";
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = fs::read_to_string(real.join(manifest)).unwrap();
    fs::create_dir(root.path().join("dots-api")).unwrap();
    fs::write(
        root.path().join(manifest),
        text.replace("payments = []\n", "").replace("    \"payments\",\n", ""),
    )
    .unwrap();
    let output = run(&root, &["regen"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output),
        "error: dots-api/Cargo.toml: the tag `payments` has no cargo feature, and its operations would not be compiled; \
         add the line `payments = []` to `[features]`, and the line `\"payments\",` to its `all-tags`\n"
    );
}

#[test]
fn an_unknown_flag_exits_with_two() {
    assert_eq!(run(&copy(), &["regen", "--bogus"]).status.code(), Some(2));
}

#[test]
fn a_folder_without_a_workspace_is_refused() {
    let output = run(&tempfile::tempdir().unwrap(), &["regen"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("holds no `openapi` folder"), "{}", said(&output));
}
