//! Structs: documented, `#[non_exhaustive]`, with a redacted `Debug`; those of requests have
//! [`constructors`].

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Type};

use super::constructors::{self, Whole};
use super::model::{Field, Presence, Struct};
use super::money::Money;
use super::piece::Piece;
use super::{Passes, docs};
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
    let derives = derives(structure, sensitive, in_requests);
    let comment = docs::prose(lowered.schemas.get(&schema).map_or("", String::as_str));
    let closed = structure.closed.then(|| quote!(#[serde(deny_unknown_fields)]));
    let fields = structure.fields.iter();
    let fields: Vec<TokenStream> =
        fields.map(|field| field_tokens(field, facts(field), money.reader(&schema, field), passes)).collect();
    let must_use = in_requests.then(|| quote!(#[must_use]));
    let mut tokens = quote! {
        #comment
        #derives
        #closed
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
    if sensitive {
        tokens.extend(redacted_debug(name, &structure.fields, facts, passes));
    }
    pieces.push(Piece::of_type(schema, tokens));
    pieces
}

fn derives(structure: &Struct, sensitive: bool, in_requests: bool) -> TokenStream {
    let debug = (!sensitive).then(|| quote!(Debug,));
    let all_optional = structure
        .fields
        .iter()
        .all(|field| field.presence != Presence::Required || names::is_key(&field.wire));
    let default = (in_requests && all_optional).then(|| quote!(Default,));
    quote! {
        #[derive(Clone, #debug #default PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    }
}

/// Writes a field with its documentation and its serde attributes.
pub(super) fn field_tokens(
    field: &Field,
    facts: Option<&FieldFacts>,
    money: Option<&'static str>,
    passes: &mut Passes,
) -> TokenStream {
    let (name, kind, wire) = (&field.name, &field.kind, &field.wire);
    let comment = docs::field(wire, facts);
    let attributes = docs::schema_attributes(facts);
    if !attributes.is_empty() {
        passes.count("schema attributes");
    }
    let mut serde = Vec::new();
    if *name != wire.as_str() && field.presence != Presence::Flat {
        serde.push(quote!(rename = #wire));
    }
    match field.presence {
        Presence::Required | Presence::TrueWhenNull => {}
        Presence::Flat => serde.push(quote!(flatten)),
        _ => serde.push(quote!(default)),
    }
    let held: Type = match field.presence {
        Presence::Required | Presence::EmptyWhenAbsent | Presence::TrueWhenNull | Presence::Flat => {
            kind.clone()
        }
        Presence::Optional | Presence::LostWhenUnreadable | Presence::Null => {
            syn::parse_quote!(Option<#kind>)
        }
        Presence::Clearable => syn::parse_quote!(Option<Option<#kind>>),
    };
    if held != *kind && field.presence != Presence::Null {
        serde.push(quote!(skip_serializing_if = "Option::is_none"));
    }
    if let Some(reader) = reader(field, money, passes) {
        let path = format!("crate::read::{reader}");
        serde.push(quote!(deserialize_with = #path));
    }
    let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));
    quote!(#comment #serde #attributes pub #name: #held)
}

/// The function of `dots_api::read` that reads a field more leniently than its type does; `money` is the one that
/// reads its amounts.
fn reader(field: &Field, money: Option<&'static str>, passes: &mut Passes) -> Option<&'static str> {
    if money.is_some() {
        passes.count("amounts of answers");
    }
    money.or(match field.presence {
        Presence::Required | Presence::Optional | Presence::Null | Presence::Flat => None,
        Presence::Clearable => Some("null_kept"),
        Presence::LostWhenUnreadable => {
            passes.count("fields lost when unreadable");
            Some("unreadable_as_none")
        }
        Presence::EmptyWhenAbsent => {
            passes.count("null-tolerant fields");
            Some("null_as_default")
        }
        Presence::TrueWhenNull => {
            passes.count("end marks of lists");
            Some("null_as_true")
        }
    })
}

pub(super) fn redacted_debug<'a>(
    name: &Ident,
    fields: &[Field],
    facts: impl Fn(&Field) -> Option<&'a FieldFacts>,
    passes: &mut Passes,
) -> TokenStream {
    let title = name.to_string();
    let fields = fields.iter().map(|field| {
        let (name, label) = (&field.name, field.name.to_string());
        if !facts(field).is_some_and(|facts| facts.sensitive) {
            return quote!(.field(#label, &self.#name));
        }
        passes.count("redacted fields");
        match field.presence {
            Presence::Optional => quote!(.field(#label, &crate::redact::option(&self.#name))),
            _ => quote!(.field(#label, &crate::redact::REDACTED)),
        }
    });
    quote! {
        impl std::fmt::Debug for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(#title)#(#fields)*.finish()
            }
        }
    }
}
