//! The machine's two clocks, which WebAssembly has not.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use super::FirstSend;

/// Where the steady time of this process begins.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Whether there are clocks to read.
const HAS_CLOCKS: bool = cfg!(not(target_arch = "wasm32"));

/// Returns how long this process has run, by the clock that never goes back; in WebAssembly no time passes.
#[must_use]
pub fn steady() -> Duration {
    if HAS_CLOCKS { BEGINNING.elapsed() } else { Duration::ZERO }
}

/// Returns the machine's time, for a key that is sent now; nothing in WebAssembly.
#[must_use]
pub fn first_send_now() -> Option<FirstSend> {
    HAS_CLOCKS.then(|| FirstSend::at(steady(), SystemTime::now()))
}
