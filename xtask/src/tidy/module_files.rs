//! One module style: the module `foo` stands in `foo.rs`, and its children in `foo/`.
//!
//! `clippy::mod_module_files` says the same, but reads nothing below a folder `tests`, where the sandbox is.

use super::Finding;
use super::tree::Tree;

/// Looks at the name of each Rust file written by hand; a generated `mod.rs` keeps its mark below `generated/`.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.rust().filter(|file| file.name() == "mod.rs") {
        let folder = file.path.trim_end_matches("/mod.rs");
        findings.push(Finding::new(&file.path, 1, format!("a module in `mod.rs`; move it to `{folder}.rs`")));
    }
}
