//! `regen`: the code generator: from the OpenAPI document to the raw client.
//!
//! ```text
//! load ── overlay ── check ── lower ── generate ── shape ── write
//! ```
//!
//! 1. [`load`] parses `openapi/dots.yaml`, writes OpenAPI 3.1 as 3.0 ([`translate`]), says plainly what is only implied (`plain`), and validates it ([`openapi`])
//! 2. [`overlay`] applies `openapi/overlay.yaml`; each action must match something and change something
//! 3. [`check`] refuses what would make progenitor or typify panic, or generate wrong code in silence
//! 4. `normal` writes in one way what can be said in many, and `lower` simplifies the document to what progenitor generates well, and keeps the rest as facts
//! 5. `generate` runs progenitor and typify on the lowered document
//! 6. `shape` writes the code anew from their syntax tree and the facts
//! 7. [`write`](mod@write) updates the files that changed and deletes orphans
//!
//! [`surface`] is what the API looks like from outside, and [`changes`] compares it with that of the last run.
//!
//! Beside the steps: [`index`] finds the parts of the document, [`pointer`](mod@pointer) is the place of a part,
//! `order` is the order of its properties, [`names`] are the Rust names of its names, [`fingerprint`] is its hash without prose.

pub mod changes;
pub mod check;
mod features;
pub mod fingerprint;
mod generate;
pub mod index;
pub mod lines;
pub mod load;
mod lower;
pub mod merged;
pub mod names;
pub(crate) mod normal;
pub mod openapi;
mod order;
pub mod overlay;
mod plain;
pub mod pointer;
pub(crate) mod scalars;
mod shape;
pub mod steps;
pub mod surface;
pub mod translate;
mod unions;
pub mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::problem::Problems;
use changes::ApiChange;
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
    /// What changed in the API since the surface that is on disk, the worst first; `None` if there is none.
    pub api: Option<Vec<ApiChange>>,
    /// How many operations the surface on disk has.
    pub operations_before: usize,
    /// The files that were changed ([`Mode::Write`]) or are stale ([`Mode::Check`]).
    pub changes: Vec<Change>,
}

/// The output of the generator for a checked document.
#[derive(Debug, Default)]
pub struct Generated {
    /// The files, by path below `dots-api/src/generated/`, without the line that marks them as generated.
    pub files: BTreeMap<PathBuf, String>,
    /// The surface of the API.
    pub surface: String,
    /// The passes that found nothing to do, which they should in the real document.
    pub idle: Problems,
    /// The tags of the operations.
    pub tags: BTreeSet<String>,
    /// One line for each of its own steps.
    pub steps: Vec<String>,
}

/// Generates the client of a document that needs no overlay, and writes nothing.
///
/// # Errors
/// Returns every problem of the first step that finds one.
pub fn client_of(document: &Value) -> Result<Generated, Problems> {
    let mut document = document.clone();
    translate::to_3_0(&mut document)?;
    plain::write(&mut document);
    load::validate(&document)?;
    check::check(&document)?;
    generate::generate(&document, None)
}

/// Regenerates `dots-api/src/generated/` below `root`.
///
/// # Errors
/// Returns every problem of the first step that finds one; then nothing is written.
pub fn run(root: &Path, mode: Mode) -> Result<Outcome, Problems> {
    let mut steps = Steps::start();

    let mut document = load::load(root)?;
    let lines = document.places.clone();
    let located = |problems: Problems| problems.located(load::DOCUMENT, |place| lines.find(place));
    steps.done("load", format!("{} lines of {}", document.lines, load::DOCUMENT));

    let applied = Overlay::load(root)?.apply(&mut document.value)?;
    steps.done("overlay", format!("{} actions changed {} places", applied.actions, applied.places));

    let checked = check::check(&document.value).map_err(located)?;
    steps.done("check", format!("{} operations, {} schemas", checked.operations, checked.schemas));

    let generated = generate::generate(&document.value, Some(&document.places)).map_err(located)?;
    features::check(root, &generated.tags)?;
    generated.idle.or(())?;
    for line in generated.steps {
        steps.note(line);
    }
    steps.done("generate", format!("{} files", generated.files.len()));

    let before = fs::read_to_string(root.join(surface::SURFACE)).ok();
    let is_operation = |line: &&str| line.starts_with("operation ");
    let operations_before = before.iter().flat_map(|text| text.lines()).filter(is_operation).count();
    let api = before.map(|before| {
        let mut api = changes::between(&before, &generated.surface);
        changes::find_users(root, &mut api);
        api
    });
    let mut changes = write::write(root, &generated.files, mode)?;
    changes.extend(write::surface(root, &generated.surface, mode)?);
    steps.done("write", format!("{} of {} files stale", changes.len(), generated.files.len() + 1));
    Ok(Outcome { steps: steps.finish(), api, operations_before, changes })
}
