//! Clocks for tests that wait: one whose pauses move the sandbox's time, and one that stands still.

use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use dots_api_ext::{Clock, Dots};
use dots_sandbox::{Sandbox, SandboxBuilder};
use tokio::sync::mpsc;

use super::world::builder_for;

/// A clock whose pauses take no time: it moves the sandbox's clock instead.
#[derive(Clone, Debug)]
pub(crate) struct FastClock {
    sandbox: Arc<Sandbox>,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl FastClock {
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }
}

impl Clock for FastClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600) + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.pauses.lock().unwrap().iter().sum()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.pauses.lock().unwrap().push(duration);
        self.sandbox.advance(duration);
        Box::pin(async {})
    }

    fn name(&self) -> Option<u64> {
        u64::try_from(Arc::as_ptr(&self.pauses).addr()).ok()
    }
}

/// A clock that stands still: a sleep never ends, and the clock reports when one starts.
#[derive(Debug)]
pub(crate) struct StoppedClock(pub(crate) mpsc::UnboundedSender<()>);

impl Clock for StoppedClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.send(()).unwrap();
        Box::pin(pending())
    }
}

pub(crate) async fn world() -> (Arc<Sandbox>, FastClock, Dots) {
    world_of(Sandbox::builder()).await
}

pub(crate) async fn world_of(sandbox: SandboxBuilder) -> (Arc<Sandbox>, FastClock, Dots) {
    let sandbox = Arc::new(sandbox.start().await.unwrap());
    let clock = FastClock { sandbox: Arc::clone(&sandbox), pauses: Arc::default() };
    let dots = builder_for(&sandbox.url()).clock(clock.clone()).jitter_seed(7).build().unwrap();
    (sandbox, clock, dots)
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How often an object was read.
pub(crate) fn looks(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.method == "GET").count()
}
