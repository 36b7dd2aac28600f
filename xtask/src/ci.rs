//! `ci`: the continuous-integration pipeline, with the cheapest checks first.
//!
//! It is the same on a developer's machine and in the workflow. It stops at the first failure, because later phases
//! would mostly fail for the same reason.

mod builds;
pub mod snapshots;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::drift;
use crate::regen::{self, Mode};
use crate::{report, tidy};

/// The list of the snapshots that a test run read, below the root of the workspace.
const REFERENCES: &str = "target/ci/snapshot-references.txt";

/// One phase: its name, and what it does.
type Phase<'a> = (&'a str, Box<dyn Fn() -> Result<(), String> + 'a>);

/// Runs all phases below `root`, and tells whether all passed.
///
/// With `tests_passed`, the caller has just run the tests and passes the list of the snapshots that they read. Then
/// only the list is checked.
pub fn run(root: &Path, tests_passed: Option<&Path>) -> bool {
    let began = Instant::now();
    for (name, phase) in phases(root, tests_passed) {
        let started = Instant::now();
        report::phase(name);
        if let Err(why) = phase() {
            report::phase_failed(name, why);
            return false;
        }
        report::phase_done(name, started.elapsed());
    }
    report::phase("optional tools");
    let passed = optional_tools(root);
    if passed {
        report::phase_done("ci", began.elapsed());
    }
    passed
}

/// The phases, in order.
fn phases<'a>(root: &'a Path, tests_passed: Option<&'a Path>) -> Vec<Phase<'a>> {
    let references = tests_passed.map_or_else(|| root.join(REFERENCES), Path::to_path_buf);
    let read = references.clone();
    vec![
        ("formatting", Box::new(|| cargo(root, &["fmt", "--all", "--check"], &[]))),
        ("tidy", Box::new(|| tidy(root))),
        ("generated files", Box::new(|| generated_files(root))),
        (
            "clippy",
            Box::new(|| {
                cargo(root, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])
            }),
        ),
        ("clippy, feature by feature", Box::new(|| builds::feature_by_feature(root))),
        ("tests", Box::new(move || tests(root, &references, tests_passed.is_some()))),
        ("long random runs", Box::new(|| long_runs(root))),
        ("doc tests without features", Box::new(|| builds::doc_tests_without_features(root))),
        ("snapshots", Box::new(move || snapshots::all_are_read(root, &read))),
        ("the outbox beside other users of SQLite", Box::new(|| builds::neighbours(root))),
        ("the service with its invoices in PostgreSQL", Box::new(|| builds::service(root))),
        ("a workflow of Restate that is killed", Box::new(|| builds::workflow(root))),
        ("the packages", Box::new(|| packages(root))),
        ("documentation", Box::new(|| builds::documentation(root))),
        ("documentation, all features", Box::new(|| builds::documentation_as_published(root))),
    ]
}

/// Runs `tidy` in this process.
fn tidy(root: &Path) -> Result<(), String> {
    let findings = tidy::run(root).map_err(|problems| problems.to_string())?;
    if report::tidy(&findings) { Ok(()) } else { Err(format!("{} findings", findings.len())) }
}

/// Runs `regen --check` in this process.
fn generated_files(root: &Path) -> Result<(), String> {
    let mut outcome = regen::run(root, Mode::Check).map_err(|problems| problems.to_string())?;
    let choices = drift::readme::refresh(root, Mode::Check).map_err(|problems| problems.to_string())?;
    outcome.changes.extend(choices);
    if report::regen(&outcome, Mode::Check) { Ok(()) } else { Err("generated files are stale".to_owned()) }
}

/// Runs all tests, doc tests included, and has insta list the snapshots that they read.
fn tests(root: &Path, references: &Path, have_passed: bool) -> Result<(), String> {
    if have_passed {
        report::remark("skipped: they have just passed");
        return Ok(());
    }
    // insta appends, so an old list would hide a snapshot that no test reads any more.
    snapshots::clear(references)?;
    let file = references.display().to_string();
    let mut variables = vec![(snapshots::REFERENCES_VARIABLE, file.as_str())];
    // Without this, insta writes a missing snapshot beside the test instead of failing the test.
    if env::var_os("INSTA_UPDATE").is_none() {
        variables.push(("INSTA_UPDATE", "no"));
    }
    cargo(root, &["test", "--workspace"], &variables)
}

/// Runs the random tests and the search of the outbox again and longer, which every run of the tests only samples.
fn long_runs(root: &Path) -> Result<(), String> {
    // The whole workspace, although few tests are meant: other packages would be other features, and another build.
    let random = ["sequences::", "mutations::", "corpus::whatever", "outbox::search::"];
    let arguments = [&["test", "--workspace", "--lib", "--test", "it", "--"], &random[..]].concat();
    cargo(root, &arguments, &[("DOTS_LONG_RUNS", "1"), ("INSTA_UPDATE", "no")])
}

/// Packs what users get as it would be published, and builds each package from what was packed.
fn packages(root: &Path) -> Result<(), String> {
    let packages = ["-p", "dots-api", "-p", "dots-api-ext", "-p", "dots-sandbox"];
    // Cargo empties a target folder of its own each time, and would build every dependency again.
    let rest = ["--offline", "--allow-dirty", "--target-dir", "target"];
    cargo(root, &[&["package"], &packages[..], &rest[..]].concat(), &[])
}

/// Runs the optional tools that are installed, and reports those that are not.
fn optional_tools(root: &Path) -> bool {
    let tools: [Phase<'_>; 2] =
        [("WebAssembly", Box::new(|| builds::webassembly(root))), ("cargo deny", Box::new(|| deny(root)))];
    for (name, tool) in tools {
        if let Err(why) = tool() {
            report::phase_failed(name, why);
            return false;
        }
    }
    report::remark("cargo semver-checks: skipped, because no version is published yet");
    true
}

/// Runs `cargo deny`, but for the advisories, whose list is on the network: a change is not red for what others publish.
fn deny(root: &Path) -> Result<(), String> {
    let version = Command::new(cargo_path()).args(["deny", "--version"]).output();
    if version.is_ok_and(|output| output.status.success()) {
        cargo(root, &["deny", "--log-level", "error", "check", "bans", "licenses", "sources"], &[])
    } else {
        report::remark("cargo deny: skipped, because it is not installed (`cargo install cargo-deny`)");
        Ok(())
    }
}

/// Runs cargo below `root`; its output goes to the terminal.
fn cargo(root: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<(), String> {
    let shown = format!("cargo {}", arguments.join(" "));
    report::remark(format!("$ {shown}"));
    let status = Command::new(cargo_path())
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(root)
        .status()
        .map_err(|error| format!("could not run `{shown}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
}

/// The cargo that runs this command, so that a toolchain chosen with `+` stays in use.
fn cargo_path() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}
