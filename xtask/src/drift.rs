//! `drift`: what Dots' own document says otherwise than `openapi/dots.yaml`.
//!
//! ```text
//! source ── shape, api ── compare ── findings ── accepted ── print
//! ```
//!
//! 1. [`source`] reads both documents; [`defects`] mends what Dots writes in a way that OpenAPI does not know
//! 2. `shape` and `api` write both in one form: operations by method and path, references inlined, `allOf` merged,
//!    variants united, one notion of null
//! 3. `compare` finds each difference, and [`classes`] tells whom it concerns
//! 4. [`findings`] tells each once, by the definition that differs, with the operations behind it
//! 5. [`accepted`] takes away what we chose, and finds the choices that no longer hold
//! 6. `print` writes the report as text or Markdown, `as_json` as JSON; `accept` records the present state
//!
//! Beside the steps: [`place`](mod@place) is a place in a file, [`record`] is which document was read last, `texts` are the hashes of its prose, `overlay_says`
//! finds the corrections that Dots has since made itself, `paste` writes what can be taken over, and [`readme`] lists
//! the choices in `openapi/README.md`.

mod accept;
pub mod accepted;
mod api;
mod as_json;
pub mod classes;
mod compare;
pub mod defects;
pub mod findings;
mod overlay_says;
mod paste;
pub mod place;
mod print;
pub mod readme;
pub mod record;
mod rules;
mod shape;
pub mod source;
mod texts;
mod value;

pub use self::accept::accept;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::accepted::{Accepted, Operations, Stale};
use self::api::Api;
use self::defects::Defect;
use self::findings::Finding;
use self::place::Place;
use self::record::{Read, Record};
use self::source::Source;
use self::texts::Texts;
use crate::problem::Problems;
use crate::regen::load::{self, DOCUMENT};
use crate::regen::overlay::Overlay;

/// The documents that Dots published.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The document of the operations.
    pub document: PathBuf,
    /// The document of the webhooks.
    pub webhooks: Option<PathBuf>,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a terminal.
    Text,
    /// For a program.
    Json,
    /// For an issue.
    Markdown,
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is new.
    Same,
    /// Something is new.
    New,
    /// A choice no longer holds.
    Stale,
}

impl Verdict {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Same => 0,
            Self::Stale => 1,
            Self::New => 2,
        }
    }
}

/// A text that changed.
#[derive(Clone, Debug)]
pub struct TextChange {
    /// The operation or definition.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The operations behind it.
    pub operations: BTreeSet<String>,
}

/// What a comparison found.
#[derive(Debug)]
pub struct Report {
    /// The file and the identity of the document that was read.
    pub document: (String, Read),
    /// The same of the webhooks.
    pub webhooks: Option<(String, Read)>,
    /// What is recorded.
    pub recorded: Record,
    /// What would be recorded now.
    pub record: Record,
    /// How many operations and webhooks both sides have.
    pub counts: (usize, usize),
    /// The differences, the worst first.
    pub findings: Vec<Finding>,
    /// How many places the differences are at.
    pub places: usize,
    /// The choices that no longer hold.
    pub stale: Vec<Stale>,
    /// The defects of Dots' documents, each with whether it is new.
    pub defects: Vec<(Defect, bool)>,
    /// The texts that changed.
    pub texts: Vec<TextChange>,
}

impl Report {
    /// The differences that are not accepted.
    pub fn news(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|it| it.is_new())
    }

    /// What the comparison comes to.
    pub fn verdict(&self) -> Verdict {
        if !self.stale.is_empty() {
            return Verdict::Stale;
        }
        let is_new = self.news().next().is_some()
            || !self.texts.is_empty()
            || self.defects.iter().any(|(_, is_new)| *is_new)
            || self.recorded.document.is_none();
        if is_new { Verdict::New } else { Verdict::Same }
    }

    /// The report as text.
    pub fn print(&self, form: Form) -> String {
        match form {
            Form::Text => print::text(self),
            Form::Json => as_json::json(self),
            Form::Markdown => print::markdown(self),
        }
    }
}

/// Compares what Dots published with the document below `root`.
///
/// # Errors
/// Returns the problems of the documents, of `accepted.yaml` and of the record.
pub fn run(root: &Path, upstream: &Upstream) -> Result<Report, Problems> {
    let document = Source::read(&upstream.document)?;
    let webhooks = upstream.webhooks.as_deref().map(Source::read).transpose()?;
    compare(root, document, webhooks)
}

