//! Polling until an object has a status, with backoff, and at once when a webhook reports a change.
//!
//! - this file: [`Wait`], for an object to have a status
//! - `poller`: the backoff between reads, and the remaining time
//! - `progress`: the order of the statuses of each kind of object
//! - `notifier`: [`Notifier`], through which a webhook ends a pause early
//! - `error`: the error of a wait that did not reach its status
//!
//! # Why a webhook only ends a pause
//! A [`Wait`] reads the object, pauses, and reads again. A notification ends the pause and does nothing else. An object
//! in a final status ends the wait at once; one that has passed the awaited status has reached it.
//!
//! A webhook may be late, lost, duplicated or out of order, and what it says is older than what a read returns. Pauses
//! use the client's clock, so a test that spans a month takes no time. A status may come and go between two reads: a
//! caller who waits for `delivered` and finds `claimed` has what it waited for.
//!
//! Considered: taking the webhook's body as the object. It would be trusted without a second source, and some forms of
//! it carry only an id.

mod error;
mod notifier;
mod poller;
mod progress;

use std::pin::Pin;
use std::time::Duration;

use dots_api::{PayoutBatch, PayoutLink, PayoutRequest, Transfer};
use dots_api::{
    PayoutBatchId, PayoutBatchStatus, PayoutLinkId, PayoutLinkStatus, PayoutRequestId, PayoutRequestStatus,
    TransferId, TransferStatus,
};

use crate::dots::Dots;
use crate::error::Error;
use crate::policy::validate;
use crate::reply::Reply;

pub use error::WaitError;
pub use notifier::Notifier;
pub(crate) use poller::{LAG, Poller, WITHIN};
pub use progress::Waitable;
use progress::{Progress, progress};

/// Waits for an object to reach a status; awaiting it starts the wait.
///
/// It reads the object at once, and then after pauses that start at one second, double up to 30 seconds, and have up to
/// half of their length taken off as jitter. It moves no money and takes no idempotency key: dropping it, or a timeout,
/// changes nothing at Dots.
///
/// A read that fails for a transient reason, such as a broken connection, is retried. So is a read that does not find
/// the object, for the first ten seconds: reads may lag behind the call that created the object, though Dots does not
/// document it. After that, `not found` ends the wait.
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
/// use std::time::Duration;
///
/// use dots_api_ext::dots_api::PayoutLinkStatus;
/// use dots_api_ext::{Cents, LinkDelivery, Phone};
///
/// let delivery = LinkDelivery::Sms(Phone::new("1", "2025550139"));
/// let link = dots.create_payout_link(Cents::new(1_000), delivery).await?;
/// # sandbox.advance(Duration::from_secs(60));
/// let wait = dots.wait_for_payout_link(&link.id).until(PayoutLinkStatus::Delivered);
/// match wait.within(Duration::from_secs(300)).await {
///     Ok(link) => println!("{} is {}", link.id, link.status),
///     Err(error) if error.is_terminal() => println!("it will not be delivered: {error}"),
///     Err(error) => println!("not known yet: {error}"),
/// }
/// # assert_eq!(sandbox.paid("2025550139"), 1_000);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct Wait<T: Waitable> {
    dots: Dots,
    id: T::Id,
    until: T::Status,
    within: Duration,
    notifier: Option<Notifier>,
}

impl Dots {
    /// Waits for a payout link: until it is `claimed`, unless [`until`](Wait::until) says otherwise.
    ///
    /// # Errors
    /// Awaiting it returns an error on a timeout, and at once when the link reaches another final status: a link that
    /// is `canceled`, `expired`, `failed` or `reversed` will not be claimed. A link whose delivery failed can be
    /// delivered again and still be claimed.
    pub fn wait_for_payout_link(&self, id: &PayoutLinkId) -> Wait<PayoutLink> {
        Wait::new(self, id.clone(), PayoutLinkStatus::Claimed)
    }

    /// Waits for a transfer, such as a payout from a wallet: until it is `completed`, unless [`until`](Wait::until)
    /// says otherwise.
    ///
    /// # Errors
    /// Awaiting it returns an error on a timeout, and at once when the transfer reaches another final status: `failed`,
    /// `canceled` or `reversed`.
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
    /// # use dots_api_ext::{Cents, PayoutRail, Phone};
    /// # let user = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?.id.clone();
    /// let payout = dots.pay_from_wallet(&user, Cents::new(1_000), PayoutRail::Venmo).fund().await?;
    /// # sandbox.advance(std::time::Duration::from_secs(120));
    /// match dots.wait_for_transfer(&payout.id).await {
    ///     Ok(payout) => println!("{} is {}", payout.id, payout.status),
    ///     Err(error) if error.is_terminal() => println!("the money came back: {error}"),
    ///     Err(error) => println!("not known yet: {error}"),
    /// }
    /// # assert_eq!(sandbox.paid(user.as_str()), 1_000);
    /// # Ok(()) }
    /// ```
    pub fn wait_for_transfer(&self, id: &TransferId) -> Wait<Transfer> {
        Wait::new(self, id.clone(), TransferStatus::Completed)
    }

