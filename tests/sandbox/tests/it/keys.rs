//! Repeated keys in every other reading of the documentation.

use std::{sync::Arc, time::Duration};

use dots_sandbox::{KeyChangedBody, KeyInflight, KeyRepeat, Sandbox, SandboxBuilder, StoreErrors};
use serde_json::json;

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
};

const SEND: &str = "/v2/payouts/send-payout";

/// Sends the page's body twice and returns the status and the text of both answers.
async fn twice(builder: SandboxBuilder) -> (TestSandbox, [(u16, String); 2]) {
    let sandbox = TestSandbox::with(FUNDS, builder).await;
    let first = sandbox.post(SEND, page_body()).await;
    sandbox.advance(Duration::from_secs(60));
    let second = sandbox.post(SEND, page_body()).await;
    (sandbox, [first, second].map(|answer| (answer.status, answer.text)))
}

#[tokio::test]
async fn a_repeat_can_be_replayed_answered_as_it_is_now_or_refused() {
    let (sandbox, [first, second]) = twice(Sandbox::builder().key_repeat(KeyRepeat::Replay)).await;
    assert_eq!(first, second);
    let id = serde_json::from_str::<serde_json::Value>(&first.1).unwrap()["id"].as_str().unwrap().to_owned();
    sandbox.delete(&format!("/v2/payout-links/{id}")).await.expect(200);
    // The first answer again, although the link has been canceled since.
    assert_eq!(sandbox.post(SEND, page_body()).await.text, first.1);
    sandbox.end().await;

    let (sandbox, [first, second]) = twice(Sandbox::builder().key_repeat(KeyRepeat::ReturnExisting)).await;
    assert_eq!(first, second);
    sandbox.end().await;

    let (sandbox, [_, (status, text)]) = twice(Sandbox::builder().key_repeat(KeyRepeat::Reject)).await;
    assert_eq!(status, 409, "{text}");
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn another_body_under_a_known_key_can_be_refused() {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().key_changed_body(KeyChangedBody::Refuse)).await;
    sandbox.post(SEND, page_body()).await.expect(201);
    sandbox.post(SEND, page_body()).await.expect(201);
    let mut other = page_body();
    other["amount"] = json!(1001);
    let refused = sandbox.post(SEND, other).await.error();
    assert_eq!(refused, "400 invalid-input `idempotency_key` was used before with another body");
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_key_lives_as_long_as_it_is_told_to() {
    let (sandbox, [first, second]) = twice(Sandbox::builder().key_ttl(Duration::from_secs(60))).await;
    assert_ne!(first.1, second.1);
    assert_eq!(sandbox.paid("2025550139"), 2000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_refusal_can_use_its_key_up() {
    let sandbox = TestSandbox::with(999, Sandbox::builder().store_errors(StoreErrors::All)).await;
    let refused = sandbox.post(SEND, page_body()).await;
    assert_eq!(refused.status, 400);
    let mut affordable = page_body();
    affordable["amount"] = json!(1);
    // The repeat gets the refusal, although this payout could be paid.
    assert_eq!(sandbox.post(SEND, affordable).await.text, refused.text);
    assert_eq!(sandbox.balance(), 999);
    sandbox.end().await;
}

/// Sends two requests with one key, the second while the first is held, and returns their status codes.
async fn race(reading: KeyInflight) -> (TestSandbox, [u16; 2]) {
    let builder = Sandbox::builder().key_inflight(reading).commit_delay(Duration::from_millis(300));
    let sandbox = Arc::new(TestSandbox::with(FUNDS, builder).await);
    let send = || {
        let sandbox = Arc::clone(&sandbox);
        tokio::spawn(async move { sandbox.post(SEND, page_body()).await.status })
    };
    let statuses = [send(), send()];
    let [first, second] = statuses;
    let mut statuses = [first.await.unwrap(), second.await.unwrap()];
    statuses.sort_unstable();
    (Arc::into_inner(sandbox).unwrap(), statuses)
}

#[tokio::test]
async fn a_key_in_flight_is_refused_or_waited_for_and_a_race_pays_twice() {
    let (sandbox, statuses) = race(KeyInflight::Conflict).await;
    assert_eq!((statuses, sandbox.links()), ([201, 409], 1));
    sandbox.end().await;
    let (sandbox, statuses) = race(KeyInflight::Wait).await;
    assert_eq!((statuses, sandbox.links()), ([201, 201], 1));
    sandbox.end().await;
    let (sandbox, statuses) = race(KeyInflight::Race).await;
    assert_eq!((statuses, sandbox.links()), ([201, 201], 2));
    sandbox.end().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_app_and_an_unknown_app_is_refused() {
    let sandbox = TestSandbox::start().await;
    sandbox.post(SEND, page_body()).await.expect(201);
    let stranger = sandbox.request("POST", SEND).header("Api-App-Id", "3c90c3cc-0d44-4b50-8888-8dd25736052a");
    stranger.json(&page_body()).send().await.expect(403);
    sandbox.end().await;
}

#[tokio::test]
async fn only_the_last_requests_are_kept() {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().record_limit(2)).await;
    for _ in 0..3 {
        sandbox.get("/v2/users").await.expect(200);
    }
    assert_eq!(sandbox.requests().len(), 2);
    assert_eq!(
        sandbox.transcript(),
        "(1 exchanges before these are forgotten)\nGET /v2/users -> 200 0 users\nGET /v2/users -> 200 0 users"
    );
    sandbox.end().await;
}
