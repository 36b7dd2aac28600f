//! Dependency rules between crates: which crate may name which.
//!
//! The table is the rule; ARCHITECTURE.md gives the reasons.

use super::Finding;
use super::source::has_word;
use super::tree::{File, Tree};

/// The crates that the code of one crate must not name.
pub(super) struct CrateRule {
    /// The folder of the crate, with a slash at the end.
    pub folder: &'static str,
    /// The folder of the crate in which the rule holds; empty for all of it.
    pub within: &'static str,
    /// The crates that it must not name.
    pub never: &'static [&'static str],
    /// Whether the crate may have them as development dependencies, for its tests and examples.
    pub dev_may_name: bool,
    /// Why.
    pub why: &'static str,
}

/// The rule of each crate.
pub(super) const CRATES: [CrateRule; 5] = [
    CrateRule {
        folder: "dots-api/",
        within: "",
        never: &["dots_api_ext", "dots_tests", "xtask"],
        dev_may_name: false,
        why: "the raw client is the lowest crate and uses no other crate of the workspace",
    },
    CrateRule {
        folder: "dots-api/",
        within: "src/",
        never: &["dots_sandbox"],
        dev_may_name: true,
        why: "only the examples in the documentation may know the sandbox",
    },
    CrateRule {
        folder: "dots-api-ext/",
        within: "src/",
        never: &["dots_sandbox", "dots_tests", "xtask"],
        dev_may_name: true,
        why: "the client must not know the sandbox or the tests",
    },
    CrateRule {
        folder: "tests/sandbox/",
        within: "",
        never: &["dots_api", "dots_api_ext", "dots_tests", "xtask"],
        dev_may_name: false,
        why: "the sandbox shares no type with the client, or both would share a mistake in it",
    },
    CrateRule {
        folder: "xtask/",
        within: "",
        never: &["dots_api", "dots_api_ext", "dots_sandbox", "dots_tests"],
        dev_may_name: false,
        why: "the commands must run when generated code does not compile",
    },
];

/// Checks which crates each file names.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.rust() {
        for rule in &CRATES {
            if file.path.starts_with(&format!("{}{}", rule.folder, rule.within)) {
                crates(file, rule, findings);
            }
        }
    }
}

/// Finds the names of crates that a file must not name.
fn crates(file: &File, rule: &CrateRule, findings: &mut Vec<Finding>) {
    for (line, code) in file.code() {
        for name in rule.never.iter().filter(|name| has_word(code, name)) {
            let what = format!("names `{name}`: {}", rule.why);
            findings.push(Finding::new(&file.path, line, what));
        }
    }
}
