//! Calls: one method of the client for each operation, which sends the operation's value.
//!
//! progenitor decides their names and arguments. The bodies are ours: see `docs/decisions.md`.

use heck::ToUpperCamelCase;
use quote::{format_ident, quote};

use super::model::{Call, Presence};
use super::piece::Piece;
use super::structs::is_string;
use super::{Passes, docs};
use crate::regen::lower::Lowered;

/// Writes one method of the client.
pub(super) fn piece(call: &Call, lowered: &Lowered, passes: &mut Passes) -> Piece {
    let Some(facts) = lowered.operations.get(&call.id) else { return Piece::default() };
    passes.count("calls");
    let (method, operation) =
        (format_ident!("{}", call.id), format_ident!("{}", call.id.to_upper_camel_case()));
    let output = &call.output;
    let arguments = call.arguments.iter().map(|argument| {
        let (name, kind) = (&argument.name, &argument.kind);
        match argument.presence {
            Presence::Required if is_string(kind) => quote!(#name: impl Into<String>),
            Presence::Required => quote!(#name: #kind),
            _ => quote!(#name: Option<#kind>),
        }
    });
    let fields = call.arguments.iter().map(|argument| {
        let name = &argument.name;
        let is_text = argument.presence == Presence::Required && is_string(&argument.kind);
        if is_text { quote!(#name: #name.into()) } else { quote!(#name) }
    });
    let comment = docs::comment(&format!(
        "{}; see [`{operation}`].\n\n# Errors\nReturns an error unless the answer is a success that can be read.",
        facts.summary
    ));
    Piece::of_method(
        facts.tag.clone(),
        call.id.clone(),
        quote! {
            #comment
            pub async fn #method(&self, #(#arguments),*) -> Result<Response<#output>, ClientError> {
                #operation { #(#fields),* }.send(self).await
            }
        },
    )
}
