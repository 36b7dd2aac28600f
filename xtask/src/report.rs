//! Terminal output: the one module that prints.

use std::fmt::{Arguments, Display};
use std::io::{self, Write as _};
use std::time::Duration;

use crate::problem::Problems;
use crate::regen::{Mode, Outcome};
use crate::tidy::Finding;

/// Prints what `regen` did, and tells whether all is well.
///
/// A check that finds nothing prints one line, so that it can run before each commit.
pub fn regen(outcome: &Outcome, mode: Mode) -> bool {
    if mode == Mode::Check {
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
    for step in &outcome.steps {
        say(format_args!("{step}"));
    }
    for change in &outcome.changes {
        say(format_args!("{}: {}", change.file.display(), change.kind.done()));
    }
    true
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

/// Prints problems, one per line.
pub fn problems(problems: &Problems) {
    for problem in problems {
        complain(format_args!("error: {problem}"));
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
