//! An output fragment: code that a shape pass writes and [`split`](super::split) puts into a file.

use proc_macro2::TokenStream;

/// A fragment of a generated file.
#[derive(Default)]
pub(super) struct Piece {
    /// The tag, if it belongs to an operation.
    pub(super) tag: Option<String>,
    pub(super) name: String,
    pub(super) tokens: TokenStream,
    pub(super) method: bool,
}

impl Piece {
    /// A type; the operations that use it decide its file.
    pub(super) fn of_type(name: String, tokens: TokenStream) -> Self {
        Self { tag: None, name, tokens, method: false }
    }

    /// The items of an operation.
    pub(super) fn of_operation(tag: String, name: String, tokens: TokenStream) -> Self {
        Self { tag: Some(tag), name, tokens, method: false }
    }

    /// A method of the client.
    pub(super) fn of_method(tag: String, name: String, tokens: TokenStream) -> Self {
        Self { tag: Some(tag), name, tokens, method: true }
    }
}
