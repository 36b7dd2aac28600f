//! The world: all mutable state, under one lock.

use hyper::Method;
use jiff::Timestamp;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    idempotency,
    record::{Exchange, ReceivedRequest, Record},
};
use crate::{
    fault::{ArmedFaults, TriggeredFault},
    handlers::{self, Handler},
    http::{Incoming, Refusal, Reply},
    journal::Journal,
    options::KeyInflight,
    plan::{Decision, Plan},
    state::{KeyLookup, Kind, Scope, State},
    validation::{self, Call},
    webhooks::Dispatcher,
};

/// All mutable state, under one lock: so the transcript is in the order of the changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) record: Record,
    pub(crate) violations: Vec<String>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) faults: ArmedFaults,
    /// The state file, if the sandbox has one.
    pub(crate) journal: Option<Journal>,
}

impl World {
    /// Returns the scope of a request's key, how keys in flight are treated, and how this key is looked up.
    pub(super) fn key_policy(&self, call: &Call<'_>) -> (Option<Scope>, KeyInflight, KeyLookup) {
        let reading = self.state.options.key_inflight;
        let scope = idempotency::scope(call, &self.state);
        let is_known = scope.is_some_and(|scope| self.state.key_record(&scope).is_some());
        let raced = reading == KeyInflight::Race && !is_known;
        (scope, reading, KeyLookup { wanted: !raced, arrived: self.state.clock.now() })
    }

    /// Checks the answer of a decision, and only then applies its changes.
    pub(super) fn perform(&mut self, call: &Call<'_>, decision: Decision) -> Reply {
        if self.checks(&decision)
            && let Err(violation) = validation::answer(call.operation, &decision.reply)
        {
            return self.object(violation);
        }
        let makes = call.operation.method == Method::POST && decision.makes_rows();
        if let Err(error) = self.state.apply(decision.changes) {
            self.violations.push(format!("`{}` unbalanced the ledger: {error}", call.operation.id));
        }
        if makes {
            self.faults.hide_new_row(&decision.reply, self.state.clock.now());
        }
        decision.reply
    }

    /// Whether the answer of a decision is checked.
    pub(super) fn checks(&self, decision: &Decision) -> bool {
        self.state.options.validate_answers && !decision.is_foreign
    }

    /// Records an answer that breaks the document, and returns what is sent in its place.
    pub(super) fn object(&mut self, violation: String) -> Reply {
        let message = format!("a mistake in the sandbox; nothing was changed: {violation}");
        self.violations.push(violation);
        Refusal::violation(message).into()
    }

    /// Applies a fault to an answer, and records the exchange.
    pub(super) fn finish(
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

    pub(super) fn defer(
        &mut self,
        incoming: &Incoming,
        key: KeyLookup,
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

    /// Moves the clock to a time, and runs the tasks that become due on the way.
    pub(super) fn advance_to(&mut self, end: Timestamp) {
        self.run_tasks(end);
        self.state.move_clock(end);
    }

    /// Lets time pass up to a time, and runs the tasks that become due.
    pub(super) fn pass_time(&mut self, end: Timestamp) {
        self.run_tasks(end);
        self.state.pass_time(end);
    }

    fn run_tasks(&mut self, end: Timestamp) {
        while let Some(task) = self.state.next_task(end) {
            let mut plan = Plan::of(task.app, &self.state);
            // A task that is no longer possible changes nothing.
            let planned = handlers::run_task(task, &mut plan).map(|()| plan.into_changes());
            let applied = self.state.apply(planned.unwrap_or_default());
            if let Err(error) = applied {
                self.violations.push(format!("`{}` unbalanced the ledger: {error}", task.name));
            }
            // When the clock moves far, each step is saved on its own.
            self.save();
        }
    }
}

/// Decides a request: by its idempotency key when that is known, and by its handler otherwise.
pub(super) fn decide(call: &Call<'_>, handler: Option<&Handler>, state: &State, key: KeyLookup) -> Decision {
    let id = &call.operation.id;
    let Some(handler) = handler else {
        let refusal = Refusal::not_implemented(format!("the sandbox does not implement `{id}` yet"));
        return Decision::unchanged(refusal.into());
    };
    if state.objects.find(Kind::App, &call.app).is_none() {
        let refusal = Refusal::forbidden(format!("there is no app `{}` to act for", call.app));
        return Decision::unchanged(refusal.into());
    }
    if key.wanted
        && let Some(known) = idempotency::known(call, handler, state)
    {
        return known;
    }
    let decided = handler.decide(call, state);
    let mut decision = decided.unwrap_or_else(|refusal| Decision::unchanged(refusal.into()));
    decision.changes.extend(idempotency::remember(call, handler, state, &decision, key));
    decision
}
