//! The handle on an armed fault.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use crate::{
    fault::{FaultRule, Shared, Target, When},
    simulator::Simulator,
};

/// An armed fault: by default it fires once, for the next request of any kind.
///
/// It is armed at once; the methods narrow it down.
///
/// ```
/// # use dots_sandbox::{Fault, Sandbox, When};
/// # async fn story() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let lost = sandbox.inject(Fault::Reset).on("send_payout").when(When::After).times(2);
/// // … the client pays, and its connection is reset once the payout is made …
/// assert_eq!(lost.fired(), 0);
/// lost.clear();
/// # sandbox.shutdown().await;
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story()).unwrap();
/// ```
#[derive(Clone)]
pub struct Injection {
    simulator: Arc<Simulator>,
    shared: Shared,
}

impl Injection {
    pub(crate) fn new(simulator: &Arc<Simulator>, rule: FaultRule) -> Self {
        let shared = simulator.world().faults.arm(rule);
        Self { simulator: Arc::clone(simulator), shared }
    }

    /// Fires for these requests alone: the id of an operation, such as `send_payout`; a tag, such as `payout-links`; a
    /// path below the base URL, such as `/v2/users/*`; or `*` for everything.
    ///
    /// A name that the document does not have is a violation and fails the test, because the fault would never fire.
    pub fn on(self, target: &str) -> Self {
        match Target::read(target) {
            Ok(target) => self.change(|rule| rule.target = target),
            Err(error) => {
                self.simulator.note_violation(error.to_string());
                self
            }
        }
    }

    /// Fires this many times; by default once, except [`Fault::ListLag`](crate::Fault::ListLag), which goes on.
    pub fn times(self, times: usize) -> Self {
        self.change(|rule| rule.limit = Some(times))
    }

    /// Fires until it is cleared.
    pub fn always(self) -> Self {
        self.change(|rule| rule.limit = None)
    }

    /// Fires before or after the commit of the operation. By default, refusals and redirects fire before it and all
    /// other faults after it.
    pub fn when(self, when: When) -> Self {
        self.change(|rule| rule.when = when)
    }

    /// Returns how often it fired.
    pub fn fired(&self) -> usize {
        self.shared.fired.load(Ordering::Relaxed)
    }

    /// Waits until it has fired this many times.
    pub async fn wait(&self, times: usize) {
        let mut firings = self.simulator.world().faults.firings();
        while self.fired() < times && firings.changed().await.is_ok() {}
    }

    /// Sends this many more bytes of a slow answer; see [`Pace::Released`](crate::Pace::Released).
    pub fn release(&self, bytes: usize) {
        self.shared.release(bytes);
    }

    /// Clears the fault: it no longer fires.
    pub fn clear(&self) {
        self.simulator.world().faults.clear_one(self.shared.id);
    }

    fn change(self, change: impl FnOnce(&mut FaultRule)) -> Self {
        self.simulator.world().faults.change(self.shared.id, change);
        self
    }
}

impl fmt::Debug for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Injection")
            .field("id", &self.shared.id)
            .field("fired", &self.fired())
            .finish_non_exhaustive()
    }
}
