//! Made-up time: true time, a steady clock that stands while the machine sleeps, and a time of day that may be set.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use dots_api_ext::{Alarm, Clock};

/// When made-up time begins: 2024-07-11T12:31:33Z.
const BEGINNING: Duration = Duration::from_secs(1_720_701_093);

/// The time of one program. Clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Time(Arc<Mutex<Hands>>);

#[derive(Debug, Default)]
struct Hands {
    steady: Duration,
    /// How long the machine has slept in all: true time that its steady clock has not counted.
    slept: Duration,
    /// How far the time of day was set forward and back, in seconds.
    set: i64,
    timers: BTreeMap<(Duration, u64), Waker>,
    timer: u64,
    events: u64,
    set_back: Vec<Duration>,
    slept_at: Vec<Duration>,
}

impl Time {
    /// True time, which Dots has.
    pub(super) fn truly(&self) -> Duration {
        let hands = self.hands();
        hands.steady + hands.slept
    }

    /// The machine's steady time.
    pub(super) fn steady(&self) -> Duration {
        self.hands().steady
    }

    /// Counts what happens, so that it has an order when no time goes by.
    pub(super) fn event(&self) -> u64 {
        let mut hands = self.hands();
        hands.events += 1;
        hands.events
    }

    /// Lets time go by, as if the process was not scheduled for so long.
    pub(super) fn pass(&self, time: Duration) {
        let until = self.steady() + time;
        self.turn_to(until);
    }

    /// Goes on to the next timer; says whether there was one.
    pub(super) fn skip(&self) -> bool {
        let next = self.hands().timers.first_key_value().map(|((due, _), _)| *due);
        next.is_some_and(|due| {
            self.turn_to(due);
            true
        })
    }

    /// Sets the time of day.
    pub(super) fn set_day(&self, seconds: i64) {
        let mut hands = self.hands();
        hands.set += seconds;
        if seconds < 0 {
            let now = hands.steady + hands.slept;
            hands.set_back.push(now);
        }
    }

    /// Lets the machine sleep.
    pub(super) fn sleep_machine(&self, time: Duration) {
        let mut hands = self.hands();
        let now = hands.steady + hands.slept;
        hands.slept_at.push(now);
        hands.slept += time;
    }

    /// Whether the time of day was set back since then, in true time.
    pub(super) fn was_set_back(&self, since: Duration) -> bool {
        self.hands().set_back.iter().any(|at| *at >= since)
    }

    /// Whether the machine has slept since then, in true time.
    pub(super) fn has_slept(&self, since: Duration) -> bool {
        self.hands().slept_at.iter().any(|at| *at >= since)
    }

    /// Waits by the steady clock.
    pub(super) fn wait(&self, time: Duration) -> Waiting {
        Waiting { time: self.clone(), left: time, due: None }
    }

    fn turn_to(&self, steady: Duration) {
        let mut hands = self.hands();
        hands.steady = hands.steady.max(steady);
        let later = hands.timers.split_off(&(steady, u64::MAX));
        let due = std::mem::replace(&mut hands.timers, later);
        drop(hands);
        due.into_values().for_each(Waker::wake);
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap()
    }
}

/// A pause.
#[derive(Debug)]
pub(super) struct Waiting {
    time: Time,
    left: Duration,
    due: Option<(Duration, u64)>,
}

impl Future for Waiting {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (time, left) = (self.time.clone(), self.left);
        let mut hands = time.hands();
        let due = *self.due.get_or_insert_with(|| {
            hands.timer += 1;
            // A pause without an end is longer than any program.
            (hands.steady.saturating_add(left), hands.timer)
        });
        if hands.steady >= due.0 {
            return Poll::Ready(());
        }
        hands.timers.insert(due, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(due) = self.due {
            self.time.hands().timers.remove(&due);
        }
    }
}

/// A clock of one client.
#[derive(Clone, Debug)]
pub(super) struct ProgramClock {
    pub(super) time: Time,
    /// How many seconds its time of day is off.
    pub(super) skew: i64,
    pub(super) name: Option<u64>,
}

impl Clock for ProgramClock {
    fn now(&self) -> SystemTime {
        let hands = self.time.hands();
        let true_day = SystemTime::UNIX_EPOCH + BEGINNING + hands.steady + hands.slept;
        let set = hands.set + self.skew;
        let by = Duration::from_secs(set.unsigned_abs());
        if set < 0 { true_day - by } else { true_day + by }
    }

    fn elapsed(&self) -> Duration {
        self.time.steady()
    }

    fn sleep(&self, duration: Duration) -> Alarm<'_> {
        Box::pin(self.time.wait(duration))
    }

    fn alarm(&self, duration: Duration) -> Alarm<'_> {
        // Answers take made-up time here as well.
        Box::pin(self.time.wait(duration))
    }

    fn name(&self) -> Option<u64> {
        self.name
    }
}
