//! Operation metadata: the table of all operations, including those with handwritten code.

use heck::{ToShoutySnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs;
use super::piece::Piece;
use crate::regen::lower::{Lowered, OperationFacts};
use crate::regen::names;

/// Writes an `OperationMeta` expression.
pub(super) fn meta(id: &str, facts: &OperationFacts) -> TokenStream {
    let OperationFacts { path, tag, statuses, headers, .. } = facts;
    let method = format_ident!("{}", facts.method);
    let idempotency = format_ident!("{}", facts.idempotency.as_deref().map_or("Unkeyed", idempotency));
    let pagination = if facts.cursor { quote!(Cursor) } else { quote!(None) };
    let statuses = statuses.iter().map(|status| proc_macro2::Literal::u16_unsuffixed(*status));
    quote! {
        OperationMeta {
            id: #id,
            method: http::Method::#method,
            path: #path,
            tag: #tag,
            statuses: &[#(#statuses),*],
            headers: &[#(#headers),*],
            idempotency: Idempotency::#idempotency,
            pagination: Pagination::#pagination,
        }
    }
}

/// The variant of `Idempotency` for a mark.
pub(super) fn idempotency(mark: &str) -> &'static str {
    match mark {
        "returns-existing" => "ReturnsExisting",
        "rejects-duplicate" => "RejectsDuplicate",
        _ => "Unspecified",
    }
}

/// Writes the metadata of the operations with handwritten code.
pub(super) fn hand_written(lowered: &Lowered) -> Vec<Piece> {
    let operations = lowered.operations.iter().filter(|(_, facts)| facts.hand_written);
    operations
        .map(|(id, facts)| {
            let name = format_ident!("{}", id.to_shouty_snake_case());
            let (meta, comment) =
                (meta(id, facts), docs::comment(&format!("What the document says of `{id}`.")));
            let tokens = quote!(#comment pub(crate) const #name: &OperationMeta = &#meta;);
            Piece::of_operation(facts.tag.clone(), name.to_string(), tokens)
        })
        .collect()
}

/// Writes the list of all operations, and the functions that visit their types.
pub(super) fn index(lowered: &Lowered) -> TokenStream {
    let (tags, names) = rows(lowered, |_| true);
    let (list_tags, lists) = rows(lowered, |facts| facts.cursor);
    // A document may have none, and a parameter without a use is a warning.
    let visitor = |visited: &[TokenStream]| if visited.is_empty() { quote!(_) } else { quote!(visitor) };
    let (of_operations, of_lists) = (visitor(&names), visitor(&lists));
    quote! {
        use crate::{CursorListVisitor, Operation, OperationMeta, OperationVisitor};
        /// What the document says of every operation, in the order of their ids.
        pub static OPERATIONS: &[&OperationMeta] = &[#(#[cfg(feature = #tags)] #names::META,)*];
        /// Shows every operation type to `visitor`, in the order of their ids.
        ///
        /// For code that treats all operations alike: tests, tables, fakes.
        pub fn visit_operations<V: OperationVisitor>(#of_operations: &mut V) {
            #(#[cfg(feature = #tags)] visitor.visit::<#names>();)*
        }
        /// Shows every list that is walked with cursors to `visitor`, in the order of their ids.
        pub fn visit_cursor_lists<V: CursorListVisitor>(#of_lists: &mut V) {
            #(#[cfg(feature = #list_tags)] visitor.visit::<#lists>();)*
        }
    }
}

/// The tags and the type names of some operations.
fn rows(lowered: &Lowered, wanted: fn(&OperationFacts) -> bool) -> (Vec<String>, Vec<TokenStream>) {
    let rows = lowered.operations.iter().filter(|(_, facts)| wanted(facts));
    rows.map(|(id, facts)| {
        let name = format_ident!("{}", id.to_upper_camel_case());
        // Handwritten operations stand outside the generated modules.
        (names::feature(&facts.tag), if facts.hand_written { quote!(crate::#name) } else { quote!(#name) })
    })
    .unzip()
}
