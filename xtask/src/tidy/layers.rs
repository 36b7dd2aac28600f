//! Layered architecture: a module uses what stands below it, and no modules form a circle.
//!
//! - [`floors`]: which room of a crate stands on which floor
//! - `modules`: the module tree of a crate, read with syn
//! - `graph`: its arrows and its circles
//!
//! A *room* is a module at the top of a crate, with all that is in it. It may use itself and the rooms on lower floors;
//! the root of the crate may use all. At every level, modules beside one another form no circle; a child may use its
//! parent's own file, and a parent its children.

pub mod floors;
mod graph;
mod modules;

use std::collections::BTreeSet;

use self::floors::{CRATES, Floors, Others};
use self::graph::{Arrow, child_of};
use self::modules::Modules;
use super::Finding;
use super::tree::Tree;

/// The file of the table, for messages.
const TABLE: &str = "xtask/src/tidy/layers/floors.rs";

/// Checks each crate of the table.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for floors in CRATES {
        let Some(root) = tree.file(floors.root) else {
            findings.push(Finding::new(floors.root, 1, format!("{TABLE} names a file that is missing")));
            continue;
        };
        let modules = modules::read(tree, root, findings);
        let arrows = graph::arrows(&modules);
        rooms(floors, &modules, findings);
        upward(floors, &arrows, findings);
        circles(floors, &modules, &arrows, findings);
    }
}

/// Compares the rooms of a crate with the rows of its table.
fn rooms(floors: &Floors, modules: &Modules, findings: &mut Vec<Finding>) {
    let there: BTreeSet<&str> = modules.keys().filter_map(|path| child_of(&[], path)).collect();
    let named: BTreeSet<&str> = floors.rooms().collect();
    for room in named.difference(&there) {
        findings.push(Finding::new(
            floors.root,
            1,
            format!("{TABLE} names the room `{room}`, which is missing"),
        ));
    }
    for room in there.into_iter().filter(|room| floors.floor_of(room).is_none() && !floors.is_beside(room)) {
        let file = modules.get(&[room.to_owned()][..]).map_or(floors.root, |module| module.file.as_str());
        findings.push(Finding::new(
            file,
            1,
            format!("the room `{room}` has no floor; give it one in {TABLE}"),
        ));
    }
}

/// Refuses what a room uses of a room that does not stand below it.
fn upward(floors: &Floors, arrows: &[Arrow], findings: &mut Vec<Finding>) {
    for arrow in arrows {
        let (Some(from), Some(to)) = (child_of(&[], &arrow.from), child_of(&[], &arrow.to)) else { continue };
        if from != to && !floors.allow(from, to) {
            let what =
                format!("`{from}` uses `{}`, and `{to}` does not stand on a floor below it", arrow.written);
            findings.push(Finding::new(&arrow.file, arrow.line, what));
        }
    }
}

/// Refuses circles among the children of each module, the root included.
fn circles(floors: &Floors, modules: &Modules, arrows: &[Arrow], findings: &mut Vec<Finding>) {
    for parent in modules.keys() {
        // The table says of a room beside the stack, one by one, what it uses and what uses it.
        let is_beside =
            |module| parent.is_empty() && child_of(parent, module).is_some_and(|it| floors.is_beside(it));
        let arrows = arrows.iter().filter(|arrow| !is_beside(&arrow.from) && !is_beside(&arrow.to));
        for circle in graph::circles(parent, arrows) {
            let Some(first) = circle.first() else { continue };
            let steps: Vec<String> = circle.iter().map(|arrow| step(parent, arrow)).collect();
            let what = format!("modules use one another in a circle: {}", steps.join(", "));
            findings.push(Finding::new(&first.file, first.line, what));
        }
    }
}

/// One arrow of a circle in words.
fn step(parent: &[String], arrow: &Arrow) -> String {
    let name = |module| child_of(parent, module).unwrap_or_default();
    format!("`{}` uses `{}` ({}:{})", name(&arrow.from), name(&arrow.to), arrow.file, arrow.line)
}

impl Floors {
    /// All rooms that the table names, some of them several times.
    fn rooms(&self) -> impl Iterator<Item = &'static str> {
        let stack = self.floors.iter().copied().flatten();
        let beside =
            self.beside.iter().flat_map(|it| [&it.room].into_iter().chain(it.uses).chain(it.used_by));
        stack.chain(beside).copied()
    }

    /// The floor of a room, counted from the top.
    fn floor_of(&self, room: &str) -> Option<usize> {
        let floor = self.floors.iter().position(|rooms| rooms.contains(&room));
        match self.others {
            Others::OnTop => Some(floor.map_or(0, |floor| floor + 1)),
            Others::Refused => floor,
        }
    }

    /// Tells whether a room stands beside the stack.
    fn is_beside(&self, room: &str) -> bool {
        self.beside.iter().any(|beside| beside.room == room)
    }

    /// Tells whether one room may use another. A room on no floor is found by itself.
    fn allow(&self, from: &str, to: &str) -> bool {
        if let Some(beside) = self.beside.iter().find(|beside| beside.room == from) {
            return beside.uses.contains(&to);
        }
        if let Some(beside) = self.beside.iter().find(|beside| beside.room == to) {
            return beside.used_by.contains(&from);
        }
        match (self.floor_of(from), self.floor_of(to)) {
            (Some(from), Some(to)) => from < to,
            _ => true,
        }
    }
}
