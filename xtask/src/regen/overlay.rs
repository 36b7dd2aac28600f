//! Step 2, overlay: applies `openapi/overlay.yaml`, an OpenAPI Overlay, to the document.
//!
//! The crate roas-overlay follows the specification. This module is stricter: unknown keys are refused (that crate
//! drops them), each action must match something and change something, and each problem names the action's number and
//! target. So the next regeneration finds a correction that Dots has since made itself.

use std::path::Path;

use roas_overlay::apply::{Apply, ApplyErrorKind, ApplyOptions};
use roas_overlay::v1_0::{self, Action};
use roas_overlay::validation::Validate;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::load;
use crate::problem::Problems;

/// The path of the overlay, below the root of the workspace.
pub const OVERLAY: &str = "openapi/overlay.yaml";

/// The keys of the overlay's top level. `extends` is missing, because the command decides what the overlay applies to.
const TOP_KEYS: [&str; 3] = ["overlay", "info", "actions"];
/// The keys of `info`.
const INFO_KEYS: [&str; 2] = ["title", "version"];
/// The keys of an action. `x-` keys are refused as well: most likely they belong below `update`.
const ACTION_KEYS: [&str; 4] = ["target", "description", "update", "remove"];

/// What an overlay did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// How many actions it has.
    pub actions: usize,
    /// How many places of the document they matched.
    pub places: usize,
}

/// An overlay that was read and is well-formed.
#[derive(Clone, Debug)]
pub struct Overlay(v1_0::Overlay);

impl Overlay {
    /// Reads the overlay below `root`.
    ///
    /// # Errors
    /// Returns a problem for each malformed action.
    pub fn load(root: &Path) -> Result<Self, Problems> {
        let text = load::read(root, OVERLAY)?;
        parse(&load::yaml(OVERLAY, &text)?).map(Self)
    }

    /// Each action that says more than marks of our generator, with its name, as an overlay of its own.
    pub(crate) fn singles(&self) -> impl Iterator<Item = (String, Self)> + '_ {
        let Self(overlay) = self;
        let actions = overlay.actions.iter().enumerate();
        let actions = actions.filter(|(_, action)| action.update.as_ref().is_none_or(|it| !is_marks(it)));
        actions.map(|(index, action)| {
            let single = v1_0::Overlay { actions: vec![action.clone()], ..frame(overlay) };
            (numbered(index, &action.target), Self(single))
        })
    }

    /// Applies the overlay to a document.
    ///
    /// # Errors
    /// Returns a problem for each action that matches nothing or changes nothing.
    pub fn apply(&self, document: &mut Value) -> Result<Applied, Problems> {
        let Self(overlay) = self;
        let mut problems = Problems::none();
        let stale = (0..overlay.actions.len()).filter(|index| is_stale(overlay, *index, document));
        for (index, action) in stale.filter_map(|index| Some((index, overlay.actions.get(index)?))) {
            problems.add(
                numbered(index, &action.target),
                "the action changes nothing",
                "delete it: the document says the same without it",
            );
        }
        let places = apply_all(overlay, document, &mut problems);
        problems.or(Applied { actions: overlay.actions.len(), places })
    }
}

/// Parses an overlay, and refuses what the library would ignore.
fn parse(value: &Value) -> Result<v1_0::Overlay, Problems> {
    unknown_keys(value)?;
    let overlay: v1_0::Overlay =
        serde_json::from_value(value.clone()).map_err(|error| misread(value, &error))?;
    let Err(error) = overlay.validate(Default::default()) else { return Ok(overlay) };
    let mut problems = Problems::none();
    for fault in error.errors {
        // The library writes places as `#.actions[3].target`.
        let index = fault.path.split(['[', ']']).nth(1).and_then(|digits| digits.parse::<usize>().ok());
        let place = index.map_or_else(|| OVERLAY.to_owned(), |index| place(value, index));
        problems.add(place, fault.message, "write the overlay as the OpenAPI Overlay Specification 1.0 says");
    }
    Err(problems)
}

/// Refuses keys that the specification does not know, because the library drops them in silence.
fn unknown_keys(value: &Value) -> Result<(), Problems> {
    let mut problems = Problems::none();
    refuse_others(value, &TOP_KEYS, OVERLAY, &mut problems);
    refuse_others(value.get("info").unwrap_or(&Value::Null), &INFO_KEYS, OVERLAY, &mut problems);
    for (index, action) in actions(value).iter().enumerate() {
        refuse_others(action, &ACTION_KEYS, &place(value, index), &mut problems);
    }
    problems.or(())
}

