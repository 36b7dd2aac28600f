#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::{
    options::Options,
    plan::{Decision, Plan},
    state::{Kind, User},
};

fn simulator() -> Simulator {
    Simulator::new(Spec::embedded().unwrap(), State::new(1, 100, Options::default()))
}

/// Performs a request for a path with a handler, and returns the status and the body.
fn perform(simulator: &Simulator, path: &str, handler: Handler) -> (StatusCode, String) {
    let path = format!("/api/v2{path}");
    let incoming =
        Incoming { method: Method::GET, path, query: None, headers: HeaderMap::new(), body: Bytes::new() };
    let call = validation::request(&simulator.spec, &incoming, simulator.first_app).unwrap();
    let key = KeyLookup { wanted: true, arrived: Timestamp::UNIX_EPOCH };
    let reply = simulator.commit_with(Some(&handler), &incoming, &call, key, None);
    (reply.status, String::from_utf8(reply.body).unwrap())
}

/// A handler with a mistake: it adds a user, and its answer lacks every required field.
fn broken(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut plan = Plan::new(call, state);
    let user = User::unknown(plan.id(Kind::User), plan.app(), plan.now());
    let reply = Reply::json(StatusCode::OK, &json!({ "first_name": "Jo" }), "");
    plan.put_user(user);
    Ok(plan.answer(reply))
}

#[test]
fn an_answer_that_breaks_the_document_becomes_a_500_and_changes_nothing() {
    let simulator = simulator();
    let id = simulator.world().state.ids.id(Kind::User, 0);
    let (status, body) = perform(&simulator, &format!("/users/{id}"), Handler::custom(broken));
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.contains("nothing was changed: `get_user` answered 200 and broke the document"), "{body}");
    assert!(body.contains("/required"), "{body}");
    assert_eq!(simulator.world().violations.len(), 1);
    assert_eq!(simulator.world().state.users.len(), 0);
}

/// A row of the list of transactions with this amount.
fn row(amount: &Value) -> Value {
    let id = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let created = "2026-01-01T00:00:00.000000";
    json!({
        "id": 1, "created": created, "transfer_id": id, "amount": amount, "type": "payout",
        "source_id": id, "source_name": "payout_link", "destination_id": id, "destination_name": "payout_link",
    })
}

fn listed(amounts: &[Value]) -> Result<Decision, Refusal> {
    let rows = amounts.iter().map(row);
    Ok(Decision::unchanged(Reply::list(StatusCode::OK, rows, Some(false), "some rows")))
}

fn right(_: &Call<'_>, _: &State) -> Result<Decision, Refusal> {
    listed(&[json!("1.0000000000"), json!("2.0000000000")])
}

/// The rows of [`right`], of which one has another amount now.
fn changed(_: &Call<'_>, _: &State) -> Result<Decision, Refusal> {
    listed(&[json!("1.0000000000"), json!("two")])
}

#[test]
fn a_row_that_goes_wrong_after_it_was_shown_is_caught_each_time_and_in_the_transcript() {
    let simulator = simulator();
    let list = |handler| perform(&simulator, "/transactions", Handler::custom(handler));
    assert_eq!((list(right).0, list(right).0), (StatusCode::OK, StatusCode::OK));
    for _ in 0..2 {
        let (status, body) = list(changed);
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{body}");
        assert!(body.contains("/data/1/amount"), "{body}");
    }
    assert_eq!(list(right).0, StatusCode::OK);
    assert_eq!(simulator.world().violations.len(), 2);
    let statuses: Vec<u16> =
        simulator.world().record.iter().map(|exchange| exchange.status.as_u16()).collect();
    assert_eq!(statuses, [200, 200, 500, 500, 200]);
    assert!(simulator.transcript().contains("/data/1/amount"), "{}", simulator.transcript());
}
