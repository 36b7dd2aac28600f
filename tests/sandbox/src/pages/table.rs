//! Responsive tables: rows on a wide screen, and cards on a narrow one.

use super::html::{Html, tag};

/// A row of a table, one cell per heading.
pub(super) type Cells = Vec<Html>;

/// Shows rows under their headings, or a sentence when there are none.
///
/// The roles repeat what the elements are: for some screen readers, a table that a style sheet turns into cards is no
/// longer a table.
pub(super) fn table(
    name: &'static str,
    headings: &[&'static str],
    rows: Vec<Cells>,
    none: &'static str,
) -> Html {
    if rows.is_empty() {
        return tag("p").class("none").with(none).into();
    }
    let heading = |text: &&'static str| {
        tag("th").set("role", "columnheader").set("scope", "col").set("data-label", text).with(*text)
    };
    let head = tag("tr").set("role", "row").with(headings.iter().map(heading).collect::<Html>());
    let row = |cells: Cells| {
        let cell = |(heading, cell): (&&'static str, Html)| {
            let inside = tag("span").with(cell);
            tag("td").set("role", "cell").set("data-label", heading).with(inside)
        };
        tag("tr").set("role", "row").with(headings.iter().zip(cells).map(cell).collect::<Html>())
    };
    // Three short cells fit on one line even on a phone, and need no headings there.
    let shape = if headings.len() == 3 { "lines" } else { "cards" };
    tag("table")
        .class(shape)
        .set("role", "table")
        .set("aria-label", name)
        .with(tag("thead").set("role", "rowgroup").with(head))
        .with(tag("tbody").set("role", "rowgroup").with(rows.into_iter().map(row).collect::<Html>()))
        .into()
}
