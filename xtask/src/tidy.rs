//! `tidy`: the project's own lints, for rules that no compiler checks.
//!
//! - [`generated`]: generated code, and only generated code, stands under `generated/`
//! - [`sizes`]: how long a file may be
//! - [`words`]: forbidden words in code and comments
//! - [`doc_tests`]: examples in documentation compile, and the calls that they show are made
//! - [`citations`]: a page of Dots' documentation is a link
//! - [`text`]: line ends, tabs and trailing spaces
//! - [`crates`]: which crate may name which
//! - [`layers`]: layers within a crate, and no import circles
//! - [`module_files`]: a module stands in `foo.rs` beside `foo/`
//! - [`links`]: files that a package shares with the workspace are symbolic links
//! - [`manifests`]: each version stands once, in the workspace's manifest
//! - [`rust_version`]: the promised compiler can build every dependency
//! - [`snapshots`]: no snapshot waits for review
//!
//! [`tree`] holds the files, [`source`] tells code from comments and string literals.

pub mod citations;
pub mod crates;
pub mod doc_tests;
pub mod generated;
pub mod layers;
pub mod links;
pub mod manifests;
pub mod module_files;
pub mod rust_version;
pub mod sizes;
pub mod snapshots;
pub mod source;
pub mod text;
pub mod tree;
pub mod words;

use std::fmt;
use std::path::Path;

use crate::problem::Problems;
use tree::Tree;

/// One violation of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, below the root of the workspace.
    pub path: String,
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl Finding {
    /// Creates a finding.
    pub fn new(path: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.into(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// A rule over the files of the workspace; adds its findings.
type Rule = fn(&Tree, &mut Vec<Finding>);

/// The rules that need only the files.
const RULES: [Rule; 11] = [
    generated::check,
    sizes::check,
    words::check,
    doc_tests::check,
    citations::check,
    text::check,
    crates::check,
    layers::check,
    module_files::check,
    manifests::check,
    snapshots::check,
];

/// Checks the workspace below `root`.
///
/// # Errors
/// Returns a problem if the files or cargo's metadata cannot be read.
pub fn run(root: &Path) -> Result<Vec<Finding>, Problems> {
    let mut findings = check_files(&Tree::load(root)?);
    findings.extend(links::check(root));
    findings.extend(rust_version::check(&rust_version::metadata(root)?));
    Ok(findings)
}

/// Checks only the files; the findings are sorted by path and line.
pub fn check_files(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        rule(tree, &mut findings);
    }
    findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    findings
}
