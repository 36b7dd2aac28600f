//! What no page says about keys, played in the way that hurts most.

use std::time::Duration;

use dots_sandbox::{
    Fault, KeyChangedBody, KeyRefusal, KeyRepeat, KeyScope, KeyTtlFrom, Sandbox, SandboxBuilder,
};
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::{page_body, user, wallet},
};

const SEND: &str = "/v2/payouts/send-payout";
const LINKS: &str = "/v2/payout-links";
const TRANSFERS: &str = "/v2/transfers";
const KEY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const HOUR: Duration = Duration::from_secs(60 * 60);

async fn with(builder: SandboxBuilder) -> (TestSandbox, String) {
    let sandbox = TestSandbox::with(FUNDS, builder).await;
    let jo = user(&sandbox).await;
    (sandbox, jo)
}

/// A transfer of a dollar to a user.
fn transfer(user: &str) -> Value {
    json!({ "amount": -100, "user_id": user, "idempotency_key": KEY })
}

/// A payout of a dollar from the app's money to a user.
fn payout(user: &str) -> Value {
    json!({ "amount": 100, "user_id": user, "platform": "default", "fund": true, "idempotency_key": KEY })
}

#[tokio::test]
async fn a_known_key_is_refused_in_every_shape() {
    let known = "`idempotency_key` was used before";
    for (refusal, status, code, message) in [
        (KeyRefusal::Conflict, 409, json!("invalid-transaction"), known),
        (KeyRefusal::ConflictPlain, 409, Value::Null, known),
        (KeyRefusal::Busy, 409, json!("resource-busy"), known),
        (KeyRefusal::Plain, 400, Value::Null, "the request was not carried out"),
        (KeyRefusal::InvalidInput, 400, json!("invalid-input"), known),
        (KeyRefusal::InvalidTransaction, 400, json!("invalid-transaction"), known),
        (KeyRefusal::Unprocessable, 422, Value::Null, known),
    ] {
        let (sandbox, jo) = with(Sandbox::builder().key_refusal(refusal)).await;
        sandbox.post(TRANSFERS, transfer(&jo)).await.expect(200);
        let refused = sandbox.post(TRANSFERS, transfer(&jo)).await.expect(status);
        let shown = [&refused["success"], &refused["error_code"], &refused["message"]];
        assert_eq!(shown, [&json!(false), &code, &json!(message)], "{refusal:?}");
        assert_eq!(refused.get("error_code").is_some(), !code.is_null());
        assert_eq!(wallet(&sandbox, &jo).await, 100);
        sandbox.end().await;
    }
}

#[tokio::test]
async fn each_operation_can_have_a_reading_of_its_own() {
    let builder = Sandbox::builder().key_repeat_for("create_transfer", KeyRepeat::Replay);
    let builder = builder.key_repeat_for("create_payout", KeyRepeat::PayAgain);
    let builder = builder.key_repeat_for("send_payout", KeyRepeat::Reject);
    let (sandbox, jo) = with(builder).await;
    let first = sandbox.post(TRANSFERS, transfer(&jo)).await;
    assert_eq!(sandbox.post(TRANSFERS, transfer(&jo)).await.text, first.text);
    assert_eq!(wallet(&sandbox, &jo).await, 100);
    let first = sandbox.post("/v2/payouts", payout(&jo)).await.expect(201);
    let second = sandbox.post("/v2/payouts", payout(&jo)).await.expect(201);
    assert_ne!(first["id"], second["id"]);
    sandbox.post(SEND, page_body()).await.expect(201);
    sandbox.post(SEND, page_body()).await.expect(409);
    let link = json!({ "amount": 7, "idempotency_key": KEY });
    let made = sandbox.post(LINKS, link.clone()).await.expect(201);
    // The operations that no reading names do what their pages say.
    assert_eq!(sandbox.post(LINKS, link).await.expect(201), made);
    assert_eq!(sandbox.balance(), FUNDS - 100 - 200 - 1000 - 7);
    sandbox.end().await;
}

