//! The async runtime of a call: whether it has what the machine's clock and network need.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::runtime::{Handle, Id};

/// How many runtimes are remembered; a program has few.
const REMEMBERED: usize = 16;

/// The runtimes that were looked at last, and what they have.
static KNOWN: Mutex<Vec<(Id, Drivers)>> = Mutex::new(Vec::new());

/// The drivers of a tokio runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drivers {
    /// Timers.
    pub time: bool,
    /// Sockets.
    pub io: bool,
}

/// Returns the drivers of the runtime that this is called in, and its id; nothing outside of tokio.
pub(crate) fn current() -> Option<(Id, Drivers)> {
    let id = Handle::try_current().ok()?.id();
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let found = known().iter().find(|(known, _)| *known == id).copied();
    Some(found.unwrap_or_else(|| {
        let entry = (id, probe());
        let mut known = known();
        known.insert(0, entry);
        known.truncate(REMEMBERED);
        entry
    }))
}

/// A future that waits, in a box.
pub type Alarm<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What a client needs of a tokio runtime: timers for the machine's clock, and sockets as well for the network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    pub time: bool,
    pub network: bool,
}

impl Needs {
    /// Says what is missing here, if something is.
    pub(crate) fn missing(self) -> Option<&'static str> {
        if !self.time && !self.network {
            return None;
        }
        match current() {
            None => Some("there is no tokio runtime here; call it in one, or use the blocking client"),
            Some((_, drivers)) if !drivers.time => {
                Some("the tokio runtime has no timers; build it with `enable_time` or `enable_all`")
            }
            Some((_, drivers)) if self.network && !drivers.io => {
                Some("the tokio runtime has no sockets; build it with `enable_io` or `enable_all`")
            }
            Some(_) => None,
        }
    }
}

/// Says whether the runtime that this is called in has timers.
pub(crate) fn has_timers() -> bool {
    current().is_some_and(|(_, drivers)| drivers.time)
}

/// Tries the drivers: tokio tells of a missing one by a panic alone.
fn probe() -> Drivers {
    let time = catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).is_ok();
    let io = catch_unwind(AssertUnwindSafe(|| {
        let socket = std::net::UdpSocket::bind(("127.0.0.1", 0))?;
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket).map(drop)
    }));
    // A socket that cannot be had is not a missing driver; the call will say so itself.
    Drivers { time, io: io.is_ok() }
}
