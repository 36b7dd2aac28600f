//! Cursor pagination: streams of pages or rows, forward and backward, over every list that takes cursors.
//!
//! - [`List`]: what to read, from where, in which direction; created by [`Dots::list`]
//! - [`Pages`] and [`Items`]: the streams, which can be read without a stream crate; the latter in `items`
//! - `pager`: the state between two pages, and the conditions under which a list stops
//! - `cycle`: cycle detection in constant memory
//!
//! # How a list ends
//! `dots.list(operation)` requests a page, takes the id of its outermost row as the cursor of the next page, and ends
//! when Dots says that nothing follows. A bare array has no such flag, and ends with an empty page. The list ends with
//! an error if it could never end otherwise: a page without a row or an id to continue from, or a cursor that was used
//! before. To detect a repeated cursor, the pager keeps the cursor of the previous page and one older cursor, which it
//! replaces after 1, 2, 4, 8, … pages (Brent's algorithm). The `Outcome` of these errors is `Unknown`.
//!
//! A caller who searches a list for a payout must be able to trust its end. An empty page that claims that more rows
//! follow is not an end, and a list with a cycle has none. Memory is constant for a list of any length. The outcome is
//! `Unknown`, as of any answer that cannot be read: Dots refused nothing, and `may_have_moved_money` is false for
//! whatever only reads. If Dots sends a row twice in a list that ends, the caller receives it twice,
//! since only the caller knows what a second occurrence means.
//!
//! Considered:
//! - remembering all ids, which finds every repeated row and needs memory for all of them
//! - ending without an error, which hides rows
//! - `Rejected`, which says that no money moved, and also that Dots refused something
//! - a spawned task for `prefetch`, which would outlive a dropped stream and need a runtime; instead the request for
//!   the next page makes progress whenever the stream is read, and is repeated if it failed meanwhile

mod cycle;
mod items;
mod pager;

use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use dots_api::{CursorList, Paging};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::dots::Dots;
use crate::error::Error;
use crate::reply::Reply;
pub use items::Items;
use pager::{Direction, Pager};

impl Dots {
    /// Starts reading a list to its end, page by page or row by row.
    ///
    /// The operation's filters apply to every page. A page has 100 rows, the most that Dots returns, unless the
    /// operation sets another `limit`. The list starts after the row named by `starting_after`, if that is set; with
    /// `ending_before` it is read backward. Nothing is sent until the caller asks for the first page or row.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(not(feature = "all-tags"))]
    /// # fn main() {}
    /// # #[cfg(feature = "all-tags")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use dots_api_ext::{Cents, Dots};
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let credentials = sandbox.credentials();
    /// # let dots = Dots::builder()
    /// #     .credentials(credentials.client_id, credentials.api_key)
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # use dots_api_ext::dots_api::{CreateTransfer, CreateTransferRequest};
    /// # use dots_api_ext::dots_api::{CreateUser, CreateUserRequest, CreateUserRequestFields};
    /// # let (code, number) = ("1".parse()?, "2025550139".parse()?);
    /// # let user = CreateUserRequest::new(CreateUserRequestFields {
    /// #     first_name: "Jo".into(),
    /// #     last_name: "Doe".into(),
    /// #     email: "jo@example.com".into(),
    /// #     country_code: code,
    /// #     phone_number: number,
    /// # });
    /// # let user = dots.run(CreateUser::new(user)).await?.id.clone();
    /// # for _ in 0..3 {
    /// #     let transfer = CreateTransferRequest::new(Cents::new(-1_000), user.clone());
    /// #     dots.run(CreateTransfer::new(transfer)).await?;
    /// # }
    /// use dots_api_ext::dots_api::{ListTransfers, TransferStatus};
    ///
    /// let mut transfers = dots.list(ListTransfers::new().status(TransferStatus::Completed)).items();
    /// let mut sum = Cents::ZERO;
    /// while let Some(transfer) = transfers.next().await {
    ///     sum = sum.checked_add(transfer?.amount).ok_or("the sum is too large")?;
    /// }
    /// assert_eq!(sum, Cents::new(-3_000));
    /// # Ok(()) }
    /// ```
    /// A list without cursors comes in one answer and cannot be paginated; this does not compile:
    /// ```compile_fail
    /// # async fn list(dots: dots_api_ext::Dots) {
    /// let approvers = dots.list(dots_api_ext::dots_api::ListApprovers::new()).items();
    /// # }
    /// ```
    pub fn list<L: CursorList>(&self, operation: L) -> List<L> {
        List { dots: self.clone(), operation, prefetch: false }
    }
}

/// Describes how to read a list: which rows, from where, and in which direction.
///
/// [`Dots::list`] creates it.
#[derive(Clone, Debug)]
#[must_use = "a list is read when its pages or items are asked for"]
pub struct List<L> {
    dots: Dots,
    operation: L,
    prefetch: bool,
}

impl<L: CursorList> List<L> {
    /// Starts with the row after this one and reads forward, in the order of the list.
    ///
    /// It takes the id of any row, such as the [`cursor`](Items::cursor) at which an earlier iteration stopped.
    pub fn after(self, id: L::RowId) -> Self {
        self.from(Direction::Forward, Some(id))
    }

