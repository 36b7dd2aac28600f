//! File layout: puts the pieces into one file per tag; a type that several tags use goes into `common.rs`, behind
//! their features.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit::{self, Visit};
use syn::{Attribute, Item};

use super::piece::Piece;
use super::{table, text};
use crate::problem::Problems;
use crate::regen::lower::Lowered;
use crate::regen::names;
use crate::regen::scalars::is_scalar;

/// The names of the handwritten runtime that generated code uses.
const RUNTIME: &[&str] =
    &["Client", "ClientError", "Idempotency", "Operation", "OperationMeta", "Pagination", "Response"];

/// The types that the handwritten runtime needs without any feature.
const ALWAYS: &[&str] = &["ApiError"];

/// Writes the files.
pub(super) fn split(pieces: Vec<Piece>, lowered: &Lowered) -> Result<BTreeMap<PathBuf, String>, Problems> {
    refuse_duplicates(&pieces, lowered)?;
    let users = users(&pieces);
    let mut files: BTreeMap<String, Vec<(Piece, BTreeSet<String>)>> = BTreeMap::new();
    for piece in pieces {
        let tags = match &piece.tag {
            Some(tag) => BTreeSet::from([tag.clone()]),
            None => users.get(&piece.name).cloned().unwrap_or_default(),
        };
        let always = ALWAYS.contains(&piece.name.as_str());
        let file = match tags.first() {
            Some(tag) if tags.len() == 1 && !always => names::module(tag),
            _ => "common".to_owned(),
        };
        files.entry(file).or_default().push((piece, if always { BTreeSet::new() } else { tags }));
    }
    let mut written = BTreeMap::new();
    for (file, pieces) in &files {
        let description =
            lowered.tags.iter().find(|(tag, _)| names::module(tag) == *file).map(|(_, text)| text.as_str());
        let text = file_text(description, pieces, &files)?;
        written.insert(PathBuf::from(format!("{file}.rs")), text);
    }
    let index = index_text(&files, lowered)?;
    written.insert(PathBuf::from("mod.rs"), index);
    Ok(written)
}

/// Refuses two pieces with one Rust name, such as an operation and a schema, at the places of both.
fn refuse_duplicates(pieces: &[Piece], lowered: &Lowered) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let mut seen = BTreeSet::new();
    for piece in pieces.iter().filter(|piece| !seen.insert(&piece.name)) {
        let operation = lowered.operations.iter().find(|(id, _)| names::pascal(id) == piece.name);
        let operation = operation.map(|(_, facts)| facts.place());
        let other = lowered.enums.get(&piece.name).map(|facts| facts.pointer.clone());
        let other = other.unwrap_or_else(|| lowered.place(&piece.name));
        problems.add(
            operation.unwrap_or_else(|| other.clone()),
            format!("`{}` is the name of two types: of this and of {other}", piece.name),
            "give the operation another `operationId`, or the enum another `x-name`, in the overlay",
        );
    }
    problems.or(())
}

/// The tags whose operations reach each type.
fn users(pieces: &[Piece]) -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeMap<&str, BTreeSet<String>> =
        pieces.iter().filter_map(|piece| Some((piece.item_name()?, identifiers(piece)))).collect();
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for piece in pieces {
        let Some(tag) = &piece.tag else { continue };
        let mut open: Vec<String> = identifiers(piece).into_iter().collect();
        while let Some(name) = open.pop() {
            let Some(inner) = names.get(name.as_str()) else { continue };
            if users.entry(name).or_default().insert(tag.clone()) {
                open.extend(inner.iter().cloned());
            }
        }
    }
    users
}

