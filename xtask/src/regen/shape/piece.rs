//! A part of a generated file, which a shape pass makes and [`split`](super::split) lays into its file.

use proc_macro2::TokenStream;

/// A part of a file.
#[derive(Default)]
pub(super) struct Piece {
    /// The tag, for what belongs to an operation.
    pub(super) tag: Option<String>,
    pub(super) name: String,
    pub(super) tokens: TokenStream,
    pub(super) method: bool,
}

impl Piece {
    /// A type, whose file follows from its users.
    pub(super) fn of_type(name: String, tokens: TokenStream) -> Self {
        Self { tag: None, name, tokens, method: false }
    }

    /// Items of an operation.
    pub(super) fn of_operation(tag: String, name: String, tokens: TokenStream) -> Self {
        Self { tag: Some(tag), name, tokens, method: false }
    }

    /// A method of the client.
    pub(super) fn of_method(tag: String, name: String, tokens: TokenStream) -> Self {
        Self { tag: Some(tag), name, tokens, method: true }
    }
}
