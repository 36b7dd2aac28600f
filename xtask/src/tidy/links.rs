//! What a package needs from outside its folder stands in it as a link: one truth, and a copy only in the package.

use std::fs;
use std::path::Path;

use super::Finding;

/// Links, and what each leads to.
const LINKS: [(&str, &str); 3] = [
    ("tests/sandbox/openapi", "openapi"),
    ("tests/sandbox/LICENSE-APACHE", "LICENSE-APACHE"),
    ("tests/sandbox/LICENSE-MIT", "LICENSE-MIT"),
];

/// Finds links that lead elsewhere or nowhere, and copies in their place.
pub fn check(root: &Path) -> Vec<Finding> {
    let leads = |link: &str, truth: &str| {
        let link = fs::canonicalize(root.join(link)).ok();
        link.is_some() && link == fs::canonicalize(root.join(truth)).ok()
    };
    let broken = LINKS.into_iter().filter(|(link, truth)| !leads(link, truth));
    let finding = |(link, truth): (&str, &str)| {
        let what = format!(
            "this is no symbolic link to `{truth}`; where git wrote a plain file instead: \
             `git config core.symlinks true`, delete it and check it out again"
        );
        Finding::new(link, 1, what)
    };
    broken.map(finding).collect()
}