    /// Waits for a payout batch: until it is `completed`, unless [`until`](Wait::until) says otherwise.
    ///
    /// A completed batch may hold items that failed; see
    /// [`fetch_payout_batch_results`](Self::fetch_payout_batch_results).
    /// [`watch_payout_batch`](Self::watch_payout_batch) yields each item as soon as it is settled.
    ///
    /// # Errors
    /// Awaiting it returns an error when the time is over.
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
    /// # let user = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?.id.clone();
    /// let items = [BatchItem::new(&user, Cents::new(1_000), PayoutRail::Venmo)];
    /// let batch = dots.create_payout_batch(items).reference("payroll-march").await?;
    /// # sandbox.advance(std::time::Duration::from_secs(120));
    /// let batch = dots.wait_for_payout_batch(&batch.id).within(std::time::Duration::from_secs(1_800)).await?;
    /// println!("{} is {}", batch.id, batch.status);
    /// # assert_eq!(sandbox.paid(user.as_str()), 1_000);
    /// # Ok(()) }
    /// ```
    pub fn wait_for_payout_batch(&self, id: &PayoutBatchId) -> Wait<PayoutBatch> {
        Wait::new(self, id.clone(), PayoutBatchStatus::Completed)
    }

    /// Waits for a payout request: until it is `approved`, unless [`until`](Wait::until) says otherwise.
    ///
    /// # Errors
    /// Awaiting it returns an error on a timeout, and at once when the request was decided otherwise.
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
    /// use std::time::Duration;
    ///
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let request = dots.submit_payout_request(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
    /// // A timeout of zero means a single read.
    /// match dots.wait_for_payout_request(&request.id).within(Duration::ZERO).await {
    ///     Ok(request) => println!("{} is {}", request.id, request.status),
    ///     Err(error) if error.is_terminal() => println!("it will not be paid: {error}"),
    ///     Err(error) => println!("not decided yet: {error}"),
    /// }
    /// # assert_eq!(sandbox.paid("2025550139"), 0);
    /// # Ok(()) }
    /// ```
    pub fn wait_for_payout_request(&self, id: &PayoutRequestId) -> Wait<PayoutRequest> {
        Wait::new(self, id.clone(), PayoutRequestStatus::Approved)
    }
}

impl<T: Waitable> Wait<T> {
    fn new(dots: &Dots, id: T::Id, until: T::Status) -> Self {
        Self { dots: dots.clone(), id, until, within: WITHIN, notifier: None }
    }

    /// Sets the status to wait for. A status that the object has passed counts as reached: a claimed link has been
    /// delivered.
    pub fn until(mut self, status: T::Status) -> Self {
        self.until = status;
        self
    }

    /// Sets how long to wait; ten minutes by default. The last read starts by then and may take some seconds.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// Reads as soon as this notifier reports the object's id, without waiting for the pause to end.
    pub fn notified_by(mut self, notifier: &Notifier) -> Self {
        self.notifier = Some(notifier.clone());
        self
    }

    async fn wait(self) -> Result<Reply<T>, WaitError<T>> {
        let mut poller = Poller::begin(&self.dots, self.id.as_ref(), self.within, self.notifier.as_ref());
        let mut last = None;
        loop {
            let broken = match self.look(&poller).await {
                Ok(reply) => match progress::<T>(reply.status(), &self.until) {
                    Progress::Reached => return Ok(reply),
                    Progress::Never => return Err(self.ended(reply.into_inner())),
                    Progress::Possible => {
                        last = Some(reply.into_inner());
                        None
                    }
                },
                Err(error) if poller.may_pass(&error) => Some(error),
                Err(error) => return Err(self.failed(last, error)),
            };
            if poller.left().is_zero() {
                return Err(self.timed_out(last, broken));
            }
            poller.pause(broken.as_ref()).await;
        }
    }

    /// Reads the object.
    async fn look(&self, poller: &Poller) -> Result<Reply<T>, Error> {
        let id = validate::id(&self.id).map_err(Error::not_sent)?;
        poller.look(T::read(id)).await
    }
}

impl<T: Waitable> IntoFuture for Wait<T> {
    type Output = Result<Reply<T>, WaitError<T>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}
