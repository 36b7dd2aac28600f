//! Constructors: `new` takes the required fields, and a setter each optional one.
//!
//! Where two required fields have one type, a caller could confuse them: then `new` takes a struct of its own, in which
//! each has its name.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::{Ident, Type};

use super::kinds::is_string;
use super::model::{Field, Presence, Struct};
use super::{Passes, docs};
use crate::regen::lower::{FieldFacts, Lowered};
use crate::regen::names;

/// A struct that gets a constructor.
pub(super) struct Whole<'a, 'f> {
    pub(super) name: &'a Ident,
    /// What it is called in prose.
    pub(super) kind: &'static str,
    pub(super) fields: &'a [Field],
    /// The order of the arguments.
    pub(super) order: &'a [String],
    pub(super) facts: &'a dyn Fn(&Field) -> Option<&'f FieldFacts>,
}

/// Tells whether two of the fields that a constructor takes could be confused.
pub(super) fn are_alike<'a>(fields: impl Iterator<Item = &'a Field>) -> bool {
    let mut seen = BTreeSet::new();
    let mut kinds = fields.filter(|field| is_argument(field)).map(|field| field.kind.to_token_stream());
    kinds.any(|kind| !seen.insert(kind.to_string()))
}

/// Writes the constructor and the setters, and the struct of the required fields if it needs one.
pub(super) fn write(
    whole: &Whole<'_, '_>,
    passes: &mut Passes,
) -> (TokenStream, Option<(String, TokenStream)>) {
    passes.count("constructors");
    let settable: Vec<&Field> = whole.fields.iter().filter(|field| !is_argument(field)).collect();
    passes.add("setters", settable.len());
    let setters = settable.iter().map(|field| setter(field, (whole.facts)(field)));
    let named = are_alike(whole.fields.iter()).then(|| required_fields(whole));
    let new = if named.is_some() { new_of_named(whole) } else { new(whole) };
    let name = whole.name;
    (quote!(impl #name { #new #(#setters)* }), named)
}

/// Writes `new` with one argument for each required field.
fn new(whole: &Whole<'_, '_>) -> TokenStream {
    let mut required: Vec<&Field> = whole.fields.iter().filter(|field| is_argument(field)).collect();
    required.sort_by_key(|field| whole.order.iter().position(|wire| *wire == field.wire));
    let arguments = required.iter().map(|field| {
        let (name, kind) = (&field.name, accepted(&field.kind));
        quote!(#name: #kind)
    });
    let values = whole.fields.iter().map(|field| {
        let name = &field.name;
        let value = converted(name, &field.kind);
        value_of(field, if is_string(&field.kind) { quote!(#name: #value) } else { quote!(#name) })
    });
    let kind = whole.kind;
    let comment = docs::comment(&match required.len() {
        0 if whole.fields.is_empty() => format!("Creates the {kind}."),
        0 if kind == "operation" => "Creates the operation with no optional argument set.".to_owned(),
        0 => format!("Creates an empty {kind}."),
        1 => format!("Creates the {kind} from its required field."),
        _ => format!("Creates the {kind} from its required fields."),
    });
    quote! {
        #comment
        pub fn new(#(#arguments),*) -> Self {
            Self { #(#values,)* }
        }
    }
}

/// Writes `new` with the struct of the required fields.
fn new_of_named(whole: &Whole<'_, '_>) -> TokenStream {
    let fields = format_ident!("{}Fields", whole.name);
    let values = whole.fields.iter().map(|field| {
        let name = &field.name;
        value_of(field, quote!(#name: required.#name))
    });
    let comment = docs::comment(&format!("Creates the {} from its required fields.", whole.kind));
    quote! {
        #comment
        pub fn new(required: #fields) -> Self {
            Self { #(#values,)* }
        }
    }
}

/// Writes the struct of the required fields. It shows no values, since some are personal.
fn required_fields(whole: &Whole<'_, '_>) -> (String, TokenStream) {
    let (name, title) = (format_ident!("{}Fields", whole.name), whole.name);
    let fields = whole.fields.iter().filter(|field| is_argument(field)).map(|field| {
        let (name, kind) = (&field.name, &field.kind);
        let comment = docs::setter(field, (whole.facts)(field));
        quote!(#comment pub #name: #kind)
    });
    let comment = docs::comment(&format!("The required fields of a [`{title}`]."));
    let tokens = quote! {
        #comment
        #[allow(missing_debug_implementations, reason = "it is taken apart at once, and may hold personal data")]
        pub struct #name { #(#fields,)* }
    };
    (name.to_string(), tokens)
}

/// What a field is in a new value: `given` if the caller gives it.
fn value_of(field: &Field, given: TokenStream) -> TokenStream {
    let name = &field.name;
    match field.presence {
        _ if names::is_key(&field.wire) => quote!(#name: IdempotencyKey::fresh()),
        Presence::Required => given,
        Presence::Optional | Presence::Clearable | Presence::LostWhenUnreadable | Presence::Null => {
            quote!(#name: None)
        }
        Presence::EmptyWhenAbsent | Presence::Flat => quote!(#name: Default::default()),
        Presence::TrueWhenNull => quote!(#name: true),
    }
}

/// The required fields in the document's order, which is the order of the constructor's arguments.
pub(super) fn required_order(structure: &Struct, lowered: &Lowered) -> Vec<String> {
    let pointer = format!("/components/schemas/{}/required", structure.name);
    let listed = lowered.document.pointer(&pointer).and_then(serde_json::Value::as_array);
    listed.into_iter().flatten().filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
}

pub(super) fn is_argument(field: &Field) -> bool {
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

fn setter(field: &Field, facts: Option<&FieldFacts>) -> TokenStream {
    let (name, kind) = (&field.name, accepted(&field.kind));
    let value = converted(name, &field.kind);
    let value = match field.presence {
        Presence::Required | Presence::TrueWhenNull | Presence::Flat | Presence::EmptyWhenAbsent => value,
        Presence::Clearable => quote!(Some(Some(#value))),
        Presence::Optional | Presence::LostWhenUnreadable | Presence::Null => quote!(Some(#value)),
    };
    let comment = docs::setter(field, facts);
    let clear = (field.presence == Presence::Clearable).then(|| clearer(name));
    let method = setter_name(field);
    quote! {
        #comment
        pub fn #method(mut self, #name: #kind) -> Self {
            self.#name = #value;
            self
        }
        #clear
    }
}

/// The name of a field's setter.
pub(super) fn setter_name(field: &Field) -> Ident {
    let name = &field.name;
    let is_taken = names::is_key(&field.wire) || TAKEN.contains(&name.to_string().as_str());
    if is_taken { format_ident!("with_{name}") } else { name.clone() }
}

/// Writes the method that sends a null, which removes the stored value.
fn clearer(name: &Ident) -> TokenStream {
    let method = format_ident!("clear_{name}");
    let comment =
        docs::comment(&format!("Sends null for [`{name}`](Self::{name}), which removes the stored value."));
    quote! {
        #comment
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
