//! `regen`: the OpenAPI document in, the raw client out.
//!
//! ```text
//! load ── overlay ── check ── lower ── generate ── shape ── write
//! ```
//!
//! - [`load`]: `openapi/dots.yaml`, proved to be OpenAPI 3.0 ([`openapi`])
//! - [`overlay`]: `openapi/overlay.yaml`, each action of which has to match and to change something
//! - [`check`]: what the generator would answer with a panic, or silently get wrong
//! - `generate`: lowering, progenitor and the shaping of its syntax tree
//! - [`write`](mod@write): only what changed; orphans go
//!
//! Beside the steps: [`index`] finds the parts of the document, [`pointer`](mod@pointer) says where in it something
//! stands, [`names`] knows the names that the generator makes, [`fingerprint`] tells two documents apart by what they
//! mean.

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
    /// Touch nothing and tell what [`Mode::Write`] would do.
    Check,
}

/// What a run did, or would do.
#[derive(Debug)]
pub struct Outcome {
    /// What each step did, in order.
    pub steps: Vec<Step>,
    /// The files that were changed ([`Mode::Write`]) or are stale ([`Mode::Check`]).
    pub changes: Vec<Change>,
}

/// What the generator makes of a checked document.
#[derive(Debug, Default)]
pub struct Generated {
    /// The files, by path below `dots-api/src/generated/`, without the line that marks them as generated.
    pub files: BTreeMap<PathBuf, String>,
    /// What its own steps did, one line each.
    pub steps: Vec<String>,
}

/// Regenerates `dots-api/src/generated/` below `root`.
///
/// # Errors
/// Returns every problem of the first step that finds any; nothing has been written then.
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
