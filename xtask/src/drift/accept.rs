//! `drift --accept`: records the present state.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::Report;
use super::accepted::ACCEPTED;
use super::findings::Finding;
use super::record::{RECORD, quoted};
use crate::problem::Problems;

/// Writes the record, and adds what is new to the choices, where each waits for its reason. Returns what was done.
///
/// # Errors
/// Returns a problem if a file cannot be written.
pub fn accept(root: &Path, report: &Report) -> Result<String, Problems> {
    let failed = |file: &str, error: &std::io::Error| {
        Problems::one(file, format!("could not write the file: {error}"), "make it writable")
    };
    fs::write(root.join(RECORD), report.record.text()).map_err(|error| failed(RECORD, &error))?;
    let entries = entries(report.news());
    if entries.is_empty() {
        return Ok(format!("recorded in {RECORD}; there is nothing to add to {ACCEPTED}"));
    }
    let path = root.join(ACCEPTED);
    let mut text = fs::read_to_string(&path).unwrap_or_default();
    if !text.lines().any(|line| line == "differences:") {
        text.push_str("differences:\n");
    }
    text.push_str(&entries.concat());
    fs::write(&path, text).map_err(|error| failed(ACCEPTED, &error))?;
    Ok(format!(
        "recorded in {RECORD}; {} entries were added to {ACCEPTED}: write their reasons",
        entries.len()
    ))
}

/// The entries for what is new: those that differ in their targets alone are one.
fn entries<'a>(news: impl Iterator<Item = &'a Finding>) -> Vec<String> {
    type Key = (String, String, String, &'static str, Vec<String>);
    let mut groups: BTreeMap<Key, Vec<&str>> = BTreeMap::new();
    for it in news {
        let operations = if it.is_parameter() { it.operations.iter().cloned().collect() } else { Vec::new() };
        let key = (it.aspect.clone(), it.upstream.clone(), it.ours.clone(), it.side.name(), operations);
        groups.entry(key).or_default().push(&it.target);
    }
    groups
        .iter()
        .map(|((aspect, upstream, ours, side, operations), targets)| {
            let mut out = String::new();
            let list = |items: Vec<String>| match items.as_slice() {
                [only] => only.clone(),
                _ => format!("[{}]", items.join(", ")),
            };
            let targets = targets.iter().map(|it| quoted(it)).collect();
            // Writing to a `String` cannot fail.
            let _ = writeln!(out, "  - target: {}", list(targets));
            let _ = writeln!(out, "    in: {side}");
            let _ = writeln!(out, "    aspect: {}", quoted(aspect));
            let _ = writeln!(out, "    upstream: {}", quoted(upstream));
            let _ = writeln!(out, "    ours: {}", quoted(ours));
            if !operations.is_empty() {
                let _ = writeln!(
                    out,
                    "    operations: {}",
                    list(operations.iter().map(|it| quoted(it)).collect())
                );
            }
            let _ = writeln!(out, "    reason: ''");
            out
        })
        .collect()
}
