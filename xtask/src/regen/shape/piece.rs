//! An output fragment: code that a shape pass writes and [`split`](super::split) puts into a file.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;

/// A fragment of a generated file.
#[derive(Default)]
pub(super) struct Piece {
    /// The tag, if it belongs to an operation.
    pub(super) tag: Option<String>,
    pub(super) name: String,
    pub(super) tokens: TokenStream,
    /// A call of a macro of the runtime, which stands behind the tokens as it is.
    pub(super) table: String,
    /// The types that the table names.
    pub(super) uses: BTreeSet<String>,
    pub(super) method: bool,
}

impl Piece {
    /// A type; the operations that use it decide its file.
    pub(super) fn of_type(name: String, tokens: TokenStream) -> Self {
        Self { name, tokens, ..Self::default() }
    }

    /// The items of an operation.
    pub(super) fn of_operation(tag: String, name: String, tokens: TokenStream) -> Self {
        Self { tag: Some(tag), name, tokens, ..Self::default() }
    }

    /// A method of the client.
    pub(super) fn of_method(tag: String, name: String, tokens: TokenStream) -> Self {
        Self { tag: Some(tag), name, tokens, method: true, ..Self::default() }
    }

    /// Adds a table, and the types that it names.
    pub(super) fn with_table(self, table: String, uses: BTreeSet<String>) -> Self {
        Self { table, uses, ..self }
    }

    /// The name of the item that it is; a method is none.
    pub(super) fn item_name(&self) -> Option<&str> {
        (!self.method).then_some(self.name.as_str())
    }
}
