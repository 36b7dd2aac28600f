//! `regen`: the code generator: from the OpenAPI document to the raw client.
//!
//! ```text
//! load ── overlay ── check ── lower ── generate ── shape ── write
//! ```
//!
//! 1. [`load`] parses `openapi/dots.yaml` and validates it against OpenAPI 3.0 ([`openapi`])
//! 2. [`overlay`] applies `openapi/overlay.yaml`; each action must match something and change something
//! 3. [`check`] refuses what would make progenitor or typify panic, or generate wrong code in silence
//! 4. `lower` simplifies the document to what progenitor generates well, and keeps the rest as facts
//! 5. `generate` runs progenitor and typify on the lowered document
//! 6. `shape` writes the code anew from their syntax tree and the facts
//! 7. [`write`](mod@write) updates the files that changed and deletes orphans
//!
//! Beside the steps: [`index`] finds the parts of the document, [`pointer`](mod@pointer) is the place of a part,
//! [`names`] are the Rust names of its names, [`fingerprint`] is its hash without prose.

pub mod check;
pub mod fingerprint;
mod generate;
pub mod index;
pub mod load;
mod lower;
pub mod names;
pub mod openapi;
pub mod overlay;
pub mod pointer;
mod shape;
pub mod steps;
pub mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::problem::Problems;
use overlay::Overlay;
use steps::{Step, Steps};
use write::Change;

/// What to do with the generated files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write those that changed, delete those that are no longer generated.
    Write,
    /// Change nothing, and report what [`Mode::Write`] would do.
    Check,
}

/// What a run did, or would have done.
#[derive(Debug)]
pub struct Outcome {
    /// What each step did, in order.
    pub steps: Vec<Step>,
    /// The files that were changed ([`Mode::Write`]) or are stale ([`Mode::Check`]).
    pub changes: Vec<Change>,
}

/// The output of the generator for a checked document.
#[derive(Debug, Default)]
pub struct Generated {
    /// The files, by path below `dots-api/src/generated/`, without the line that marks them as generated.
    pub files: BTreeMap<PathBuf, String>,
    /// One line for each of its own steps.
    pub steps: Vec<String>,
}

/// Regenerates `dots-api/src/generated/` below `root`.
///
/// # Errors
/// Returns every problem of the first step that finds one; then nothing is written.
pub fn run(root: &Path, mode: Mode) -> Result<Outcome, Problems> {
    let mut steps = Steps::start();

    let mut document = load::load(root)?;
    steps.done("load", format!("{} lines of {}", document.lines, load::DOCUMENT));

    let applied = Overlay::load(root)?.apply(&mut document.value)?;
    steps.done("overlay", format!("{} actions changed {} places", applied.actions, applied.places));

    let checked = check::check(&document.value)?;
    steps.done("check", format!("{} operations, {} schemas", checked.operations, checked.schemas));

    let fingerprint = fingerprint::of(&document.value);
    let generated = generate::generate(&document.value)?;
    for line in generated.steps {
        steps.note(line);
    }
    steps.done("generate", format!("{} files", generated.files.len()));

    let changes = write::write(root, &generated.files, &fingerprint, mode)?;
    steps.done("write", format!("{} of {} files stale", changes.len(), generated.files.len()));
    Ok(Outcome { steps: steps.finish(), changes })
}
