//! The modules of a crate, read from its files.

use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta, UseTree};

/// The folder of generated code, which has snapshots of its own.
const GENERATED: &str = "generated";

/// A module with its items and its modules.
pub(super) struct Module {
    name: String,
    /// What has to be turned on for it, of its own and of the modules around it.
    pub(super) cfg: String,
    pub(super) items: Vec<Item>,
    modules: Vec<Module>,
}

impl Module {
    /// Reads a crate from its root.
    pub(super) fn load(root: &Path) -> Result<Self, String> {
        let folder = root.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        Self::read(String::new(), String::new(), root, &folder)
    }

    /// Reads a module from its file; `folder` is where the files of its modules are.
    fn read(name: String, cfg: String, file: &Path, folder: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::of(name, cfg, parsed.items, folder)
    }

    fn of(name: String, cfg: String, items: Vec<Item>, folder: &Path) -> Result<Self, String> {
        let mut modules = Vec::new();
        let items: Vec<Item> = items.into_iter().filter(is_built).collect();
        for item in &items {
            let Item::Mod(item) = item else { continue };
            let child = item.ident.to_string();
            if child == GENERATED {
                continue;
            }
            let (inner, cfg) = (folder.join(&child), format!("{cfg}{}", cfg_of(&item.attrs)));
            modules.push(match (&item.content, path_of(&item.attrs)) {
                (Some((_, items)), _) => Self::of(child, cfg, items.clone(), &inner)?,
                (None, Some(path)) => Self::read(child, cfg, &file_of(folder, &path), &inner)?,
                (None, None) => {
                    let file = folder.join(format!("{child}.rs"));
                    Self::read(child, cfg, &file, &inner)?
                }
            });
        }
        Ok(Self { name, cfg, items, modules })
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// Visits this module and all below it.
    pub(super) fn walk(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        for module in &self.modules {
            module.walk(visit);
        }
    }
}

/// Finds the ways by which uses of a module lead to a name.
pub(super) fn ways_to(name: &str, tree: &UseTree, way: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match tree {
        UseTree::Path(tree) => {
            way.push(tree.ident.to_string());
            ways_to(name, &tree.tree, way, found);
            way.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| ways_to(name, tree, way, found)),
        UseTree::Name(tree) if tree.ident == name => found.push(way.clone()),
        UseTree::Name(_) | UseTree::Rename(_) | UseTree::Glob(_) => {}
    }
}

/// What has to be turned on for an item.
pub(super) fn cfg_of(attrs: &[Attribute]) -> String {
    let of_attr = |attr: &Attribute| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg") => Some(format!("#[cfg({})] ", list.tokens)),
        _ => None,
    };
    attrs.iter().filter_map(of_attr).collect()
}

/// The file that a path leads to from beside the folder of a module, where the compiler starts.
fn file_of(folder: &Path, path: &str) -> PathBuf {
    let is_nested = folder.file_name().is_some_and(|name| Path::new(path).starts_with(name));
    if is_nested { folder.parent().unwrap_or(folder).join(path) } else { folder.join(path) }
}

/// Whether `#[doc(hidden)]` is among the attributes.
pub(super) fn is_hidden(attrs: &[Attribute]) -> bool {
    has_doc_flag(attrs, "hidden")
}

/// Whether `#[doc(flag)]` is among the attributes.
pub(super) fn has_doc_flag(attrs: &[Attribute], flag: &str) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == flag,
        _ => false,
    })
}

/// Whether an item is part of the crate on a machine of its own: neither a test nor for WebAssembly alone.
fn is_built(item: &Item) -> bool {
    let is_left_out = |attr: &Attribute| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let what = list.tokens.to_string();
            what == "test" || what.starts_with("all (test") || what == "target_arch = \"wasm32\""
        }
        _ => false,
    };
    !attributes(item).iter().any(is_left_out)
}

/// The attributes of the items that a module can leave out.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The file that `#[path = "…"]` names; not `#[cfg_attr(…, path = "…")]`.
fn path_of(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            other => Some(other.to_token_stream().to_string()),
        },
        _ => None,
    })
}
