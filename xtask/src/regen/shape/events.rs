//! Webhook events: one enum over all payloads, tagged by their field `event`.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::piece::Piece;
use super::{Passes, docs};
use crate::regen::lower::events::{ANY, TAG};
use crate::regen::lower::{EventFacts, Lowered};

/// Writes the enum, if the document has an event.
pub(super) fn piece(lowered: &Lowered, passes: &mut Passes) -> Option<Piece> {
    let events = &lowered.events;
    passes.add("events", events.len());
    (!events.is_empty()).then(|| {
        let piece = Piece::of_operation(TAG.to_owned(), ANY.to_owned(), tokens(lowered, events));
        piece.with_table(table(events), BTreeSet::new())
    })
}

fn tokens(lowered: &Lowered, events: &[EventFacts]) -> TokenStream {
    let any = format_ident!("{ANY}");
    let comment = docs::prose(lowered.schemas.get(ANY).map_or("", String::as_str));
    let schemas: Vec<_> = events.iter().map(|facts| format_ident!("{}", facts.schema)).collect();
    let variants: Vec<_> = events.iter().map(variant).collect();
    let names: Vec<_> = events.iter().map(|facts| &facts.event).collect();
    let notes = events.iter().map(|facts| {
        let text = lowered.schemas.get(&facts.schema).map_or("", String::as_str);
        let name = docs::comment(&format!("`{}`.\n\n", facts.event));
        let text = docs::prose(text);
        quote!(#name #[doc = ""] #text)
    });
    let shown = events.iter().filter(|facts| !facts.other_form).map(|facts| &facts.event);
    quote! {
        #comment
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(tag = "event"))]
        #[allow(clippy::large_enum_variant, reason = "events come one by one, and nobody keeps many of them")]
        #[non_exhaustive]
        pub enum #any {
            #(
                #notes
                #[cfg_attr(feature = "schemars", schemars(rename = #names))]
                #variants(#schemas),
            )*
            /// An event that this version does not know, one without a name, or one that could not be read.
            #[cfg_attr(feature = "schemars", schemars(skip))]
            Unknown(crate::UnknownWebhookEvent),
        }
        impl #any {
            /// The names of the events that the document lists.
            pub const NAMES: &'static [&'static str] = &[#(#shown),*];
        }
    }
}

/// Writes the table of the events: variant, payload, name, and other spelling.
fn table(events: &[EventFacts]) -> String {
    let rows = events.iter().map(|facts| {
        let alias = facts.alias.as_ref().map(|alias| format!(" or {alias:?}")).unwrap_or_default();
        format!("        {}({}) = {:?}{alias},\n", variant(facts), facts.schema, facts.event)
    });
    let rows: String = rows.collect();
    format!("crate::webhook_event::webhook_event! {{\n    {ANY} {{\n{rows}    }}\n}}\n")
}

/// The name of a schema without the prefix of all payloads.
fn variant(facts: &EventFacts) -> syn::Ident {
    format_ident!("{}", facts.schema.strip_prefix(ANY).unwrap_or(&facts.schema).to_upper_camel_case())
}
