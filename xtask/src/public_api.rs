//! The public API of a crate as text: what its users can name and call, one line each, for a snapshot.
//!
//! It reads the sources and does not compile: rustdoc's JSON needs a nightly compiler, and `cargo-semver-checks` a
//! published version. It sees what is written by hand; the generated types have snapshots of their own
//! (`tests/it/drift.rs`). What a macro of the crate writes shows as the public signatures in the macro's body, and
//! as the macro's calls.
//!
//! - this file: which items the root of a crate exports
//! - `source`: the modules of a crate
//! - `print`: one item as lines

mod print;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::{Item, UseTree, Visibility};

use self::source::{Module, is_hidden};

/// How many `pub use` a name may lead through.
const LONGEST_WAY: usize = 8;

/// Writes the public API of the crate whose root this is.
///
/// # Errors
/// Returns an error that names the file that cannot be read, or is not Rust.
pub fn of(root: &Path) -> Result<String, String> {
    let krate = Module::load(root)?;
    let (lines, types, cfg) = (Vec::new(), BTreeMap::new(), String::new());
    let mut face = Face { krate: &krate, lines, types, cfg };
    face.module(&krate, "");
    let types = std::mem::take(&mut face.types);
    krate.walk(&mut |module| {
        for item in &module.items {
            let parts = print::implementation(item, &types);
            face.lines.extend(parts.into_iter().map(|line| format!("{}{line}", module.cfg)));
        }
    });
    // A macro may write parts of any type, so each one of the crate shows.
    let mut macros = BTreeSet::new();
    krate.walk(&mut |module| macros.extend(print::names_of_macros(&module.items)));
    krate.walk(&mut |module| face.lines.extend(print::macros(&module.items, &macros)));
    let mut lines: Vec<String> = face.lines.iter().map(|line| print::attributes_last(line)).collect();
    lines.sort();
    lines.dedup();
    let mut text = lines.join("\n");
    text.push('\n');
    Ok(text)
}

/// What the root of a crate exports, as far as it was read.
struct Face<'a> {
    krate: &'a Module,
    lines: Vec<String>,
    /// The public path of each exported type and trait, by its name.
    types: BTreeMap<String, String>,
    /// What has to be turned on for the `pub use` or the module that is being read.
    cfg: String,
}

impl<'a> Face<'a> {
    /// Reads the public items of a module that is itself public at `path`.
    fn module(&mut self, module: &'a Module, path: &str) {
        for item in &module.items {
            match item {
                Item::Use(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
                    let is_inlined = !source::has_doc_flag(&item.attrs, "no_inline");
                    let before = self.cfg.clone();
                    self.cfg.push_str(&source::cfg_of(&item.attrs));
                    self.uses(module, path, &mut Vec::new(), &item.tree, is_inlined);
                    self.cfg = before;
                }
                Item::Mod(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
                    let name = item.ident.to_string();
                    let before = self.cfg.clone();
                    self.cfg.push_str(&source::cfg_of(&item.attrs));
                    self.lines.push(format!("{}mod {path}{name}", self.cfg));
                    if let Some(child) = module.child(&name) {
                        self.module(child, &format!("{path}{name}::"));
                    }
                    self.cfg = before;
                }
                item => self.item(item, path),
            }
        }
    }

    /// Reads an item, if it is public.
    fn item(&mut self, item: &Item, path: &str) {
        let Some((name, vis, attrs)) = print::named(item) else { return };
        if !is_public(vis) || is_hidden(attrs) {
            return;
        }
        if matches!(item, Item::Struct(_) | Item::Enum(_) | Item::Trait(_) | Item::Union(_)) {
            self.types.insert(name.clone(), format!("{path}{name}"));
        }
        let parts = print::item(item, path);
        self.lines.extend(parts.into_iter().map(|line| format!("{}{line}", self.cfg)));
    }

    /// Follows a `pub use` to the items that it exports.
    fn uses(&mut self, at: &'a Module, path: &str, way: &mut Vec<String>, tree: &UseTree, is_inlined: bool) {
        match tree {
            UseTree::Path(tree) => {
                way.push(tree.ident.to_string());
                self.uses(at, path, way, &tree.tree, is_inlined);
                way.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.uses(at, path, way, tree, is_inlined);
                }
            }
            UseTree::Name(tree) => {
                let name = tree.ident.to_string();
                self.name(at, path, way, (&name, &name), is_inlined);
            }
            UseTree::Rename(tree) => {
                let names = (tree.ident.to_string(), tree.rename.to_string());
                self.name(at, path, way, (&names.0, &names.1), is_inlined);
            }
            UseTree::Glob(_) => {
                self.lines.push(format!("{}use {path}* = {}::*", self.cfg, way.join("::")));
            }
        }
    }

    /// Reads the item that a `pub use` names, or notes the name if another crate or a macro has it.
    fn name(&mut self, at: &'a Module, path: &str, way: &[String], name: (&str, &str), is_inlined: bool) {
        let found = if is_inlined { self.find(at, way, name.0, LONGEST_WAY) } else { None };
        match found {
            Some(item) if name.0 == name.1 => self.item(item, path),
            _ => {
                let whole: Vec<&str> = way.iter().map(String::as_str).chain([name.0]).collect();
                self.lines.push(format!("{}use {path}{} = {}", self.cfg, name.1, whole.join("::")));
                // Its methods may be written by hand, though a macro writes the type.
                self.types.insert(name.1.to_owned(), format!("{path}{}", name.1));
            }
        }
    }

    /// Finds an item by its module and its name.
    fn find(&self, at: &'a Module, way: &[String], name: &str, left: usize) -> Option<&'a Item> {
        let left = left.checked_sub(1)?;
        let (start, way) = match way.first().map(String::as_str) {
            Some("crate") => (self.krate, way.get(1..)?),
            Some("self") => (at, way.get(1..)?),
            _ => (at, way),
        };
        let module = way.iter().try_fold(start, |module, name| module.child(name))?;
        let is_it = |item: &&Item| print::named(item).is_some_and(|(found, ..)| found == name);
        module.items.iter().find(is_it).or_else(|| {
            let mut ways = Vec::new();
            for item in &module.items {
                if let Item::Use(item) = item {
                    source::ways_to(name, &item.tree, &mut Vec::new(), &mut ways);
                }
            }
            ways.iter().find_map(|way| self.find(module, way, name, left))
        })
    }
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}
