//! Repeated keys, and how long they are remembered.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
};

const SEND: &str = "/v2/payouts/send-payout";
const LINKS: &str = "/v2/payout-links";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_repeated_key_answers_with_the_same_link_and_pays_once() {
    let sandbox = TestSandbox::start().await;
    let first = sandbox.post(SEND, page_body()).await;
    let second = sandbox.post(SEND, page_body()).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.text, second.text);
    assert_eq!(
        sandbox.transcript(),
        "POST /v2/payouts/send-payout key=[k1] -> 201 created link [l1]\n\
         POST /v2/payouts/send-payout key=[k1] -> 201 existing link [l1]"
    );
    assert_eq!((sandbox.links(), sandbox.balance()), (1, FUNDS - 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_known_key_answers_with_its_link_whatever_the_body_says() {
    let sandbox = TestSandbox::start().await;
    let first = sandbox.post(SEND, page_body()).await.expect(201);
    let mut other = page_body();
    other["amount"] = json!(999_999_999);
    other["payee"]["phone_number"] = json!("2025550140");
    assert_eq!(sandbox.post(SEND, other.clone()).await.expect(201), first);
    // Only an invalid body is refused, as it would be without a key.
    other["amount"] = json!(0);
    sandbox.post(SEND, other).await.expect(400);
    assert_eq!((sandbox.paid("2025550139"), sandbox.paid("2025550140")), (1000, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn a_key_is_forgotten_after_24_hours_and_not_before() {
    let sandbox = TestSandbox::start().await;
    let first = sandbox.post(SEND, page_body()).await.expect(201);
    sandbox.advance(DAY - Duration::from_nanos(1));
    assert_eq!(sandbox.post(SEND, page_body()).await.expect(201)["id"], first["id"]);
    sandbox.advance(Duration::from_nanos(1));
    let second = sandbox.post(SEND, page_body()).await.expect(201);
    assert_ne!(second["id"], first["id"]);
    assert_eq!(second["created"], "2026-01-02T00:00:00.000000");
    assert_eq!(sandbox.post(SEND, page_body()).await.expect(201)["id"], second["id"]);
    assert_eq!(sandbox.paid("2025550139"), 2000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_operation() {
    let sandbox = TestSandbox::start().await;
    let key = json!("3c90c3cc-0d44-4b50-8888-8dd25736052a");
    let sent = sandbox.post(SEND, page_body()).await.expect(201);
    let made = sandbox.post(LINKS, json!({ "amount": 70, "idempotency_key": key })).await.expect(201);
    let again = sandbox.post(LINKS, json!({ "amount": 80, "idempotency_key": key })).await.expect(201);
    assert_ne!(sent["id"], made["id"]);
    assert_eq!(made, again);
    assert_eq!(sandbox.balance(), FUNDS - 1070);
    sandbox.end().await;
}

#[tokio::test]
async fn without_a_key_every_request_pays() {
    let sandbox = TestSandbox::start().await;
    let mut body = page_body();
    body["idempotency_key"] = json!(null);
    sandbox.post(SEND, body.clone()).await.expect(201);
    body.as_object_mut().unwrap().remove("idempotency_key");
    sandbox.post(SEND, body).await.expect(201);
    assert_eq!(sandbox.paid("2025550139"), 2000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_refused_request_does_not_use_its_key_up() {
    let sandbox = TestSandbox::start().await;
    let mut body = page_body();
    body["amount"] = json!(FUNDS + 1);
    sandbox.post(SEND, body).await.expect(400);
    sandbox.post(SEND, page_body()).await.expect(201);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_repeat_shows_the_link_as_it_is_now() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post(SEND, page_body()).await.expect(201);
    sandbox.delete(&format!("{LINKS}/{}", link["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(sandbox.post(SEND, page_body()).await.expect(201)["status"], "canceled");
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_sent_many_times_at_once_pays_once() {
    let sandbox = std::sync::Arc::new(TestSandbox::start().await);
    let sends: Vec<_> = (0..20)
        .map(|_| {
            let sandbox = std::sync::Arc::clone(&sandbox);
            tokio::spawn(async move { sandbox.post(SEND, page_body()).await.expect(201)["id"].clone() })
        })
        .collect();
    let mut ids = Vec::new();
    for send in sends {
        ids.push(send.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!((sandbox.links(), sandbox.paid("2025550139")), (1, 1000));
    std::sync::Arc::into_inner(sandbox).unwrap().end().await;
}
