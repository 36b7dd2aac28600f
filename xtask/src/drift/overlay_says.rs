//! The actions of the overlay that Dots now says itself.

use std::collections::BTreeSet;

use serde_json::Value;

use super::classes::Side;
use super::compare::Difference;
use super::findings::Finding;
use crate::regen::overlay::Overlay;

/// Names, at each new finding, the action with which it would be none.
pub(super) fn name(
    found: &mut [Finding],
    overlay: &Overlay,
    document: &Value,
    compare: impl Fn(Value) -> Option<Vec<Difference>>,
) {
    // Only the operations behind what is new are looked at again.
    let mut part = document.clone();
    let behind: BTreeSet<&String> =
        found.iter().filter(|it| it.is_new()).flat_map(|it| &it.operations).collect();
    if let Some(paths) = part.get_mut("paths").and_then(Value::as_object_mut) {
        paths.retain(|path, _| behind.iter().any(|it| it.ends_with(&format!(" {path}"))));
    }
    let remaining = |overlay: &Overlay| {
        let mut document = part.clone();
        // An action that finds nothing says nothing; `regen` reports it.
        let _ = overlay.apply(&mut document);
        let left: BTreeSet<(String, Side, String)> =
            compare(document)?.into_iter().map(|it| (it.target, it.side, it.aspect)).collect();
        Some(left)
    };
    let key = |it: &Finding| (it.target.clone(), it.side, it.aspect.clone());
    let Some(left) = remaining(overlay) else { return };
    let mut said: Vec<&mut Finding> =
        found.iter_mut().filter(|it| it.is_new() && !left.contains(&key(it))).collect();
    if said.is_empty() {
        return;
    }
    for (name, single) in overlay.singles() {
        let Some(left) = remaining(&single) else { continue };
        for finding in said.iter_mut().filter(|it| it.overlay.is_none() && !left.contains(&key(it))) {
            finding.overlay = Some(name.clone());
        }
        if said.iter().all(|it| it.overlay.is_some()) {
            break;
        }
    }
}
