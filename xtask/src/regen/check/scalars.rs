//! Scalars: each `x-type` stands for a type of the document that its Rust type carries.
//!
//! Without this check, a mark would mask a change: were an amount to become text, no line of code would differ.

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, text};
use crate::regen::scalars::{self, ANY};

/// Checks every `x-type`.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for schema in &index.schemas {
        let Some(name) = text(schema.value, "x-type") else { continue };
        let at = schema.pointer.key("x-type");
        let found = kind(index, schema.value);
        match scalars::of(name) {
            Some(scalar) if carries(scalar, found, schema.value) => {}
            Some(scalar) => problems.add(
                at,
                format!(
                    "`{name}` stands for {}, and the document says `{found}` here",
                    super::listed(scalar.carries)
                ),
                "choose another type for it, or correct the document's type in the overlay, with the reason",
            ),
            // `lower` refuses a name that is neither.
            None if !["string", ANY].contains(&found) => problems.add(
                at,
                format!("`{name}` is neither a scalar of dots-api nor an enum of texts: the document says `{found}` here"),
                "correct its spelling; xtask/src/regen/scalars.rs lists the scalars",
            ),
            None => {}
        }
    }
}

fn carries(scalar: &scalars::Scalar, found: &str, schema: &Value) -> bool {
    let is_decimal = schema.get("x-decimal-text").is_some() && scalar.name == "Cents";
    scalar.carries.contains(&found) || (is_decimal && matches!(found, "number" | "string"))
}

/// The type that the document says of a schema.
fn kind<'a>(index: &Index<'a>, schema: &'a Value) -> &'a str {
    let Some(schema) = index.resolve(schema) else { return ANY };
    if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        return kind(index, only);
    }
    text(schema, "type").unwrap_or(ANY)
}
