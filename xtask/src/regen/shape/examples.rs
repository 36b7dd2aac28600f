//! Examples: a call of each operation, with the values of the document's example, as a doc test.
//!
//! `dots-api/doc/world.rs` starts the offline sandbox and makes what the call needs. An id is a variable, since only
//! that file knows the ids of the sandbox.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use serde_json::{Map, Value};
use syn::{Ident, Type};

use super::constructors::{self, is_argument};
use super::kinds::is_string;
use super::model::{Call, Field, Model, Presence, Struct, item};
use super::{Passes, docs, text};
use crate::regen::lower::Lowered;
use crate::regen::names;

/// The crate whose documentation shows the examples.
const CRATE: &str = "dots_api";

/// How many rows the example of a list asks for.
const ROWS: i64 = 10;

/// What stands around each example, in its first hidden line.
const WORLD: &str = "# include!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/doc/world.rs\"));";

/// How long the names in one line of `use` may be.
const WIDEST_USE: usize = 70;

/// The example of an operation as doc lines; nothing if its document has no example for its body, or one that does not
/// fit.
pub(super) fn write(
    call: &Call,
    model: &Model,
    lowered: &Lowered,
    passes: &mut Passes,
) -> Option<TokenStream> {
    // The first reading finds the ids that are used again, which the second clones.
    let mut first = Example::of(model, lowered, BTreeSet::new());
    first.code(call)?;
    let mut example = Example::of(model, lowered, first.repeated);
    // Within `json!` no formatter knows that the text is JSON.
    let code = text::of_body(&example.code(call)?)?.replace("\" : ", "\": ");
    let code = docs::code(&code);
    passes.count("examples");
    let ids = example
        .ids
        .iter()
        .map(|(name, kind)| format!(" let {name} = world.{}().await?;", kind.to_snake_case()));
    let ids: String = ids.collect();
    let world_of = if ids.is_empty() { "_" } else { "world" };
    let main = format!("{WORLD} fn main() {{ run({:?}, async |client, {world_of}| {{{ids}", call.id);
    let lines = ["", "# Examples", "```", &main].map(docs::code);
    let end = ["# Ok(()) }) }", "```"].map(docs::code);
    Some(quote!(#(#lines)* #code #(#end)*))
}

/// An example that is being written.
struct Example<'a> {
    model: &'a Model,
    lowered: &'a Lowered,
    /// The ids that the example takes as variables, and their types.
    ids: BTreeMap<String, String>,
    /// The ids that it uses more than once.
    repeated: BTreeSet<String>,
    /// The types that it names.
    uses: BTreeSet<String>,
}

impl<'a> Example<'a> {
    fn of(model: &'a Model, lowered: &'a Lowered, repeated: BTreeSet<String>) -> Self {
        let uses = BTreeSet::from(["Operation".to_owned()]);
        Self { model, lowered, ids: BTreeMap::new(), repeated, uses }
    }

    /// The statements of the example.
    fn code(&mut self, call: &Call) -> Option<TokenStream> {
        let facts = self.lowered.operations.get(&call.id)?;
        let body = call.arguments.iter().find(|argument| argument.wire == "body");
        let body = match body {
            Some(body) => Some(self.value(&body.kind, facts.example.as_ref()?, "body")?),
            None => None,
        };
        let operation = self.operation(call)?;
        let body = body.map(|body| quote!(let body = #body;));
        let answer = match answer(&call.output) {
            Some(name) => quote!(let #name = #operation.send(&client).await?.value;),
            None => quote!(#operation.send(&client).await?;),
        };
        let uses = self.uses();
        Some(quote!(#uses #body #answer))
    }

    /// The types that it names; all of them if they do not fit into a line.
    fn uses(&self) -> TokenStream {
        let from = format_ident!("{CRATE}");
        let length: usize = self.uses.iter().map(|name| name.len() + 2).sum();
        if length > WIDEST_USE {
            return quote!(
                use #from::*;
            );
        }
        let names = self.uses.iter().map(|name| format_ident!("{name}"));
        quote!(use #from::{#(#names),*};)
    }

    /// The value of the operation, from its path, its body and a limit.
    fn operation(&mut self, call: &Call) -> Option<TokenStream> {
        let name = call.id.to_upper_camel_case();
        let mut given: BTreeMap<String, TokenStream> = BTreeMap::new();
        for argument in call.arguments.iter().filter(|argument| argument.presence == Presence::Required) {
            let value =
                if argument.wire == "body" { quote!(body) } else { self.id(&argument.kind, &argument.name)? };
            given.insert(argument.wire.clone(), value);
        }
        let facts = self.lowered.operations.get(&call.id)?;
        let order: Vec<String> = facts.path_parameters.iter().cloned().chain(["body".to_owned()]).collect();
        let new = self.constructed(&name, &call.arguments, &order, &mut given)?;
        let limit = call.arguments.iter().any(|argument| argument.wire == "limit" && is_optional(argument));
        let limit = limit.then(|| {
            let rows = Literal::i64_unsuffixed(ROWS);
            quote!(.limit(#rows))
        });
        Some(quote!(#new #limit))
    }

    /// A call of a constructor with the given values.
    fn constructed(
        &mut self,
        name: &str,
        fields: &[Field],
        order: &[String],
        given: &mut BTreeMap<String, TokenStream>,
    ) -> Option<TokenStream> {
        self.uses.insert(name.to_owned());
        let ident = format_ident!("{name}");
        let mut required: Vec<&Field> = fields.iter().filter(|field| is_argument(field)).collect();
        if constructors::are_alike(fields.iter()) {
            let named = format!("{name}Fields");
            let fields_of = format_ident!("{named}");
            self.uses.insert(named);
            let values: Option<Vec<TokenStream>> = required
                .iter()
                .map(|field| {
                    let (name, value) = (&field.name, given.remove(&field.wire)?);
                    let into = is_string(&field.kind).then(|| quote!(.into()));
                    Some(quote!(#name: #value #into))
                })
                .collect();
            let values = values?;
            return Some(quote!(#ident::new(#fields_of { #(#values,)* })));
        }
        required.sort_by_key(|field| order.iter().position(|wire| *wire == field.wire));
        let values: Option<Vec<TokenStream>> =
            required.iter().map(|field| given.remove(&field.wire)).collect();
        let values = values?;
        Some(quote!(#ident::new(#(#values),*)))
    }

    /// A value of a type; `name` is what a variable would be called.
    fn value(&mut self, kind: &Type, value: &Value, name: &str) -> Option<TokenStream> {
        if let Some(item) = item(kind) {
            return self.list(item, value, name);
        }
        let Type::Path(path) = kind else { return None };
        let last = path.path.segments.last()?;
        let type_name = last.ident.to_string();
        if let Some(structure) = self.model.structs.iter().find(|structure| structure.name == type_name) {
            return self.structure(structure, value.as_object()?);
        }
        if let Some(union) = self.model.unions.iter().find(|union| union.name == type_name) {
            let mut parts = union.variants.iter();
            let part = parts.find_map(|(_, kind)| self.value(kind, value, name))?;
            return Some(quote!(#part.into()));
        }
        if let Some(facts) = self.lowered.enums.get(&type_name) {
            let (variant, _) = facts.variants.iter().find(|(_, text)| value == text)?;
            let (owner, variant) = (format_ident!("{type_name}"), format_ident!("{variant}"));
            self.uses.insert(type_name);
            return Some(quote!(#owner::#variant));
        }
        self.scalar(kind, &type_name, value, name)
    }

    fn list(&mut self, kind: &Type, value: &Value, name: &str) -> Option<TokenStream> {
        let items: Option<Vec<TokenStream>> = value
            .as_array()?
            .iter()
            .map(|value| {
                let item = self.value(kind, value, name)?;
                let into = is_string(kind).then(|| quote!(.into()));
                Some(quote!(#item #into))
            })
            .collect();
        let items = items?;
        Some(quote!(Vec::from([#(#items),*])))
    }

    fn scalar(&mut self, kind: &Type, type_name: &str, value: &Value, name: &str) -> Option<TokenStream> {
        let owner = format_ident!("{type_name}");
        match (type_name, value) {
            ("String", Value::String(text)) => return Some(text.to_token_stream()),
            ("bool", Value::Bool(value)) => return Some(value.to_token_stream()),
            ("i64", Value::Number(_)) => return readable(value),
            ("f64", Value::Number(_)) => {
                return Some(Literal::f64_unsuffixed(value.as_f64()?).to_token_stream());
            }
            ("PolicyValue", Value::Number(_)) => {
                self.uses.insert("Cents".to_owned());
                let cents = readable(value)?;
                return Some(quote!(Cents::new(#cents).into()));
            }
            ("Cents" | "DashboardUserId", Value::Number(_)) => {
                let number = readable(value)?;
                self.uses.insert(type_name.to_owned());
                return Some(quote!(#owner::new(#number)));
            }
            ("Metadata", Value::Object(object)) => {
                let pairs = object.iter().map(|(key, value)| Some((key, value.as_str()?)));
                let pairs: Option<Vec<TokenStream>> =
                    pairs.map(|pair| pair.map(|(key, value)| quote!((#key, #value)))).collect();
                let pairs = pairs?;
                self.uses.insert(type_name.to_owned());
                return Some(quote!(Metadata::from_iter([#(#pairs),*])));
            }
            ("Metadata", Value::String(text)) => return Some(quote!(#text.into())),
            ("Value", _) => {
                let json: TokenStream = value.to_string().parse().ok()?;
                return Some(quote!(serde_json::json!(#json)));
            }
            _ => {}
        }
        if type_name.ends_with("Id") {
            return self.id(kind, &format_ident!("{name}"));
        }
        value.as_str().map(|text| quote!(#text.parse()?))
    }

    /// An id that the world around the example knows.
    fn id(&mut self, kind: &Type, name: &Ident) -> Option<TokenStream> {
        let Type::Path(path) = kind else { return None };
        let kind = path.path.get_ident()?.to_string();
        if self.ids.insert(name.to_string(), kind).is_some() {
            self.repeated.insert(name.to_string());
        }
        let clone = self.repeated.contains(&name.to_string()).then(|| quote!(.clone()));
        Some(quote!(#name #clone))
    }

    fn structure(&mut self, structure: &Struct, object: &Map<String, Value>) -> Option<TokenStream> {
        let mut given = BTreeMap::new();
        // Every request gets a fresh key.
        for field in structure.fields.iter().filter(|field| !names::is_key(&field.wire)) {
            if let Some(value) = object.get(&field.wire) {
                given.insert(field.wire.clone(), self.value(&field.kind, value, &field.name.to_string())?);
            }
        }
        let order = constructors::required_order(structure, self.lowered);
        let new = self.constructed(&structure.name.to_string(), &structure.fields, &order, &mut given)?;
        let setters = structure.fields.iter().filter_map(|field| {
            let (method, value) = (constructors::setter_name(field), given.remove(&field.wire)?);
            Some(quote!(.#method(#value)))
        });
        let setters: Vec<TokenStream> = setters.collect();
        // A field that the type does not have would be lost in silence.
        let known = |wire: &String| structure.fields.iter().any(|field| field.wire == *wire);
        object.keys().all(known).then(|| quote!(#new #(#setters)*))
    }
}

fn is_optional(field: &Field) -> bool {
    field.presence == Presence::Optional
}

/// A whole number with a mark at each thousand.
fn readable(value: &Value) -> Option<TokenStream> {
    let number = value.as_i64()?;
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push('_');
        }
        text.push(digit);
    }
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{text}").parse().ok()
}

/// What the answer is called: by its type; nothing for an answer without content.
fn answer(output: &Type) -> Option<Ident> {
    if matches!(output, Type::Tuple(_)) {
        return None;
    }
    let Type::Path(path) = item(output).unwrap_or(output) else { return None };
    let name = path.path.segments.last()?.ident.to_string().to_snake_case();
    let name = match (item(output).is_some(), name.ends_with("_page")) {
        (true, _) => format!("{}s", name.strip_suffix('y').map_or(name.clone(), |stem| format!("{stem}ie"))),
        (_, true) => "page".to_owned(),
        _ => name,
    };
    Some(format_ident!("{name}"))
}
