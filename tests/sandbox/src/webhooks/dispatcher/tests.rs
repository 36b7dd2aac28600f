#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use serde_json::json;

use super::*;
use crate::{options::Options, plan::Plan};

fn world(name: &'static str, payload: serde_json::Value) -> (State, Arc<Spec>, Dispatcher) {
    let mut state = State::new(1, 0, Options::default());
    let mut plan = Plan::of(state.ids.app(), &state);
    plan.emit(name, payload);
    let changes = plan.into_changes();
    let spec = Spec::embedded().unwrap();
    let mut dispatcher = Dispatcher::default();
    dispatcher.add(&"http://127.0.0.1:9/".into(), &state, &spec).unwrap();
    state.apply(changes).unwrap();
    (state, spec, dispatcher)
}

#[test]
fn an_event_that_breaks_the_document_is_a_mistake_and_stays_here() {
    let (state, spec, mut dispatcher) = world("transfer.updated", json!({ "transfer": 7 }));
    let mistakes = dispatcher.read(&state, &spec);
    assert_eq!(mistakes, ["event 0: the payload does not fit `transfer.updated`: `transfer_id` is required"]);
    assert!(dispatcher.due(&state).is_empty());
    assert_eq!(dispatcher.read(&state, &spec), Vec::<String>::new());

    let (state, spec, mut dispatcher) = world("transfer.vanished", json!({}));
    let mistakes = dispatcher.read(&state, &spec);
    assert_eq!(mistakes, ["event 0: the document has no event `transfer.vanished`"]);
    assert!(dispatcher.due(&state).is_empty());
}

#[test]
fn a_delivery_that_was_cut_off_is_due_again() {
    let (state, spec, mut dispatcher) = world("flow.updated", json!({ "flow_id": "f" }));
    dispatcher.read(&state, &spec);
    assert_eq!(dispatcher.due(&state).len(), 1);
    let attempts = dispatcher.due(&state);
    let accepted = |attempt: &Attempt| {
        let headers = Vec::new();
        AttemptResult {
            headers,
            body: attempt.message.body.clone(),
            outcome: DeliveryOutcome::Accepted,
            status: None,
        }
    };
    let attempt = attempts.first().unwrap();
    dispatcher.note(attempt, accepted(attempt));
    assert!(dispatcher.due(&state).is_empty());
}
