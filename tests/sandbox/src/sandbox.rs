//! The sandbox as a test holds it.

mod builder;
mod injection;

use std::{net::SocketAddr, sync::Arc, time::Duration};

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

/// A running stand-in for the Dots API, with a world of its own.
///
/// It listens on 127.0.0.1 alone. Dropping it stops it and cuts its connections; [`shutdown`](Self::shutdown) lets
/// them end first.
///
/// # Panics
/// Dropping it panics when one of its own answers broke the document, so that the test which asked for it fails; see
/// [`violations`](Self::violations). It does not while another panic is on its way.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    simulator: Arc<Simulator>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    state_file: Option<StateFile>,
}

impl Sandbox {
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
    /// # Errors
    /// Returns an error when no port can be had or the embedded document cannot be used.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Returns the settings of a sandbox that is yet to start.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }

    /// Returns the base URL, such as `http://127.0.0.1:4010/api`, below which the document's paths stand.
    pub fn url(&self) -> String {
        format!("http://{}{PREFIX}", self.address)
    }

    /// Returns the state file, as it was found at the start; see [`SandboxBuilder::state`].
    pub fn state_file(&self) -> Option<&StateFile> {
        self.state_file.as_ref()
    }

    /// Returns the credentials that the sandbox accepts.
    pub fn credentials(&self) -> Credentials {
        Credentials::SANDBOX
    }

    /// Returns the id of the one app, whose wallet pays; `GET /v2/apps/{app_id}` shows its balance.
    pub fn app_id(&self) -> String {
        self.simulator.world().state.ids.app().to_string()
    }

    /// Returns what is in the app wallet, in cents.
    pub fn balance(&self) -> i64 {
        let world = self.simulator.world();
        world.state.wallet(world.state.ids.app())
    }

    /// Returns what this recipient was paid, in cents: at once, over rails, or with a link that was claimed or can be.
    ///
    /// A recipient is a user's id, or the digits of a phone number with or without the country code.
    pub fn paid(&self, recipient: &str) -> i64 {
        let world = self.simulator.world();
        let links = world.state.links.iter().filter(|link| link.is_paid() && link.pays(recipient));
        links.map(|link| link.amount).sum::<i64>().saturating_add(world.state.paid_over_rails(recipient))
    }

    /// Returns how many payout links have been made, canceled ones included.
    pub fn links(&self) -> usize {
        self.simulator.world().state.links.len()
    }

    /// Returns the last requests that came in, refused ones included, in the order in which they were decided.
    ///
    /// The last 10,000 are kept, unless [`SandboxBuilder::record_limit`] says otherwise.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.simulator.world().record.iter().map(|exchange| exchange.request.clone()).collect()
    }

    /// Tells what happened, one line per exchange, with names such as `l1` (link), `u1` (user), `k1` (key), `a1` (app)
    /// and `x1` (an id that nobody here knows) in place of ids, numbered as they appear.
    ///
    /// It begins with the oldest exchange that is kept; see [`requests`](Self::requests).
    ///
    /// ```text
    /// POST /v2/payouts/send-payout key=[k1] -> 201 created link [l1]
    /// POST /v2/payouts/send-payout key=[k1] -> 201 existing link [l1]
    /// ```
    pub fn transcript(&self) -> String {
        self.simulator.transcript()
    }

    /// Recounts all money from the first movement on; see [`Audit`].
    pub fn audit(&self) -> Audit {
        self.simulator.world().state.ledger.audit()
    }

    /// Moves the sandbox's clock forward; it stands still otherwise.
    pub fn advance(&self, duration: Duration) {
        self.simulator.advance(duration);
    }

    /// Returns the webhooks: endpoints, secrets and deliveries that go wrong on demand.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks::new(&self.simulator)
    }

    /// Delivers every webhook that is due by the sandbox's clock, and returns when all of them have been tried.
    ///
    /// It happens in the background too; a test calls this to know that it has happened. What a failed attempt leaves
    /// for later becomes due when [`advance`](Self::advance) moves the clock there.
    pub async fn deliver(&self) {
        simulator::deliver(&self.simulator).await;
    }

    /// Returns the last attempts to deliver webhooks, oldest first, those under way included.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.webhooks().deliveries()
    }

    /// Raises one of the document's events by hand, as if it had happened; nothing else changes.
    ///
    /// # Errors
    /// Returns an error for an event that the document does not have, and for a payload that its schema does not allow.
    pub fn emit(&self, event: &str, payload: impl serde::Serialize) -> Result<(), WebhookError> {
        self.webhooks().emit(event, payload)
    }

    /// Arms a fault for the next request; what is returned narrows it down and tells how often it fired.
    ///
    /// The first fault that fits a request is the one that it meets.
    pub fn inject(&self, fault: impl Into<FaultRule>) -> Injection {
        Injection::new(&self.simulator, fault.into())
    }

    /// Draws faults from now on, in place of those drawn so far; armed ones come first.
    pub fn draw(&self, faults: Faults) {
        self.simulator.world().faults.draw(Some(faults));
    }

    /// Clears all faults, armed and drawn. Requests that were put off still wait for [`commit_late`](Self::commit_late).
    pub fn clear_faults(&self) {
        self.simulator.world().faults.clear();
    }

    /// Carries out the requests that [`Fault::LateCommit`](crate::Fault::LateCommit) put off, in the order in which they
    /// came, and returns how many.
    pub fn commit_late(&self) -> usize {
        self.simulator.commit_late()
    }

    /// Returns the mistakes of the sandbox itself: answers and events of its own that broke the document, and panics.
    /// A state file that cannot be written is among them.
    pub fn violations(&self) -> Vec<String> {
        self.simulator.read_events();
        let world = self.simulator.world();
        let failure = world.journal.as_ref().and_then(|journal| journal.failure());
        world.violations.iter().cloned().chain(failure.map(str::to_owned)).collect()
    }

    /// Stops accepting connections, lets the running exchanges end, for two seconds at most, and returns when all is
    /// quiet and the state file, if there is one, is on the disk.
    pub async fn shutdown(mut self) {
        // The server holds the other end until it is done, so this cannot fail while there is somebody to tell.
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
