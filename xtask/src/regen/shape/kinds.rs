//! Rust types, read from a lowered schema.
//!
//! typify computes them as well. The document decides, and where typify says otherwise the run fails: a type that is
//! wrong in silence is a field that is lost.

use std::collections::BTreeSet;

use quote::{ToTokens as _, format_ident, quote};
use serde_json::Value;
use syn::{GenericArgument, PathArguments, Type};

use crate::regen::lower::NULL;
use crate::regen::normal;

/// The type of a lowered schema, without the null of its own.
pub(super) fn of(schema: &Value) -> Type {
    if let Some(name) = normal::target(schema) {
        let name = format_ident!("{name}");
        return syn::parse_quote!(#name);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => syn::parse_quote!(String),
        Some("integer") => syn::parse_quote!(i64),
        Some("number") => syn::parse_quote!(f64),
        Some("boolean") => syn::parse_quote!(bool),
        Some("array") => {
            let item = nullable(schema.get("items").unwrap_or(&Value::Null));
            syn::parse_quote!(Vec<#item>)
        }
        Some("object") => match schema.get("additionalProperties").filter(|it| it.is_object()) {
            Some(values) => {
                let value = nullable(values);
                syn::parse_quote!(std::collections::BTreeMap<String, #value>)
            }
            None => syn::parse_quote!(serde_json::Map<String, serde_json::Value>),
        },
        _ => syn::parse_quote!(serde_json::Value),
    }
}

/// The type of a lowered schema that may be null.
fn nullable(schema: &Value) -> Type {
    let kind = of(schema);
    // Any value may be null anyway.
    let is_any = kind == syn::parse_quote!(serde_json::Value);
    if schema.get(NULL).is_some() && !is_any { syn::parse_quote!(Option<#kind>) } else { kind }
}

/// Tells whether typify's type is that of the document. typify knows nothing of null within lists and maps, and boxes
/// what would contain itself.
pub(super) fn agree(typify: &Type, document: &Type) -> bool {
    plain(typify) == plain(document)
}

/// A type without boxes and options, as text.
fn plain(kind: &Type) -> String {
    let Type::Path(path) = kind else { return kind.to_token_stream().to_string() };
    let Some(last) = path.path.segments.last() else { return String::new() };
    let inner: Vec<String> = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => {
            let types = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(plain(inner)),
                _ => None,
            });
            types.collect()
        }
        _ => Vec::new(),
    };
    match (last.ident.to_string().as_str(), inner.as_slice()) {
        ("Box" | "Option", [only]) => only.clone(),
        // A map of anything is the one or the other, and both are the same on the wire.
        ("Map", inner) => format!("BTreeMap<{}>", inner.join(",")),
        (name, []) => name.to_owned(),
        (name, inner) => format!("{name}<{}>", inner.join(",")),
    }
}

/// Puts the type of the document into the box that typify made.
pub(super) fn boxed(typify: &Type, document: &Type) -> Type {
    let Type::Path(path) = typify else { return document.clone() };
    match path.path.segments.last() {
        Some(last) if last.ident == "Box" => syn::parse_quote!(Box<#document>),
        _ => document.clone(),
    }
}

/// A type as a reader would write it.
pub(super) fn shown(kind: &Type) -> String {
    let tokens = quote!(#kind).to_string();
    tokens.replace(' ', "")
}

/// The names in a type: `Vec` and `Transfer` in `Vec<Transfer>`.
pub(super) fn names_in(kind: &Type) -> BTreeSet<String> {
    let text = shown(kind);
    text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect()
}

pub(super) fn is_string(kind: &Type) -> bool {
    matches!(kind, Type::Path(path) if path.path.is_ident("String"))
}
