//! Operation values: one struct per operation, and the table that implements `Operation` for it.

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

use super::constructors::{self, Whole};
use super::model::{Call, Field, Model, Presence, Struct, item, struct_of};
use super::piece::Piece;
use super::{Passes, docs, examples, kinds, objects, payments, structs, table};
use crate::regen::lower::{FieldFacts, Lowered, OperationFacts};
use crate::regen::names;

/// Writes the value of one operation, and the struct of its required fields if it has one.
pub(super) fn pieces(call: &Call, model: &Model, lowered: &Lowered, passes: &mut Passes) -> Vec<Piece> {
    let Some(facts) = lowered.operations.get(&call.id) else { return Vec::new() };
    passes.count("operation values");
    let name = format_ident!("{}", call.id.to_upper_camel_case());
    let fields = &call.arguments;
    let body = FieldFacts { description: "The body of the request.".to_owned(), ..FieldFacts::default() };
    let facts_of = |field: &Field| Some(facts.parameters.get(&field.wire).unwrap_or(&body));
    let tokens: Vec<TokenStream> = fields
        .iter()
        .map(|field| {
            let schema = objects::schema_attribute(field);
            structs::field_tokens(field, facts_of(field), &schema, passes)
        })
        .collect();
    let rows: Vec<_> = fields.iter().map(|field| (field, None)).collect();
    let object = objects::table(&name.to_string(), false, &rows, passes);
    let order: Vec<String> = facts.path_parameters.iter().cloned().chain(["body".to_owned()]).collect();
    let whole = Whole { name: &name, kind: "operation", fields, order: &order, facts: &facts_of };
    let (constructor, named) = constructors::write(&whole, passes);
    let all_optional = fields.iter().all(|field| field.presence == Presence::Optional);
    let default = all_optional.then(|| quote!(Default,));
    let is_sensitive = |field: &Field| facts.parameters.get(&field.wire).filter(|facts| facts.sensitive);
    let is_redacted = fields.iter().any(|field| is_sensitive(field).is_some());
    let debug = (!is_redacted).then(|| quote!(Debug,));
    let redacted = structs::redacted_debug(&name.to_string(), fields, is_sensitive, passes);
    let comment = docs::prose(&story(facts));
    let example = examples::write(call, model, lowered, passes);
    let tokens = quote! {
        #comment
        #example
        #[derive(Clone, #debug #default PartialEq)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[must_use]
        #[non_exhaustive]
        pub struct #name { #(#tokens,)* }
        #constructor
    };
    let of_operation = |name, tokens| Piece::of_operation(facts.tag.clone(), name, tokens);
    let table = [redacted, object, table(call, model, lowered, facts)].join("\n");
    let mut uses = kinds::names_in(&call.output);
    if table.contains("IdempotencyKey") {
        uses.insert("IdempotencyKey".to_owned());
    }
    let mut pieces = vec![of_operation(name.to_string(), tokens).with_table(table, uses)];
    pieces.extend(named.map(|(name, tokens)| of_operation(name, tokens)));
    pieces
}

/// The documentation of an operation: summary, method and path, description.
fn story(facts: &OperationFacts) -> String {
    let summary = if facts.summary.is_empty() { "Calls the operation" } else { &facts.summary };
    format!("{summary}: `{} {}`.\n\n{}", facts.method, facts.path, facts.description)
}

