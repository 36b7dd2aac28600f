//! A fake clock: waiting takes no time, and is recorded.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use dots_api_ext::Clock;

/// A clock whose clones share the time; a sleep advances it at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestClock(Arc<Mutex<Hands>>);

#[derive(Debug, Default)]
struct Hands {
    elapsed: Duration,
    /// How far the time of day was set forward, and back.
    set: (Duration, Duration),
    pauses: Vec<Duration>,
}

impl TestClock {
    /// Advances the clock.
    pub(crate) fn advance(&self, duration: Duration) {
        self.0.lock().unwrap().elapsed += duration;
    }

    /// Sets the time of day forward, as after a machine has slept.
    pub(crate) fn set_forward(&self, duration: Duration) {
        self.0.lock().unwrap().set.0 += duration;
    }

    /// Sets the time of day back.
    pub(crate) fn set_back(&self, duration: Duration) {
        self.0.lock().unwrap().set.1 += duration;
    }

    /// Every pause that was waited, in order.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.0.lock().unwrap().pauses.clone()
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        let hands = self.0.lock().unwrap();
        // 2024-07-11T12:31:33Z
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_720_701_093) + hands.elapsed + hands.set.0
            - hands.set.1
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().elapsed
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let mut hands = self.0.lock().unwrap();
            hands.elapsed += duration;
            hands.pauses.push(duration);
        })
    }

    fn name(&self) -> Option<u64> {
        // All copies tell the same time.
        u64::try_from(Arc::as_ptr(&self.0).addr()).ok()
    }
}
