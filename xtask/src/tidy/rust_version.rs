//! Minimum supported Rust version (MSRV): the promised compiler can build every dependency.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Finding;
use crate::problem::Problems;

/// Asks cargo for the dependency graph of the workspace.
///
/// # Errors
/// Returns a problem if cargo cannot be run or answers with an error.
pub fn metadata(root: &Path) -> Result<Value, Problems> {
    let failed = |what: String| Problems::one("Cargo.toml", what, "make `cargo metadata` work first");
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--quiet"])
        .current_dir(root)
        .output()
        .map_err(|error| failed(format!("could not run cargo: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr))));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| failed(format!("could not read metadata: {error}")))
}

/// Finds dependencies that need a newer compiler than the workspace promises.
///
/// Only dependencies of normal builds count; those of tests may need a newer compiler.
pub fn check(metadata: &Value) -> Vec<Finding> {
    let members = strings(metadata.get("workspace_members"));
    let Some(promised) = packages(metadata).find(|it| member(it, &members)).and_then(rust_version) else {
        return vec![Finding::new("Cargo.toml", 1, "the workspace promises no `rust-version`")];
    };
    let needed = reachable(metadata, &members);
    let is_newer = |package: &&Value| rust_version(package).is_some_and(|asked| asked > promised);
    packages(metadata)
        .filter(|package| package.get("id").and_then(Value::as_str).is_some_and(|id| needed.contains(id)))
        .filter(is_newer)
        .map(|package| {
            let field = |key: &str| package.get(key).and_then(Value::as_str).unwrap_or("?");
            let what = format!(
                "the workspace promises Rust {}.{}, and `{} {}` needs {}",
                promised.0,
                promised.1,
                field("name"),
                field("version"),
                field("rust_version")
            );
            Finding::new("Cargo.toml", 1, what)
        })
        .collect()
}

/// The packages in normal builds of the members, the members included.
fn reachable<'a>(metadata: &'a Value, members: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let nodes = metadata.get("resolve").and_then(|it| it.get("nodes")).and_then(Value::as_array);
    let mut open: Vec<&str> = members.iter().copied().collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let node = nodes.into_iter().flatten().find(|it| it.get("id").and_then(Value::as_str) == Some(id));
        let edges = node.and_then(|it| it.get("deps")).and_then(Value::as_array);
        let normal = edges.into_iter().flatten().filter(|edge| is_normal(edge));
        open.extend(normal.filter_map(|edge| edge.get("pkg").and_then(Value::as_str)));
    }
    seen
}

/// Tells whether a normal build needs a dependency.
fn is_normal(edge: &Value) -> bool {
    let kinds = edge.get("dep_kinds").and_then(Value::as_array);
    kinds.into_iter().flatten().any(|kind| kind.get("kind").is_none_or(Value::is_null))
}

/// The packages of the metadata.
fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata.get("packages").and_then(Value::as_array).into_iter().flatten()
}

/// Tells whether a package is a member of the workspace.
fn member(package: &Value, members: &BTreeSet<&str>) -> bool {
    package.get("id").and_then(Value::as_str).is_some_and(|id| members.contains(id))
}

/// The compiler that a package needs, without the patch number, which never changes what compiles.
fn rust_version(package: &Value) -> Option<(u64, u64)> {
    let mut numbers = package.get("rust_version")?.as_str()?.split('.').map(str::parse::<u64>);
    Some((numbers.next()?.ok()?, numbers.next().unwrap_or(Ok(0)).ok()?))
}

/// The strings of a JSON array.
fn strings(value: Option<&Value>) -> BTreeSet<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
