//! Lists to their end: pages and rows as streams, forward and backward, over every list that takes cursors.
//!
//! - [`List`]: what is read, from where, which way; made by [`Dots::list`]
//! - [`Pages`] and [`Items`]: the streams, which need no crate of streams to be read; the latter in `items`
//! - `walk`: the state between two pages, and when a list is not gone on with
//! - `circle`: finds out in constant memory that a list goes round

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
    /// The operation's filters hold for every page. It is asked for 100 rows at a time, the most that Dots gives,
    /// unless it says another `limit`, and begins behind the row of its `starting_after`, if it has one; one with
    /// `ending_before` is read backward. Nothing is sent before the first page or row is asked for.
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
    /// # use dots_api_ext::dots_api::{CreateTransfer, CreateTransferRequest, CreateUser, CreateUserRequest};
    /// # let (code, number) = ("1".parse()?, "2025550139".parse()?);
    /// # let user = CreateUserRequest::new("Jo", "Doe", "jo@example.com", code, number);
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
    /// A list that comes at once takes no cursors and is not walked; this does not compile:
    /// ```compile_fail
    /// # async fn list(dots: dots_api_ext::Dots) {
    /// let approvers = dots.list(dots_api_ext::dots_api::ListApprovers::new()).items();
    /// # }
    /// ```
    pub fn list<L: CursorList>(&self, operation: L) -> List<L> {
        List { dots: self.clone(), operation, prefetch: false }
    }
}

/// Holds what is read of a list: which rows, from where, and which way.
///
/// [`Dots::list`] makes it.
#[derive(Clone, Debug)]
#[must_use = "a list is read when its pages or items are asked for"]
pub struct List<L> {
    dots: Dots,
    operation: L,
    prefetch: bool,
}

impl<L: CursorList> List<L> {
    /// Begins with the row behind this one and goes on in the order of the list.
    ///
    /// It takes the id of any row, such as the [`cursor`](Items::cursor) at which a walk stopped.
    pub fn after(self, id: L::RowId) -> Self {
        self.from(Direction::Forward, Some(id))
    }

    /// Begins with the row before this one and goes on against the order of the list, to its first row.
    ///
    /// [`items`](Self::items) gives the row next to this one first. A page of [`pages`](Self::pages) keeps the order in
    /// which Dots sends it, that of the list; each page stands before the one that came before it.
    ///
    /// How Dots counts `has_more` on the way back is not documented. It is taken to speak of the direction of the walk;
    /// should it speak of the list instead, the walk ends with an error when all rows have been given.
    ///
    /// # Examples
    /// What is newer than the oldest row, from the older to the newer:
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

    /// Asks for a page while the one before it is being read; never for more than one.
    ///
    /// It saves waiting at the price of a page of memory. What fails ahead of time, unless Dots refused it, is asked
    /// again when its turn has come: a page that was left waiting for long has run into the timeout.
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
        self.operation.set_paging(match direction {
            Direction::Forward => Paging { starting_after: cursor, limit, ..Paging::default() },
            Direction::Backward => Paging { ending_before: cursor, limit, ..Paging::default() },
        });
        self
    }
}

/// Streams the pages of a list.
///
/// Read it with [`next`](Self::next), or as a [`Stream`] with the crate of your choice. Dropping it stops the walk;
/// nothing runs behind it.
///
/// # Errors
/// After an error it ends. What stopped it may be the error of a call, or the list itself, when going on would never
/// come to an end: a page without rows of which Dots says that more follow, a row without an id to go on from (the page
/// is given before the error), or one that a page was asked for with before. The [`outcome`](Error::outcome) of those
/// is [`Rejected`](crate::Outcome::Rejected), though Dots refused nothing: a list was read, and no money has moved.
/// Either way [`resume`](Self::resume) goes on where it stopped.
#[must_use = "a list is read when the next page is asked for"]
pub struct Pages<L: CursorList> {
    pager: Pager<L>,
}

impl<L: CursorList> Pages<L> {
    /// Returns the next page; nothing after the last one, and nothing after an error.
    ///
    /// Dropping the future before it is done loses nothing: the next call waits for the same page.
    ///
    /// # Errors
    /// Returns the error of the call, or one that says why the list cannot be gone on with; see [`Pages`].
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

    /// Returns the id of the row that the walk has come to: the outermost one of the last page that was given, or the
    /// one that the walk began from.
    #[must_use]
    pub fn cursor(&self) -> Option<&L::RowId> {
        self.pager.cursor()
    }

    /// Turns back into a list that begins where this walk has come to, and goes the same way.
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

/// Nothing in it is pinned: the future of a call stands in a box of its own.
impl<L: CursorList> Unpin for Pages<L> {}

impl<L: CursorList> Debug for Pages<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("walk", &self.pager).finish()
    }
}
