//! The build matrix: what users ship, with few features, with all, for WebAssembly, and as documentation.

use std::env;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::cargo;
use crate::report;
use crate::tidy::rust_version;

/// Feature sets that compile on their own; the workspace's build covers the defaults and all features at once.
const FEATURE_SETS: [(&str, &str); 9] = [
    ("dots-api", ""),
    ("dots-api", "payouts,webhooks"),
    ("dots-api-ext", ""),
    ("dots-api-ext", "webhook"),
    ("dots-api-ext", "blocking"),
    ("dots-api-ext", "rustls-aws-lc-rs"),
    ("dots-api-ext", "outbox"),
    ("dots-api-ext", "outbox-sqlite"),
    ("dots-api-ext", "outbox-postgres"),
];

/// Programs that have the outbox beside another user of SQLite, of which a program can have only one.
const NEIGHBOURS: [&str; 3] = ["sqlx-0.8", "sqlx-0.9", "diesel"];

/// The target of browsers, which gives a program neither a network nor a clock.
const WEBASSEMBLY: &str = "wasm32-unknown-unknown";

/// Feature sets that compile for it.
const WEBASSEMBLY_SETS: [(&str, &str); 4] = [
    ("dots-api", "all-tags"),
    ("dots-api-ext", "webhook"),
    ("dots-api-ext", "all-tags,webhook"),
    ("dots-api-ext", "default,webhook"),
];

/// Runs clippy for each set of features.
pub(super) fn feature_by_feature(root: &Path) -> Result<(), String> {
    FEATURE_SETS.iter().try_for_each(|(package, features)| {
        let arguments = ["clippy", "-p", package, "--no-default-features", "--features", features];
        cargo(root, &[&arguments[..], &["--", "-D", "warnings"]].concat(), &[])
    })
}

/// Builds the neighbours, each with its own lock file; the code for SQLite is compiled, and nothing is linked.
pub(super) fn neighbours(root: &Path) -> Result<(), String> {
    NEIGHBOURS.iter().try_for_each(|name| {
        let manifest = format!("tests/neighbours/{name}/Cargo.toml");
        let arguments =
            ["check", "--locked", "--manifest-path", &manifest, "--target-dir", "target/neighbours"];
        cargo(root, &arguments, &[])
    })
}

/// Builds the service that has its invoices in PostgreSQL, and runs it against a server of its own.
pub(super) fn service(root: &Path) -> Result<(), String> {
    let manifest =
        ["--manifest-path", "tests/neighbours/invoices/Cargo.toml", "--target-dir", "target/neighbours"];
    cargo(root, &[&["build", "--locked"], &manifest[..]].concat(), &[])?;
    let is_required = env::var("DOTS_POSTGRES").is_ok_and(|value| value == "required");
    if !is_required && !has_postgres() {
        report::remark("the service was not run, because no PostgreSQL server is installed");
        return Ok(());
    }
    let with = ["run", "--quiet", "--locked", "-p", "dots-torture", "--", "with-postgres"];
    cargo(root, &[&with[..], &["target/neighbours/debug/invoices", "--check"]].concat(), &[])
}

/// Builds the workflow of Restate, and runs it; it says so itself if no server is installed.
pub(super) fn workflow(root: &Path) -> Result<(), String> {
    let manifest =
        ["--manifest-path", "tests/neighbours/restate/Cargo.toml", "--target-dir", "target/neighbours"];
    cargo(root, &[&["run", "--quiet", "--locked"], &manifest[..]].concat(), &[])
}

fn has_postgres() -> bool {
    let is_there = Command::new("initdb").arg("--version").output();
    is_there.is_ok_and(|output| output.status.success()) || Path::new("/usr/lib/postgresql").exists()
}

/// Runs the doc tests of the clients without TLS and with few operations.
pub(super) fn doc_tests_without_features(root: &Path) -> Result<(), String> {
    ["dots-api", "dots-api-ext"]
        .iter()
        .try_for_each(|package| cargo(root, &["test", "--doc", "-p", package, "--no-default-features"], &[]))
}

/// Builds the documentation of the workspace, without the features that are off by default.
pub(super) fn documentation(root: &Path) -> Result<(), String> {
    document(root, &["--workspace"])
}

/// Builds the documentation as docs.rs does: each package with the features that its manifest names for docs.rs.
pub(super) fn documentation_as_published(root: &Path) -> Result<(), String> {
    let metadata = rust_version::metadata(root).map_err(|problems| problems.to_string())?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let is_ours = |package: &&Value| package.get("source").is_none_or(Value::is_null);
    for package in packages.into_iter().flatten().filter(is_ours) {
        let features = package.pointer("/metadata/docs/rs/features").and_then(Value::as_array);
        let features: Vec<&str> = features.into_iter().flatten().filter_map(Value::as_str).collect();
        match package.get("name").and_then(Value::as_str) {
            Some(name) if !features.is_empty() => {
                document(root, &["-p", name, "--features", &features.join(",")])?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn document(root: &Path, what: &[&str]) -> Result<(), String> {
    cargo(root, &[&["doc", "--no-deps"], what].concat(), &[("RUSTDOCFLAGS", "-D warnings")])
}

/// Compiles for WebAssembly what promises to support it.
pub(super) fn webassembly(root: &Path) -> Result<(), String> {
    if !has_standard_library(WEBASSEMBLY) {
        report::remark(format!(
            "{WEBASSEMBLY}: skipped, because it is not installed (`rustup target add {WEBASSEMBLY}`)"
        ));
        return Ok(());
    }
    WEBASSEMBLY_SETS.iter().try_for_each(|(package, features)| {
        let arguments = ["check", "--target", WEBASSEMBLY, "-p", package, "--no-default-features"];
        cargo(root, &[&arguments[..], &["--features", features]].concat(), &[])
    })
}

/// Tells whether a target is installed: rustc prints the folder of its libraries in any case, so the folder is checked.
fn has_standard_library(target: &str) -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", target]).output();
    output.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}
