//! Operation values: one struct per operation, which implements `Operation`.

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

use super::model::{Call, Field, Model, Presence, Struct, item};
use super::piece::Piece;
use super::{Passes, docs, structs, table};
use crate::regen::lower::{FieldFacts, Lowered, OperationFacts};

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
    let (name, output) = (format_ident!("{}", call.id.to_upper_camel_case()), &call.output);
    let body = body(call, model);
    let takes_key = body.is_some_and(|body| has_field(body, "idempotency_key"));
    let key = takes_key.then(|| {
        quote! {
            fn idempotency_key(&self) -> Option<IdempotencyKey> {
                Some(self.body.idempotency_key)
            }
        }
    });
    let items = body.and_then(|body| keyed_items(body, model)).map(|field| {
        let items = &field.name;
        let flat = (field.presence == Presence::Optional).then(|| quote!(.flatten()));
        quote! {
            fn item_keys(&self) -> Vec<IdempotencyKey> {
                self.body.#items.iter()#flat.map(|item| item.idempotency_key).collect()
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
    let query =
        facts.query_parameters.iter().filter_map(|wire| Some((wire, find(wire)?))).map(|(wire, argument)| {
            let name = &argument.name;
            match argument.presence {
                Presence::Required => quote!(.query(#wire, Some(&self.#name))),
                _ => quote!(.query(#wire, self.#name.as_ref())),
            }
        });
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

fn has_field(structure: &Struct, wire: &str) -> bool {
    structure.fields.iter().any(|field| field.wire == wire)
}

/// The list in a body whose items have keys of their own.
fn keyed_items<'a>(body: &'a Struct, model: &Model) -> Option<&'a Field> {
    let is_keyed = |field: &&Field| {
        item(&field.kind)
            .and_then(|kind| struct_of(kind, model))
            .is_some_and(|item| has_field(item, "idempotency_key"))
    };
    body.fields.iter().find(is_keyed)
}
