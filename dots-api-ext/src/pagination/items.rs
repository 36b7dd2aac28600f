//! A stream over the rows of a paginated list.

use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use dots_api::CursorList;
use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::List;
use super::pager::{Direction, Pager, is_missing};
use crate::error::Error;

/// Streams the rows of a list.
///
/// Read it with [`next`](Self::next), or as a [`Stream`] with the crate of your choice. One page is in memory at a
/// time, two with [`prefetch`](super::List::prefetch). Dropping it stops the iteration; no task runs in the background.
///
/// Rows come as Dots sends them: a row that is inserted while the list is read appears if it belongs to a later page,
/// and a row that Dots sends twice is yielded twice.
///
/// # Errors
/// As for [`Pages`](super::Pages): the stream ends after an error, and [`resume`](Self::resume) continues after the
/// last row that was yielded.
#[must_use = "a list is read when the next row is asked for"]
pub struct Items<L: CursorList> {
    pager: Pager<L>,
    /// The remaining rows of the current page, in the order of the list.
    rows: vec::IntoIter<L::Row>,
    /// The row that was yielded last.
    last: Option<L::RowId>,
}

impl<L: CursorList> Items<L> {
    pub(super) fn new(list: List<L>) -> Self {
        Self { pager: Pager::new(list), rows: Vec::new().into_iter(), last: None }
    }

    /// Returns the next row, or `None` after the last one or after an error.
    ///
    /// The future is cancel safe: after dropping it, the next call waits for the same row.
    ///
    /// # Errors
    /// Returns the error of the call, or one that says why the list cannot be continued, after the rows that came
    /// before it; see [`Pages`](super::Pages).
    ///
    /// # Examples
    /// Stop reading and continue later:
    /// ```
    /// # #[cfg(not(feature = "all-tags"))]
    /// # fn main() {}
    /// # #[cfg(feature = "all-tags")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use dots_api_ext::{Cents, Dots, Payee};
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let credentials = sandbox.credentials();
    /// # let dots = Dots::builder()
    /// #     .credentials(credentials.client_id, credentials.api_key)
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # for _ in 0..3 {
    /// #     dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
    /// # }
    /// use dots_api_ext::dots_api::ListPayoutLinks;
    ///
    /// let mut links = dots.list(ListPayoutLinks::new()).items();
    /// let newest = links.next().await.ok_or("there is no payout link")??;
    /// // The id can be stored, and the walk gone on with by another program.
    /// let stopped_at = links.cursor().cloned().ok_or("a row was given")?;
    /// assert_eq!(stopped_at, newest.id);
    ///
    /// let mut older = dots.list(ListPayoutLinks::new()).after(stopped_at).items();
    /// let mut count = 0;
    /// while let Some(link) = older.next().await {
    ///     println!("{} is {}", link?.id, newest.status);
    ///     count += 1;
    /// }
    /// assert_eq!(count, 2);
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<L::Row, Error>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// Returns the id of the row that was yielded last, or the id that the list started from.
    ///
    /// If the last row has no id, this is the cursor of its page.
    #[must_use]
    pub fn cursor(&self) -> Option<&L::RowId> {
        match &self.last {
            Some(id) if is_missing(id) => self.pager.came_from(),
            Some(id) => Some(id),
            None => self.pager.cursor(),
        }
    }

    /// Turns back into a list that starts after the row that was yielded last, in the same direction.
    ///
    /// After a row without an id it starts with the page of that row: some rows are repeated, and none is missed.
    ///
    /// # Examples
    /// Continue where an interrupted iteration stopped:
    /// ```
    /// # #[cfg(not(feature = "all-tags"))]
    /// # fn main() {}
    /// # #[cfg(feature = "all-tags")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use dots_api_ext::{Cents, Dots, Payee};
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let credentials = sandbox.credentials();
    /// # let dots = Dots::builder()
    /// #     .credentials(credentials.client_id, credentials.api_key)
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # for _ in 0..3 {
    /// #     dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
    /// # }
    /// use dots_api_ext::dots_api::ListPayoutLinks;
    ///
    /// let mut links = dots.list(ListPayoutLinks::new()).items();
    /// let first = links.next().await.ok_or("there is no payout link")??;
    ///
    /// let mut links = links.resume().items();
    /// let second = links.next().await.ok_or("there is one link only")??;
    /// assert_ne!(first.id, second.id);
    /// # Ok(()) }
    /// ```
    pub fn resume(self) -> List<L> {
        let (direction, cursor) = (self.pager.direction(), self.cursor().cloned());
        let list = self.pager.into_list();
        if self.last.is_some() { list.from(direction, cursor) } else { list }
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<L::Row, Error>>> {
        if self.rows.len() == 0
            && let Err(error) = ready!(self.poll_rows(cx))
        {
            return Poll::Ready(Some(Err(error)));
        }
        self.pager.drive_ahead(cx);
        Poll::Ready(self.next_row().map(Ok))
    }

    /// Waits for rows to yield; there are none at the end of the list.
    fn poll_rows(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.rows.len() == 0 {
            // Frees the rows that were yielded before the next page is allocated.
            self.rows = Vec::new().into_iter();
            match ready!(self.pager.poll_page(cx)) {
                Some(page) => self.rows = L::into_rows(page?.into_inner()).into_iter(),
                None => break,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Takes the next row of the current page, and remembers its id.
    fn next_row(&mut self) -> Option<L::Row> {
        let direction = self.pager.direction();
        let row = match direction {
            Direction::Forward => self.rows.as_slice().first(),
            Direction::Backward => self.rows.as_slice().last(),
        };
        let id = L::row_id(row?);
        match &mut self.last {
            Some(last) => last.clone_from(id),
            none => *none = Some(id.clone()),
        }
        match direction {
            Direction::Forward => self.rows.next(),
            Direction::Backward => self.rows.next_back(),
        }
    }
}

impl<L: CursorList> Stream for Items<L> {
    type Item = Result<L::Row, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = self.pager.is_over().then_some(self.rows.len());
        (self.rows.len(), most)
    }
}

impl<L: CursorList> FusedStream for Items<L> {
    fn is_terminated(&self) -> bool {
        self.rows.len() == 0 && self.pager.is_over()
    }
}

/// Nothing in it is pinned, as in [`Pages`](super::Pages).
impl<L: CursorList> Unpin for Items<L> {}

impl<L: CursorList> Debug for Items<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pager", &self.pager).field("buffered_rows", &self.rows.len()).finish()
    }
}
