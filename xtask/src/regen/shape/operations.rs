//! Operation values: one struct per operation, which implements `Operation`.

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

use super::model::{Call, Field, Model, Presence, Struct, item};
use super::piece::Piece;
use super::{Passes, docs, structs, table};
use crate::regen::lower::{FieldFacts, Lowered, OperationFacts};
use crate::regen::names;

/// Writes the value of one operation.
pub(super) fn piece(call: &Call, model: &Model, lowered: &Lowered, passes: &mut Passes) -> Piece {
    let Some(facts) = lowered.operations.get(&call.id) else { return Piece::default() };
    passes.count("operation values");
    let name = format_ident!("{}", call.id.to_upper_camel_case());
    let fields = &call.arguments;
    let tokens: Vec<TokenStream> = fields
        .iter()
        .map(|field| structs::field_tokens(field, Some(&parameter_facts(field, facts)), None, passes))
        .collect();
    let order: Vec<String> = facts.path_parameters.iter().cloned().chain(["body".to_owned()]).collect();
    let constructor = structs::constructor(&name, fields, &order, passes);
    let all_optional = fields.iter().all(|field| field.presence == Presence::Optional);
    let default = all_optional.then(|| quote!(Default,));
    let is_sensitive = |field: &Field| facts.parameters.get(&field.wire).filter(|facts| facts.sensitive);
    let is_redacted = fields.iter().any(|field| is_sensitive(field).is_some());
    let debug = (!is_redacted).then(|| quote!(Debug,));
    let redacted = is_redacted.then(|| structs::redacted_debug(&name, fields, is_sensitive, passes));
    let comment = docs::prose(&story(facts));
    let implementation = implementation(call, model, facts);
    Piece::of_operation(
        facts.tag.clone(),
        name.to_string(),
        quote! {
            #comment
            #[derive(Clone, #debug #default PartialEq, serde::Serialize, serde::Deserialize)]
            #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
            #[non_exhaustive]
            pub struct #name { #(#tokens,)* }
            #constructor
            #redacted
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
    let (name, output) = (format_ident!("{}", call.id.to_upper_camel_case()), &call.output);
    let body = body(call, model);
    let key = body.and_then(key_of).map(|key| {
        quote! {
            fn idempotency_key(&self) -> Option<IdempotencyKey> {
                Some(self.body.#key)
            }
        }
    });
    let items = body.and_then(|body| keyed_items(body, model)).map(|(field, key)| {
        let items = &field.name;
        let flat = (field.presence == Presence::Optional).then(|| quote!(.flatten()));
        quote! {
            fn item_keys(&self) -> Vec<IdempotencyKey> {
                self.body.#items.iter()#flat.map(|item| item.#key).collect()
            }
        }
    });
    let ids = ids(call, model);
    let read = matches!(output, Type::Tuple(_)).then(|| {
        quote! {
            fn read(_: &[u8]) -> Result<(), serde_json::Error> {
                Ok(())
            }
        }
    });
    let (meta, request) = (table::meta(&call.id, facts), request(call, facts));
    quote! {
        impl Operation for #name {
            type Output = #output;
            const META: &'static OperationMeta = &#meta;
            #key
            #items
            fn request(&self, client: &Client) -> Result<Request, ClientError> {
                #request
            }
            #ids
            #read
        }
    }
}

/// Builds the request: the path, the query and the body.
fn request(call: &Call, facts: &OperationFacts) -> TokenStream {
    let find = |wire: &String| call.arguments.iter().find(|argument| argument.wire == *wire);
    let path = facts.path_parameters.iter().filter_map(find).map(|argument| {
        let name = &argument.name;
        quote!(&self.#name)
    });
    let query = facts.query_parameters.iter().filter_map(|it| Some((it, find(&it.wire)?))).map(
        |(query, argument)| {
            let (name, wire, explode) = (&argument.name, &query.wire, query.explode);
            match argument.presence {
                Presence::Required if item(&argument.kind).is_some() => {
                    quote!(.query_list(#wire, #explode, Some(&self.#name)))
                }
                _ if item(&argument.kind).is_some() => {
                    quote!(.query_list(#wire, #explode, self.#name.as_ref()))
                }
                Presence::Required => quote!(.query(#wire, Some(&self.#name))),
                _ => quote!(.query(#wire, self.#name.as_ref())),
            }
        },
    );
    let query: Vec<TokenStream> = query.collect();
    let request = quote!(client.request(Self::META, &[#(#path),*]));
    match call.arguments.iter().any(|argument| argument.wire == "body") {
        true => quote!(#request?#(#query)*.json(&self.body)),
        false if query.is_empty() => request,
        false => quote!(Ok(#request?#(#query)*)),
    }
}

/// The ids by which an answer is told from that of another object: the answer's own, and the one that was asked for,
/// where the path has an id of the same kind.
fn ids(call: &Call, model: &Model) -> Option<TokenStream> {
    let Type::Path(output) = &call.output else { return None };
    let answer = model.structs.iter().find(|structure| output.path.is_ident(&structure.name))?;
    let id = answer.fields.iter().find(|field| field.wire == "id" && is_text_id(field))?;
    let asked = call.arguments.iter().find(|argument| argument.kind == id.kind && is_text_id(argument));
    let asked = asked.map_or(quote!(None), |argument| {
        let name = &argument.name;
        quote!(Some(self.#name.as_ref()))
    });
    let output = &call.output;
    Some(quote! {
        fn ids<'a>(&'a self, answer: &'a #output) -> AnswerIds<'a> {
            AnswerIds { asked: #asked, answered: Some(answer.id.as_ref()) }
        }
    })
}

/// Whether a field must be there and is an id that is text.
fn is_text_id(field: &Field) -> bool {
    let Type::Path(kind) = &field.kind else { return false };
    let name = kind.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let is_number = ["DashboardUserId", "TransactionId"].contains(&name.as_str());
    field.presence == Presence::Required && name.ends_with("Id") && !is_number
}

/// The struct of the call's body.
fn body<'a>(call: &Call, model: &'a Model) -> Option<&'a Struct> {
    let body = call.arguments.iter().find(|argument| argument.wire == "body")?;
    struct_of(&body.kind, model)
}

fn struct_of<'a>(kind: &Type, model: &'a Model) -> Option<&'a Struct> {
    let Type::Path(path) = kind else { return None };
    model.structs.iter().find(|structure| path.path.is_ident(&structure.name))
}

/// The field that holds the key of a body.
fn key_of(structure: &Struct) -> Option<&syn::Ident> {
    structure.fields.iter().find(|field| names::is_key(&field.wire)).map(|field| &field.name)
}

/// The list in a body whose items have keys of their own, and their field of it.
fn keyed_items<'a>(body: &'a Struct, model: &'a Model) -> Option<(&'a Field, &'a syn::Ident)> {
    let keyed = |field: &'a Field| {
        let key = item(&field.kind).and_then(|kind| struct_of(kind, model)).and_then(key_of)?;
        Some((field, key))
    };
    body.fields.iter().find_map(keyed)
}
