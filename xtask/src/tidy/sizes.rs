//! Size limits: how long a file may be.

use super::Finding;
use super::tree::{File, Tree};

/// The most lines of a handwritten file. The aim is 400; the reviewer judges what lies between.
const FILE_LINES: usize = 600;

/// The most lines of code of a `lib.rs`, which is a table of contents.
const LIB_LINES: usize = 120;

/// Counts the lines of each Rust file written by hand.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.rust() {
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            let what =
                format!("{lines} lines; a file has at most {FILE_LINES}, and better 400: split it by topic");
            findings.push(Finding::new(&file.path, lines, what));
        }
        let code = lines_of_code(file);
        if file.name() == "lib.rs" && code > LIB_LINES {
            let what =
                format!("{code} lines of code; a lib.rs has at most {LIB_LINES}: it is a table of contents");
            findings.push(Finding::new(&file.path, lines, what));
        }
    }
}

/// Counts the lines that hold code.
fn lines_of_code(file: &File) -> usize {
    file.code().filter(|(_, line)| !line.trim().is_empty()).count()
}
