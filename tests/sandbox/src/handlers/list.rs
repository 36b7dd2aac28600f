//! Lists with cursors.

use serde::Serialize;
use serde_json::Value;

use crate::{
    check::Call,
    reply::Refusal,
    state::{Cursor, Page, Shelf},
};

/// Rows on a page when the request does not say; Dots does not document its own number.
const DEFAULT_LIMIT: usize = 10;

/// The body of a list.
#[derive(Debug, Serialize)]
pub(super) struct PageBody<R> {
    data: Vec<R>,
    has_more: bool,
}

impl<R> PageBody<R> {
    /// Shows the rows of a page.
    pub(super) fn of<'p, T>(page: Page<'p, T>, show: impl Fn(&'p T) -> R) -> Self {
        Self { data: page.rows.into_iter().map(show).collect(), has_more: page.has_more }
    }

    /// Says what is on the page, for the transcript.
    pub(super) fn note(&self, singular: &str) -> String {
        let plural = if self.data.len() == 1 { "" } else { "s" };
        let more = if self.has_more { ", has more" } else { "" };
        format!("{} {singular}{plural}{more}", self.data.len())
    }
}

/// Returns the page that the request asks for.
pub(super) fn page<'s, T>(
    call: &Call<'_>,
    shelf: &'s Shelf<T>,
    filter: impl Fn(&T) -> bool,
) -> Result<Page<'s, T>, Refusal> {
    let limit = call.query("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
    let after = call.query_id("starting_after").map(|id| ("starting_after", Cursor::StartingAfter(id)));
    let before = call.query_id("ending_before").map(|id| ("ending_before", Cursor::EndingBefore(id)));
    let (name, cursor) = after.or(before).unwrap_or(("", Cursor::Newest));
    shelf
        .page(cursor, limit.unwrap_or(DEFAULT_LIMIT), filter)
        .map_err(|_| Refusal::invalid(format!("`{name}` is not the id of a row of this list")))
}
