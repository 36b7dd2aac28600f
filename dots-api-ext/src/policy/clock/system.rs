//! The machine's clock.

use std::time::{Duration, SystemTime};

use dots_api::key_record;

use super::Clock;
use crate::runtime::Alarm;

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// The same for all clients of the process, which share what they know of keys.
    fn elapsed(&self) -> Duration {
        key_record::steady()
    }

    fn sleep(&self, duration: Duration) -> Alarm<'_> {
        Box::pin(tokio::time::sleep(duration))
    }
}
