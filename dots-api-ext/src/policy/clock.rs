//! The time, which tests make themselves.

#[cfg(not(target_arch = "wasm32"))]
mod system;

use std::fmt::Debug;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use system::SystemClock;

/// Tells the time and waits.
///
/// A client uses the machine's clock. A test that wants to see what happens in five minutes, or in twenty hours, gives
/// [`DotsBuilder::clock`](crate::DotsBuilder::clock) one of its own; so does a program in WebAssembly, which has none.
///
/// # Examples
/// A clock on which waiting takes no time. Dots is busy for a minute, and the test does not wait:
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use dots_sandbox::{Fault, RetryAfter, Sandbox};
/// # let sandbox = Sandbox::start().await?;
/// # sandbox.inject(Fault::TooManyRequests(RetryAfter::Seconds(60))).on("send_payout");
/// use std::pin::Pin;
/// use std::sync::Mutex;
/// use std::time::{Duration, SystemTime};
///
/// use dots_api_ext::{Cents, Clock, Dots, Payee};
///
/// #[derive(Debug, Default)]
/// struct Skipping(Mutex<Duration>);
///
/// impl Clock for Skipping {
///     fn now(&self) -> SystemTime {
///         SystemTime::UNIX_EPOCH + self.elapsed()
///     }
///
///     fn elapsed(&self) -> Duration {
///         *self.0.lock().unwrap()
///     }
///
///     fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
///         Box::pin(async move { *self.0.lock().unwrap() += duration })
///     }
/// }
///
/// let dots = Dots::builder()
///     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
///     .environment(sandbox.url().parse()?)
///     .clock(Skipping::default())
///     .build()?;
/// let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
/// assert!(payout.took() >= Duration::from_secs(60));
/// # assert_eq!((payout.attempts(), sandbox.paid("2025550139")), (2, 1_000));
/// # Ok(()) }
/// ```
pub trait Clock: Debug + Send + Sync {
    /// Returns the time of day, which may be set forward and back.
    fn now(&self) -> SystemTime;

    /// Returns the time since some moment in the past; it never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A moment on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    now: SystemTime,
    elapsed: Duration,
}

impl Moment {
    /// How far the time of day may fall behind before nothing is certain any more.
    const TOLERANCE: Duration = Duration::from_secs(5 * 60);

    /// Returns this moment.
    pub(crate) fn of(clock: &dyn Clock) -> Self {
        Self { now: clock.now(), elapsed: clock.elapsed() }
    }

    /// Returns the moment at which it was that time of day, as seen from this one.
    pub(crate) const fn at(self, now: SystemTime) -> Self {
        Self { now, ..self }
    }

    /// Returns the one that was earlier by the time of day.
    pub(crate) fn earlier(self, other: Self) -> Self {
        if other.now < self.now { other } else { self }
    }

    /// Returns how long ago this moment was at `later`, by the clock that says longer.
    ///
    /// A machine that sleeps stops one of the clocks, and setting the time moves the other. When the time of day was
    /// set back, the time since may be any: there is no age then.
    pub(crate) fn age(&self, later: &Self) -> Option<Duration> {
        let steady = later.elapsed.saturating_sub(self.elapsed);
        let by_day = match later.now.duration_since(self.now) {
            Ok(age) => age,
            Err(back) if back.duration() > Self::TOLERANCE => return None,
            Err(_) => Duration::ZERO,
        };
        let was_set_back = steady.saturating_sub(by_day) > Self::TOLERANCE;
        (!was_set_back).then(|| steady.max(by_day))
    }

    /// Returns the steady clock's time.
    pub(crate) fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Moment, SystemTime};

    fn moment(day: i64, steady: u64) -> Moment {
        let base = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let offset = Duration::from_secs(day.unsigned_abs());
        let now = if day < 0 { base - offset } else { base + offset };
        Moment { now, elapsed: Duration::from_secs(steady) }
    }

    #[test]
    fn the_clock_that_says_longer_counts() {
        let first = moment(0, 0);
        for (day, steady, age) in [(10, 10, 10), (3_600, 10, 3_600), (10, 200, 200), (-200, 30, 30)] {
            let age = Some(Duration::from_secs(age));
            assert_eq!(first.age(&moment(day, steady)), age, "{day} {steady}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_no_age() {
        let first = moment(0, 0);
        for (day, steady) in [(-301, 10), (0, 301), (10, 3_600)] {
            assert_eq!(first.age(&moment(day, steady)), None, "{day} {steady}");
        }
    }
}
