//! Where a request is played from beginning to end.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hyper::{Method, StatusCode};
use jiff::Timestamp;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{
    fault::{self, ArmedFaults, Candidate, DeferredRequest, InjectionPoint, TriggeredFault},
    handlers::{self, Handler},
    http::{Incoming, Refusal, Reply},
    idempotency,
    in_flight::InFlightKeys,
    journal::Journal,
    options::KeyInflight,
    plan::{Decision, Plan},
    record::{Exchange, ReceivedRequest, Record},
    spec::Spec,
    state::{Kind, State},
    transcript,
    validation::{self, Call},
    webhooks::{DeliveryLock, Dispatcher},
    world_guard::WorldGuard,
};

/// The document and the world; every connection plays here.
#[derive(Debug)]
pub(crate) struct Simulator {
    pub(crate) spec: Arc<Spec>,
    first_app: Uuid,
    in_flight: InFlightKeys,
    pub(crate) delivery_lock: DeliveryLock,
    /// Whether there are faults at all: without them, no request waits for the world to ask.
    has_faults: Arc<AtomicBool>,
    world: Mutex<World>,
}

/// Everything that changes, under one lock: so a transcript is in the order of the changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) record: Record,
    pub(crate) violations: Vec<String>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) faults: ArmedFaults,
    /// Where the world is kept, when it is.
    pub(crate) journal: Option<Journal>,
}

/// Whether a request's key is looked up when it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyCheck {
    AtCommit,
    /// It was looked up when the request came in, and was not known then: others with it are not waited for.
    Skipped,
}

impl Simulator {
    pub(crate) fn new(spec: Arc<Spec>, state: State) -> Self {
        let first_app = state.ids.app();
        let (record, dispatcher, faults) = (Record::default(), Dispatcher::default(), ArmedFaults::default());
        let has_faults = faults.active();
        let world = World { state, record, violations: Vec::new(), dispatcher, faults, journal: None };
        let (in_flight, delivery_lock) = (InFlightKeys::default(), DeliveryLock::default());
        Self { spec, first_app, in_flight, delivery_lock, has_faults, world: Mutex::new(world) }
    }

    /// Plays one request. It is carried out even when nobody waits for the answer any more.
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

    /// Admits, waits, commits: the three steps between which a fault can stand.
    async fn process(&self, delay: Duration, incoming: &Incoming, fault: Option<&TriggeredFault>) -> Reply {
        if let Some(fault) = fault.filter(|fault| fault.replaces_handling()) {
            return self.answer_with_fault(incoming, fault);
        }
        let call = match self.admit(incoming) {
            Ok(call) => call,
            Err(refusal) => return self.world().finish(incoming, None, refusal.into(), fault),
        };
        let (reading, key) = self.world().meet(&call);
        // The key is in flight until the end of this function.
        let _lease = match self.in_flight.acquire(call.scope(), reading).await {
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

    /// Finds the fault that a request meets here.
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

    /// Lets a fault answer a request that nobody looks at.
    fn answer_with_fault(&self, incoming: &Incoming, fault: &TriggeredFault) -> Reply {
        let key = self.admit(incoming).ok().and_then(|call| call.key());
        self.world().finish(incoming, key, Reply::empty(StatusCode::OK, ""), Some(fault))
    }

    /// Carries out every request that was put off, and returns how many.
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
        // The client may have left long ago.
        let _ = answer.send(reply);
    }

    /// Finds out whether the request is one that the document allows.
    pub(crate) fn admit(&self, incoming: &Incoming) -> Result<Call<'_>, Refusal> {
        validation::authenticate(&incoming.headers)?;
        validation::request(&self.spec, incoming, self.first_app)
    }

    /// Decides about a request, carries out what it changes and records it, all in one step.
    pub(crate) fn commit(
        &self,
        incoming: &Incoming,
        call: &Call<'_>,
        key: KeyCheck,
        fault: Option<&TriggeredFault>,
    ) -> Reply {
        let mut world = self.world();
        let handler = handlers::find(&call.operation.id);
        let reply = if fault.is_some_and(TriggeredFault::discards_changes) {
            decide(call, handler, &world.state, key).reply
        } else {
            world.perform(call, handler, key)
        };
        world.finish(incoming, call.key(), reply, fault)
    }

    /// Records a request that went no further, and answers it.
    pub(crate) fn refuse(&self, incoming: &Incoming, refusal: Refusal) -> Reply {
        self.world().finish(incoming, None, refusal.into(), None)
    }

    /// Notes a mistake of the sandbox itself.
    pub(crate) fn note_violation(&self, violation: String) {
        self.world().violations.push(violation);
    }

    /// Moves the clock forward and does on the way what was planned for later.
    pub(crate) fn advance(&self, duration: Duration) {
        let end = self.world().state.after(duration);
        loop {
            // A request that was put off is carried out at its time, and what was planned before that comes before.
            let due = self.world().faults.take_due(end);
            let Some((due, deferred)) = due else { break };
            self.world().advance_to(due);
            self.commit_deferred(deferred);
        }
        self.world().advance_to(end);
    }

