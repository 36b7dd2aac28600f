//! The handle on a running sandbox, for tests and for the program.

mod builder;
mod injection;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinHandle};

pub use builder::{SandboxBuilder, StartError};
pub use injection::Injection;

use crate::{
    fault::{FaultRule, Faults},
    journal::StateFile,
    simulator::{self, ReceivedRequest, Simulator, Webhooks},
    state::Audit,
    validation::{Credentials, PREFIX},
    webhooks::{Delivery, WebhookError},
};

/// How often a running clock moves.
const TICK: Duration = Duration::from_millis(100);

/// A running stand-in for the Dots API, with a world of its own.
///
/// It listens on 127.0.0.1 alone. Dropping it stops it and cuts its connections; [`shutdown`](Self::shutdown) lets them
/// finish first.
///
/// # Panics
/// Dropping the sandbox panics when one of its own answers broke the document, so that the test that received the
/// answer fails; see [`violations`](Self::violations). It does not panic while the thread is panicking already.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    simulator: Arc<Simulator>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    state_file: Option<StateFile>,
}

impl Sandbox {
    /// The verification code that verifies the phone number of any user, since no message is sent.
    pub const VERIFICATION_CODE: &'static str = crate::state::User::TOKEN;

    pub(crate) fn new(
        address: SocketAddr,
        simulator: Arc<Simulator>,
        stop: watch::Sender<bool>,
        server: JoinHandle<()>,
        state_file: Option<StateFile>,
    ) -> Self {
        Self { address, simulator, stop, server, state_file }
    }

    /// Starts a sandbox on a free port, with $1,000,000.00 in its wallet.
    ///
    /// No two sandboxes of a process get the same port, because clients remember servers by their address.
    ///
    /// # Errors
    /// Returns an error when no port is free or the embedded document cannot be used.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Returns a builder with the default settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }

    /// Returns the base URL of the API, such as `http://127.0.0.1:4010/api`; the document's paths follow it.
    pub fn url(&self) -> String {
        format!("http://{}{PREFIX}", self.address)
    }

    /// Returns what was found in the state file at the start; see [`SandboxBuilder::state`].
    pub fn state_file(&self) -> Option<&StateFile> {
        self.state_file.as_ref()
    }

    /// Returns the credentials that the sandbox accepts.
    pub fn credentials(&self) -> Credentials {
        Credentials::SANDBOX
    }

    /// Returns the id of the first app, whose wallet pays; `GET /v2/apps/{app_id}` shows its balance.
    pub fn app_id(&self) -> String {
        self.simulator.world().state.ids.app().to_string()
    }

    /// Returns the balance of the app's wallet, in cents.
    pub fn balance(&self) -> i64 {
        let world = self.simulator.world();
        world.state.wallet(world.state.ids.app())
    }

    /// Returns what this recipient was paid, in cents: directly, over a payout rail, or with a link that was claimed or
    /// still can be.
    ///
    /// A recipient is a user's id, or the digits of a phone number with or without the country code.
    pub fn paid(&self, recipient: &str) -> i64 {
        let world = self.simulator.world();
        let links = world.state.links.iter().filter(|link| link.is_paid() && link.pays(recipient));
        links.map(|link| link.amount).sum::<i64>().saturating_add(world.state.paid_over_rails(recipient))
    }

    /// Returns how many payout links were created, canceled ones included.
    pub fn links(&self) -> usize {
        self.simulator.world().state.links.len()
    }