/// Compares documents that were read.
///
/// # Errors
/// As [`run`].
pub fn compare(
    root: &Path,
    (document, mut defects): (Source, Vec<Defect>),
    webhooks: Option<(Source, Vec<Defect>)>,
) -> Result<Report, Problems> {
    let (accepted, recorded) = (Accepted::load(root)?, Record::load(root)?);
    let loaded = load::load(root)?;
    let (value, lines) = (loaded.value, loaded.places);
    let ours = |value: Value| Api::of(&Source::ours(DOCUMENT, value, lines.clone()));
    let own = ours(value.clone())?;
    let (events, more) = webhooks.unzip();
    let events = events.as_ref();
    let (theirs, texts) = published(&document, events)?;
    defects.extend(more.into_iter().flatten());
    let has_events = theirs.has_events();
    let differences = compare::compare(&theirs, &own, has_events);
    let places = differences.len();
    let mut findings = findings::group(root, differences);
    let stale = accepted.apply(&mut findings, has_events, &operations(&theirs, &own));
    if findings.iter().any(Finding::is_new) {
        let overlay = Overlay::load(root)?;
        overlay_says::name(&mut findings, &overlay, &value, |value| {
            Some(compare::compare(&theirs, &ours(value).ok()?, has_events))
        });
    }
    Ok(Report {
        document: (document.file.to_string(), Read::of(&document)),
        webhooks: events.map(|source| (source.file.to_string(), Read::of(source))),
        record: record_of(&document, events, &defects, &texts, &recorded),
        counts: (in_both(&theirs, &own, false), in_both(&theirs, &own, true)),
        findings,
        places,
        stale,
        defects: defects
            .into_iter()
            .map(|it| (it.clone(), !recorded.defects.contains(&name_of(&it))))
            .collect(),
        texts: changed(&recorded, &texts),
        recorded,
    })
}

/// The operations of our document, and those that Dots' does not have.
fn operations(theirs: &Api, own: &Api) -> Operations {
    let titles = |is_gone: bool| {
        let calls = own.operations.iter().filter(|(_, it)| !it.is_event);
        let calls = calls.filter(|(key, _)| !is_gone || !theirs.operations.contains_key(*key));
        calls.map(|(_, it)| it.title.clone()).collect()
    };
    Operations { all: titles(false), gone: titles(true) }
}

/// How many operations, or webhooks, both sides have.
fn in_both(theirs: &Api, own: &Api, is_event: bool) -> usize {
    let of_kind = own.operations.iter().filter(|(_, it)| it.is_event == is_event);
    of_kind.filter(|(key, _)| theirs.operations.contains_key(*key)).count()
}

/// What Dots published: the operations with the webhooks, and the texts of both.
fn published(
    document: &Source,
    webhooks: Option<&Source>,
) -> Result<(Api, BTreeMap<String, Texts>), Problems> {
    let mut theirs = Api::of(document)?;
    let mut texts = texts::of(document, "");
    if let Some(source) = webhooks {
        theirs.take_events(Api::of(source)?);
        let more = texts::of(source, "webhooks:").into_iter();
        texts.extend(more.filter(|(name, _)| name.starts_with("webhook")));
    }
    Ok((theirs, texts))
}

/// A defect as it is recorded: by its part, because lines move.
fn name_of(defect: &Defect) -> String {
    format!("{}: {}", defect.pointer, defect.kind)
}

/// What is to be recorded; what was not read stays as it was.
fn record_of(
    document: &Source,
    webhooks: Option<&Source>,
    defects: &[Defect],
    texts: &BTreeMap<String, Texts>,
    before: &Record,
) -> Record {
    let mut record = Record {
        document: Some(Read::of(document)),
        webhooks: webhooks.map(Read::of).or_else(|| before.webhooks.clone()),
        defects: defects.iter().map(name_of).collect(),
        texts: texts.iter().map(|(name, it)| (name.clone(), it.sha256.clone())).collect(),
    };
    if webhooks.is_none() {
        let kept = before.texts.iter().filter(|(name, _)| name.starts_with("webhook"));
        record.texts.extend(kept.map(|(name, hash)| (name.clone(), hash.clone())));
    }
    record
}

/// The texts that are not what was recorded.
fn changed(recorded: &Record, texts: &BTreeMap<String, Texts>) -> Vec<TextChange> {
    let changed =
        texts.iter().filter(|(name, it)| recorded.texts.get(*name).is_some_and(|hash| *hash != it.sha256));
    let change = |(name, it): (&String, &Texts)| TextChange {
        name: name.clone(),
        place: it.place.clone(),
        operations: texts::behind(texts, name),
    };
    changed.map(change).collect()
}
