//! Whitespace: line ends, tabs and trailing spaces.

use super::Finding;
use super::tree::Tree;

/// Reads each handwritten text file.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.files.iter().filter(|file| !file.is_generated()) {
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            let last = file.text.lines().count();
            findings.push(Finding::new(&file.path, last, "the last line has no line end"));
        }
        for (index, line) in file.text.split('\n').enumerate() {
            if file.is_rust() && line.contains('\t') {
                findings.push(Finding::new(&file.path, index + 1, "a tab"));
            }
            if line.ends_with([' ', '\t', '\r']) {
                findings.push(Finding::new(&file.path, index + 1, "trailing whitespace"));
            }
        }
    }
}
