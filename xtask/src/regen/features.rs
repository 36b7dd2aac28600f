//! Cargo features: each tag has one, or its operations would be compiled out and nobody would notice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::names;
use crate::problem::Problems;

/// The manifest of the crate that is generated.
const MANIFEST: &str = "dots-api/Cargo.toml";

/// Refuses tags without a cargo feature, and names the lines to add.
pub(super) fn check(root: &Path, tags: &BTreeSet<String>) -> Result<(), Problems> {
    let mut problems = Problems::none();
    // A folder without the crate is one of a test.
    let Ok(manifest) = fs::read_to_string(root.join(MANIFEST)) else { return Ok(()) };
    for tag in tags {
        let feature = names::feature(tag);
        let is_declared =
            manifest.lines().any(|line| line.split('=').next().map(str::trim) == Some(&feature));
        let is_in_all = manifest.lines().any(|line| line.trim() == format!("\"{feature}\","));
        if !is_declared || !is_in_all {
            problems.add(
                MANIFEST,
                format!("the tag `{tag}` has no cargo feature, and its operations would not be compiled"),
                format!(
                    "add the line `{feature} = []` to `[features]`, and the line `\"{feature}\",` to its `all-tags`"
                ),
            );
        }
    }
    problems.or(())
}
