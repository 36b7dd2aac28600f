//! Cursor pagination: implements `CursorList` for each operation with `x-pagination: cursor`.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use syn::Type;

use super::model::{self, Call, Field, Model, Presence};
use super::piece::Piece;
use super::{Passes, kinds};
use crate::problem::Problems;
use crate::regen::lower::{Lowered, OperationFacts};

/// The parts of a list that pagination needs.
struct Shape<'a> {
    /// The type of the cursors, which is the type of the rows' ids.
    id: &'a Type,
    row: &'a Type,
    /// Whether the answer holds the rows in `data`, beside `has_more`; otherwise it is an array of rows.
    paged: bool,
}

/// Writes `impl CursorList` for each list with cursors, or reports why one cannot be paginated.
pub(super) fn pieces(model: &Model, lowered: &Lowered, passes: &mut Passes) -> Result<Vec<Piece>, Problems> {
    let mut problems = Problems::none();
    let mut pieces = Vec::new();
    for call in &model.calls {
        let Some(facts) = lowered.operations.get(&call.id).filter(|facts| facts.cursor) else { continue };
        match shape(call, model) {
            Ok(shape) => {
                passes.count("cursor lists");
                pieces.push(piece(call, facts, &shape));
            }
            Err(why) => problems.add(
                format!("/paths/{}", facts.path.replace('/', "~1")),
                format!("`{}` is marked `x-pagination: cursor` and cannot be paginated: {why}", call.id),
                "correct the list in openapi/overlay.yaml, or mark it `x-pagination: none`",
            ),
        }
    }
    problems.or(pieces)
}

fn shape<'a>(call: &'a Call, model: &'a Model) -> Result<Shape<'a>, &'static str> {
    let parameter = |wire: &str| {
        let mut fields = call.arguments.iter();
        fields.find(|field| field.wire == wire && field.presence == Presence::Optional)
    };
    let cursor = parameter("starting_after").ok_or("it takes no optional `starting_after`")?;
    let back = parameter("ending_before").ok_or("it takes no optional `ending_before`")?;
    let limit = parameter("limit").ok_or("it takes no optional `limit`")?;
    if back.kind != cursor.kind {
        return Err("its two cursors are of different types");
    }
    if limit.kind != syn::parse_quote!(i64) {
        return Err("its `limit` is not an integer");
    }
    let (row, paged) = match fields_of(&call.output, model) {
        Some(page) => (rows_of_page(page).ok_or("its pages have no `data` and `has_more`")?, true),
        None => (model::item(&call.output).ok_or("its answer is neither a page nor an array")?, false),
    };
    let named = fields_of(row, model).and_then(|fields| required(fields, "id"));
    match named {
        Some(id) if id.kind == cursor.kind => Ok(Shape { id: &cursor.kind, row, paged }),
        _ => Err("its rows have no `id` of the type of its cursors"),
    }
}

fn fields_of<'a>(kind: &Type, model: &'a Model) -> Option<&'a [Field]> {
    Some(&model::struct_of(kind, model)?.fields)
}

fn required<'a>(fields: &'a [Field], wire: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.wire == wire && field.presence == Presence::Required)
}

fn rows_of_page(page: &[Field]) -> Option<&Type> {
    let told = page.iter().any(|field| field.wire == "has_more" && field.presence == Presence::TrueWhenNull);
    model::item(&required(page, "data")?.kind).filter(|_| told)
}

fn piece(call: &Call, facts: &OperationFacts, shape: &Shape<'_>) -> Piece {
    let name = call.id.to_upper_camel_case();
    let Shape { id, row, paged } = shape;
    let (id, row, page) = (kinds::shown(id), kinds::shown(row), kinds::shown(&call.output));
    let rows = if *paged { format!("{page} => {row}") } else { format!("[{row}]") };
    let table = format!("crate::page::cursor_list!({name}: {id}, {rows});\n");
    let uses = BTreeSet::from([id, row, page]);
    // With this name it follows the operation's own items.
    let title = format!("{name} as CursorList");
    Piece::of_operation(facts.tag.clone(), title, TokenStream::new()).with_table(table, uses)
}