    /// Returns the last requests, refused ones included, in the order in which the sandbox decided them.
    ///
    /// The sandbox keeps the last 10,000, unless [`SandboxBuilder::record_limit`] says otherwise.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.simulator.world().record.iter().map(|exchange| exchange.request.clone()).collect()
    }

    /// Returns what happened, one line per exchange.
    ///
    /// Names such as `l1` (link), `u1` (user), `k1` (key), `a1` (app) and `x1` (an unknown id) replace the ids, numbered
    /// in the order in which they appear. The transcript begins with the oldest exchange that is kept; see
    /// [`requests`](Self::requests).
    ///
    /// ```text
    /// POST /v2/payouts/send-payout key=[k1] -> 201 created link [l1]
    /// POST /v2/payouts/send-payout key=[k1] -> 201 existing link [l1]
    /// ```
    pub fn transcript(&self) -> String {
        self.simulator.transcript()
    }

    /// Recounts all money from the first ledger entry on; see [`Audit`].
    pub fn audit(&self) -> Audit {
        self.simulator.world().state.ledger.audit()
    }

    /// Moves the sandbox's clock forward; only this and [`run_clock`](Self::run_clock) move it.
    pub fn advance(&self, duration: Duration) {
        self.simulator.advance(duration);
    }

    /// Lets the sandbox's clock run with the machine's for as long as this future is polled; it never ends.
    ///
    /// The program does so. A test that runs the same each time moves the clock itself, by
    /// [`advance`](Self::advance).
    pub async fn run_clock(&self) {
        let mut ticks = tokio::time::interval(TICK);
        let mut last = Instant::now();
        loop {
            ticks.tick().await;
            let now = Instant::now();
            self.simulator.pass_time(now.duration_since(last));
            last = now;
        }
    }

    /// Returns the webhooks: endpoints, secrets, deliveries and their faults.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks::new(&self.simulator)
    }

    /// Delivers every webhook that is due by the sandbox's clock, and returns when each was attempted.
    ///
    /// A background task delivers too; a test calls this to know that the deliveries were made. Retries become due when
    /// [`advance`](Self::advance) moves the clock to their time.
    pub async fn deliver(&self) {
        simulator::deliver(&self.simulator).await;
    }

    /// Returns the last delivery attempts, oldest first, those in progress included.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.webhooks().deliveries()
    }

    /// Raises one of the document's events by hand; nothing else changes.
    ///
    /// # Errors
    /// Returns an error for an event that the document does not have, and for a payload that its schema does not allow.
    pub fn emit(&self, event: &str, payload: impl serde::Serialize) -> Result<(), WebhookError> {
        self.webhooks().emit(event, payload)
    }

    /// Arms a fault for the next request. The returned handle narrows the fault down and counts how often it fired.
    ///
    /// The first armed fault that matches a request is the one that fires.
    pub fn inject(&self, fault: impl Into<FaultRule>) -> Injection {
        Injection::new(&self.simulator, fault.into())
    }

    /// Draws random faults from now on, in place of an earlier draw; armed faults take precedence.
    pub fn draw(&self, faults: Faults) {
        self.simulator.world().faults.draw(Some(faults));
    }

    /// Clears all faults, armed and drawn. Requests that were deferred still wait for
    /// [`commit_late`](Self::commit_late).
    pub fn clear_faults(&self) {
        self.simulator.world().faults.clear();
    }

    /// Commits the requests that [`Fault::LateCommit`](crate::Fault::LateCommit) deferred, in the order of their
    /// arrival, and returns how many.
    pub fn commit_late(&self) -> usize {
        self.simulator.commit_late()
    }

    /// Returns the sandbox's own mistakes: answers and events that broke the document, panics, and a state file that
    /// cannot be written.
    pub fn violations(&self) -> Vec<String> {
        self.simulator.read_events();
        let world = self.simulator.world();
        let failure = world.journal.as_ref().and_then(|journal| journal.failure());
        world.violations.iter().cloned().chain(failure.map(str::to_owned)).collect()
    }

    /// Stops accepting connections and waits until the running exchanges have finished, for two seconds at most. When
    /// it returns, the state file, if there is one, is on the disk.
    pub async fn shutdown(mut self) {
        // The server keeps its receiver until it ends, so sending cannot fail while there is a server.
        let _ = self.stop.send(true);
        self.simulator.world().faults.end();
        let _ = (&mut self.server).await;
        self.simulator.close_journal();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
        self.simulator.world().faults.end();
        self.simulator.close_journal();
        let violations = self.violations();
        if violations.is_empty() || std::thread::panicking() {
            return;
        }
        #[expect(clippy::panic, reason = "a test that got a wrong answer from the sandbox must not pass")]
        {
            panic!("the sandbox broke the document: {}", violations.join("; "));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

    use super::*;

    #[tokio::test]
    #[should_panic(expected = "the sandbox broke the document: a wrong answer")]
    async fn dropping_a_sandbox_that_broke_the_document_fails_the_test() {
        let sandbox = Sandbox::start().await.unwrap();
        sandbox.simulator.note_violation("a wrong answer".to_owned());
    }

    #[tokio::test]
    #[should_panic(expected = "the test's own panic")]
    async fn a_violation_does_not_hide_another_panic() {
        let sandbox = Sandbox::start().await.unwrap();
        sandbox.simulator.note_violation("a wrong answer".to_owned());
        panic!("the test's own panic");
    }
}
