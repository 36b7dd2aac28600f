//! Structs: documented, `#[non_exhaustive]`, with a redacted `Debug`; those of requests have a constructor and
//! setters.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type};

use super::model::{Field, Presence, Struct};
use super::money::Money;
use super::piece::Piece;
use super::{Passes, docs};
use crate::regen::lower::{FieldFacts, Lowered};
use crate::regen::names;

/// Writes a struct and its impls.
pub(super) fn piece(structure: &Struct, money: &Money<'_>, lowered: &Lowered, passes: &mut Passes) -> Piece {
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
    let mut tokens = quote! {
        #comment
        #derives
        #closed
        #[non_exhaustive]
        pub struct #name { #(#fields,)* }
    };
    if in_requests {
        let order = required_order(structure, lowered);
        tokens.extend(constructor(name, &structure.fields, &order, passes));
    }
    if sensitive {
        tokens.extend(redacted_debug(name, &structure.fields, facts, passes));
    }
    Piece::of_type(schema, tokens)
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

/// The required fields in the document's order, which is the order of the constructor's arguments.
fn required_order(structure: &Struct, lowered: &Lowered) -> Vec<String> {
    let pointer = format!("/components/schemas/{}/required", structure.name);
    let listed = lowered.document.pointer(&pointer).and_then(serde_json::Value::as_array);
    listed.into_iter().flatten().filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
}

/// Writes `new`, which takes the required fields, and one setter per optional field.
pub(super) fn constructor(
    name: &Ident,
    fields: &[Field],
    order: &[String],
    passes: &mut Passes,
) -> TokenStream {
    let mut required: Vec<&Field> = fields.iter().filter(|field| is_argument(field)).collect();
    required.sort_by_key(|field| order.iter().position(|wire| *wire == field.wire));
    let arguments = required.iter().map(|field| {
        let (name, kind) = (&field.name, accepted(&field.kind));
        quote!(#name: #kind)
    });
    let values = fields.iter().map(|field| {
        let name = &field.name;
        match field.presence {
            _ if names::is_key(&field.wire) => quote!(#name: IdempotencyKey::fresh()),
            Presence::Required => {
                let value = converted(name, &field.kind);
                if is_string(&field.kind) { quote!(#name: #value) } else { quote!(#name) }
            }
            Presence::Optional | Presence::Clearable | Presence::LostWhenUnreadable | Presence::Null => {
                quote!(#name: None)
            }
            Presence::EmptyWhenAbsent | Presence::Flat => quote!(#name: Default::default()),
            Presence::TrueWhenNull => quote!(#name: true),
        }
    });
    passes.count("constructors");
    let settable: Vec<&Field> = fields.iter().filter(|field| !is_argument(field)).collect();
    passes.add("setters", settable.len());
    let setters = settable.iter().map(|field| setter(field));
    let what =
        if required.is_empty() { "Makes one with nothing set." } else { "Makes one of what it must have." };
    let what = docs::comment(what);
    quote! {
        impl #name {
            #what
            #[must_use]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#values,)* }
            }
            #(#setters)*
        }
    }
}

fn is_argument(field: &Field) -> bool {
    field.presence == Presence::Required && !names::is_key(&field.wire)
}

/// The methods that a struct or an operation has anyway; `idempotency_key` is a getter wherever it is one.
const TAKEN: &[&str] = &[
    "as_ref",
    "borrow",
    "clone",
    "clone_from",
    "eq",
    "fmt",
    "from",
    "ids",
    "into",
    "item_keys",
    "ne",
    "new",
    "read",
    "request",
    "send",
    "serialize",
    "to_owned",
    "try_from",
    "try_into",
];

fn setter(field: &Field) -> TokenStream {
    let (name, kind) = (&field.name, accepted(&field.kind));
    let value = converted(name, &field.kind);
    let value = match field.presence {
        Presence::Required | Presence::TrueWhenNull | Presence::Flat | Presence::EmptyWhenAbsent => value,
        Presence::Clearable => quote!(Some(Some(#value))),
        Presence::Optional | Presence::LostWhenUnreadable | Presence::Null => quote!(Some(#value)),
    };
    let comment = docs::comment(&format!("Sets [`{name}`](Self::{name})."));
    let clear = (field.presence == Presence::Clearable).then(|| clearer(name));
    let is_taken = names::is_key(&field.wire) || TAKEN.contains(&name.to_string().as_str());
    let method = if is_taken { format_ident!("with_{name}") } else { name.clone() };
    quote! {
        #comment
        #[must_use]
        pub fn #method(mut self, #name: #kind) -> Self {
            self.#name = #value;
            self
        }
        #clear
    }
}

/// Writes the method that sends a null, which removes the stored value.
fn clearer(name: &Ident) -> TokenStream {
    let method = format_ident!("clear_{name}");
    let comment = docs::comment(&format!("Asks for [`{name}`](Self::{name}) to be removed."));
    quote! {
        #comment
        #[must_use]
        pub fn #method(mut self) -> Self {
            self.#name = Some(None);
            self
        }
    }
}

/// The type that a setter takes: for a `String`, anything that converts into one.
fn accepted(kind: &Type) -> TokenStream {
    if is_string(kind) { quote!(impl Into<String>) } else { quote!(#kind) }
}

fn converted(name: &Ident, kind: &Type) -> TokenStream {
    if is_string(kind) { quote!(#name.into()) } else { quote!(#name) }
}

pub(super) fn is_string(kind: &Type) -> bool {
    matches!(kind, Type::Path(path) if path.path.is_ident("String"))
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
