//! Tracing: one span per call and one event per attempt, with OpenTelemetry's names.

use std::time::Duration;

use dots_api::GetUser;
use dots_api_ext::{Dots, RetryPolicy};
use insta::assert_snapshot;

use crate::support::listener::Listener;
use crate::support::wire::{Answer, Wire, nobody};
use crate::support::world::{KEY, TEN_DOLLARS, builder_for, client_of, key, somebody};

fn made() -> Answer {
    Answer::json("201 Created", format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#))
}

/// A client that retries at once.
fn patient(wire: &Wire) -> Dots {
    let policy = RetryPolicy::standard().initial_backoff(Duration::ZERO, Duration::ZERO);
    builder_for(&wire.url()).retry(policy).build().unwrap()
}

/// The records of this crate, without values that differ from run to run.
fn told(listener: &Listener, url: &str) -> String {
    let port = url.split(':').nth(2).unwrap().split('/').next().unwrap();
    let told =
        listener.heard_of("dots_api_ext").replace(KEY, "[key]").replace(&format!("={port}"), "=[port]");
    // Breaks the line of a span, which is too long to read.
    told.replace(" http.request.method", "\n  http.request.method")
        .replace(" dots.operation", "\n  dots.operation")
}

#[tokio::test]
async fn a_call_that_works_is_a_span_with_one_event() {
    let wire = Wire::start([made()]).await;
    let dots = client_of(&wire.url());
    let listener = Listener::start();
    dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap();
    assert_snapshot!(told(&listener, &wire.url()), @r#"
    span INFO dots_api_ext call otel.name=POST /v2/payouts/send-payout otel.kind="client"
      http.request.method="POST" url.template="/v2/payouts/send-payout" server.address="127.0.0.1" server.port=[port]
      dots.operation="send_payout" dots.idempotency_key=[key]
    event DEBUG dots_api_ext message=answered http.response.status_code=201 http.request.resend_count=0
    note dots_api_ext http.response.status_code=201
    "#);
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn each_attempt_is_an_event_of_its_own() {
    let busy = Answer::json("503 Service Unavailable", "");
    let wire = Wire::start([Answer::cut(""), busy, made()]).await;
    let dots = patient(&wire);
    let listener = Listener::start();
    dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap();
    assert_snapshot!(told(&listener, &wire.url()), @r#"
    span INFO dots_api_ext call otel.name=POST /v2/payouts/send-payout otel.kind="client"
      http.request.method="POST" url.template="/v2/payouts/send-payout" server.address="127.0.0.1" server.port=[port]
      dots.operation="send_payout" dots.idempotency_key=[key]
    event WARN dots_api_ext message=failed error.type="no_answer" dots.outcome="unknown" http.request.resend_count=0 dots.pause_ms=0
    event WARN dots_api_ext message=failed error.type="503" dots.outcome="unknown" http.response.status_code=503 http.request.resend_count=1 dots.pause_ms=0
    event DEBUG dots_api_ext message=answered http.response.status_code=201 http.request.resend_count=2
    note dots_api_ext http.response.status_code=201
    note dots_api_ext http.request.resend_count=2
    "#);
    assert_eq!(wire.requests().len(), 3);
}

#[tokio::test]
async fn a_call_that_fails_says_how_and_whether_it_may_have_been_carried_out() {
    let wire = Wire::start([Answer::json("400 Bad Request", r#"{"success":false,"message":"no"}"#)]).await;
    let (dots, nobody) = (client_of(&wire.url()), nobody());
    let unreachable = client_of(&nobody);
    let listener = Listener::start();
    dots.run(GetUser::new(KEY.parse().unwrap())).await.unwrap_err();
    unreachable.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap_err();
    let port = nobody.split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
    assert_snapshot!(told(&listener, &wire.url()).replace(&format!("={port}"), "=[port]"), @r#"
    span INFO dots_api_ext call otel.name=GET /v2/users/{user_id} otel.kind="client"
      http.request.method="GET" url.template="/v2/users/{user_id}" server.address="127.0.0.1" server.port=[port]
      dots.operation="get_user"
    event WARN dots_api_ext message=failed error.type="400" dots.outcome="rejected" http.response.status_code=400 http.request.resend_count=0
    note dots_api_ext otel.status_code="ERROR"
    note dots_api_ext error.type="400"
    note dots_api_ext dots.outcome="rejected"
    note dots_api_ext http.response.status_code=400
    span INFO dots_api_ext call otel.name=POST /v2/payouts/send-payout otel.kind="client"
      http.request.method="POST" url.template="/v2/payouts/send-payout" server.address="127.0.0.1" server.port=[port]
      dots.operation="send_payout" dots.idempotency_key=[key]
    event WARN dots_api_ext message=failed error.type="not_sent" dots.outcome="not_sent" http.request.resend_count=0
    note dots_api_ext otel.status_code="ERROR"
    note dots_api_ext error.type="not_sent"
    note dots_api_ext dots.outcome="not_sent"
    "#);
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_success_that_cannot_be_used_is_told_as_an_error_and_not_as_its_status() {
    let wire = Wire::start([Answer::json("200 OK", "[]")]).await;
    let dots = client_of(&wire.url());
    let listener = Listener::start();
    dots.run(GetUser::new(KEY.parse().unwrap())).await.unwrap_err();
    let told = told(&listener, &wire.url());
    assert_eq!(told.matches(r#"error.type="unusable_answer""#).count(), 2, "{told}");
    assert_eq!(told.matches("http.response.status_code=200").count(), 2, "{told}");
}

#[tokio::test]
async fn what_a_call_tells_names_nobody_and_repeats_no_word_of_dots() {
    let words = r#"{"success":false,"message":"secret words","error_code":"secret-code"}"#;
    let wire = Wire::start([Answer::new("422 Odd", &["x-request-id: secret-request"], words)]).await;
    let dots = client_of(&wire.url());
    let listener = Listener::start();
    let user = "usr-secret-id".parse().unwrap();
    dots.run(GetUser::new(user)).await.unwrap_err();
    let user = "usr-secret-id".parse().unwrap();
    dots.run(dots_api::ListTransfers::new().user_id(user)).await.unwrap_err();
    let told = listener.heard_of("dots_api_ext");
    assert!(told.contains("url.template=\"/v2/users/{user_id}\"") && !told.contains("secret"), "{told}");
    assert_eq!(wire.requests().len(), 2);
}
