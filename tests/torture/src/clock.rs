//! A clock that goes with the sandbox's, which stands still unless it is advanced.

use std::time::{Duration, Instant, SystemTime};

use dots_api_ext::{Alarm, Clock};

/// When the sandbox's world begins: 2026-01-01T00:00:00Z.
pub(crate) const BEGINNING: Duration = Duration::from_secs(1_767_225_600);

/// The time of a machine on which so much has passed since the world began.
#[derive(Debug)]
pub(crate) struct MachineClock {
    passed: Duration,
    began: Instant,
}

impl MachineClock {
    pub(crate) fn after(passed: Duration) -> Self {
        Self { passed, began: Instant::now() }
    }
}

impl Clock for MachineClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + BEGINNING + self.passed + self.began.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Alarm<'_> {
        Box::pin(tokio::time::sleep(duration))
    }
}
