//! Symbolic links: a file that a package shares with the workspace exists once, and cargo copies it into the package.

use std::fs;
use std::path::Path;

use super::Finding;

/// Each link, and its target.
const LINKS: [(&str, &str); 10] = [
    ("dots-api/CHANGELOG.md", "CHANGELOG.md"),
    ("dots-api/LICENSE-APACHE", "LICENSE-APACHE"),
    ("dots-api/LICENSE-MIT", "LICENSE-MIT"),
    ("dots-api-ext/CHANGELOG.md", "CHANGELOG.md"),
    ("dots-api-ext/LICENSE-APACHE", "LICENSE-APACHE"),
    ("dots-api-ext/LICENSE-MIT", "LICENSE-MIT"),
    ("tests/sandbox/CHANGELOG.md", "CHANGELOG.md"),
    ("tests/sandbox/openapi", "openapi"),
    ("tests/sandbox/LICENSE-APACHE", "LICENSE-APACHE"),
    ("tests/sandbox/LICENSE-MIT", "LICENSE-MIT"),
];

/// Finds links to something else, broken links, and copies in place of links.
pub fn check(root: &Path) -> Vec<Finding> {
    let leads = |link: &str, truth: &str| {
        let link = fs::canonicalize(root.join(link)).ok();
        link.is_some() && link == fs::canonicalize(root.join(truth)).ok()
    };
    let broken = LINKS.into_iter().filter(|(link, truth)| !leads(link, truth));
    let finding = |(link, truth): (&str, &str)| {
        let what = format!(
            "not a symbolic link to `{truth}`; if git wrote a plain file instead: \
             `git config core.symlinks true`, delete it and check it out again"
        );
        Finding::new(link, 1, what)
    };
    broken.map(finding).collect()
}
