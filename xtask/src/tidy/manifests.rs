//! Cargo manifests: each version stands once, in the workspace's manifest, and no crate depends on a forbidden one.

use super::Finding;
use super::crates::CRATES;
use super::tree::{File, Tree};

/// The kinds of dependency sections.
const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// A line of a manifest, with its section.
struct Line<'a> {
    number: usize,
    /// The section, without a leading `target.….`.
    section: &'a str,
    text: &'a str,
}

/// Reads the manifest of each member.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.files.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let lines = lines(file);
        versions(file, &lines, findings);
        dependencies(file, &lines, findings);
    }
}

/// Finds dependencies whose version or source the member chooses.
fn versions(file: &File, lines: &[Line<'_>], findings: &mut Vec<Finding>) {
    for line in lines {
        let Some((name, value)) = line.text.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim());
        let inherits = if SECTIONS.contains(&line.section) {
            // `name.workspace = true` or `name = { workspace = true, … }`.
            name.ends_with(".workspace") || value.replace(' ', "").starts_with("{workspace=true")
        } else if SECTIONS.iter().any(|section| in_table_of(line.section, section)) {
            // `[dependencies.name]`: only the keys that name a source are refused.
            !["version", "path", "git"].contains(&name)
        } else {
            continue;
        };
        if !inherits {
            let what =
                format!("`{name}` names its own source; put it into the workspace's manifest and inherit it");
            findings.push(Finding::new(&file.path, line.number, what));
        }
    }
}

/// Finds dependencies on crates that the table of crates forbids.
fn dependencies(file: &File, lines: &[Line<'_>], findings: &mut Vec<Finding>) {
    for rule in CRATES.iter().filter(|rule| file.path == format!("{}Cargo.toml", rule.folder)) {
        for line in lines {
            let name = match SECTIONS.iter().find_map(|section| table_name(line.section, section)) {
                Some(name) => name,
                None if SECTIONS.contains(&line.section) => {
                    line.text.split(['=', '.']).next().unwrap_or_default().trim()
                }
                None => continue,
            };
            // Development dependencies may be allowed; the code in `src` is still checked for their names.
            let is_dev = line.section.starts_with("dev-");
            let is_forbidden = rule.never.iter().any(|never| never.replace('_', "-") == name);
            if is_forbidden && !(is_dev && rule.dev_may_name) {
                let what = format!("this crate must not depend on `{name}`: {}", rule.why);
                findings.push(Finding::new(&file.path, line.number, what));
            }
        }
    }
}

/// The lines of a manifest that are neither empty nor comments.
fn lines(file: &File) -> Vec<Line<'_>> {
    let mut section = "";
    let mut lines = Vec::new();
    for (index, text) in file.text.lines().enumerate() {
        let text = text.trim();
        if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            // `[target.'cfg(unix)'.dependencies]` counts as `[dependencies]`.
            section = name.rsplit_once("'.").map_or(name, |(_, section)| section);
        } else if !text.is_empty() && !text.starts_with('#') {
            lines.push(Line { number: index + 1, section, text });
        }
    }
    lines
}

/// The name in `[dependencies.name]`.
fn table_name<'a>(section: &'a str, kind: &str) -> Option<&'a str> {
    section.strip_prefix(kind)?.strip_prefix('.')
}

/// Tells whether a section is `[dependencies.name]`.
fn in_table_of(section: &str, kind: &str) -> bool {
    table_name(section, kind).is_some()
}
