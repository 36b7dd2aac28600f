//! Nothing waits to be accepted: a snapshot that was not looked at proves nothing.

use super::Finding;
use super::tree::Tree;

/// The endings of snapshots that a test run left to be looked at.
const PENDING: [&str; 2] = [".snap.new", ".pending-snap"];

/// Looks for pending snapshots; unreferenced ones are found by `ci`, which sees which are read.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for path in tree.paths.iter().filter(|path| PENDING.iter().any(|ending| path.ends_with(ending))) {
        let what = "a snapshot that nobody has looked at; accept it (`cargo insta review`) or delete it";
        findings.push(Finding::new(path, 1, what));
    }
}
