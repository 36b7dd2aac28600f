//! Client methods: one per operation; it builds a request and hands it to the transport.
//!
//! The bodies that progenitor writes format a URL from text, send an `api-version` header that Dots does not ask for,
//! and read answers without a limit; see "Why the bodies of the generated methods are ours" in ARCHITECTURE.md.

use heck::ToUpperCamelCase;
use quote::{format_ident, quote};
use syn::Type;

use super::model::{Call, Presence};
use super::piece::Piece;
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
        let (name, kind) = (&argument.field.name, &argument.borrowed);
        quote!(#name: #kind)
    });
    let find = |wire: &String| call.arguments.iter().find(|argument| argument.field.wire == *wire);
    let path = facts.path_parameters.iter().filter_map(find).map(|argument| {
        let name = &argument.field.name;
        quote!(&#name)
    });
    let query =
        facts.query_parameters.iter().filter_map(|wire| Some((wire, find(wire)?))).map(|(wire, argument)| {
            let name = &argument.field.name;
            match argument.field.presence {
                Presence::Required => quote!(.query(#wire, Some(#name))),
                _ => quote!(.query(#wire, #name)),
            }
        });
    let body =
        call.arguments.iter().any(|argument| argument.field.wire == "body").then(|| quote!(.json(body)?));
    let read = if matches!(output, Type::Tuple(_)) { quote!(settle) } else { quote!(fetch) };
    let comment = docs::comment(&format!(
        "{}; see [`{operation}`].\n\n# Errors\nReturns an error unless the answer is a success that can be read.",
        facts.summary
    ));
    Piece::of_method(
        facts.tag.clone(),
        call.id.clone(),
        quote! {
            #comment
            pub async fn #method(&self, #(#arguments),*) -> Result<Response<#output>, Error> {
                let request = self.request(#operation::META, &[#(#path),*])?#(#query)*#body;
                self.#read(request).await
            }
        },
    )
}
