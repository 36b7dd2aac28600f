//! Calls: one method of the client for each operation, which sends the operation's value.
//!
//! progenitor decides their names. The bodies are ours: see `docs/decisions.md`. A method takes what the operation
//! requires; where there is something to choose, or two arguments could be confused, it takes the operation.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use quote::{format_ident, quote};

use super::kinds::is_string;
use super::model::{Call, Presence};
use super::piece::Piece;
use super::{Passes, constructors, docs};
use crate::regen::lower::Lowered;

/// Writes one method of the client.
pub(super) fn piece(call: &Call, lowered: &Lowered, passes: &mut Passes) -> Piece {
    let Some(facts) = lowered.operations.get(&call.id) else { return Piece::default() };
    passes.count("calls");
    let (method, operation) =
        (format_ident!("{}", call.id), format_ident!("{}", call.id.to_upper_camel_case()));
    let output = &call.output;
    let arguments = &call.arguments;
    let chooses = arguments.iter().any(|argument| argument.presence != Presence::Required);
    let (taken, sent) = if chooses || constructors::are_alike(arguments.iter()) {
        (quote!(operation: #operation), quote!(operation))
    } else {
        let taken = arguments.iter().map(|argument| {
            let (name, kind) = (&argument.name, &argument.kind);
            if is_string(kind) { quote!(#name: impl Into<String>) } else { quote!(#name: #kind) }
        });
        let fields = arguments.iter().map(|argument| {
            let name = &argument.name;
            if is_string(&argument.kind) { quote!(#name: #name.into()) } else { quote!(#name) }
        });
        (quote!(#(#taken),*), quote!(#operation { #(#fields),* }))
    };
    let comment = docs::comment(&format!(
        "{}; see [`{operation}`].\n\n# Errors\nReturns an error unless the answer is a success that can be read.",
        facts.summary
    ));
    Piece::of_method(
        facts.tag.clone(),
        call.id.clone(),
        quote! {
            #comment
            pub async fn #method(&self, #taken) -> Result<Response<#output>, ClientError> {
                Operation::send(&#sent, self).await
            }
        },
    )
    .with_table(String::new(), BTreeSet::from(["Client".to_owned()]))
}
