//! The machine's two clocks.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use super::FirstSend;

/// Where the steady time of this process begins.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Returns how long this process has run, by the clock that never goes back.
#[must_use]
pub fn steady() -> Duration {
    BEGINNING.elapsed()
}

/// Returns the machine's time, for a key that is sent now.
#[must_use]
pub fn first_send_now() -> FirstSend {
    FirstSend::at(steady(), SystemTime::now())
}
