//! Looking again and again: the pauses between the looks, and the time that is left for them.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::PoisonError;
use std::task::Poll;
use std::time::Duration;

use dots_api::Operation;

use super::notifier::{Listener, Notifier};
use crate::dots::Dots;
use crate::error::Error;
use crate::reply::Reply;

/// The longest pause after the first look; each later one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause there is: guides/batch-payouts asks for seconds between looks, and for backing off.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long the looks go on unless somebody says otherwise.
pub(crate) const WITHIN: Duration = Duration::from_secs(600);

/// How long a look may take, at the least, that begins when the time is almost over.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// How far a read may lag behind what has happened. Dots documents nothing of it, so it is a guess: long enough for a
/// copy of a database to catch up, and short enough for somebody who waits for a mistyped id.
pub(crate) const LAG: Duration = Duration::from_secs(10);

/// Poller at something until its time is over, ever less often, and at once when there is news.
#[derive(Debug)]
pub(crate) struct Poller {
    dots: Dots,
    within: Duration,
    began: Duration,
    pause: Duration,
    listener: Option<Listener>,
}

impl Poller {
    /// Begins now. News is heard from here on, so that none is missed that comes while the first look is under way.
    pub(crate) fn begin(dots: &Dots, id: &str, within: Duration, notifier: Option<&Notifier>) -> Self {
        let listener = notifier.map(|notifier| notifier.listen(id));
        let began = dots.caller.shared.clock.elapsed();
        Self { dots: dots.clone(), within, began, pause: FIRST_PAUSE, listener }
    }

    /// Returns how long they have been going on.
    pub(crate) fn spent(&self) -> Duration {
        self.dots.caller.shared.clock.elapsed().saturating_sub(self.began)
    }

    /// Returns the time that is left.
    pub(crate) fn left(&self) -> Duration {
        self.within.saturating_sub(self.spent())
    }

    /// Poller, as far as the time goes.
    pub(crate) async fn look<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        let policy = self.dots.caller.policy.clone();
        let deadline = policy.deadline.min(self.left().max(LAST_LOOK));
        self.dots.with_retry(policy.deadline(deadline)).run(operation).await
    }

    /// Says whether a look that failed is worth another: the reason may pass, or what was looked for may be too new to
    /// be found.
    pub(crate) fn may_pass(&self, error: &Error) -> bool {
        error.is_retryable() || (error.status() == Some(404) && self.spent() < LAG)
    }

    /// Waits for the next look; as long as the error of the last one asks, at the least.
    pub(crate) async fn pause(&mut self, broken: Option<&Error>) {
        let at_least = broken.and_then(Error::retry_after).unwrap_or_default();
        let rest = self.part_of(self.pause).max(at_least).min(self.left());
        let pause = self.dots.caller.shared.clock.sleep(rest);
        let is_nudged = sleep(pause, self.listener.as_mut()).await;
        self.pause = if is_nudged { FIRST_PAUSE } else { (self.pause * 2).min(LONGEST_PAUSE) };
    }

    /// Returns a pause of between half of the longest and all of it.
    fn part_of(&self, longest: Duration) -> Duration {
        let half = longest / 2;
        let most = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        let mut random = self.dots.caller.shared.random.lock().unwrap_or_else(PoisonError::into_inner);
        half + Duration::from_nanos(random.u64(0..=most))
    }
}

/// Waits for the end of a pause or for a notification, and says whether it was the notification.
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
