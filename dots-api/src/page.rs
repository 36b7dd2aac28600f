//! Lists that are read page by page: which page is asked for, and what an answer holds.

use std::fmt::{Debug, Display};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Operation;

/// Says which page of a list is asked for.
///
/// The ids are those of rows, and no row is on the page that names it. Source: any list page of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Paging<Id> {
    /// The row behind which the page begins.
    pub starting_after: Option<Id>,
    /// The row before which the page ends.
    pub ending_before: Option<Id>,
    /// How many rows the page has at most, from 1 to 100; how many it has without that is not documented.
    pub limit: Option<i64>,
}

impl<Id: Clone> Paging<&Id> {
    /// Returns the same with ids of its own.
    #[must_use]
    pub fn cloned(&self) -> Paging<Id> {
        Paging {
            starting_after: self.starting_after.cloned(),
            ending_before: self.ending_before.cloned(),
            limit: self.limit,
        }
    }
}

impl<Id> Default for Paging<Id> {
    fn default() -> Self {
        Self { starting_after: None, ending_before: None, limit: None }
    }
}

/// An operation that lists rows page by page, with the id of a row as cursor.
///
/// It is implemented for every operation whose [`pagination`](crate::OperationMeta::pagination) is
/// [`Cursor`](crate::Pagination::Cursor). A list that comes at once has no such implementation, and cannot be walked by
/// mistake. `dots-api-ext` walks lists; this says what there is to walk.
///
/// # Examples
/// ```
/// # #[cfg(feature = "transfers")] {
/// use dots_api::{CursorList, ListTransfers, Paging, TransferStatus};
///
/// let mut list = ListTransfers::new().status(TransferStatus::Completed);
/// list.set_paging(Paging { limit: Some(100), ..Paging::default() });
/// assert_eq!(list, ListTransfers::new().status(TransferStatus::Completed).limit(100));
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list that is read page by page",
    label = "takes no cursors",
    note = "a list that comes at once is run as any other operation"
)]
pub trait CursorList: Operation {
    /// What the list holds.
    type Row: Debug + Send + Sync + 'static;

    /// What names a row, and serves as cursor.
    type RowId: Clone + Debug + Display + PartialEq + Send + Sync + 'static;

    /// Returns which page this asks for.
    fn paging(&self) -> Paging<&Self::RowId>;

    /// Asks for another page of the same list: whatever filters it stays.
    fn set_paging(&mut self, paging: Paging<Self::RowId>);

    /// Returns the rows of a page, in the order of the list.
    fn rows(page: &Self::Output) -> &[Self::Row];

    /// Takes the rows out of a page.
    fn into_rows(page: Self::Output) -> Vec<Self::Row>;

    /// Says whether more rows follow; nothing where the answer is a bare array, which does not tell.
    fn has_more(page: &Self::Output) -> Option<bool>;

    /// Returns the id of a row.
    fn row_id(row: &Self::Row) -> &Self::RowId;
}

/// Calls a function's worth of code for every list with cursors, see
/// [`visit_cursor_lists`](crate::visit_cursor_lists).
pub trait CursorListVisitor {
    /// Receives one operation type.
    fn visit<L: CursorList + Serialize + DeserializeOwned>(&mut self);
}
