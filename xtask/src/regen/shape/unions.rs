//! Unions: untagged enums, with a variant for shapes that Dots adds later.

use std::collections::BTreeSet;

use quote::{ToTokens as _, quote};
use syn::{Ident, Type};

use super::model::Union;
use super::piece::Piece;
use super::{Passes, docs, kinds};
use crate::regen::lower::Lowered;

/// Writes an untagged enum.
pub(super) fn piece(union: &Union, lowered: &Lowered, passes: &mut Passes) -> Piece {
    passes.count("unions");
    let name = &union.name;
    let schema = name.to_string();
    let text = lowered.schemas.get(&schema).filter(|text| !text.is_empty());
    let comment = docs::prose(text.map_or("One of several shapes.", String::as_str));
    let named: Vec<(Ident, &Type)> =
        union.variants.iter().map(|(name, kind)| (variant_name(name, kind), kind)).collect();
    let variants = named.iter().map(|(variant, kind)| {
        let held = kinds::shown(kind);
        let is_name = held.chars().all(char::is_alphanumeric);
        let held = if is_name { format!("[`{held}`]") } else { format!("`{held}`") };
        let comment = docs::comment(&format!("Holds a {held}."));
        quote!(#comment #variant(#kind))
    });
    let parts: Vec<String> =
        named.iter().map(|(variant, kind)| format!("{variant}({})", kinds::shown(kind))).collect();
    let table = format!("crate::open_enum::from_parts!({name}: {});\n", parts.join(", "));
    let unknown = lowered.in_answers.contains(&schema).then(|| {
        let comment = docs::comment("Holds a shape that this version does not know, as it came.");
        quote!(#comment Unknown(serde_json::Value),)
    });
    Piece::of_type(
        schema,
        quote! {
            #comment
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
            #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
            #[serde(untagged)]
            #[non_exhaustive]
            pub enum #name { #(#variants,)* #unknown }
        },
    )
    .with_table(table, BTreeSet::new())
}

/// typify numbers variants for which it finds no common name; the name of the type says more.
fn variant_name(name: &Ident, kind: &Type) -> Ident {
    let numbered = name.to_string().starts_with("Variant");
    let own = syn::parse2(kind.to_token_stream()).ok().filter(|_| numbered);
    own.unwrap_or_else(|| name.clone())
}
