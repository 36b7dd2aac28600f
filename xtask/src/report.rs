//! Terminal output: the one module that prints.

use std::fmt::{Arguments, Display};
use std::io::{self, Write as _};
use std::time::Duration;

use crate::problem::Problems;
use crate::regen::changes::Effect;
use crate::regen::surface::SURFACE;
use crate::regen::{Mode, Outcome};
use crate::tidy::Finding;

/// Prints what `regen` did, and tells whether all is well.
///
/// A check that finds nothing prints one line, so that it can run before each commit.
pub fn regen(outcome: &Outcome, mode: Mode) -> bool {
    if mode == Mode::Check {
        if !outcome.changes.is_empty() {
            gone(outcome).into_iter().chain(api(outcome)).for_each(remark);
        }
        for change in &outcome.changes {
            say(format_args!("{}: {}", change.file.display(), change.kind));
            change.diff.lines().for_each(|line| say(format_args!("{line}")));
        }
        if outcome.changes.is_empty() {
            say(format_args!("generated files are fresh"));
        } else {
            complain(format_args!(
                "stale generated files: {}; run `cargo xtask regen`",
                outcome.changes.len()
            ));
        }
        return outcome.changes.is_empty();
    }
    gone(outcome).into_iter().for_each(remark);
    for step in &outcome.steps {
        say(format_args!("{step}"));
    }
    api(outcome).into_iter().chain(written(outcome)).for_each(remark);
    true
}

/// Says what `regen` changed, line by line as it prints it, without its steps and their times.
pub fn told(outcome: &Outcome) -> Vec<String> {
    gone(outcome).into_iter().chain(api(outcome)).chain(written(outcome)).collect()
}

/// Says how many operations went, which comes before all else: the document may be an unfinished one.
fn gone(outcome: &Outcome) -> Option<String> {
    let removed = outcome.api.iter().flatten().filter(|change| change.what == "removed");
    let names: Vec<&str> = removed.filter_map(|change| change.place.strip_prefix("operation ")).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.contains(',')).collect();
    let before = outcome.operations_before;
    (!names.is_empty()).then(|| format!("{} of {before} operations went: {}", names.len(), names.join(", ")))
}

/// Says what changed in the API, the worst first.
fn api(outcome: &Outcome) -> Vec<String> {
    let Some(api) = &outcome.api else {
        return vec![format!("api: nothing to compare with; {SURFACE} is new")];
    };
    let mut lines = Vec::new();
    for effect in [Effect::Callers, Effect::Readers, Effect::Additive] {
        let changes: Vec<_> = api.iter().filter(|change| change.effect == effect).collect();
        if !changes.is_empty() {
            lines.push(format!("api, {effect}: {}", changes.len()));
            lines.extend(changes.iter().map(|change| format!("  {change}")));
        }
    }
    if api.is_empty() {
        let what =
            if outcome.changes.is_empty() { "no change" } else { "no change; prose or generator only" };
        lines.push(format!("api: {what}"));
    }
    lines
}

/// Names the files that were written.
fn written(outcome: &Outcome) -> impl Iterator<Item = String> {
    outcome.changes.iter().map(|change| format!("{}: {}", change.file.display(), change.kind.done()))
}

/// Prints the findings of `tidy`, and tells whether there are none.
pub fn tidy(findings: &[Finding]) -> bool {
    for finding in findings {
        say(format_args!("{finding}"));
    }
    match findings.len() {
        0 => say(format_args!("tidy: no findings")),
        count => complain(format_args!("tidy: {count} findings")),
    }
    findings.is_empty()
}

/// How many places of one kind of problem are printed.
const PLACES: usize = 5;

/// Prints problems, one line each; of many of one kind, the first, and the places of some others.
pub fn problems(problems: &Problems) {
    let groups = problems.grouped();
    for (first, others) in &groups {
        complain(format_args!("error: {first}"));
        for other in others.iter().take(PLACES) {
            complain(format_args!("  and at {}: {}", other.place(), other.what));
        }
        if others.len() > PLACES {
            complain(format_args!("  and at {} more places", others.len() - PLACES));
        }
    }
    if groups.len() < problems.len() {
        complain(format_args!("{} problems of {} kinds", problems.len(), groups.len()));
    }
}

/// Prints the headline of a phase of `ci`.
pub fn phase(name: impl Display) {
    say(format_args!("\n=== {name}"));
}

/// Prints how a phase of `ci` went.
pub fn phase_done(name: impl Display, took: Duration) {
    say(format_args!("--- {name}: ok in {took:.1?}"));
}

/// Prints that a phase of `ci` failed.
pub fn phase_failed(name: impl Display, why: impl Display) {
    complain(format_args!("--- {name}: FAILED: {why}"));
}

/// Prints a note.
pub fn remark(text: impl Display) {
    say(format_args!("{text}"));
}

/// Writes a line to standard output, which may be closed: `regen --check | head` must not panic.
fn say(line: Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Writes a line to standard error.
fn complain(line: Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
