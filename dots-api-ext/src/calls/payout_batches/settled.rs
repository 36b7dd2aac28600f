//! A stream of batch results that yields each item as soon as it is settled, by polling.
//!
//! - [`SettledItems`]: the stream
//! - `Watch`: the state that passes from one poll to the next
//! - `tracker`: which items exist, and which of them the stream has yielded
//!
//! The stream ends when the batch is completed and no item is open, not when all rows are settled: Dots does not
//! document whether the results hold all rows from the beginning. Items that are still open at the end are an error
//! that counts them, because an end without an error would read as "the rest was not paid".

use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use dots_api::{
    GetPayoutBatchResults, PayoutBatchId, PayoutBatchItemResult, PayoutBatchResults, PayoutBatchStatus,
};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::tracker::Tracker;
use super::unsettled::{Kind, UnsettledError};
use crate::dots::Dots;
use crate::error::Error;
use crate::policy::validate;
use crate::reply::Reply;
use crate::waiting::{LAG, Notifier, Poller, WITHIN};

impl Dots {
    /// Watches a payout batch while Dots pays it, and yields each item once, as soon as it is settled: paid, failed or
    /// taken back, as [`BatchItemStatus`](super::BatchItemStatus) says.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # use dots_api_ext::{BatchItem, Cents, PayoutRail, Phone};
    /// # let jo = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?.id.clone();
    /// # let al = dots.create_user("Al", "Roe", "al@example.com", Phone::new("1", "2025550140")).await?.id.clone();
    /// # let items = [jo, al].map(|user| BatchItem::new(&user, Cents::new(1_000), PayoutRail::Venmo));
    /// # let batch = dots.create_payout_batch(items).await?;
    /// use std::time::Duration;
    ///
    /// use dots_api_ext::BatchItemStatus;
    ///
    /// # sandbox.advance(Duration::from_secs(120));
    /// let mut settled = dots.watch_payout_batch(&batch.id).within(Duration::from_secs(1_800));
    /// while let Some(item) = settled.next().await {
    ///     let item = item?;
    ///     match BatchItemStatus::from(&item) {
    ///         BatchItemStatus::Paid { transfer, .. } => println!("paid by {transfer}"),
    ///         outcome => println!("{:?}: {outcome:?}", item.idempotency_key),
    ///     }
    /// }
    /// # assert_eq!(sandbox.balance(), 100_000_000 - 2_000);
    /// # Ok(()) }
    /// ```
    pub fn watch_payout_batch(&self, id: &PayoutBatchId) -> SettledItems {
        let watch = Watch {
            dots: self.clone(),
            operation: GetPayoutBatchResults::new(id.clone()),
            within: WITHIN,
            notifier: None,
            poller: None,
            tracker: Tracker::default(),
            status: None,
            completed: None,
            broken: None,
        };
        SettledItems { state: State::Between(Box::new(watch)), rows: Vec::new().into_iter() }
    }
}

/// Streams the items of a payout batch, each once and as soon as it is settled, until the batch is completed and all
/// items have been yielded.
///
/// Read it with [`next`](Self::next), or as a [`Stream`] with the crate of your choice. It polls the results at the
/// intervals of a [`Wait`](crate::Wait) and moves no money: dropping the stream, or a timeout, changes nothing at Dots.
/// In memory it keeps the keys of the items that it has yielded.
///
/// Items are told apart by their idempotency keys. Rows without a key come last, after the final poll, because they
/// cannot be matched across polls. If the result of a yielded item changes, such as from failed to paid, the item is
/// yielded again with its new result.
///
/// # Errors
/// The stream ends with an [`UnsettledError`] on a timeout, when the results cannot be read, and when some items are
/// still in progress ten seconds after the batch was completed. Those items may be paid: do not pay them again.
/// Watching the batch again is safe, and yields all items again.
#[must_use = "nothing is read until the next item is asked for"]
pub struct SettledItems {
    state: State,
    /// Rows that have been read and not been yielded yet.
    rows: vec::IntoIter<PayoutBatchItemResult>,
}

/// The state of the stream.
enum State {
    /// Between two reads, and before the first.
    Between(Box<Watch>),
    /// A read is in flight.
    Reading(Pin<Box<dyn Future<Output = Seen> + Send>>),
    /// The error to yield after the rows.
    Failed(UnsettledError),
    Over,
}

/// The result of a read: the rows to yield, and the next state.
struct Seen {
    rows: Vec<PayoutBatchItemResult>,
    next: State,
}

impl SettledItems {
    /// Sets how long to watch, counted from the first read; ten minutes by default. The last read starts by then and
    /// may take some seconds.
    pub fn within(self, time: Duration) -> Self {
        self.set(|watch| watch.within = time)
    }

    /// Reads as soon as this notifier reports the batch's id, without waiting for the pause to end.
    pub fn notified_by(self, notifier: &Notifier) -> Self {
        self.set(|watch| watch.notifier = Some(notifier.clone()))
    }