    /// Gives the state file back; what changes afterwards is not kept, and nobody is told of it.
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
        // A change is applied in one step, so a panic elsewhere leaves nothing half-done behind.
        WorldGuard::new(self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl World {
    /// Says how a request is treated that comes in now: what a key in flight does, and when its own key is looked up.
    fn meet(&self, call: &Call<'_>) -> (KeyInflight, KeyCheck) {
        let reading = self.state.options.key_inflight;
        let is_known = call.scope().is_some_and(|scope| self.state.key_record(&scope).is_some());
        let raced = reading == KeyInflight::Race && !is_known;
        (reading, if raced { KeyCheck::Skipped } else { KeyCheck::AtCommit })
    }

    /// Decides, checks the answer, and only then changes anything.
    fn perform(&mut self, call: &Call<'_>, handler: Option<&Handler>, key: KeyCheck) -> Reply {
        let decision = decide(call, handler, &self.state, key);
        if self.state.options.validate_answers
            && let Err(violation) = validation::answer(call.operation, &decision.reply)
        {
            self.violations.push(violation.clone());
            return Refusal::violation(format!("a mistake in the sandbox; nothing was changed: {violation}"))
                .into();
        }
        let makes = call.operation.method == Method::POST && !decision.changes.is_empty();
        if let Err(error) = self.state.apply(decision.changes) {
            self.violations.push(format!("`{}` unbalanced the ledger: {error}", call.operation.id));
        }
        if makes {
            self.faults.hide_new_row(&decision.reply, self.state.clock.now());
        }
        decision.reply
    }

    /// Lets a fault do what it does to an answer, and records what became of the request.
    fn finish(
        &mut self,
        incoming: &Incoming,
        key: Option<Uuid>,
        reply: Reply,
        fault: Option<&TriggeredFault>,
    ) -> Reply {
        let now = self.state.clock.now();
        let reply = match fault {
            Some(fault) => self.faults.apply(fault, reply, now),
            None => reply,
        };
        self.note(incoming, key, &reply);
        reply
    }

    fn defer(
        &mut self,
        incoming: &Incoming,
        key: KeyCheck,
        fault: &TriggeredFault,
    ) -> oneshot::Receiver<Reply> {
        let now = self.state.clock.now();
        self.faults.defer(incoming, key, fault, now)
    }

    fn note(&mut self, incoming: &Incoming, key: Option<Uuid>, reply: &Reply) {
        let request = ReceivedRequest::new(incoming);
        let fault = reply.fault.as_ref().map(|mark| mark.description.clone());
        let exchange = Exchange { request, key, status: reply.status, note: reply.note.clone(), fault };
        self.record.push(exchange, self.state.options.record_limit);
    }

    fn advance_to(&mut self, end: Timestamp) {
        while let Some(task) = self.state.next_task(end) {
            let mut plan = Plan::of(task.app, &self.state);
            // A task that is not possible any more has nothing to do.
            let planned = handlers::run_task(task, &mut plan).map(|()| plan.into_changes());
            let applied = self.state.apply(planned.unwrap_or_default());
            if let Err(error) = applied {
                self.violations.push(format!("`{}` unbalanced the ledger: {error}", task.name));
            }
            // A long way of the clock is kept step by step.
            self.save();
        }
        self.state.move_clock(end);
    }
}

/// Decides about a request: what its key already did, or what its handler does, and what its key will be known for.
fn decide(call: &Call<'_>, handler: Option<&Handler>, state: &State, key: KeyCheck) -> Decision {
    let id = &call.operation.id;
    let Some(handler) = handler else {
        let refusal = Refusal::not_played(format!("the sandbox does not play `{id}` yet"));
        return Decision::unchanged(refusal.into());
    };
    if state.objects.find(Kind::App, &call.app).is_none() {
        let refusal = Refusal::forbidden(format!("there is no app `{}` to act for", call.app));
        return Decision::unchanged(refusal.into());
    }
    if key == KeyCheck::AtCommit
        && let Some(reply) = idempotency::known(call, handler, state)
    {
        return Decision::unchanged(reply);
    }
    let decided = handler.decide(call, state);
    let mut decision = decided.unwrap_or_else(|refusal| Decision::unchanged(refusal.into()));
    decision.changes.extend(idempotency::remember(call, handler, state, &decision));
    decision
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use bytes::Bytes;
    use hyper::HeaderMap;
    use serde_json::json;

    use super::*;
    use crate::{options::Options, state::User};

    /// A handler with a mistake: it adds a user, and its answer lacks everything.
    fn broken(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
        let mut plan = Plan::new(call, state);
        let user = User::unknown(plan.id(Kind::User), plan.app(), plan.now());
        let reply = Reply::json(StatusCode::OK, &json!({ "first_name": "Jo" }), "");
        plan.put_user(user);
        Ok(plan.answer(reply))
    }

    #[test]
    fn an_answer_that_breaks_the_document_becomes_a_500_and_changes_nothing() {
        let simulator = Simulator::new(Spec::embedded().unwrap(), State::new(1, 100, Options::default()));
        let path = format!("/api/v2/users/{}", simulator.world().state.ids.id(Kind::User, 0));
        let incoming = Incoming {
            method: Method::GET,
            path,
            query: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let call = validation::request(&simulator.spec, &incoming, simulator.first_app).unwrap();
        let reply = simulator.world().perform(&call, Some(&Handler::custom(broken)), KeyCheck::AtCommit);

        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        let body = String::from_utf8(reply.body).unwrap();
        assert!(
            body.contains("nothing was changed: `get_user` answered 200 and broke the document"),
            "{body}"
        );
        assert!(body.contains("/required"), "{body}");
        assert_eq!(simulator.world().violations.len(), 1);
        assert_eq!(simulator.world().state.users.len(), 0);
    }
}
