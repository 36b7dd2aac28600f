//! The items of a batch as a stream: each as soon as it is settled.
//!
//! - [`SettledItems`]: the stream
//! - `Watch`: what goes from one look to the next
//! - `tracker`: which items there are, and which of them were given

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
    /// Watches a payout batch while it is paid, and gives each item once, as soon as it is settled: paid, failed or
    /// taken back, as [`BatchItemStatus`](super::BatchItemStatus) tells.
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
    ///         BatchItemStatus::Paid { transfer } => println!("paid by {transfer}"),
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

/// Streams the items of a payout batch, each once and as soon as it is settled, and ends when the batch is completed
/// and all of them were given.
///
/// Read it with [`next`](Self::next), or as a [`Stream`] with the crate of your choice. It reads the results again
/// and again, with the pauses of a [`Wait`](crate::Wait), and moves no money: dropping it, or running into the end of
/// its time, changes nothing. Of the items that were given it keeps the keys.
///
/// Items are told apart by their idempotency keys. Rows without one are given last, when no look follows that they
/// could be mixed up in. Should Dots think better of an item that was given, such as one that failed and is paid after
/// all, it is given again with its new outcome.
///
/// # Errors
/// It ends with an [`UnsettledError`] when the time is over, when the results cannot be read, and when the batch has
/// been completed for ten seconds and some of its items are still on their way. Those may be paid: do not pay them
/// again. Watching once more is safe, and gives all items again.
#[must_use = "nothing is looked at until the next item is asked for"]
pub struct SettledItems {
    state: State,
    /// What is left to give of what was seen.
    rows: vec::IntoIter<PayoutBatchItemResult>,
}

/// Where the stream stands.
enum State {
    /// Between two polls, and before the first.
    Between(Box<Watch>),
    /// A look is under way.
    Looking(Pin<Box<dyn Future<Output = Seen> + Send>>),
    /// The error is to be given when the rows are.
    Failed(UnsettledError),
    Over,
}

/// What came of a look: what to give, and how it goes on.
struct Seen {
    rows: Vec<PayoutBatchItemResult>,
    next: State,
}

impl SettledItems {
    /// Sets how long to watch, from the first look on; ten minutes unless set. The last look begins by then and may
    /// take some seconds.
    pub fn within(self, time: Duration) -> Self {
        self.set(|watch| watch.within = time)
    }

    /// Poller at once whenever these notifier tell of the batch's id, instead of when the pause is over.
    pub fn notified_by(self, notifier: &Notifier) -> Self {
        self.set(|watch| watch.notifier = Some(notifier.clone()))
    }

    /// Asks for each item as it was handed in, beside its result.
    pub fn with_requests(self) -> Self {
        self.set(|watch| watch.operation.include_request = Some(true))
    }

    fn set(mut self, change: impl FnOnce(&mut Watch)) -> Self {
        if let State::Between(watch) = &mut self.state {
            change(watch);
        }
        self
    }

    /// Returns the next item that is settled; nothing when all were given, and nothing after an error.
    ///
    /// Dropping the future before it is done loses nothing: the next call waits for the same item.
    ///
    /// # Errors
    /// Returns an error as [`SettledItems`] says, after the items that were seen settled before.
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
                State::Between(watch) => State::Looking(Box::pin(watch.look())),
                State::Looking(mut look) => match look.as_mut().poll(cx) {
                    Poll::Ready(seen) => {
                        self.rows = seen.rows.into_iter();
                        seen.next
                    }
                    Poll::Pending => {
                        self.state = State::Looking(look);
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
            State::Between(_) => "between polls",
            State::Looking(_) => "looking",
            State::Failed(_) => "failed",
            State::Over => "over",
        };
        f.debug_struct("SettledItems")
            .field("state", &state)
            .field("rows_in_hand", &self.rows.len())
            .finish_non_exhaustive()
    }
}

/// What goes from one look to the next.
struct Watch {
    dots: Dots,
    operation: GetPayoutBatchResults,
    within: Duration,
    notifier: Option<Notifier>,
    /// There from the first look on.
    poller: Option<Poller>,
    tracker: Tracker,
    status: Option<PayoutBatchStatus>,
    /// When the batch was first seen completed, by the poller's time.
    completed: Option<Duration>,
    /// The error of the last look, if it failed.
    broken: Option<Error>,
}

impl Watch {
    /// Poller once; but for the first time, when the pause is over.
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

    /// Says how it goes on after a look.
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

    /// Gives what was held back, and then ends: well, or with an error.
    fn end(self, mut rows: Vec<PayoutBatchItemResult>, why: Option<Kind>) -> Seen {
        let Self { operation, mut tracker, status, broken, .. } = self;
        rows.append(&mut tracker.take_held());
        let error = |kind| UnsettledError::new(kind, operation.payout_batch_id, status, &tracker, broken);
        Seen { rows, next: why.map_or(State::Over, |kind| State::Failed(error(kind))) }
    }
}
