//! Dependency rules between crates: which crate may name which.
//!
//! ARCHITECTURE.md tells the reasons; this table is the rule.

use super::Finding;
use super::source::has_word;
use super::tree::{File, Tree};

/// What the code below one folder must not name.
pub(super) struct CrateRule {
    /// The folder of the crate, with a slash at the end.
    pub folder: &'static str,
    /// Where in the crate the rule holds; empty for everywhere.
    pub within: &'static str,
    /// The crates that are not named.
    pub never: &'static [&'static str],
    /// Whether the crate's tests, examples and their dependencies may.
    pub dev_may_name: bool,
    /// Why.
    pub why: &'static str,
}

/// Who must not name whom.
pub(super) const CRATES: [CrateRule; 4] = [
    CrateRule {
        folder: "dots-api/",
        within: "",
        never: &["dots_api_ext", "dots_sandbox", "dots_tests", "xtask"],
        dev_may_name: false,
        why: "the raw client stands at the bottom and uses nothing of the workspace",
    },
    CrateRule {
        folder: "dots-api-ext/",
        within: "src/",
        never: &["dots_sandbox", "dots_tests", "xtask"],
        dev_may_name: true,
        why: "the client does not know that a sandbox exists",
    },
    CrateRule {
        folder: "tests/sandbox/",
        within: "",
        never: &["dots_api", "dots_api_ext", "dots_tests", "xtask"],
        dev_may_name: false,
        why: "the sandbox shares no type with the client, or both would share its mistakes",
    },
    CrateRule {
        folder: "xtask/",
        within: "",
        never: &["dots_api", "dots_api_ext", "dots_sandbox", "dots_tests"],
        dev_may_name: false,
        why: "the commands run when generated code does not compile",
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

/// Refuses the names of crates that a file must not name.
fn crates(file: &File, rule: &CrateRule, findings: &mut Vec<Finding>) {
    for (line, code) in file.code() {
        for name in rule.never.iter().filter(|name| has_word(code, name)) {
            let what = format!("names `{name}`: {}", rule.why);
            findings.push(Finding::new(&file.path, line, what));
        }
    }
}
