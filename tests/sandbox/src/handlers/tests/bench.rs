//! A state that tests drive through handlers and tasks, without the simulator.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use serde_json::Value;

use crate::{
    handlers::{self, event_payload},
    http::{Incoming, Refusal},
    options::Options,
    plan::Plan,
    spec::Spec,
    state::{Event, State},
    validation,
};

pub(super) struct Bench {
    spec: Arc<Spec>,
    pub(super) state: State,
}

impl Bench {
    pub(super) fn with_funds(funds: i64) -> Self {
        Self { spec: Spec::embedded().unwrap(), state: State::new(1, funds, Options::default()) }
    }

    /// Carries out a request, and returns the id in the answer, if there is one.
    pub(super) fn request(&mut self, method: Method, path: &str, body: &Value) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        let (path, body) = (format!("/api/v2/{path}"), Bytes::from(body.to_string()));
        let incoming = Incoming { method, path, query: None, headers, body };
        let call = validation::request(&self.spec, &incoming, self.state.ids.app()).unwrap();
        let handler = handlers::find(&call.operation.id).unwrap();
        let decision = handler.decide(&call, &self.state).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        validation::answer(call.operation, &decision.reply).unwrap();
        let reply = decision.reply;
        self.state.apply(decision.changes).unwrap();
        assert!(reply.status.is_success(), "{}", reply.note);
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Carries out one step of a plan.
    pub(super) fn change<T>(&mut self, step: impl FnOnce(&mut Plan<'_>) -> Result<T, Refusal>) -> T {
        let mut plan = Plan::of(self.state.ids.app(), &self.state);
        let result = step(&mut plan).unwrap();
        let changes = plan.into_changes();
        self.state.apply(changes).unwrap();
        result
    }

    /// Moves the clock forward and runs the tasks that are due on the way.
    pub(super) fn advance(&mut self, duration: Duration) {
        let end = self.state.after(duration);
        while let Some(task) = self.state.next_task(end) {
            let mut plan = Plan::of(task.app, &self.state);
            handlers::run_task(task, &mut plan).unwrap();
            let changes = plan.into_changes();
            self.state.apply(changes).unwrap();
        }
        self.state.move_clock(end);
    }

    /// The payload of the first event with this name.
    pub(super) fn payload(&self, name: &str) -> Value {
        let event = self.state.outbox.since(0).find(|event| event.name == name).unwrap();
        event_payload(&event.payload, &self.state).into_owned()
    }

    /// The names of the events so far; each event is as the document has it.
    pub(super) fn events(&self) -> Vec<&'static str> {
        let schemas = Spec::events().unwrap();
        let check = |event: &Event| {
            let payload = event_payload(&event.payload, &self.state);
            let errors: Vec<String> =
                schemas[event.name].violations(&payload).iter().map(ToString::to_string).collect();
            assert!(errors.is_empty(), "{}: {errors:?} in {payload}", event.name);
            event.name
        };
        self.state.outbox.since(0).map(check).collect()
    }
}
