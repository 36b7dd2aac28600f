//! Structs: documented, `#[non_exhaustive]`, with a redacted `Debug`; those of requests have
//! [`constructors`].

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::constructors::{self, Whole};
use super::model::{Field, Presence, Struct};
use super::money::Money;
use super::piece::Piece;
use super::{Passes, docs, objects};
use crate::regen::lower::{FieldFacts, Lowered};
use crate::regen::names;

/// Writes a struct and its impls, and the struct of its required fields if it has one.
pub(super) fn pieces(
    structure: &Struct,
    money: &Money<'_>,
    lowered: &Lowered,
    passes: &mut Passes,
) -> Vec<Piece> {
    let name = &structure.name;
    let schema = name.to_string();
    let in_requests = lowered.in_requests.contains(&schema);
    let facts = |field: &Field| lowered.fields.get(&(schema.clone(), field.wire.clone()));
    let sensitive = structure.fields.iter().any(|field| facts(field).is_some_and(|facts| facts.sensitive));
    let is_derived = objects::is_derived(&structure.fields);
    let derives = derives(structure, sensitive, in_requests, is_derived);
    let comment = docs::prose(lowered.schemas.get(&schema).map_or("", String::as_str));
    let rows: Vec<_> = structure.fields.iter().map(|field| (field, money.reader(&schema, field))).collect();
    let table = objects::table(&schema, structure.closed, &rows, passes);
    let fields: Vec<TokenStream> = rows
        .iter()
        .map(|(field, money)| {
            let serde = if is_derived {
                objects::serde_attribute(field, *money, passes)
            } else {
                objects::schema_attribute(field)
            };
            field_tokens(field, facts(field), &serde, passes)
        })
        .collect();
    let must_use = in_requests.then(|| quote!(#[must_use]));
    let mut tokens = quote! {
        #comment
        #derives
        #must_use
        #[non_exhaustive]
        pub struct #name { #(#fields,)* }
    };
    let mut pieces = Vec::new();
    if in_requests {
        let order = constructors::required_order(structure, lowered);
        let kind = if schema.ends_with("Request") { "request" } else { "value" };
        let whole = Whole { name, kind, fields: &structure.fields, order: &order, facts: &facts };
        let (constructor, named) = constructors::write(&whole, passes);
        tokens.extend(constructor);
        pieces.extend(named.map(|(name, tokens)| Piece::of_type(name, tokens)));
    }
    let tables = [redacted_debug(&schema, &structure.fields, facts, passes), table].join("\n");
    pieces.push(Piece::of_type(schema, tokens).with_table(tables, BTreeSet::new()));
    pieces
}

fn derives(structure: &Struct, sensitive: bool, in_requests: bool, is_derived: bool) -> TokenStream {
    let debug = (!sensitive).then(|| quote!(Debug,));
    let all_optional = structure
        .fields
        .iter()
        .all(|field| field.presence != Presence::Required || names::is_key(&field.wire));
    let default = (in_requests && all_optional).then(|| quote!(Default,));
    let serde = is_derived.then(|| quote!(, serde::Serialize, serde::Deserialize));
    let closed = structure.closed.then(|| quote!(, schemars(deny_unknown_fields)));
    quote! {
        #[derive(Clone, #debug #default PartialEq #serde)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema) #closed)]
    }
}

/// Writes a field with its documentation; `serde` is for the derives, if they read and write the struct.
pub(super) fn field_tokens(
    field: &Field,
    facts: Option<&FieldFacts>,
    serde: &TokenStream,
    passes: &mut Passes,
) -> TokenStream {
    let (name, held) = (&field.name, objects::held(field));
    let comment = docs::field(&field.wire, facts);
    let attributes = docs::schema_attributes(facts);
    if !attributes.is_empty() {
        passes.count("schema attributes");
    }
    quote!(#comment #serde #attributes pub #name: #held)
}

/// Writes the table of what `Debug` shows of a struct, or nothing if it may show all of it.
pub(super) fn redacted_debug<'a>(
    title: &str,
    fields: &[Field],
    facts: impl Fn(&Field) -> Option<&'a FieldFacts>,
    passes: &mut Passes,
) -> String {
    let is_sensitive = |field: &Field| facts(field).is_some_and(|facts| facts.sensitive);
    if !fields.iter().any(is_sensitive) {
        return String::new();
    }
    let rows: Vec<String> = fields
        .iter()
        .map(|field| {
            let name = &field.name;
            if !is_sensitive(field) {
                return name.to_string();
            }
            passes.count("redacted fields");
            let how = if field.presence == Presence::Optional { "redacted_option" } else { "redacted" };
            format!("{name}: {how}")
        })
        .collect();
    objects::call("redact::debug", title, &rows)
}
