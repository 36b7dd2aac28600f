//! Enums: open where an answer can carry them, so that a value that Dots adds later is read and kept.
//!
//! Each is a table of variants and texts; macros of `dots_api::open_enum` make the enum of it.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};

use super::piece::Piece;
use super::{Passes, docs, text};
use crate::citations;
use crate::regen::lower::EnumFacts;

/// Writes an enum.
pub(super) fn piece(name: &str, facts: &EnumFacts, passes: &mut Passes) -> Piece {
    let kind = if facts.open { "open_enum" } else { "closed_enum" };
    passes.count(if facts.open { "open enums" } else { "closed enums" });
    let comment = text::doc_comment(&citations::linked(&docs::linkless(&facts.description)), "    ");
    let rows: String = facts
        .variants
        .iter()
        .map(|(variant, value)| format!("        {variant} = {},\n", Literal::string(value)))
        .collect();
    let table = format!("crate::open_enum::{kind}! {{\n{comment}    pub enum {name} {{\n{rows}    }}\n}}\n");
    Piece::of_type(name.to_owned(), TokenStream::new()).with_table(table, BTreeSet::new())
}
