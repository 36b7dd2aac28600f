//! `openapi/accepted.yaml`: the differences that we chose, each with its reason.
//!
//! An entry holds while Dots says what it said when the choice was made, and we say what we said. One that matches
//! nothing is an error.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::findings::{Finding, State, is_parameter};
use super::value::render;
use crate::problem::Problems;
use crate::regen::lines::Lines;
use crate::regen::load;

/// The path of the choices, below the root of the workspace.
pub const ACCEPTED: &str = "openapi/accepted.yaml";

/// The keys of an entry.
const KEYS: [&str; 7] = ["target", "in", "aspect", "upstream", "ours", "operations", "reason"];

/// A choice.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its line.
    pub line: usize,
    /// The definitions, parameters or operations.
    pub targets: Vec<String>,
    /// Who meets it: `requests`, `answers`, `events`; both if it is empty.
    pub sides: Vec<String>,
    /// What differs.
    pub aspect: String,
    /// What Dots says.
    pub upstream: String,
    /// What we say.
    pub ours: String,
    /// The operations of a parameter; `None` for all of our document.
    pub operations: Option<BTreeSet<String>>,
    /// Why.
    pub reason: String,
}

/// The choices, and where the documentation is.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// The repository, the commit and the date of the documentation that `dots.yaml` follows.
    pub documentation: Map<String, Value>,
    /// The choices.
    pub entries: Vec<Entry>,
    /// The number of lines.
    pub lines: usize,
}

/// The operations of our document.
#[derive(Clone, Debug, Default)]
pub(super) struct Operations {
    /// All of them.
    pub(super) all: BTreeSet<String>,
    /// Those that Dots' document does not have.
    pub(super) gone: BTreeSet<String>,
}

/// An entry that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Its line.
    pub line: usize,
    /// The target that matches nothing.
    pub target: String,
    /// What is wrong.
    pub what: String,
}

impl Accepted {
    /// Reads the choices below `root`; without the file there are none.
    ///
    /// # Errors
    /// Returns a problem for each entry that is malformed or has no reason.
    pub fn load(root: &Path) -> Result<Self, Problems> {
        if !root.join(ACCEPTED).exists() {
            return Ok(Self::default());
        }
        let text = load::read(root, ACCEPTED)?;
        let value = load::yaml(ACCEPTED, &text)?;
        let lines = Lines::of(&text);
        let mut problems = Problems::none();
        let listed = value.get("differences").and_then(Value::as_array);
        let entries = listed.into_iter().flatten().enumerate().filter_map(|(index, value)| {
            let line = lines.find(&format!("/differences/{index}")).unwrap_or_default();
            entry(value, line, &mut problems)
        });
        let entries = entries.collect();
        let documentation =
            value.get("documentation").and_then(Value::as_object).cloned().unwrap_or_default();
        problems.or(Self { documentation, entries, lines: text.lines().count() })
    }

    /// Marks the findings that are accepted, and returns the entries that match nothing.
    ///
    /// `has_events` tells whether webhooks were compared.
    pub(super) fn apply(&self, found: &mut [Finding], has_events: bool, ours: &Operations) -> Vec<Stale> {
        let mut stale = Vec::new();
        for entry in &self.entries {
            if !has_events && entry.sides.iter().all(|side| side == "events") && !entry.sides.is_empty() {
                continue;
            }
            for target in &entry.targets {
                for side in entry.sides.iter().map(Some).chain(entry.sides.is_empty().then_some(None)) {
                    if !has_events && side.is_some_and(|side| side == "events") {
                        continue;
                    }
                    stale.extend(entry.apply(target, side.map(String::as_str), found, ours));
                }
            }
        }
        stale
    }
}

impl Entry {
    /// Accepts what one target of the entry is about, or tells why it does not hold.
    fn apply(
        &self,
        target: &str,
        side: Option<&str>,
        found: &mut [Finding],
        ours: &Operations,
    ) -> Option<Stale> {
        // An operation that is gone is told as such, and not once more for each of its parameters.
        let operations = self.operations.as_ref().unwrap_or(&ours.all);
        let operations: BTreeSet<String> = operations.difference(&ours.gone).cloned().collect();
        let is_near = |it: &Finding| {
            it.target == target && it.aspect == self.aspect && side.is_none_or(|side| side == it.side.name())
        };
        let is_same = |it: &Finding| it.upstream == self.upstream && it.ours == self.ours;
        let has_all = |it: &Finding| !is_parameter(target) || it.operations == operations;
        let mut matched = false;
        for finding in found.iter_mut().filter(|it| is_near(it) && is_same(it) && has_all(it)) {
            finding.state = State::Accepted(self.line);
            matched = true;
        }
        if matched {
            return None;
        }
        let mut near: Vec<&mut Finding> =
            found.iter_mut().filter(|it| is_near(it) && !matches!(it.state, State::Accepted(_))).collect();
        for finding in &mut near {
            finding.state = State::Moved(self.was(finding, &operations));
        }
        let what = match near.first() {
            None => "matches nothing: Dots and we say the same by now; delete it",
            // What became of it is told as a finding.
            Some(_) => return None,
        };
        Some(Stale { line: self.line, target: target.to_owned(), what: what.to_owned() })
    }

    /// What was accepted, beside what is found now.
    fn was(&self, now: &Finding, operations: &BTreeSet<String>) -> String {
        if now.upstream != self.upstream {
            return format!("accepted while Dots said `{}`", self.upstream);
        }
        if now.ours != self.ours {
            return format!("accepted while we said `{}`", self.ours);
        }
        let list = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.difference(other).cloned().collect::<Vec<_>>().join(", ")
        };
        let (more, less) = (list(&now.operations, operations), list(operations, &now.operations));
        let parts = [("now also of", more), ("no longer of", less)];
        let parts: Vec<String> =
            parts.iter().filter(|(_, it)| !it.is_empty()).map(|(word, it)| format!("{word} {it}")).collect();
        format!("accepted for other operations: {}", parts.join("; "))
    }
}

fn entry(value: &Value, line: usize, problems: &mut Problems) -> Option<Entry> {
    let at = format!("{ACCEPTED}:{line}");
    let Some(fields) = value.as_object() else {
        problems.add(at, "an entry without keys", "give it a target, an aspect, both values and a reason");
        return None;
    };
    check(fields, &at, problems);
    let text = |key: &str| fields.get(key).map(render).unwrap_or_default();
    let list = |key: &str| -> Vec<String> {
        match fields.get(key) {
            Some(Value::Array(items)) => items.iter().map(render).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![render(one)],
        }
    };
    let operations = list("operations");
    Some(Entry {
        line,
        targets: list("target"),
        sides: list("in"),
        aspect: text("aspect"),
        upstream: text("upstream"),
        ours: text("ours"),
        operations: (operations != ["all"]).then(|| operations.into_iter().collect()),
        reason: text("reason"),
    })
}

/// Refuses keys that are unknown or missing, and an entry without a reason.
fn check(fields: &Map<String, Value>, at: &str, problems: &mut Problems) {
    for key in fields.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        problems.add(at, format!("unknown key `{key}`"), format!("the keys are {}", KEYS.join(", ")));
    }
    for key in ["target", "aspect", "upstream", "ours"].iter().filter(|key| !fields.contains_key(**key)) {
        problems.add(at, format!("an entry without `{key}`"), "write what the report says");
    }
    let text = |key: &str| fields.get(key).map(render).unwrap_or_default();
    if text("reason").trim().is_empty() || fields.get("reason") == Some(&Value::Null) {
        let what = format!("no reason is given for `{}`", text("target"));
        problems.add(at, what, "say why we differ from Dots");
    }
}
