//! Lists of typed rows, which are not stored as JSON.

use serde::Serialize;

use super::resources;
use crate::{
    http::{Refusal, Reply},
    plan::Decision,
    spec::Style,
    state::{Label, Page, Row, State, Table},
    validation::Call,
};

/// Answers with a page of the acting app's rows that have these labels, the rarest label first.
pub(super) fn list<'s, T: Row<Id = uuid::Uuid>, R: Serialize>(
    call: &Call<'_>,
    state: &'s State,
    table: &'s Table<T>,
    labels: impl IntoIterator<Item = Label>,
    noun: &str,
    show: impl Fn(&'s T, Style) -> R,
) -> Result<Decision, Refusal> {
    let mut query = resources::query(call, |text| uuid::Uuid::try_parse(text).ok())?;
    query.labels.extend(labels);
    query.labels.push(Label::app(call.app));
    let page = table.page(&query).map_err(|_| resources::bad_cursor(call))?;
    Ok(Decision::unchanged(page_reply(call, state, page, noun, show)))
}

/// Builds the answer of a list from a page.
pub(super) fn page_reply<'s, T, R: Serialize>(
    call: &Call<'_>,
    state: &State,
    page: Page<'s, T>,
    noun: &str,
    show: impl Fn(&'s T, Style) -> R,
) -> Reply {
    let style = resources::style(state);
    let note = resources::count(page.rows.len(), page.has_more, noun);
    let rows = page.rows.into_iter().map(|row| show(row, style));
    Reply::list(call.operation.success(), rows, Some(page.has_more), note)
}