    /// Starts with the row before this one and reads backward, to the first row of the list.
    ///
    /// [`items`](Self::items) yields the row next to this one first. [`pages`](Self::pages) yields pages in reverse
    /// order, and leaves the rows within a page in the order of the list.
    ///
    /// Dots does not document what `has_more` means when a list is read backward. This SDK assumes that it refers to
    /// the direction of reading. If it refers to the list instead, the stream ends with an error after the last row.
    ///
    /// # Examples
    /// All rows that are newer than the oldest one, from old to new:
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
    /// let page = dots.run(ListPayoutLinks::new()).await?;
    /// let oldest = page.data.last().ok_or("there is no payout link")?.id.clone();
    ///
    /// let mut newer = dots.list(ListPayoutLinks::new()).before(oldest).items();
    /// let mut read = Vec::new();
    /// while let Some(link) = newer.next().await {
    ///     read.push(link?.id);
    /// }
    /// assert_eq!(read, [page.data[1].id.clone(), page.data[0].id.clone()]);
    /// # Ok(()) }
    /// ```
    pub fn before(self, id: L::RowId) -> Self {
        self.from(Direction::Backward, Some(id))
    }

    /// Requests the next page while the current one is being read; at most one page ahead.
    ///
    /// It trades a page of memory for less waiting. A prefetch that fails, for any reason but a refusal by Dots, is
    /// repeated when the caller reaches that page: a page that was not polled for long may have timed out.
    pub fn prefetch(mut self) -> Self {
        self.prefetch = true;
        self
    }

    /// Reads page by page.
    pub fn pages(self) -> Pages<L> {
        Pages { pager: Pager::new(self) }
    }

    /// Reads row by row.
    pub fn items(self) -> Items<L> {
        Items::new(self)
    }

    fn from(mut self, direction: Direction, cursor: Option<L::RowId>) -> Self {
        let limit = self.operation.paging().limit;
        let mut paging = Paging::new();
        paging.limit = limit;
        match direction {
            Direction::Forward => paging.starting_after = cursor,
            Direction::Backward => paging.ending_before = cursor,
        }
        self.operation.set_paging(paging);
        self
    }
}

/// Streams the pages of a list.
///
/// Read it with [`next`](Self::next), or as a [`Stream`] with the crate of your choice. Dropping it stops the
/// iteration; no task runs in the background.
///
/// # Errors
/// The stream ends after an error. The error is that of a failed call, or says that the list itself cannot be
/// continued: an empty page that claims that more rows follow, a row without an id to use as the next cursor (its page
/// is yielded before the error), or a cursor that was used before. The [`outcome`](Error::outcome) of the latter is
/// [`Unknown`](crate::Outcome::Unknown), as of any answer that cannot be read; no money has moved by reading. Either
/// way [`resume`](Self::resume) continues where it stopped.
#[must_use = "a list is read when the next page is asked for"]
pub struct Pages<L: CursorList> {
    pager: Pager<L>,
}

impl<L: CursorList> Pages<L> {
    /// Returns the next page, or `None` after the last one or after an error.
    ///
    /// The future is cancel safe: after dropping it, the next call waits for the same page.
    ///
    /// # Errors
    /// Returns the error of the call, or one that says why the list cannot be continued; see [`Pages`].
    ///
    /// # Examples
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
    /// let mut pages = dots.list(ListPayoutLinks::new().limit(2)).prefetch().pages();
    /// let mut sizes = Vec::new();
    /// while let Some(page) = pages.next().await {
    ///     sizes.push(page?.data.len());
    /// }
    /// assert_eq!(sizes, [2, 1]);
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Reply<L::Output>, Error>> {
        poll_fn(|cx| self.pager.poll_page(cx)).await
    }

    /// Returns the current cursor: the id of the outermost row of the last page that was yielded, or the id that the
    /// list started from.
    #[must_use]
    pub fn cursor(&self) -> Option<&L::RowId> {
        self.pager.cursor()
    }

    /// Turns back into a list that starts at the current cursor, in the same direction.
    ///
    /// # Examples
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
    /// let mut pages = dots.list(ListPayoutLinks::new().limit(2)).pages();
    /// let first = pages.next().await.ok_or("there is no page")??;
    ///
    /// let mut rest = pages.resume().items();
    /// while let Some(link) = rest.next().await {
    ///     assert!(!first.data.contains(&link?));
    /// }
    /// # assert_eq!(sandbox.requests().len(), 5);
    /// # Ok(()) }
    /// ```
    pub fn resume(self) -> List<L> {
        self.pager.into_list()
    }
}

impl<L: CursorList> Stream for Pages<L> {
    type Item = Result<Reply<L::Output>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().pager.poll_page(cx)
    }
}

impl<L: CursorList> FusedStream for Pages<L> {
    fn is_terminated(&self) -> bool {
        self.pager.is_over()
    }
}

/// Nothing in it is pinned: the future of a call is boxed.
impl<L: CursorList> Unpin for Pages<L> {}

impl<L: CursorList> Debug for Pages<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("pager", &self.pager).finish()
    }
}
