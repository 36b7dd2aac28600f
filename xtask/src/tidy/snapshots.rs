//! Pending snapshots: none waits for review, because a snapshot that was not reviewed proves nothing.

use super::Finding;
use super::tree::Tree;

/// The file endings of snapshots that wait for review.
const PENDING: [&str; 2] = [".snap.new", ".pending-snap"];

/// Finds pending snapshots; `ci` finds unreferenced ones, because it knows which snapshots the tests read.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for path in tree.paths.iter().filter(|path| PENDING.iter().any(|ending| path.ends_with(ending))) {
        let what = "the snapshot waits for review; accept it (`cargo insta review`) or delete it";
        findings.push(Finding::new(path, 1, what));
    }
}
