//! Scalars: each `x-type` stands for a type of the document that its Rust type carries.
//!
//! Without this check, a mark would mask a change: were an amount to become text, no line of code would differ.

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, entries, text};
use crate::regen::names;
use crate::regen::pointer::{Pointer, unescape};
use crate::regen::scalars::{self, ANY};

/// Checks every `x-type`.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for schema in &index.schemas {
        for (at, property) in entries(&schema.pointer, schema.value, "properties") {
            money(index, &at, property, problems);
        }
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

/// The words with which the name of an amount ends; a `total` may be a count.
const AMOUNTS: &[&str] = &["amount", "amounts", "balance", "cents", "cost", "fee", "fees", "price"];

/// Refuses a number that is named like money and is none: it would be read as a float, or as a number without a unit.
fn money<'a>(index: &Index<'a>, at: &Pointer, property: &'a Value, problems: &mut Problems) {
    let name = unescape(at.as_str().rsplit('/').next().unwrap_or_default());
    let word = names::snake(&name);
    let is_money = word.rsplit('_').next().is_some_and(|last| AMOUNTS.contains(&last));
    let marked = index.resolve(property).is_some_and(|it| it.get("x-type").is_some());
    if is_money
        && !marked
        && property.get("x-type").is_none()
        && ["integer", "number"].contains(&kind(index, property))
    {
        problems.add(
            at,
            format!("`{name}` is named like an amount of money, and no mark says in which unit it is"),
            "mark it with `x-type: Cents` in the overlay, and with `x-decimal-text` if it is in dollars; rename the \
             field with a reason if it is no money",
        );
    }
}
