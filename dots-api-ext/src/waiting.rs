//! Waiting until something that was asked for has happened: by looking, ever less often, and at once when a webhook says
//! that there is news.
//!
//! - this file: [`Wait`], which looks and pauses
//! - `standing`: how the statuses of each kind of object follow one another
//! - `nudges`: [`Nudges`], by which a webhook ends a pause
//! - `error`: why a wait ended without what it waited for

mod error;
mod nudges;
mod standing;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::PoisonError;
use std::task::Poll;
use std::time::Duration;

use dots_api::{PayoutBatch, PayoutLink, PayoutRequest, Transfer};
use dots_api::{
    PayoutBatchId, PayoutBatchStatus, PayoutLinkId, PayoutLinkStatus, PayoutRequestId, PayoutRequestStatus,
    TransferId, TransferStatus,
};

use crate::checks;
use crate::dots::Dots;
use crate::error::Error;
use crate::receipt::Receipt;

pub use error::WaitError;
use nudges::Listener;
pub use nudges::Nudges;
pub use standing::Waitable;
use standing::{Standing, standing};

/// The longest pause after the first look; each later one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause there is: guides/batch-payouts asks for seconds between looks, and for backing off.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long a wait lasts that says nothing else.
const WITHIN: Duration = Duration::from_secs(600);

/// How long a look may take, at the least, that begins when the time is almost over.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// Waits for an object when it is awaited.
///
/// It looks at once, and then after pauses that begin at a second, double up to half a minute and are shortened by up to
/// half at random. It moves no money and takes no key: dropping it, or running into the end of its time, changes nothing.
/// A look that fails for a reason that may pass, such as a connection that breaks, is followed by another.
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
///     Err(error) if error.is_timeout() => println!("not yet: {error}"),
///     Err(error) => println!("it will not be delivered: {error}"),
/// }
/// # assert_eq!(sandbox.paid("2025550139"), 1_000);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is looked at until it is awaited"]
pub struct Wait<T: Waitable> {
    dots: Dots,
    id: T::Id,
    until: T::Status,
    within: Duration,
    nudges: Option<Nudges>,
}

impl Dots {
    /// Waits for a payout link: until it is `claimed`, unless [`until`](Wait::until) says otherwise.
    ///
    /// # Errors
    /// Awaiting it returns an error when the time is over, and at once when the link has come to another end: one that is
    /// `canceled`, `expired`, `failed` or `reversed` will not be claimed. A link whose delivery failed can be delivered
    /// again and still be claimed.
    pub fn wait_for_payout_link(&self, id: &PayoutLinkId) -> Wait<PayoutLink> {
        Wait::new(self, id.clone(), PayoutLinkStatus::Claimed)
    }

    /// Waits for a transfer, such as a payout from a wallet: until it is `completed`, unless [`until`](Wait::until) says
    /// otherwise.
    ///
    /// # Errors
    /// Awaiting it returns an error when the time is over, and at once when the transfer has come to another end: it is
    /// `failed`, `canceled` or `reversed`.
    pub fn wait_for_transfer(&self, id: &TransferId) -> Wait<Transfer> {
        Wait::new(self, id.clone(), TransferStatus::Completed)
    }

    /// Waits for a payout batch: until it is `completed`, unless [`until`](Wait::until) says otherwise.
    ///
    /// A completed batch may hold items that failed; see
    /// [`fetch_payout_batch_results`](Self::fetch_payout_batch_results).
    ///
    /// # Errors
    /// Awaiting it returns an error when the time is over.
    pub fn wait_for_payout_batch(&self, id: &PayoutBatchId) -> Wait<PayoutBatch> {
        Wait::new(self, id.clone(), PayoutBatchStatus::Completed)
    }

    /// Waits for a payout request: until it is `approved`, unless [`until`](Wait::until) says otherwise.
    ///
    /// # Errors
    /// Awaiting it returns an error when the time is over, and at once when the request was decided otherwise.
    pub fn wait_for_payout_request(&self, id: &PayoutRequestId) -> Wait<PayoutRequest> {
        Wait::new(self, id.clone(), PayoutRequestStatus::Approved)
    }
}

impl<T: Waitable> Wait<T> {
    fn new(dots: &Dots, id: T::Id, until: T::Status) -> Self {
        Self { dots: dots.clone(), id, until, within: WITHIN, nudges: None }
    }

    /// Sets the status to wait for. One that the object has passed counts as reached: a link that was claimed has been
    /// delivered.
    pub fn until(mut self, status: T::Status) -> Self {
        self.until = status;
        self
    }

    /// Sets how long to wait; ten minutes unless set. The last look begins by then and may take some seconds.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// Looks at once whenever these nudges tell of the object's id, instead of when the pause is over.
    pub fn nudged_by(mut self, nudges: &Nudges) -> Self {
        self.nudges = Some(nudges.clone());
        self
    }

    async fn wait(self) -> Result<Receipt<T>, WaitError<T>> {
        // Heard before the first look, so that news which come while it is under way are not missed.
        let mut listener = self.nudges.as_ref().map(|nudges| nudges.listen(self.id.as_ref()));
        let clock = &*self.dots.caller.shared.clock;
        let began = clock.elapsed();
        let left = || self.within.saturating_sub(clock.elapsed().saturating_sub(began));
        let (mut pause, mut last) = (FIRST_PAUSE, None);
        loop {
            let (at_least, broken) = match self.look(left()).await {
                Ok(receipt) => match standing::<T>(receipt.status(), &self.until) {
                    Standing::Reached => return Ok(receipt),
                    Standing::Never => return Err(self.ended(receipt.into_inner())),
                    Standing::Possible => {
                        last = Some(receipt.into_inner());
                        (Duration::ZERO, None)
                    }
                },
                Err(error) if error.is_retryable() => (error.retry_after().unwrap_or_default(), Some(error)),
                Err(error) => return Err(self.failed(last, error)),
            };
            if left().is_zero() {
                return Err(self.timed_out(last, broken));
            }
            let rest = self.part_of(pause).max(at_least).min(left());
            let is_nudged = sleep(clock.sleep(rest), listener.as_mut()).await;
            pause = if is_nudged { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        }
    }

    /// Reads the object, as far as the time goes.
    async fn look(&self, left: Duration) -> Result<Receipt<T>, Error> {
        let policy = self.dots.caller.policy.clone();
        let deadline = policy.deadline.min(left.max(LAST_LOOK));
        let id = checks::id(&self.id).map_err(Error::not_sent)?;
        self.dots.with_retry(policy.deadline(deadline)).run(T::read(id)).await
    }

    /// Returns a pause of between half of the longest and all of it.
    fn part_of(&self, longest: Duration) -> Duration {
        let half = longest / 2;
        let most = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        let mut random = self.dots.caller.shared.random.lock().unwrap_or_else(PoisonError::into_inner);
        half + Duration::from_nanos(random.u64(0..=most))
    }
}

/// Waits for the end of a pause or for a nudge, and says whether it was the nudge.
async fn sleep(
    mut pause: Pin<Box<dyn Future<Output = ()> + Send + '_>>,
    listener: Option<&mut Listener>,
) -> bool {
    let Some(listener) = listener else {
        pause.await;
        return false;
    };
    let mut nudge = pin!(listener.nudged());
    poll_fn(|context| match nudge.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending => pause.as_mut().poll(context).map(|()| false),
    })
    .await
}

impl<T: Waitable> IntoFuture for Wait<T> {
    type Output = Result<Receipt<T>, WaitError<T>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}
