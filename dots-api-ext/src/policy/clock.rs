//! The time, which tests make themselves.

#[cfg(not(target_arch = "wasm32"))]
mod system;

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use dots_api::key_record::FirstSend;

use crate::runtime::Alarm;

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

    /// Returns the time since some moment in the past, such as the start of the program; it never goes back.
    ///
    /// That moment is less than four years ago. A key that is first sent later than that cannot be sent again.
    fn elapsed(&self) -> Duration;

    /// Waits for a pause of the client's own: a backoff, or the rate that it keeps.
    fn sleep(&self, duration: Duration) -> Alarm<'_>;

    /// Waits as long as real input and output take: for an answer, or for another call that waits for one.
    ///
    /// A clock on which waiting takes no time must not cut that short. So in a tokio runtime this is the runtime's
    /// timer, and elsewhere it is [`sleep`](Self::sleep). A clock without tokio whose `sleep` is no real one has to
    /// bring its own.
    fn alarm(&self, duration: Duration) -> Alarm<'_> {
        #[cfg(not(target_arch = "wasm32"))]
        if crate::runtime::has_timers() {
            return Box::pin(tokio::time::sleep(duration));
        }
        self.sleep(duration)
    }

    /// Names the time that this clock tells. Clients whose clocks have one name compare their times, as copies of one
    /// clock may; the times of all others are never compared.
    ///
    /// It has no name unless it says one. Then a key that was sent by one client counts as too old for a client with
    /// another clock.
    fn name(&self) -> Option<u64> {
        None
    }
}

/// A moment, on all clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The time of day.
    pub day: SystemTime,
    /// The client's time that never goes back.
    pub elapsed: Duration,
    /// The machine's, by which leases of keys end; the client's where the machine has none.
    pub steady: Duration,
}

impl Moment {
    /// Returns the moment as that of a first send.
    pub(crate) fn as_first_send(&self) -> FirstSend {
        FirstSend::at(self.elapsed, self.day)
    }
}
