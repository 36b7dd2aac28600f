//! Objects: how the fields of a struct are read and written, as a table of which the runtime makes the code.
//!
//! A struct with properties that have no names takes serde's derives instead: only they know how to read those.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::Passes;
use super::model::{Field, Presence};

/// The longest line of a table.
const WIDTH: usize = 100;

/// A field, and the function that reads its amounts if its type alone does not.
pub(super) type Row<'a> = (&'a Field, Option<&'static str>);

/// Whether serde's derives read and write a struct.
pub(super) fn is_derived(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.presence == Presence::Flat)
}

/// Writes the table of a struct; none if serde's derives do its work.
pub(super) fn table(title: &str, closed: bool, rows: &[Row<'_>], passes: &mut Passes) -> String {
    if rows.iter().any(|(field, _)| field.presence == Presence::Flat) {
        return String::new();
    }
    let closed = if closed { "closed " } else { "" };
    let rows: Vec<String> = rows.iter().map(|(field, money)| row(field, *money, passes)).collect();
    call("object::object", &format!("{closed}{title}"), &rows)
}

/// Writes the call of a macro that takes a struct and rows for its fields, as many to a line as there is room for.
pub(super) fn call(macro_path: &str, title: &str, rows: &[String]) -> String {
    let head = format!("crate::{macro_path}!({title} {{");
    let line = format!("{head} {} }});\n", rows.join(", "));
    if line.len() <= WIDTH {
        return line.replace("{  }", "{}");
    }
    let mut lines = vec![String::new()];
    for row in rows {
        let row = format!("{row},");
        match lines.last_mut() {
            Some(line) if line.len() + row.len() + 5 <= WIDTH => {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(&row);
            }
            _ => lines.push(row),
        }
    }
    let lines: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    format!("{head}\n{lines}}});\n")
}

/// Writes how one field is read and written.
fn row(field: &Field, money: Option<&'static str>, passes: &mut Passes) -> String {
    let presence = match field.presence {
        Presence::Required | Presence::TrueWhenNull => "required",
        Presence::Optional | Presence::Clearable | Presence::LostWhenUnreadable => "optional",
        Presence::Null | Presence::EmptyWhenAbsent | Presence::Flat => "default",
    };
    let name = &field.name;
    let wire = if is_renamed(field) { format!(": {:?}", field.wire) } else { String::new() };
    let reader = reader(field, money, passes).map(|reader| format!(" by {reader}"));
    format!("{presence} {name}{wire}{}", reader.unwrap_or_default())
}

/// What serde's derives have to know of a field.
pub(super) fn serde_attribute(
    field: &Field,
    money: Option<&'static str>,
    passes: &mut Passes,
) -> TokenStream {
    let mut words = Vec::new();
    if is_renamed(field) {
        let wire = &field.wire;
        words.push(quote!(rename = #wire));
    }
    match field.presence {
        Presence::Required | Presence::TrueWhenNull => {}
        Presence::Flat => words.push(quote!(flatten)),
        _ => words.push(quote!(default)),
    }
    if matches!(field.presence, Presence::Optional | Presence::Clearable | Presence::LostWhenUnreadable) {
        words.push(quote!(skip_serializing_if = "Option::is_none"));
    }
    if let Some(reader) = reader(field, money, passes) {
        let path = format!("crate::read::{reader}");
        words.push(quote!(deserialize_with = #path));
    }
    if words.is_empty() { TokenStream::new() } else { quote!(#[serde(#(#words),*)]) }
}

/// What the type's JSON Schema has to know of a field, where the table says the rest.
pub(super) fn schema_attribute(field: &Field) -> TokenStream {
    let wire = is_renamed(field).then(|| {
        let wire = &field.wire;
        quote!(rename = #wire)
    });
    let default =
        matches!(field.presence, Presence::Null | Presence::EmptyWhenAbsent).then(|| quote!(default));
    let words: Vec<TokenStream> = wire.into_iter().chain(default).collect();
    if words.is_empty() {
        TokenStream::new()
    } else {
        quote!(#[cfg_attr(feature = "schemars", schemars(#(#words),*))])
    }
}

/// The type of the field as the struct holds it.
pub(super) fn held(field: &Field) -> Type {
    let kind = &field.kind;
    match field.presence {
        Presence::Required | Presence::EmptyWhenAbsent | Presence::TrueWhenNull | Presence::Flat => {
            kind.clone()
        }
        Presence::Optional | Presence::LostWhenUnreadable | Presence::Null => {
            syn::parse_quote!(Option<#kind>)
        }
        Presence::Clearable => syn::parse_quote!(Option<Option<#kind>>),
    }
}

fn is_renamed(field: &Field) -> bool {
    field.presence != Presence::Flat && field.name != field.wire.as_str()
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