    /// Includes each item as it was submitted, next to its result.
    pub fn with_requests(self) -> Self {
        self.set(|watch| watch.operation.include_request = Some(true))
    }

    fn set(mut self, change: impl FnOnce(&mut Watch)) -> Self {
        if let State::Between(watch) = &mut self.state {
            change(watch);
        }
        self
    }

    /// Returns the next settled item, or `None` when all have been yielded or after an error.
    ///
    /// The future is cancel safe: after dropping it, the next call waits for the same item.
    ///
    /// # Errors
    /// Returns an error as [`SettledItems`] says, after the items that were settled before it.
    pub async fn next(&mut self) -> Option<Result<PayoutBatchItemResult, UnsettledError>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<PayoutBatchItemResult, UnsettledError>>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            self.state = match mem::replace(&mut self.state, State::Over) {
                State::Between(watch) => State::Reading(Box::pin(watch.look())),
                State::Reading(mut look) => match look.as_mut().poll(cx) {
                    Poll::Ready(seen) => {
                        self.rows = seen.rows.into_iter();
                        seen.next
                    }
                    Poll::Pending => {
                        self.state = State::Reading(look);
                        return Poll::Pending;
                    }
                },
                State::Failed(error) => return Poll::Ready(Some(Err(error))),
                State::Over => return Poll::Ready(None),
            };
        }
    }
}

impl Stream for SettledItems {
    type Item = Result<PayoutBatchItemResult, UnsettledError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl FusedStream for SettledItems {
    fn is_terminated(&self) -> bool {
        self.rows.len() == 0 && matches!(self.state, State::Over)
    }
}

impl Debug for SettledItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Between(_) => "between reads",
            State::Reading(_) => "reading",
            State::Failed(_) => "failed",
            State::Over => "over",
        };
        f.debug_struct("SettledItems")
            .field("state", &state)
            .field("buffered_rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

/// The state that passes from one read to the next.
struct Watch {
    dots: Dots,
    operation: GetPayoutBatchResults,
    within: Duration,
    notifier: Option<Notifier>,
    /// Set from the first read on.
    poller: Option<Poller>,
    tracker: Tracker,
    status: Option<PayoutBatchStatus>,
    /// When the batch was first seen completed, on the poller's clock.
    completed: Option<Duration>,
    /// The error of the last read, if it failed.
    broken: Option<Error>,
}

impl Watch {
    /// Reads once; after the first time, when the pause is over.
    async fn look(mut self: Box<Self>) -> Seen {
        let poller = match self.poller.take() {
            None => {
                let id = self.operation.payout_batch_id.as_ref();
                Poller::begin(&self.dots, id, self.within, self.notifier.as_ref())
            }
            Some(mut poller) => {
                poller.pause(self.broken.as_ref()).await;
                poller
            }
        };
        let rows = match self.read(&poller).await {
            Ok(results) => {
                let PayoutBatchResults { status, items, .. } = results.into_inner();
                if status == PayoutBatchStatus::Completed {
                    self.completed.get_or_insert_with(|| poller.spent());
                }
                (self.status, self.broken) = (Some(status), None);
                self.tracker.enter(items)
            }
            Err(error) if poller.may_pass(&error) => {
                self.broken = Some(error);
                Vec::new()
            }
            Err(error) => {
                self.broken = Some(error);
                return self.end(Vec::new(), Some(Kind::Failed));
            }
        };
        self.go_on(poller, rows)
    }

    /// Decides how to continue after a read.
    fn go_on(mut self: Box<Self>, poller: Poller, rows: Vec<PayoutBatchItemResult>) -> Seen {
        if self.completed.is_some() && self.tracker.is_settled() {
            return self.end(rows, None);
        }
        if self.completed.is_some_and(|since| poller.spent().saturating_sub(since) >= LAG) {
            return self.end(rows, Some(Kind::Ended));
        }
        if poller.left().is_zero() {
            let kind = Kind::TimedOut(self.within);
            return self.end(rows, Some(kind));
        }
        self.poller = Some(poller);
        Seen { rows, next: State::Between(self) }
    }

    /// Reads the results.
    async fn read(&self, poller: &Poller) -> Result<Reply<PayoutBatchResults>, Error> {
        let mut operation = self.operation.clone();
        operation.payout_batch_id = validate::id(&operation.payout_batch_id).map_err(Error::not_sent)?;
        poller.look(operation).await
    }

    /// Yields the rows that were held back, then ends the stream, with an error if there is one.
    fn end(self, mut rows: Vec<PayoutBatchItemResult>, why: Option<Kind>) -> Seen {
        let Self { operation, mut tracker, status, broken, .. } = self;
        rows.append(&mut tracker.take_held());
        let error = |kind| UnsettledError::new(kind, operation.payout_batch_id, status, &tracker, broken);
        Seen { rows, next: why.map_or(State::Over, |kind| State::Failed(error(kind))) }
    }
}
