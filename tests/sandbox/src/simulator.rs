//! The simulator: takes one request from admission to commit.

mod delivery_worker;
mod guard;
mod idempotency;
mod in_flight;
mod record;
mod transcript;
mod webhooks;
mod world;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hyper::StatusCode;
use jiff::Timestamp;
use uuid::Uuid;

use delivery_worker::DeliveryLock;
pub(crate) use delivery_worker::{deliver, run as deliver_webhooks};
use guard::WorldGuard;
use in_flight::InFlightKeys;
pub use record::ReceivedRequest;
pub(crate) use record::{Exchange, Record};
pub use webhooks::Webhooks;
pub(crate) use webhooks::add_missing as add_missing_webhooks;
pub(crate) use world::World;
use world::decide;

use crate::{
    fault::{self, ArmedFaults, Candidate, DeferredRequest, InjectionPoint, TriggeredFault},
    handlers::{self, Handler},
    http::{Incoming, Refusal, Reply},
    spec::{self, Spec},
    state::{KeyLookup, State},
    validation::{self, Call, CheckedRows},
    webhooks::Dispatcher,
};

/// The document and the world; every connection shares one simulator.
#[derive(Debug)]
pub(crate) struct Simulator {
    pub(crate) spec: Arc<Spec>,
    first_app: Uuid,
    in_flight: InFlightKeys,
    pub(crate) delivery_lock: DeliveryLock,
    /// Whether any fault is armed or drawn: without one, a request does not wait for the lock to find out.
    has_faults: Arc<AtomicBool>,
    checked_rows: CheckedRows,
    world: Mutex<World>,
}

impl Simulator {
    pub(crate) fn new(spec: Arc<Spec>, state: State) -> Self {
        let first_app = state.ids.app();
        let (record, dispatcher, faults) = (Record::default(), Dispatcher::default(), ArmedFaults::default());
        let has_faults = faults.active();
        let world = World { state, record, violations: Vec::new(), dispatcher, faults, journal: None };
        let (in_flight, delivery_lock) = (InFlightKeys::default(), DeliveryLock::default());
        let (checked_rows, world) = (CheckedRows::default(), Mutex::new(world));
        Self { spec, first_app, in_flight, delivery_lock, has_faults, checked_rows, world }
    }

    /// Handles one request. The request is carried out even when its client has disconnected.
    pub(crate) async fn handle(self: &Arc<Self>, incoming: Incoming) -> Reply {
        let delay = self.world().state.options.commit_delay;
        let fault = self.trigger(InjectionPoint::Request, &incoming);
        if delay.is_zero() && fault.is_none() {
            return self.process(delay, &incoming, None).await;
        }
        let simulator = Arc::clone(self);
        let handling = tokio::spawn(async move { simulator.process(delay, &incoming, fault.as_ref()).await });
        handling.await.unwrap_or_else(|error| {
            self.note_violation(format!("the sandbox panicked: {error}"));
            Refusal::violation("a mistake in the sandbox").into()
        })
    }

    /// Admits, waits, commits: the three steps between which a fault can fire.
    async fn process(&self, delay: Duration, incoming: &Incoming, fault: Option<&TriggeredFault>) -> Reply {
        if let Some(fault) = fault.filter(|fault| fault.replaces_handling()) {
            return self.answer_with_fault(incoming, fault);
        }
        let call = match self.admit(incoming) {
            Ok(call) => call,
            Err(refusal) => return self.world().finish(incoming, None, refusal.into(), fault),
        };
        let (scope, reading, key) = self.world().key_policy(&call);
        // The key is in flight until the end of this function.
        let _lease = match self.in_flight.acquire(scope, reading).await {
            Ok(lease) => lease,
            Err(refusal) => return self.world().finish(incoming, call.key(), refusal.into(), fault),
        };
        if !delay.is_zero() && !call.operation.is_safe() {
            tokio::time::sleep(delay).await;
        }
        if let Some(fault) = fault.filter(|fault| fault.is_deferred()) {
            let answered = self.world().defer(incoming, key, fault);
            return answered.await.unwrap_or_else(|_| fault.abandoned());
        }
        self.commit(incoming, &call, key, fault)
    }

    /// Whether any fault is armed or drawn.
    pub(crate) fn has_faults(&self) -> bool {
        self.has_faults.load(Ordering::Relaxed)
    }

    /// Finds the fault that fires for a request at this point.
    fn trigger(&self, point: InjectionPoint, incoming: &Incoming) -> Option<TriggeredFault> {
        if !self.has_faults() {
            return None;
        }
        let candidate = Candidate::new(&self.spec, incoming)?;
        self.world().faults.trigger(point, &candidate, || fault::identity(incoming))
    }

    /// Resets the connection of a request whose body is not read yet, when a fault says so.
    pub(crate) fn cut_unread(&self, incoming: &Incoming) -> Option<Reply> {
        let fault = self.trigger(InjectionPoint::Head, incoming)?;
        Some(self.answer_with_fault(incoming, &fault))
    }