/// Writes what the document says of an operation, one fact a line; the runtime makes the code of it.
fn table(call: &Call, model: &Model, lowered: &Lowered, facts: &OperationFacts) -> String {
    let (name, output) = (call.id.to_upper_camel_case(), kinds::shown(&call.output));
    let mut rows = vec![
        format!("id: {:?}", call.id),
        format!("tag: {:?}", facts.tag),
        format!("send: {} {:?}{}", facts.method, facts.path, path(call, facts)),
    ];
    rows.extend(query(call, facts));
    let body = call.arguments.iter().find(|argument| argument.wire == "body");
    rows.extend(body.map(|_| "body: body".to_owned()));
    rows.push(format!("statuses: {:?}", facts.statuses));
    rows.push(format!("headers: {:?}", facts.headers));
    rows.extend(
        facts.idempotency.as_deref().map(|mark| format!("idempotency: {}", table::idempotency(mark))),
    );
    let structure = body.and_then(|body| struct_of(&body.kind, model));
    rows.extend(structure.and_then(key_of).map(|key| format!("key: {key}")));
    rows.extend(facts.cursor.then(|| "pagination: Cursor".to_owned()));
    rows.extend(answer(call, model));
    rows.extend(payments::rows(call, model, lowered));
    let methods = [structure.and_then(|body| item_keys(body, model)), read(call)];
    let methods: Vec<String> = methods.into_iter().flatten().collect();
    if !methods.is_empty() {
        rows.push(format!("with: {{\n{}\n        }}", methods.join("\n\n")));
    }
    let rows: String = rows.iter().map(|row| format!("        {row},\n")).collect();
    format!("crate::operation::operation! {{\n    {name} -> {output} {{\n{rows}    }}\n}}\n")
}

/// The fields that fill the path, in its order.
fn path(call: &Call, facts: &OperationFacts) -> String {
    let find = |wire: &String| call.arguments.iter().find(|argument| argument.wire == *wire);
    let names: Vec<String> =
        facts.path_parameters.iter().filter_map(find).map(|argument| argument.name.to_string()).collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

/// How each parameter goes into the query.
fn query(call: &Call, facts: &OperationFacts) -> Option<String> {
    let rows = facts.query_parameters.iter().filter_map(|query| {
        let argument = call.arguments.iter().find(|argument| argument.wire == query.wire)?;
        let is_list = item(&argument.kind).is_some();
        let how = match (is_list, query.explode, argument.presence) {
            (true, true, _) => "repeated",
            (true, false, _) => "joined",
            (false, _, Presence::Required) => "required",
            (false, _, _) => "optional",
        };
        Some(format!("            {how} {}: {:?},\n", argument.name, query.wire))
    });
    let rows: String = rows.collect();
    (!rows.is_empty()).then(|| format!("query: [\n{rows}        ]"))
}

/// The method that returns the keys of a batch's items.
fn item_keys(body: &Struct, model: &Model) -> Option<String> {
    let (field, key) = keyed_items(body, model)?;
    let flat = if field.presence == Presence::Optional { ".flatten()" } else { "" };
    Some(format!(
        "            fn item_keys(&self) -> Vec<IdempotencyKey> {{\n                \
         self.body.{}.iter(){flat}.map(|item| item.{key}).collect()\n            }}",
        field.name
    ))
}

/// The method that reads an answer without content, whatever stands in it.
fn read(call: &Call) -> Option<String> {
    matches!(call.output, Type::Tuple(_)).then(|| {
        "            fn read(_: &[u8]) -> Result<(), serde_json::Error> {\n                Ok(())\n            }"
            .to_owned()
    })
}

/// The ids by which an answer is told from that of another object: the answer's own, and the one that was asked for,
/// where the path has an id of the same kind.
fn answer(call: &Call, model: &Model) -> Option<String> {
    let answer = struct_of(&call.output, model)?;
    let id = answer.fields.iter().find(|field| field.wire == "id" && is_text_id(field))?;
    let asked = call.arguments.iter().find(|argument| argument.kind == id.kind && is_text_id(argument));
    let asked = asked.map(|argument| format!(" of {}", argument.name)).unwrap_or_default();
    Some(format!("answer: {}{asked}", id.name))
}

/// Whether a field must be there and is an id that is text.
fn is_text_id(field: &Field) -> bool {
    let Type::Path(kind) = &field.kind else { return false };
    let name = kind.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let is_number = ["DashboardUserId", "TransactionId"].contains(&name.as_str());
    field.presence == Presence::Required && name.ends_with("Id") && !is_number
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