fn file_text(
    description: Option<&str>,
    pieces: &[(Piece, BTreeSet<String>)],
    files: &BTreeMap<String, Vec<(Piece, BTreeSet<String>)>>,
) -> Result<String, Problems> {
    // A method is no item that could be imported, though a variable may have its name.
    let own: BTreeSet<&str> = pieces.iter().filter_map(|(piece, _)| piece.item_name()).collect();
    let all: BTreeSet<&str> = files.values().flatten().filter_map(|(piece, _)| piece.item_name()).collect();
    let used: BTreeSet<String> = pieces.iter().flat_map(|(piece, _)| identifiers(piece)).collect();
    let imports = used.iter().filter(|name| {
        let name = name.as_str();
        !own.contains(name) && (all.contains(name) || is_scalar(name) || RUNTIME.contains(&name))
    });
    let imports: Vec<_> = imports.map(|name| format_ident!("{name}")).collect();
    let description = description.unwrap_or("Types that the operations of several tags share.");
    let lines =
        text::wrapped(description).into_iter().map(|line| format!("//! {line}").trim_end().to_owned() + "\n");
    let mut out = lines.collect::<String>();
    out.push_str(&pretty(quote!(use crate::{#(#imports),*};))?);
    let mut sorted: Vec<&(Piece, BTreeSet<String>)> = pieces.iter().collect();
    sorted.sort_by_key(|(piece, _)| (piece.tag.is_none(), piece.name.clone()));
    for (piece, tags) in sorted.iter().filter(|(piece, _)| !piece.method) {
        out.push_str(&behind(tags, piece)?);
    }
    let methods: Vec<_> =
        sorted.iter().filter(|(piece, _)| piece.method).map(|(piece, _)| &piece.tokens).collect();
    if !methods.is_empty() {
        let methods = methods.iter().map(|tokens| quote!(#tokens));
        out.push_str(&pretty(quote!(impl Client { #(#methods)* }))?);
    }
    Ok(out)
}

/// Writes a piece, a shared one behind the features of the tags that use it.
fn behind(tags: &BTreeSet<String>, piece: &Piece) -> Result<String, Problems> {
    let is_shared = piece.tag.is_none() && tags.len() > 1;
    let features = tags.iter().map(|tag| names::feature(tag));
    let gate: Option<Attribute> = is_shared.then(|| syn::parse_quote!(#[cfg(any(#(feature = #features),*))]));
    let mut file = parsed(piece.tokens.clone())?;
    for attributes in file.items.iter_mut().filter_map(attributes_mut) {
        // Behind the prose, which is what a reader looks for.
        let place = attributes.iter().take_while(|it| it.path().is_ident("doc")).count();
        attributes.splice(place..place, gate.clone());
    }
    // Formatted as that of an item.
    let item = gate.map(|gate| written(syn::parse_quote!(#gate mod item;)));
    let gate = item.as_deref().map_or("", |text| text.trim_start().trim_end_matches("mod item;\n"));
    let mut out = written(file);
    for table in piece.table.split("\n\n").filter(|table| !table.trim().is_empty()) {
        out.push_str(&format!("\n{gate}{}\n", table.trim()));
    }
    Ok(out)
}

fn attributes_mut(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Const(item) => Some(&mut item.attrs),
        Item::Enum(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Struct(item) => Some(&mut item.attrs),
        _ => None,
    }
}

fn index_text(
    files: &BTreeMap<String, Vec<(Piece, BTreeSet<String>)>>,
    lowered: &Lowered,
) -> Result<String, Problems> {
    let modules = files.keys().map(|file| {
        let (module, tag) = (format_ident!("{file}"), file.replace('_', "-"));
        let gate = (file != "common").then(|| quote!(#[cfg(feature = #tag)]));
        quote!(#gate pub mod #module;)
    });
    let exports = files.keys().map(|file| {
        let (module, tag) = (format_ident!("{file}"), file.replace('_', "-"));
        let gate = (file != "common").then(|| quote!(#[cfg(feature = #tag)]));
        quote!(#gate #[doc(no_inline)] pub use #module::*;)
    });
    let mut out = "//! One module per tag of the API, and what all of them share.\n".to_owned();
    out.push_str(&pretty(quote!(#(#modules)*))?);
    out.push_str(&pretty(quote!(#(#exports)*))?);
    // A row of the table is a line.
    out.push_str(&pretty(table::index(lowered))?.replace("\")]\n    ", "\")] "));
    Ok(out)
}

/// Parses items that a pass wrote.
fn parsed(tokens: TokenStream) -> Result<syn::File, Problems> {
    syn::parse2(tokens).map_err(|error| {
        Problems::one(
            "xtask/src/regen/shape",
            format!("a shape pass wrote code that does not parse: {error}"),
            "look at the pass that wrote it; perhaps a name of the document is not a Rust name",
        )
    })
}

fn pretty(tokens: TokenStream) -> Result<String, Problems> {
    parsed(tokens).map(written)
}

/// Formats items, with a blank line before each except within a run of one-liners.
fn written(file: syn::File) -> String {
    let empty = syn::File { items: Vec::new(), ..file.clone() };
    let mut out = String::new();
    let mut after_line = false;
    for item in file.items {
        let text = text::widened(&prettyplease::unparse(&syn::File { items: vec![item], ..empty.clone() }));
        let line = matches!(text.lines().filter(|line| !line.starts_with('#')).count(), 1);
        if !(line && after_line) {
            out.push('\n');
        }
        out.push_str(&text::airy(&text));
        after_line = line;
    }
    out
}

/// The names of the types in a piece.
fn identifiers(piece: &Piece) -> BTreeSet<String> {
    struct Names(BTreeSet<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            if let Some(first) = path.segments.first() {
                self.0.insert(first.ident.to_string());
            }
            visit::visit_path(self, path);
        }
    }
    let mut names = Names(piece.uses.clone());
    if let Ok(file) = syn::parse2::<syn::File>(piece.tokens.clone()) {
        names.visit_file(&file);
    } else if let Ok(method) = syn::parse2::<syn::ImplItemFn>(piece.tokens.clone()) {
        names.visit_impl_item_fn(&method);
    }
    names.0
}