    /// Lets a fault answer in place of the handler.
    fn answer_with_fault(&self, incoming: &Incoming, fault: &TriggeredFault) -> Reply {
        let key = self.admit(incoming).ok().and_then(|call| call.key());
        self.world().finish(incoming, key, Reply::empty(StatusCode::OK, ""), Some(fault))
    }

    /// Commits every deferred request, and returns how many.
    pub(crate) fn commit_late(&self) -> usize {
        let deferred = self.world().faults.take_deferred();
        let count = deferred.len();
        deferred.into_iter().for_each(|deferred| self.commit_deferred(deferred));
        count
    }

    fn commit_deferred(&self, deferred: DeferredRequest) {
        let DeferredRequest { incoming, key, fault, answer, .. } = deferred;
        let reply = match self.admit(&incoming) {
            Ok(call) => self.commit(&incoming, &call, key, Some(&fault)),
            Err(refusal) => self.world().finish(&incoming, None, refusal.into(), Some(&fault)),
        };
        // The client may have disconnected long ago.
        let _ = answer.send(reply);
    }

    /// Authenticates and validates a request.
    pub(crate) fn admit(&self, incoming: &Incoming) -> Result<Call<'_>, Refusal> {
        validation::authenticate(&incoming.headers)?;
        let call = validation::request(&self.spec, incoming, self.first_app)?;
        if self.world().state.options.refuse_unknown_fields
            && let Some(field) = spec::unknown_field(call.operation, call.whole())
        {
            return Err(Refusal::invalid(format!("`{field}` is not known here")));
        }
        Ok(call)
    }

    /// Decides a request, applies its changes and records it, in one step.
    pub(crate) fn commit(
        &self,
        incoming: &Incoming,
        call: &Call<'_>,
        key: KeyLookup,
        fault: Option<&TriggeredFault>,
    ) -> Reply {
        self.commit_with(handlers::find(&call.operation.id), incoming, call, key, fault)
    }

    fn commit_with(
        &self,
        handler: Option<&Handler>,
        incoming: &Incoming,
        call: &Call<'_>,
        key: KeyLookup,
        fault: Option<&TriggeredFault>,
    ) -> Reply {
        let mut world = self.world();
        let decision = decide(call, handler, &world.state, key);
        if fault.is_some_and(TriggeredFault::discards_changes) {
            return world.finish(incoming, call.key(), decision.reply, fault);
        }
        if !decision.changes.is_empty() {
            let reply = world.perform(call, decision);
            return world.finish(incoming, call.key(), reply, fault);
        }
        // Nothing is changed, so other requests need not wait while the answer, which may be a long list, is checked.
        let is_checked = world.checks(&decision);
        let decided = (is_checked && fault.is_some()).then(|| decision.reply.clone());
        let reply = world.finish(incoming, call.key(), decision.reply, fault);
        let number = world.record.last();
        drop(world);
        let checked = if is_checked {
            validation::answer_beyond(&self.checked_rows, call.operation, decided.as_ref().unwrap_or(&reply))
        } else {
            Ok(())
        };
        checked.map_or_else(|violation| self.retract(number, violation), |()| reply)
    }

    /// Records that the answer in an exchange breaks the document, and returns what is sent in its place.
    fn retract(&self, number: usize, violation: String) -> Reply {
        let mut world = self.world();
        let reply = world.object(violation);
        world.record.correct(number, &reply);
        reply
    }

    /// Records a request that got no further, and answers it.
    pub(crate) fn refuse(&self, incoming: &Incoming, refusal: Refusal) -> Reply {
        self.world().finish(incoming, None, refusal.into(), None)
    }

    /// Records a mistake of the sandbox itself.
    pub(crate) fn note_violation(&self, violation: String) {
        self.world().violations.push(violation);
    }

    /// Moves the clock forward, and runs the tasks that become due on the way.
    pub(crate) fn advance(&self, duration: Duration) {
        let end = self.world().state.after(duration);
        self.commit_due(end);
        self.world().advance_to(end);
    }

    /// Lets time pass, as a clock does that runs.
    pub(crate) fn pass_time(&self, duration: Duration) {
        let end = self.world().state.after(duration);
        self.commit_due(end);
        self.world().pass_time(end);
    }

    /// Commits the deferred requests that become due up to a time.
    fn commit_due(&self, end: Timestamp) {
        loop {
            // A deferred request is committed at its time, after the tasks that are due before it.
            let due = self.world().faults.take_due(end);
            let Some((due, deferred)) = due else { break };
            self.world().advance_to(due);
            self.commit_deferred(deferred);
        }
    }

    /// Closes the state file. Later changes are not kept, and no client is told of them.
    pub(crate) fn close_journal(&self) {
        if let Some(journal) = &mut self.world().journal {
            journal.close();
        }
    }

    pub(crate) fn transcript(&self) -> String {
        let world = self.world();
        transcript::write(&world.record, &world.state)
    }

    pub(crate) fn world(&self) -> WorldGuard<'_> {
        // Changes are applied in one step, so a panic elsewhere leaves nothing half done.
        WorldGuard::new(self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests;
