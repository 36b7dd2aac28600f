//! Cursor pagination: the page that a request asks for, and the rows of an answer.

use std::fmt::{Debug, Display};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Operation;

/// The page of a list that a request asks for.
///
/// A cursor is the id of a row, and that row itself is not on the page. Source: any list page of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Paging<Id> {
    /// The row after which the page starts.
    pub starting_after: Option<Id>,
    /// The row before which the page ends.
    pub ending_before: Option<Id>,
    /// The maximum number of rows, from 1 to 100; Dots does not document the default.
    pub limit: Option<i64>,
}

impl<Id: Clone> Paging<&Id> {
    /// Clones the borrowed ids.
    #[must_use]
    pub fn cloned(&self) -> Paging<Id> {
        Paging {
            starting_after: self.starting_after.cloned(),
            ending_before: self.ending_before.cloned(),
            limit: self.limit,
        }
    }
}

impl<Id> Paging<Id> {
    /// Creates the first page, of as many rows as Dots chooses.
    #[must_use]
    pub const fn new() -> Self {
        Self { starting_after: None, ending_before: None, limit: None }
    }

    /// Starts the page after this row.
    #[must_use]
    pub fn starting_after(mut self, row: Id) -> Self {
        self.starting_after = Some(row);
        self
    }

    /// Ends the page before this row.
    #[must_use]
    pub fn ending_before(mut self, row: Id) -> Self {
        self.ending_before = Some(row);
        self
    }

    /// Sets the maximum number of rows, from 1 to 100.
    #[must_use]
    pub fn limit(mut self, rows: i64) -> Self {
        self.limit = Some(rows);
        self
    }
}

impl<Id> Default for Paging<Id> {
    fn default() -> Self {
        Self::new()
    }
}

/// An operation that lists rows page by page, with the id of a row as the cursor.
///
/// It is implemented for every operation whose [`pagination`](crate::OperationMeta::pagination) is
/// [`Cursor`](crate::Pagination::Cursor). A list that comes in one answer does not implement it, so it cannot be
/// paginated by mistake. This trait only describes the pages; `dots-api-ext` iterates over them. It is sealed, as
/// [`Operation`] is.
///
/// # Examples
/// ```
/// # #[cfg(feature = "transfers")] {
/// use dots_api::{CursorList, ListTransfers, Paging, TransferStatus};
///
/// let mut list = ListTransfers::new().status(TransferStatus::Completed);
/// list.set_paging(Paging::new().limit(100));
/// assert_eq!(list, ListTransfers::new().status(TransferStatus::Completed).limit(100));
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a paginated list",
    label = "takes no cursor",
    note = "run a list without cursors like any other operation"
)]
pub trait CursorList: Operation {
    /// The type of a row.
    type Row: Debug + Send + Sync + 'static;

    /// The id of a row, which serves as the cursor.
    type RowId: Clone + Debug + Display + PartialEq + Send + Sync + 'static;

    /// Returns the page that this request asks for.
    fn paging(&self) -> Paging<&Self::RowId>;

    /// Sets the page to ask for; filters stay unchanged.
    fn set_paging(&mut self, paging: Paging<Self::RowId>);

    /// Returns the rows of a page, in the order of the list.
    fn rows(page: &Self::Output) -> &[Self::Row];

    /// Takes the rows out of a page.
    fn into_rows(page: Self::Output) -> Vec<Self::Row>;

    /// Says whether more rows follow; `None` if the answer is a bare array, which does not say so.
    fn has_more(page: &Self::Output) -> Option<bool>;

    /// Returns the id of a row.
    fn row_id(row: &Self::Row) -> &Self::RowId;
}

/// Implements [`CursorList`] for an operation: by the ids of its rows, which stand in a page or are the whole answer.
macro_rules! cursor_list {
    ($name:ident: $id:ty, [$row:ty]) => {
        $crate::page::cursor_list!($name, $id, $row, Vec<$row>, page => page, page, None);
    };
    ($name:ident: $id:ty, $page:ty => $row:ty) => {
        $crate::page::cursor_list!($name, $id, $row, $page, page => page.data, &page.data, Some(page.has_more));
    };
    ($name:ident, $id:ty, $row:ty, $page:ty, $it:ident => $owned:expr, $rows:expr, $more:expr) => {
        impl $crate::CursorList for $name {
            type Row = $row;
            type RowId = $id;

            #[inline]
            fn paging(&self) -> $crate::Paging<&$id> {
                $crate::Paging {
                    starting_after: self.starting_after.as_ref(),
                    ending_before: self.ending_before.as_ref(),
                    limit: self.limit,
                }
            }

            #[inline]
            fn set_paging(&mut self, paging: $crate::Paging<$id>) {
                self.starting_after = paging.starting_after;
                self.ending_before = paging.ending_before;
                self.limit = paging.limit;
            }

            #[inline]
            fn rows($it: &$page) -> &[$row] {
                $rows
            }

            #[inline]
            fn into_rows($it: $page) -> Vec<$row> {
                $owned
            }

            #[inline]
            fn has_more($it: &$page) -> Option<bool> {
                let _ = $it;
                $more
            }

            #[inline]
            fn row_id(row: &$row) -> &$id {
                &row.id
            }
        }
    };
}

pub(crate) use cursor_list;

/// A visitor that runs generic code for every paginated list; see [`visit_cursor_lists`](crate::visit_cursor_lists).
pub trait CursorListVisitor {
    /// Receives one operation type.
    fn visit<L: CursorList + Serialize + DeserializeOwned>(&mut self);
}
