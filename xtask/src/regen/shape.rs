//! Step 6, shape: the back end: writes the client from progenitor's syntax tree, as a person would have written it.
//!
//! [`model`] reduces the syntax tree to a small model. Each pass turns a part of the model into items, and counts
//! what it did; a pass that finds nothing to do fails the run. [`split`] puts the items into one file per tag.

mod calls;
mod constructors;
mod cursor_lists;
mod docs;
mod enums;
mod events;
mod examples;
mod kinds;
mod model;
mod money;
mod objects;
mod operations;
mod payments;
mod piece;
mod split;
mod structs;
mod table;
mod text;
mod unions;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::lower::Lowered;
use super::order::Order;
use crate::problem::Problems;

/// The output of the passes.
pub(super) struct Shaped {
    pub files: BTreeMap<PathBuf, String>,
    pub types: usize,
    pub calls: usize,
    pub passes: Vec<String>,
    /// The passes that found nothing to do.
    pub idle: Problems,
}

/// Counts what each pass did.
#[derive(Debug, Default)]
pub(super) struct Passes(BTreeMap<&'static str, usize>);

/// All passes, so that one that found nothing to do is noticed.
const PASSES: &[&str] = &[
    "amounts of answers",
    "calls",
    "closed enums",
    "constructors",
    "cursor lists",
    "end marks of lists",
    "events",
    "examples",
    "fields lost when unreadable",
    "named scalars",
    "null-tolerant fields",
    "open enums",
    "operation values",
    "redacted fields",
    "schema attributes",
    "setters",
    "unions",
];

impl Passes {
    fn count(&mut self, pass: &'static str) {
        self.add(pass, 1);
    }

    fn add(&mut self, pass: &'static str, times: usize) {
        *self.0.entry(pass).or_default() += times;
    }

    /// Returns the passes that found nothing to do.
    fn idle(&self) -> Problems {
        let mut idle = Problems::none();
        for pass in PASSES.iter().filter(|pass| !self.0.contains_key(*pass)) {
            idle.add(
                "xtask/src/regen/shape.rs",
                format!("the pass `{pass}` found nothing to do"),
                "remove the pass, or find out why the document or progenitor no longer gives it work",
            );
        }
        idle
    }

    /// Returns the count of each pass.
    fn counts(&self) -> Vec<String> {
        self.0.iter().map(|(pass, count)| format!("{count} {pass}")).collect()
    }
}

/// Compares the marks for what must not show with the fields that were hidden: none may be lost.
fn hidden(lowered: &Lowered, passes: &Passes) -> Result<(), Problems> {
    let of_fields = lowered.fields.values().filter(|facts| facts.sensitive).count();
    let operations = lowered.operations.values().filter(|facts| !facts.hand_written);
    let of_parameters: usize = operations
        .map(|it| {
            it.wires().filter(|wire| it.parameters.get(*wire).is_some_and(|facts| facts.sensitive)).count()
        })
        .sum();
    let hidden = passes.0.get("redacted fields").copied().unwrap_or_default();
    if of_fields + of_parameters == hidden {
        return Ok(());
    }
    Err(Problems::one(
        "xtask/src/regen/shape.rs",
        format!("{} fields are marked `x-sensitive`, and {hidden} are hidden", of_fields + of_parameters),
        "find the field that a pass lost",
    ))
}

/// Writes the files.
pub(super) fn shape(made: &syn::File, lowered: &Lowered, order: &Order<'_>) -> Result<Shaped, Problems> {
    let mut passes = Passes::default();
    let mut model = model::read(made, lowered, &mut passes);
    verify::verify(&mut model, lowered)?;
    model::sort(&mut model, lowered, order);
    payments::check(&model, lowered)?;
    let mut pieces = Vec::new();
    let money = money::Money::of(&model, lowered);
    for structure in &model.structs {
        pieces.extend(structs::pieces(structure, &money, lowered, &mut passes));
    }
    for union in &model.unions {
        pieces.push(unions::piece(union, lowered, &mut passes));
    }
    for (name, facts) in &lowered.enums {
        pieces.push(enums::piece(name, facts, &mut passes));
    }
    for call in &model.calls {
        pieces.extend(operations::pieces(call, &model, lowered, &mut passes));
        pieces.push(calls::piece(call, lowered, &mut passes));
    }
    pieces.extend(cursor_lists::pieces(&model, lowered, &mut passes)?);
    pieces.extend(events::piece(lowered, &mut passes));
    pieces.extend(table::hand_written(lowered));
    hidden(lowered, &passes)?;
    let files = split::split(pieces, lowered)?;
    let types = model.structs.len() + model.unions.len() + lowered.enums.len();
    Ok(Shaped { files, types, calls: model.calls.len(), passes: passes.counts(), idle: passes.idle() })
}
