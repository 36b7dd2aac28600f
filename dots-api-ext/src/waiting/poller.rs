//! A poller: reads with exponential backoff and jitter until a deadline.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use dots_api::Operation;

use super::notifier::{Listener, Notifier};
use crate::dots::Dots;
use crate::error::Error;
use crate::reply::Reply;

/// The pause after the first read, before jitter; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The cap of the backoff: [guides/batch-payouts] asks for seconds between reads, and for backing off.
///
/// [guides/batch-payouts]: https://docs.dots.dev/guides/batch-payouts
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The default timeout of a wait.
pub(crate) const WITHIN: Duration = Duration::from_secs(600);

/// The least time that a read gets when it starts shortly before the deadline.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// How far a read may lag behind a write. Dots does not document it, so this is a guess: long enough for a database
/// replica to catch up, and short enough for a caller with a mistyped id.
pub(crate) const LAG: Duration = Duration::from_secs(10);

/// Polls until a deadline with growing pauses, and at once after a notification.
#[derive(Debug)]
pub(crate) struct Poller {
    dots: Dots,
    within: Duration,
    began: Duration,
    pause: Duration,
    listener: Option<Listener>,
}

impl Poller {
    /// Starts now. It listens for notifications from here on, so that none is missed while the first read is in flight.
    pub(crate) fn begin(dots: &Dots, id: &str, within: Duration, notifier: Option<&Notifier>) -> Self {
        let listener = notifier.map(|notifier| notifier.listen(id));
        let began = dots.caller.shared.clock.elapsed();
        Self { dots: dots.clone(), within, began, pause: FIRST_PAUSE, listener }
    }

    /// Returns how long it has been polling.
    pub(crate) fn spent(&self) -> Duration {
        self.dots.caller.shared.clock.elapsed().saturating_sub(self.began)
    }

    /// Returns the remaining time.
    pub(crate) fn left(&self) -> Duration {
        self.within.saturating_sub(self.spent())
    }

    /// Sends a read, with the remaining time as its deadline.
    pub(crate) async fn look<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        let policy = self.dots.caller.policy.clone();
        let deadline = policy.settings().deadline.min(self.left().max(LAST_LOOK));
        self.dots.with_retry(policy.deadline(deadline)).run(operation).await
    }

    /// Says whether to retry a failed read: the reason may be transient, or the object may be too new to be found.
    pub(crate) fn may_pass(&self, error: &Error) -> bool {
        error.is_retryable() || (error.status() == Some(404) && self.spent() < LAG)
    }

    /// Waits for the next read, at least as long as the `Retry-After` of the last error says.
    pub(crate) async fn pause(&mut self, broken: Option<&Error>) {
        let at_least = broken.and_then(Error::retry_after).unwrap_or_default();
        let shared = &self.dots.caller.shared;
        let rest = shared.part_of(self.pause).max(at_least).min(self.left());
        let pause = shared.clock.sleep(rest);
        let is_nudged = sleep(pause, self.listener.as_mut()).await;
        self.pause = if is_nudged { FIRST_PAUSE } else { (self.pause * 2).min(LONGEST_PAUSE) };
    }
}

/// Waits for the end of the pause or for a notification, and says whether it was the notification.
async fn sleep(
    mut pause: Pin<Box<dyn Future<Output = ()> + Send + '_>>,
    listener: Option<&mut Listener>,
) -> bool {
    let Some(listener) = listener else {
        pause.await;
        return false;
    };
    let mut notification = pin!(listener.notified());
    poll_fn(|context| match notification.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending => pause.as_mut().poll(context).map(|()| false),
    })
    .await
}
