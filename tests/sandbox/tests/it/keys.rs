use std::{sync::Arc, time::Duration};

use dots_sandbox::{KeyChangedBody, KeyInflight, KeyRepeat, Sandbox, SandboxBuilder, StoreErrors};
use serde_json::json;

use crate::support::{
    client::{FUNDS, Stage},
    payouts::page_body,
};

const SEND: &str = "/v2/payouts/send-payout";

/// Sends the page's body twice and returns the status and the text of both answers.
async fn twice(builder: SandboxBuilder) -> (Stage, [(u16, String); 2]) {
    let stage = Stage::with(FUNDS, builder).await;
    let first = stage.post(SEND, page_body()).await;
    stage.advance(Duration::from_secs(60));
    let second = stage.post(SEND, page_body()).await;
    (stage, [first, second].map(|answer| (answer.status, answer.text)))
}

#[tokio::test]
async fn a_repeat_can_be_replayed_answered_as_it_is_now_or_refused() {
    let (stage, [first, second]) = twice(Sandbox::builder().key_repeat(KeyRepeat::Replay)).await;
    assert_eq!(first, second);
    let id = serde_json::from_str::<serde_json::Value>(&first.1).unwrap()["id"].as_str().unwrap().to_owned();
    stage.delete(&format!("/v2/payout-links/{id}")).await.expect(200);
    // The first answer again, although the link is canceled by now.
    assert_eq!(stage.post(SEND, page_body()).await.text, first.1);
    stage.end().await;

    let (stage, [first, second]) = twice(Sandbox::builder().key_repeat(KeyRepeat::ReturnExisting)).await;
    assert_eq!(first, second);
    stage.end().await;

    let (stage, [_, (status, text)]) = twice(Sandbox::builder().key_repeat(KeyRepeat::Reject)).await;
    assert_eq!(status, 409, "{text}");
    assert_eq!(stage.paid("2025550139"), 1000);
    stage.end().await;
}

#[tokio::test]
async fn another_body_under_a_known_key_can_be_refused() {
    let stage = Stage::with(FUNDS, Sandbox::builder().key_changed_body(KeyChangedBody::Refuse)).await;
    stage.post(SEND, page_body()).await.expect(201);
    stage.post(SEND, page_body()).await.expect(201);
    let mut other = page_body();
    other["amount"] = json!(1001);
    let refused = stage.post(SEND, other).await.error();
    assert_eq!(refused, "400 invalid-input `idempotency_key` was used before with another body");
    assert_eq!(stage.paid("2025550139"), 1000);
    stage.end().await;
}

#[tokio::test]
async fn a_key_lives_as_long_as_it_is_told_to() {
    let (stage, [first, second]) = twice(Sandbox::builder().key_ttl(Duration::from_secs(60))).await;
    assert_ne!(first.1, second.1);
    assert_eq!(stage.paid("2025550139"), 2000);
    stage.end().await;
}

#[tokio::test]
async fn a_refusal_can_use_its_key_up() {
    let stage = Stage::with(999, Sandbox::builder().store_errors(StoreErrors::All)).await;
    let refused = stage.post(SEND, page_body()).await;
    assert_eq!(refused.status, 400);
    let mut affordable = page_body();
    affordable["amount"] = json!(1);
    // The key answers with the refusal, although this one could be paid.
    assert_eq!(stage.post(SEND, affordable).await.text, refused.text);
    assert_eq!(stage.balance(), 999);
    stage.end().await;
}

/// Sends two requests with one key, the second while the first is held, and returns their status codes.
async fn race(reading: KeyInflight) -> (Stage, [u16; 2]) {
    let builder = Sandbox::builder().key_inflight(reading).commit_delay(Duration::from_millis(300));
    let stage = Arc::new(Stage::with(FUNDS, builder).await);
    let send = || {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move { stage.post(SEND, page_body()).await.status })
    };
    let statuses = [send(), send()];
    let [first, second] = statuses;
    let mut statuses = [first.await.unwrap(), second.await.unwrap()];
    statuses.sort_unstable();
    (Arc::into_inner(stage).unwrap(), statuses)
}

#[tokio::test]
async fn a_key_in_flight_is_refused_or_waited_for_and_a_race_pays_twice() {
    let (stage, statuses) = race(KeyInflight::Conflict).await;
    assert_eq!((statuses, stage.links()), ([201, 409], 1));
    stage.end().await;
    let (stage, statuses) = race(KeyInflight::Wait).await;
    assert_eq!((statuses, stage.links()), ([201, 201], 1));
    stage.end().await;
    let (stage, statuses) = race(KeyInflight::Race).await;
    assert_eq!((statuses, stage.links()), ([201, 201], 2));
    stage.end().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_app_and_an_unknown_app_is_refused() {
    let stage = Stage::start().await;
    stage.post(SEND, page_body()).await.expect(201);
    let stranger = stage.request("POST", SEND).header("Api-App-Id", "3c90c3cc-0d44-4b50-8888-8dd25736052a");
    stranger.json(&page_body()).send().await.expect(403);
    stage.end().await;
}

#[tokio::test]
async fn only_the_last_requests_are_kept() {
    let stage = Stage::with(FUNDS, Sandbox::builder().record_limit(2)).await;
    for _ in 0..3 {
        stage.get("/v2/users").await.expect(200);
    }
    assert_eq!(stage.requests().len(), 2);
    assert_eq!(
        stage.transcript(),
        "(1 exchanges before these are forgotten)\nGET /v2/users -> 200 0 users\nGET /v2/users -> 200 0 users"
    );
    stage.end().await;
}