#[tokio::test]
async fn a_reading_for_an_operation_without_a_key_is_refused() {
    let error =
        Sandbox::builder().key_repeat_for("create_user", KeyRepeat::Replay).start().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not set a reading for `create_user`: no operation that takes a key has this id"
    );
    let sandbox = TestSandbox::start().await;
    let options = json!({ "key_repeat_for": { "create_transfers": "replay" } });
    let refused = sandbox.control("POST", "options", Some(options)).await.error();
    assert_eq!(refused, "400 invalid-input no operation that takes a key has the id `create_transfers`");
    sandbox.end().await;
}

#[tokio::test]
async fn a_repeat_can_pay_again_at_once() {
    let (sandbox, _) = with(Sandbox::builder().key_repeat(KeyRepeat::PayAgain)).await;
    let first = sandbox.post(SEND, page_body()).await.expect(201);
    assert_ne!(sandbox.post(SEND, page_body()).await.expect(201)["id"], first["id"]);
    assert_eq!(sandbox.balance(), FUNDS - 2000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_key_can_be_unique_in_its_app_and_not_in_its_operation() {
    let (sandbox, jo) = with(Sandbox::builder().key_scope(KeyScope::App)).await;
    let sent = sandbox.post(SEND, page_body()).await.expect(201);
    // A transfer refuses the key, although no transfer was ever made with it.
    sandbox.post(TRANSFERS, transfer(&jo)).await.expect(409);
    // A link is the link of the other operation, with its amount.
    let link = sandbox.post(LINKS, json!({ "amount": 7, "idempotency_key": KEY })).await.expect(201);
    assert_eq!((&link["id"], &link["amount"]), (&sent["id"], &json!(1000)));
    assert_eq!((wallet(&sandbox, &jo).await, sandbox.balance()), (0, FUNDS - 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_shared_key_can_answer_with_what_another_operation_made() {
    let builder = Sandbox::builder().key_scope(KeyScope::App).key_repeat(KeyRepeat::Replay);
    let (sandbox, jo) = with(builder).await;
    let made = sandbox.post(TRANSFERS, transfer(&jo)).await.expect(200);
    let answer = sandbox.post(SEND, page_body()).await.expect(200);
    assert_eq!((&answer, &answer["type"]), (&made, &json!("balance")));
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FUNDS - 100));
    sandbox.end().await;
}

#[tokio::test]
async fn a_key_can_be_unique_in_the_organization() {
    for (scope, known) in [(KeyScope::App, false), (KeyScope::Organization, true)] {
        let (sandbox, _) = with(Sandbox::builder().key_scope(scope).organization_funds(5_000)).await;
        let app = sandbox.post("/v2/apps", json!({ "name": "Second" })).await.expect(201);
        let app = app["id"].as_str().unwrap();
        let funding = json!({ "amount": -5_000, "app_id": app });
        sandbox.post("/v2/organizations/transfers", funding).await;
        let first = sandbox.post(SEND, page_body()).await.expect(201);
        let other = sandbox.request("POST", SEND).header("Api-App-Id", app).json(&page_body()).send().await;
        assert_eq!(other.body["id"] == first["id"], known, "{scope:?}: {}", other.text);
        sandbox.end().await;
    }
}

#[tokio::test]
async fn another_body_under_a_known_key_can_pay_again() {
    let (sandbox, _) = with(Sandbox::builder().key_changed_body(KeyChangedBody::PayAgain)).await;
    let first = sandbox.post(SEND, page_body()).await.expect(201);
    let mut other = page_body();
    other["memo"] = json!("Thank you again");
    let second = sandbox.post(SEND, other.clone()).await.expect(201);
    assert_ne!(first["id"], second["id"]);
    // Each body is known from now on.
    assert_eq!(sandbox.post(SEND, page_body()).await.expect(201)["id"], first["id"]);
    assert_eq!(sandbox.post(SEND, other).await.expect(201)["id"], second["id"]);
    assert_eq!(sandbox.balance(), FUNDS - 2000);
    sandbox.end().await;
}

/// Pays with an answer that comes 20 hours late, and returns whether the key is known 5 hours after the answer.
async fn is_known_after_a_late_commit(from: KeyTtlFrom) -> bool {
    let (sandbox, _) = with(Sandbox::builder().key_ttl_from(from)).await;
    let late = sandbox.inject(Fault::LateCommit { after: Some(20 * HOUR) }).on("send_payout");
    let sending = sandbox.post(SEND, page_body());
    let arriving = async {
        late.wait(1).await;
        sandbox.advance(20 * HOUR);
    };
    let (first, ()) = tokio::join!(sending, arriving);
    let first = first.expect(201);
    sandbox.advance(5 * HOUR);
    let known = sandbox.post(SEND, page_body()).await.expect(201)["id"] == first["id"];
    assert_eq!(sandbox.balance(), if known { FUNDS - 1000 } else { FUNDS - 2000 });
    sandbox.end().await;
    known
}

#[tokio::test]
async fn the_time_of_a_key_can_begin_with_the_arrival_of_its_request() {
    assert!(is_known_after_a_late_commit(KeyTtlFrom::Commit).await);
    assert!(!is_known_after_a_late_commit(KeyTtlFrom::Arrival).await);
}

#[tokio::test]
async fn the_time_of_a_key_can_begin_anew_with_every_repeat() {
    for (from, paid) in [(KeyTtlFrom::Commit, 2000), (KeyTtlFrom::LastUse, 1000)] {
        let (sandbox, _) = with(Sandbox::builder().key_ttl_from(from)).await;
        for _ in 0..3 {
            sandbox.post(SEND, page_body()).await.expect(201);
            sandbox.advance(15 * HOUR);
        }
        assert_eq!(sandbox.balance(), FUNDS - paid, "{from:?}");
        sandbox.end().await;
    }
}

/// Pays the same item in two batches, and returns the second result and what the items paid.
async fn repeated_item(reading: Option<KeyRepeat>) -> (Value, i64) {
    let builder = Sandbox::builder();
    let builder = match reading {
        Some(reading) => builder.key_repeat_for("create_payout_batch.items", reading),
        None => builder,
    };
    let (sandbox, jo) = with(builder).await;
    let mut results = Vec::new();
    for _ in 0..2 {
        let batch = sandbox.post("/v2/payout-batches", json!({ "items": [payout(&jo)] })).await.expect(200);
        sandbox.advance(HOUR);
        let path = format!("/v2/payout-batches/{}/results", batch["id"].as_str().unwrap());
        results.push(sandbox.get(&path).await.expect(200)["items"][0].clone());
    }
    let paid = FUNDS - sandbox.balance();
    sandbox.end().await;
    let is_first = results[1]["transfer"]["id"] == results[0]["transfer"]["id"];
    (if is_first { json!("the first transfer") } else { results[1]["error_code"].clone() }, paid)
}

#[tokio::test]
async fn a_repeated_item_of_a_payout_batch_fails_is_shown_or_is_paid_again() {
    let refused = (json!("invalid_transaction"), 100);
    assert_eq!(repeated_item(None).await, refused);
    assert_eq!(repeated_item(Some(KeyRepeat::Reject)).await, refused);
    assert_eq!(repeated_item(Some(KeyRepeat::Replay)).await, (json!("the first transfer"), 100));
    assert_eq!(repeated_item(Some(KeyRepeat::PayAgain)).await, (Value::Null, 200));
}

#[tokio::test]
async fn a_repeated_item_of_a_transfer_batch_is_shown_fails_or_is_paid_again() {
    for (reading, error, paid) in [
        (KeyRepeat::Documented, Value::Null, 100),
        (KeyRepeat::Reject, json!("`idempotency_key` was used before"), 100),
        (KeyRepeat::PayAgain, Value::Null, 200),
    ] {
        let (sandbox, jo) =
            with(Sandbox::builder().key_repeat_for("create_transfer_batch.items", reading)).await;
        let mut second = Value::Null;
        for _ in 0..2 {
            let batch =
                sandbox.post("/v2/transfer-batches", json!({ "items": [transfer(&jo)] })).await.expect(200);
            sandbox.advance(HOUR);
            let path = format!("/v2/transfer-batches/{}", batch["id"].as_str().unwrap());
            second = sandbox.get(&path).await.expect(200)["items"][0]["error"].clone();
        }
        assert_eq!((second, wallet(&sandbox, &jo).await), (error, paid), "{reading:?}");
        sandbox.end().await;
    }
}
