//! Items as lines: what a caller can rely on, without bodies, documentation and private parts.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Fields, FnArg, ImplItem, Item, ItemImpl, ItemMacro, ItemTrait, Meta, Signature, TraitItem,
    Type, Visibility,
};

use super::source::is_hidden;

/// The name, the visibility and the attributes of an item that has all three.
pub(super) fn named(item: &Item) -> Option<(String, &Visibility, &[Attribute])> {
    let (name, vis, attrs) = match item {
        Item::Const(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Enum(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Fn(item) => (&item.sig.ident, &item.vis, &item.attrs),
        Item::Static(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Struct(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Trait(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Type(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Union(item) => (&item.ident, &item.vis, &item.attrs),
        _ => return None,
    };
    Some((name.to_string(), vis, attrs))
}

/// A public item, with its public parts.
pub(super) fn item(item: &Item, path: &str) -> Vec<String> {
    let Some((name, _, attrs)) = named(item) else { return Vec::new() };
    let (whole, marks) = (format!("{path}{name}"), marks(attrs));
    match item {
        Item::Const(item) => vec![format!("{marks}const {whole}: {}", text(&item.ty))],
        Item::Static(item) => vec![format!("{marks}static {whole}: {}", text(&item.ty))],
        Item::Type(item) => {
            vec![format!("{marks}type {whole}{} = {}", text(&item.generics), text(&item.ty))]
        }
        Item::Fn(item) => vec![format!("{marks}{}", signature(&item.sig, &whole))],
        Item::Struct(item) => {
            let mut lines = vec![format!("{marks}struct {whole}{}", text(&item.generics))];
            lines.extend(fields(&item.fields, &whole, false));
            lines
        }
        Item::Enum(item) => {
            let mut lines = vec![format!("{marks}enum {whole}{}", text(&item.generics))];
            for variant in &item.variants {
                let name = format!("{whole}::{}", variant.ident);
                lines.push(format!("{}variant {name}", self::marks(&variant.attrs)));
                lines.extend(fields(&variant.fields, &name, true));
            }
            lines
        }
        Item::Trait(item) => trait_lines(item, &whole, &marks),
        _ => Vec::new(),
    }
}

fn fields(fields: &Fields, path: &str, all_are_public: bool) -> Vec<String> {
    let is_public = |vis: &Visibility| all_are_public || matches!(vis, Visibility::Public(_));
    let mut lines = Vec::new();
    for (place, field) in fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis)) {
        let name = field.ident.as_ref().map_or_else(|| place.to_string(), ToString::to_string);
        lines.push(format!("{}field {path}.{name}: {}", marks(&field.attrs), text(&field.ty)));
    }
    if fields.iter().any(|field| !is_public(&field.vis)) {
        lines.push(format!("field {path}.(private)"));
    }
    lines
}

fn trait_lines(item: &ItemTrait, path: &str, marks: &str) -> Vec<String> {
    let bounds =
        if item.supertraits.is_empty() { String::new() } else { format!(": {}", text(&item.supertraits)) };
    let mut lines = vec![format!("{marks}trait {path}{}{bounds}", text(&item.generics))];
    for part in &item.items {
        let (attrs, line, has_default) = match part {
            TraitItem::Fn(part) => {
                let name = format!("{path}::{}", part.sig.ident);
                (&part.attrs, signature(&part.sig, &name), part.default.is_some())
            }
            TraitItem::Type(part) => {
                let bounds = text(&part.bounds);
                (&part.attrs, format!("type {path}::{}: {bounds}", part.ident), part.default.is_some())
            }
            TraitItem::Const(part) => {
                let ty = text(&part.ty);
                (&part.attrs, format!("const {path}::{}: {ty}", part.ident), part.default.is_some())
            }
            _ => continue,
        };
        let hidden = if is_hidden(attrs) { "#[doc(hidden)] " } else { "" };
        let provided = if has_default { " (provided)" } else { "" };
        lines.push(format!("{}{hidden}{line}{provided}", self::marks(attrs)));
    }
    lines
}

/// What is implemented for exported types, and the public parts that they have.
pub(super) fn implementation(item: &Item, types: &BTreeMap<String, String>) -> Vec<String> {
    let Item::Impl(item) = item else { return Vec::new() };
    if is_hidden(&item.attrs) {
        return Vec::new();
    }
    let Some(path) = name_of(&item.self_ty).and_then(|name| types.get(&name)) else { return Vec::new() };
    match &item.trait_ {
        Some((of, _)) => {
            let (marks, generics) = (marks(&item.attrs), text(&item.generics));
            let bounds = item.generics.where_clause.as_ref().map(text).unwrap_or_default();
            vec![
                format!("{marks}impl{generics} {} for {} {bounds}", text(of), text(&item.self_ty))
                    .trim()
                    .to_owned(),
            ]
        }
        None => inherent(item, path),
    }
}

fn inherent(item: &ItemImpl, path: &str) -> Vec<String> {
    // Methods of one operation's prepared call, say.
    let whose = match text(&item.self_ty) {
        ty if ty.contains('<') => format!("{path} (of {ty})"),
        _ => path.to_owned(),
    };
    let public = item.items.iter().filter_map(|part| match part {
        ImplItem::Fn(part) if matches!(part.vis, Visibility::Public(_)) && !is_hidden(&part.attrs) => {
            let name = format!("{whose}::{}", part.sig.ident);
            Some(format!("{}{}", marks(&part.attrs), signature(&part.sig, &name)))
        }
        ImplItem::Const(part) if matches!(part.vis, Visibility::Public(_)) && !is_hidden(&part.attrs) => {
            Some(format!("{}const {whose}::{}: {}", marks(&part.attrs), part.ident, text(&part.ty)))
        }
        _ => None,
    });
    public.map(|line| format!("{}{line}", marks(&item.attrs))).collect()
}

/// What a module's macros write for callers: the public signatures in their bodies, and the calls of macros that make
/// items, of those that the crate has itself (`known`).
pub(super) fn macros(items: &[Item], known: &BTreeSet<String>) -> Vec<String> {
    let mut lines = Vec::new();
    for item in items {
        let Item::Macro(ItemMacro { ident, mac, .. }) = item else { continue };
        match ident {
            Some(name) => {
                let mut found = Vec::new();
                public_signatures(mac.tokens.clone(), &mut found);
                let public = found.into_iter().filter_map(|line| of_a_caller(&line));
                lines.extend(public.map(|line| format!("macro {name}: {line}")));
            }
            None if mac.path.get_ident().is_some_and(|name| known.contains(&name.to_string())) => {
                let call = tidied(&without_prose(mac.tokens.clone()).to_string());
                // What closures do is no part of a face.
                let call = call.split(", |").next().unwrap_or_default();
                lines.push(format!("macro call {}!: {}", text(&mac.path), call.trim_end_matches([',', ' '])));
            }
            None => {}
        }
    }
    lines
}

/// The names of the macros that a module defines.
pub(super) fn names_of_macros(items: &[Item]) -> impl Iterator<Item = String> + '_ {
    items.iter().filter_map(|item| match item {
        Item::Macro(ItemMacro { ident: Some(name), .. }) => Some(name.to_string()),
        _ => None,
    })
}

/// A signature without its value, unless it tells a caller nothing: the head of an `impl` block alone, or a seal.
fn of_a_caller(line: &str) -> Option<String> {
    let line = line.replace("$ ", "$");
    let is_internal =
        line.contains("sealed::Sealed") || (line.starts_with("impl") && !line.contains(" for "));
    (!is_internal).then(|| line.split(" = ").next().unwrap_or_default().to_owned())
}

/// Finds what stands between `pub` or `impl` and the next body.
fn public_signatures(tokens: TokenStream, found: &mut Vec<String>) {
    let mut open: Option<TokenStream> = None;
    for token in tokens {
        let is_start = matches!(&token, TokenTree::Ident(word) if word == "pub" || word == "impl");
        match (&token, &mut open) {
            (TokenTree::Group(group), line) if group.delimiter() == Delimiter::Brace => {
                found.extend(line.take().map(|line| tidied(&line.to_string())));
                public_signatures(group.stream(), found);
            }
            (TokenTree::Punct(punct), line) if punct.as_char() == ';' => {
                found.extend(line.take().map(|line| tidied(&line.to_string())));
            }
            (token, Some(line)) => line.extend([token.clone()]),
            (TokenTree::Group(group), None) => public_signatures(group.stream(), found),
            (token, None) if is_start => open = Some(token.clone().into()),
            (_, None) => {}
        }
    }
}

/// Takes out of a macro's call what is written for people: documentation, texts of several words, and calls of other
/// macros, such as JSON.
fn without_prose(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let is_doc = |group: &Group| group.stream().to_string().starts_with("doc ");
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket && is_doc(&group) => {
                kept.pop();
            }
            TokenTree::Group(_) if kept.last().is_some_and(|last| is_punct(last, '!')) => {
                let names = kept.iter().rev().skip(1).take_while(|token| !is_punct(token, ',')).count();
                kept.truncate(kept.len() - 1 - names);
            }
            TokenTree::Group(group) => {
                kept.push(Group::new(group.delimiter(), without_prose(group.stream())).into());
            }
            TokenTree::Literal(text) if text.to_string().contains(' ') => {}
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

fn is_punct(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn signature(sig: &Signature, name: &str) -> String {
    let before = [sig.constness.is_some().then_some("const "), sig.asyncness.is_some().then_some("async ")];
    let inputs: Vec<String> = sig
        .inputs
        .iter()
        .map(|input| match input {
            FnArg::Receiver(receiver) => text(receiver).trim_start_matches("mut ").to_owned(),
            FnArg::Typed(input) => text(&input.ty),
        })
        .collect();
    let bounds =
        sig.generics.where_clause.as_ref().map(|bounds| format!(" {}", text(bounds))).unwrap_or_default();
    let (generics, inputs, output) = (text(&sig.generics), inputs.join(", "), text(&sig.output));
    let before: String = before.into_iter().flatten().collect();
    format!("{before}fn {name}{generics}({inputs}) {output}{bounds}").trim().to_owned()
}

/// Puts the attributes behind what they are about, by which people look for it.
pub(super) fn attributes_last(line: &str) -> String {
    let (mut rest, mut attributes) = (line, String::new());
    while let Some((attribute, behind)) = rest.strip_prefix("#[").and_then(|_| rest.split_once("] ")) {
        attributes.push_str(&format!(" {attribute}]"));
        rest = behind;
    }
    format!("{rest}{attributes}")
}

/// The attributes that change what a caller can do.
fn marks(attrs: &[Attribute]) -> String {
    let kept = attrs.iter().filter(|attr| {
        let path = attr.path();
        ["cfg", "derive", "non_exhaustive", "serde"].iter().any(|name| path.is_ident(name))
    });
    kept.map(|attr| match &attr.meta {
        Meta::List(list) => format!("#[{}({})] ", text(&list.path), tidied(&list.tokens.to_string())),
        meta => format!("#[{}] ", text(meta)),
    })
    .collect()
}

/// The last name of a type's path.
fn name_of(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(ty) => ty.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::Reference(ty) => name_of(&ty.elem),
        _ => None,
    }
}

fn text(tokens: &impl ToTokens) -> String {
    tidied(&tokens.to_token_stream().to_string())
}

/// Takes out the spaces that the compiler puts between tokens and people do not.
fn tidied(tokens: &str) -> String {
    const PAIRS: [(&str, &str); 14] = [
        ("\n", " "),
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("( ", "("),
        (" (", "("),
        (" )", ")"),
        ("& ", "&"),
        (" ,", ","),
        (" :", ":"),
        ("[ ", "["),
        (" ]", "]"),
    ];
    let text = PAIRS.iter().fold(tokens.to_owned(), |text, (from, to)| text.replace(from, to));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
