//! The module graph of a crate: an arrow leads from a module to each module that it names something of.
//!
//! A name belongs to the module that declares it, however many modules re-export it on the way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::modules::{ModulePath, Modules};

/// What one module names of another.
#[derive(Clone, Debug)]
pub(super) struct Arrow {
    /// The module that names something.
    pub from: ModulePath,
    /// The module that declares it.
    pub to: ModulePath,
    /// The file of `from`.
    pub file: String,
    /// The first line that names something of `to`.
    pub line: usize,
    /// The name as this line writes it.
    pub written: String,
}

/// Draws the arrows of a crate, one for each two modules.
pub(super) fn arrows(modules: &Modules) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for (from, module) in modules {
        let mut mentions: Vec<_> = module.mentions.iter().collect();
        mentions.sort_by_key(|(_, line)| **line);
        let mut met = BTreeSet::from([from.clone()]);
        for (path, line) in mentions {
            let Some(to) = owner(modules, from, path) else { continue };
            if met.insert(to.clone()) {
                let (file, written) = (module.file.clone(), path.join("::"));
                arrows.push(Arrow { from: from.clone(), to, file, line: *line, written });
            }
        }
    }
    arrows
}

/// The module that declares what a path names, or the module itself that it names; `None` for another crate's.
fn owner(modules: &Modules, from: &[String], path: &[String]) -> Option<ModulePath> {
    match resolve(modules, from, path, &mut BTreeSet::new())? {
        Named::Module(owner) | Named::ItemOf(owner) => Some(owner),
    }
}

/// What a path leads to.
enum Named {
    Module(ModulePath),
    /// Something that this module declares.
    ItemOf(ModulePath),
}

/// The names that are being looked for, so that imports in a circle come to an end.
type Open = BTreeSet<(ModulePath, String)>;

/// Follows a path as written in the module `from`.
fn resolve(modules: &Modules, from: &[String], path: &[String], open: &mut Open) -> Option<Named> {
    let (first, mut rest) = path.split_first()?;
    let mut at = match first.as_str() {
        "crate" => Vec::new(),
        "self" => from.to_vec(),
        "super" => from.split_last()?.1.to_vec(),
        name => match look_up(modules, from, name, open)? {
            Named::Module(module) => module,
            item => return Some(item),
        },
    };
    while let Some((name, after)) = rest.split_first() {
        rest = after;
        at = match name.as_str() {
            "super" => at.split_last()?.1.to_vec(),
            name => match look_up(modules, &at, name, open) {
                Some(Named::Module(module)) => module,
                Some(item) => return Some(item),
                // A macro declares it.
                None => return Some(Named::ItemOf(at)),
            },
        };
    }
    Some(Named::Module(at))
}

/// Looks a name up in one module: among its children, what it declares, what it imports.
fn look_up(modules: &Modules, at: &[String], name: &str, open: &mut Open) -> Option<Named> {
    let module = modules.get(at)?;
    if module.children.contains(name) {
        return Some(Named::Module(at.iter().cloned().chain([name.to_owned()]).collect()));
    }
    if module.items.contains(name) {
        return Some(Named::ItemOf(at.to_vec()));
    }
    if !open.insert((at.to_vec(), name.to_owned())) {
        return None;
    }
    if let Some(path) = module.imports.get(name) {
        return resolve(modules, at, path, open);
    }
    module.globs.iter().find_map(|glob| match resolve(modules, at, glob, open)? {
        Named::Module(module) => look_up(modules, &module, name, open),
        Named::ItemOf(_) => None,
    })
}

/// The arrows among some siblings, by the names of both ends.
type Siblings<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Arrow>>;

/// The circles among the children of `parent`, each as its arrows in order.
///
/// No arrow is part of two of them, so that one wrong import is found once. Without their arrows there is no circle.
pub(super) fn circles<'a>(
    parent: &[String],
    arrows: impl IntoIterator<Item = &'a Arrow>,
) -> Vec<Vec<&'a Arrow>> {
    let mut siblings = Siblings::new();
    for arrow in arrows {
        if let (Some(from), Some(to)) = (child_of(parent, &arrow.from), child_of(parent, &arrow.to))
            && from != to
        {
            siblings.entry(from).or_default().entry(to).or_insert(arrow);
        }
    }
    let starts: Vec<&str> = siblings.keys().copied().collect();
    let mut circles = Vec::new();
    for start in starts {
        while let Some(circle) = shortest_circle(start, &siblings) {
            for arrow in &circle {
                if let (Some(from), Some(to)) = (child_of(parent, &arrow.from), child_of(parent, &arrow.to)) {
                    siblings.entry(from).or_default().remove(to);
                }
            }
            circles.push(circle);
        }
    }
    circles
}

/// The child of `parent` that a module stands in.
pub(super) fn child_of<'a>(parent: &[String], module: &'a [String]) -> Option<&'a str> {
    module.strip_prefix(parent)?.first().map(String::as_str)
}

/// Searches breadth first for the shortest way from `start` back to it.
fn shortest_circle<'a>(start: &'a str, siblings: &Siblings<'a>) -> Option<Vec<&'a Arrow>> {
    let mut ways = VecDeque::from([(start, Vec::new())]);
    let mut seen = BTreeSet::new();
    while let Some((at, way)) = ways.pop_front() {
        for (to, arrow) in siblings.get(at).into_iter().flatten() {
            let way: Vec<&Arrow> = way.iter().copied().chain([*arrow]).collect();
            if *to == start {
                return Some(way);
            }
            if seen.insert(*to) {
                ways.push_back((*to, way));
            }
        }
    }
    None
}
