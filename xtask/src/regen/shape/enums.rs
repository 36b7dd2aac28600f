//! Enums: open where an answer can carry them, so that a value that Dots adds later is read and kept.

use quote::{format_ident, quote};

use super::piece::Piece;
use super::{Passes, docs};
use crate::regen::lower::EnumFacts;

/// Writes an enum.
pub(super) fn piece(name: &str, facts: &EnumFacts, passes: &mut Passes) -> Piece {
    let title = format_ident!("{name}");
    let comment = docs::prose(&facts.description);
    let values: Vec<&String> = facts.variants.iter().map(|(_, value)| value).collect();
    let variants: Vec<_> = facts.variants.iter().map(|(variant, _)| format_ident!("{variant}")).collect();
    let notes = values.iter().map(|value| docs::comment(&format!("`{value}`.")));
    let (derive, unknown, unknown_text, plumbing) = if facts.open {
        passes.count("open enums");
        let note = docs::comment("A value that this version does not know, as it came.");
        (
            quote!(#[derive(Clone, Debug, PartialEq, Eq, Hash)]),
            quote!(#note Unknown(String),),
            quote!(Self::Unknown(other) => other,),
            quote!(crate::open_enum::open_enum!(#title);),
        )
    } else {
        passes.count("closed enums");
        (
            quote!(#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]),
            quote!(),
            quote!(),
            quote!(crate::open_enum::closed_enum!(#title);),
        )
    };
    let text_type = if facts.open { quote!(&str) } else { quote!(&'static str) };
    let tokens = quote! {
        #comment
        #derive
        #[non_exhaustive]
        pub enum #title { #(#notes #variants,)* #unknown }
        impl #title {
            /// The values that the document lists, as they go over the wire.
            pub const VALUES: &'static [&'static str] = &[#(#values),*];
            /// Returns the value as it goes over the wire.
            #[must_use]
            pub fn as_str(&self) -> #text_type {
                match self { #(Self::#variants => #values,)* #unknown_text }
            }
            fn known(text: &str) -> Option<Self> {
                Some(match text { #(#values => Self::#variants,)* _ => return None })
            }
        }
        #plumbing
    };
    Piece::of_type(name.to_owned(), tokens)
}
