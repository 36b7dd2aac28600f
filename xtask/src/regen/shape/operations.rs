//! Operation values: one struct per operation, which implements `Operation`.

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

use super::model::{Argument, Call, Field, Model, Presence};
use super::piece::Piece;
use super::{Passes, docs, structs, table};
use crate::regen::lower::{FieldFacts, Lowered, OperationFacts};

/// Writes the value of one operation.
pub(super) fn piece(call: &Call, model: &Model, lowered: &Lowered, passes: &mut Passes) -> Piece {
    let Some(facts) = lowered.operations.get(&call.id) else { return Piece::default() };
    passes.count("operation values");
    let name = format_ident!("{}", call.id.to_upper_camel_case());
    let fields: Vec<Field> = call.arguments.iter().map(|argument| argument.field.clone()).collect();
    let tokens: Vec<TokenStream> = fields
        .iter()
        .map(|field| structs::field_tokens(field, Some(&parameter_facts(field, facts)), passes))
        .collect();
    let order: Vec<String> = facts.path_parameters.iter().cloned().chain(["body".to_owned()]).collect();
    let constructor = structs::constructor(&name, &fields, &order, passes);
    let all_optional = fields.iter().all(|field| field.presence == Presence::Optional);
    let default = all_optional.then(|| quote!(Default,));
    let comment = docs::prose(&story(facts));
    let implementation = implementation(call, model, facts);
    Piece::of_operation(
        facts.tag.clone(),
        name.to_string(),
        quote! {
            #comment
            #[derive(Clone, Debug, #default PartialEq, serde::Serialize, serde::Deserialize)]
            #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
            #[non_exhaustive]
            pub struct #name { #(#tokens,)* }
            #constructor
            #implementation
        },
    )
}

/// The documentation of an operation: summary, method and path, description.
fn story(facts: &OperationFacts) -> String {
    let summary = if facts.summary.is_empty() { "Calls the operation" } else { &facts.summary };
    format!("{summary}: `{} {}`.\n\n{}", facts.method, facts.path, facts.description)
}

fn parameter_facts(field: &Field, facts: &OperationFacts) -> FieldFacts {
    let known = facts.parameters.get(&field.wire).cloned();
    known.unwrap_or_else(|| FieldFacts {
        description: "The body of the request.".to_owned(),
        ..FieldFacts::default()
    })
}

fn implementation(call: &Call, model: &Model, facts: &OperationFacts) -> TokenStream {
    let (name, method, output) =
        (format_ident!("{}", call.id.to_upper_camel_case()), format_ident!("{}", call.id), &call.output);
    let arguments = call.arguments.iter().map(passed);
    let key = takes_key(call, model).then(|| {
        quote! {
            fn idempotency_key(&self) -> Option<IdempotencyKey> {
                Some(self.body.idempotency_key)
            }
        }
    });
    let meta = table::meta(&call.id, facts);
    quote! {
        impl Operation for #name {
            type Output = #output;
            const META: &'static OperationMeta = &#meta;
            #key
            async fn send(&self, client: &Client) -> Result<Response<#output>, Error> {
                client.#method(#(#arguments),*).await
            }
        }
    }
}

/// Tells whether the body of the call has an idempotency key.
fn takes_key(call: &Call, model: &Model) -> bool {
    let body = call.arguments.iter().find(|argument| argument.field.wire == "body");
    let Some(Type::Path(path)) = body.map(|argument| &argument.field.kind) else { return false };
    model
        .structs
        .iter()
        .filter(|structure| path.path.is_ident(&structure.name))
        .any(|structure| structure.fields.iter().any(|field| field.wire == "idempotency_key"))
}

/// The expression that passes a field to the client's method.
fn passed(argument: &Argument) -> TokenStream {
    let name = &argument.field.name;
    let text = matches!(&argument.field.kind, Type::Path(path) if path.path.is_ident("String"));
    let by_reference = quote::ToTokens::to_token_stream(&argument.borrowed).to_string().contains('&');
    match (argument.field.presence, by_reference, text) {
        (Presence::Required, true, _) => quote!(&self.#name),
        (Presence::Required, false, _) => quote!(self.#name),
        (_, true, true) => quote!(self.#name.as_deref()),
        (_, true, false) => quote!(self.#name.as_ref()),
        (_, false, _) => quote!(self.#name),
    }
}
