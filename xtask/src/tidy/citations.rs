//! Citations: in documentation, a page of Dots' documentation is a link, so that a reader can follow it; and anywhere, the
//! page of an operation is one that the document cites, so that a misspelled one is found.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::{File, Tree};
use crate::citations::{address, page};

/// Where documentation is read as a page: that of the published crates, and these files.
const PAGES: [&str; 7] = [
    "dots-api/src/",
    "dots-api-ext/src/",
    "tests/sandbox/src/",
    "README.md",
    "docs/",
    "tests/sandbox/README.md",
    "CONTRIBUTING.md",
];

/// The folder of the pages that each describe an operation.
const OPERATIONS: &str = "apireference/";

/// Where the operations and their pages are.
const DOCUMENT: &str = "openapi/dots.yaml";

/// Reads the documentation of each page, and the operations that any text cites.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.files.iter().filter(|file| PAGES.iter().any(|page| file.path.starts_with(page))) {
        let mut in_block = false;
        for (line, text) in documentation(file) {
            let is_fence = text.trim_start().starts_with("```");
            in_block ^= is_fence;
            if !in_block && !is_fence {
                findings.extend(unlinked(text).map(|what| Finding::new(&file.path, line, what)));
            }
        }
    }
    unknown_operations(tree, findings);
}

/// Finds the pages of operations that the document does not cite.
fn unknown_operations(tree: &Tree, findings: &mut Vec<Finding>) {
    let Some(document) = tree.file(DOCUMENT) else { return };
    let known: BTreeSet<&str> = operations(&document.text).collect();
    let others = tree.files.iter().filter(|file| !file.path.starts_with("xtask/"));
    for file in others {
        for (index, line) in file.text.lines().enumerate() {
            let unknown = operations(line).filter(|page| !known.contains(page));
            findings.extend(unknown.map(|page| {
                Finding::new(
                    &file.path,
                    index + 1,
                    format!("`{page}` is the page of none of {DOCUMENT}'s operations"),
                )
            }));
        }
    }
}

/// The pages of operations that a text cites, a tag and a name each.
fn operations(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    let words = text.split(move |c| !is_part(c));
    let pages =
        words.filter_map(|word| word.get(word.find(OPERATIONS)?..)).map(|page| page.trim_end_matches('/'));
    pages.filter(|page| page.matches('/').count() == 2)
}

/// The lines of a Markdown file, or of the documentation in a Rust file.
fn documentation(file: &File) -> Vec<(usize, &str)> {
    let lines = file.text.lines().enumerate().map(|(index, line)| (index + 1, line));
    if !file.is_rust() {
        return lines.collect();
    }
    let prose = |line: &'_ str| line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).map(str::len);
    lines.filter_map(|(number, line)| Some((number, tail(line, prose(line.trim_start())?)))).collect()
}

/// The last bytes of a line.
fn tail(line: &str, length: usize) -> &str {
    line.split_at_checked(line.len() - length).map_or("", |(_, tail)| tail)
}

/// Finds the pages that stand bare, and the links that lead elsewhere.
fn unlinked(text: &str) -> impl Iterator<Item = String> + '_ {
    let bare = text.split([' ', '|']).filter(|word| !word.contains('`')).filter_map(page);
    let bare = bare.map(|page| {
        format!("`{page}` is no link; write `[{page}]`, and below `[{page}]: {}`", address(page))
    });
    let defined = text.trim().strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    let wrong = defined.filter(|(name, target)| page(name).is_some() && *target != address(name));
    bare.chain(wrong.map(|(name, _)| format!("`{name}` stands at {}", address(name))))
}

#[cfg(test)]
mod tests {
    use super::{operations, unlinked};

    #[test]
    fn a_bare_page_and_a_wrong_address_are_found() {
        let found = |text: &str| unlinked(text).count();
        assert_eq!(found("Kept for 24 hours (references/idempotency)."), 1);
        assert_eq!(found("| kept | (references/idempotency) |"), 1);
        assert_eq!(found("[references/idempotency]: https://example.com/references/idempotency"), 1);
        assert_eq!(found("Kept ([references/idempotency]), see `references/x`."), 0);
        assert_eq!(found("[references/idempotency]: https://docs.dots.dev/references/idempotency"), 0);
        assert_eq!(found("[a/b](https://docs.dots.dev/a/b), and `POST /v2/users`"), 0);
    }

    #[test]
    fn the_pages_of_operations_are_found_in_prose_and_in_links() {
        let text = "(apireference/users/verify-a-user), <https://docs.dots.dev/apireference/users/x> apireference/users";
        assert_eq!(
            operations(text).collect::<Vec<_>>(),
            ["apireference/users/verify-a-user", "apireference/users/x"]
        );
    }
}
