//! Generated code, and only generated code, stands under `generated/`, so that the path tells what may be edited.

use super::Finding;
use super::tree::Tree;

/// Compares the path of each Rust file with its first line.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.files.iter().filter(|file| file.is_rust()) {
        match (file.path.contains("/generated/"), file.is_generated()) {
            (true, false) => {
                let what = "stands under `generated/` and its first line does not say `@generated`; move it";
                findings.push(Finding::new(&file.path, 1, what));
            }
            (false, true) => {
                let what =
                    "says `@generated` and does not stand under `generated/`; move it or drop the line";
                findings.push(Finding::new(&file.path, 1, what));
            }
            _ => {}
        }
    }
}