/// Refuses the keys of one object that are not among `known`.
fn refuse_others(value: &Value, known: &[&str], place: &str, problems: &mut Problems) {
    let keys = value.as_object().into_iter().flat_map(|fields| fields.keys());
    for key in keys.filter(|key| !known.contains(&key.as_str())) {
        problems.add(
            place,
            format!("unknown key `{key}`"),
            format!("only {} stand here; what is to be merged goes under `update`", list(known)),
        );
    }
}

/// Describes what the library could not parse, with the action if it is one.
fn misread(value: &Value, error: &serde_json::Error) -> Problems {
    let fix = "write the overlay as the OpenAPI Overlay Specification 1.0 says";
    let broken = actions(value).iter().enumerate().find_map(|(index, action)| {
        serde_json::from_value::<Action>(action.clone()).err().map(|error| (index, error))
    });
    match broken {
        Some((index, error)) => Problems::one(place(value, index), format!("malformed action: {error}"), fix),
        None => Problems::one(OVERLAY, format!("malformed overlay: {error}"), fix),
    }
}

/// Applies all actions, and counts the places that they matched.
///
/// The library stops at the first action that fails. To find the others, that one is left out and all are applied
/// again.
fn apply_all(overlay: &v1_0::Overlay, document: &mut Value, problems: &mut Problems) -> usize {
    let options = ApplyOptions::ErrorOnZeroMatch | ApplyOptions::ErrorOnMixedKindMatch;
    let mut left: Vec<(usize, &Action)> = overlay.actions.iter().enumerate().collect();
    loop {
        let actions = left.iter().map(|(_, action)| (*action).clone()).collect();
        let error = match (v1_0::Overlay { actions, ..frame(overlay) }).apply(document, options) {
            Ok(report) => return report.actions.iter().map(|outcome| outcome.matched).sum(),
            Err(error) => error,
        };
        let index = left.get(error.action_index).map_or(error.action_index, |(index, _)| *index);
        let (what, fix) = match error.kind {
            ApplyErrorKind::ZeroMatch => (
                "the target matches nothing".to_owned(),
                "correct the path, or delete the action when the document no longer needs it",
            ),
            other => (other.to_string(), "correct the target"),
        };
        problems.add(numbered(index, &error.target), what, fix);
        if error.action_index >= left.len() {
            return 0;
        }
        left.remove(error.action_index);
    }
}

/// Tells whether an action changes nothing, because the document already says the same.
fn is_stale(overlay: &v1_0::Overlay, index: usize, document: &Value) -> bool {
    let Some(action) = overlay.actions.get(index) else { return false };
    let Some(update) = &action.update else { return false };
    // For most actions it is enough to compare what they match. One that looks stale is applied as a test, because an
    // earlier action may have changed what this one restores.
    let Ok(path) = JsonPath::parse(&action.target) else { return false };
    let matched = path.query(document);
    if matched.is_empty() || matched.iter().any(|node| would_change(node, update)) {
        return false;
    }
    let after = |count: usize| {
        let actions = overlay.actions.iter().take(count).cloned().collect();
        let mut copy = document.clone();
        // `apply_all` reports an action that fails; here it leaves the copy unchanged.
        let _ = (v1_0::Overlay { actions, ..frame(overlay) }).apply(&mut copy, Default::default());
        copy
    };
    after(index) == after(index + 1)
}

/// Tells whether merging `update` into `node` changes it; arrays grow and so always change.
fn would_change(node: &Value, update: &Value) -> bool {
    match (node, update) {
        (Value::Object(fields), Value::Object(updates)) => updates
            .iter()
            .any(|(key, update)| fields.get(key).is_none_or(|field| would_change(field, update))),
        (Value::Array(_), Value::Array(added)) => !added.is_empty(),
        (Value::Array(_), _) => true,
        (node, update) => node != update,
    }
}

/// Tells whether an update only sets marks, the `x-` keys.
fn is_marks(update: &Value) -> bool {
    update.as_object().is_some_and(|fields| fields.keys().all(|key| key.starts_with("x-")))
}

/// The overlay without its actions.
fn frame(overlay: &v1_0::Overlay) -> v1_0::Overlay {
    v1_0::Overlay { overlay: overlay.overlay.clone(), info: overlay.info.clone(), ..v1_0::Overlay::default() }
}

/// The actions as they were written.
fn actions(value: &Value) -> &[Value] {
    value.get("actions").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The name of an action of an overlay that is not parsed yet.
fn place(value: &Value, index: usize) -> String {
    let target = actions(value).get(index).and_then(|action| action.get("target"));
    numbered(index, target.and_then(Value::as_str).unwrap_or("(no target)"))
}

/// The name of an action, counted from one.
fn numbered(index: usize, target: &str) -> String {
    format!("{OVERLAY}: action {} (`{target}`)", index + 1)
}

/// Joins words in backticks.
fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
