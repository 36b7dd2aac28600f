//! Many transfers in one call.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::{user, wallet},
};

const BATCHES: &str = "/v2/transfer-batches";
const KEY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

async fn finished(sandbox: &TestSandbox, batch: &Value) -> Value {
    sandbox.advance(Duration::from_secs(10));
    sandbox.get(&format!("{BATCHES}/{}", batch["id"].as_str().unwrap())).await.expect(200)
}

#[tokio::test]
async fn each_item_moves_money_or_says_why_it_did_not() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let items = json!([
        { "amount": -100, "user_id": jo, "tax_exempt": true, "metadata": { "row": 1 } },
        { "amount": 30, "user_id": jo },
        { "amount": 500, "user_id": jo },
        { "amount": -1, "user_id": KEY },
        { "user_id": jo },
        { "amount": 0, "user_id": jo, "error": 5, "transfer_id": "mine" },
    ]);
    let batch = sandbox.post(BATCHES, json!({ "items": items, "metadata": { "run": 7 } })).await.expect(200);
    assert_eq!((&batch["status"], &batch["items"][0]), (&json!("pending"), &items[0]));
    assert_eq!((sandbox.balance(), wallet(&sandbox, &jo).await), (FUNDS, 0));

    let done = finished(&sandbox, &batch).await;
    assert_eq!((&done["status"], &done["metadata"]), (&json!("completed"), &json!({ "run": 7 })));
    let errors: Vec<&str> = done["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["error"].as_str().unwrap_or("none"))
        .collect();
    let nobody = format!("`user_id`: there is no user `{KEY}`");
    let poor = "`amount` is 500 and the wallet holds 70 cents";
    assert_eq!(errors, ["none", "none", poor, &nobody, "`amount` is required", "`amount` must not be 0"]);
    assert!(done["items"][5].get("transfer_id").is_none());
    let id = done["items"][0]["transfer_id"].as_str().unwrap();
    assert_eq!(sandbox.get(&format!("/v2/transfers/{id}")).await.expect(200)["amount"], "-100");
    assert_eq!((sandbox.balance(), wallet(&sandbox, &jo).await), (FUNDS - 70, 70));
    sandbox.end().await;
}

#[tokio::test]
async fn an_item_key_moves_money_once_in_one_batch_and_in_two() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let item = json!({ "amount": -100, "user_id": jo, "idempotency_key": KEY });
    let first = sandbox.post(BATCHES, json!({ "items": [item, item] })).await.expect(200);
    let first = finished(&sandbox, &first).await;
    let second = sandbox.post(BATCHES, json!({ "items": [item] })).await.expect(200);
    let second = finished(&sandbox, &second).await;
    let id = &first["items"][0]["transfer_id"];
    assert_eq!((id, id), (&first["items"][1]["transfer_id"], &second["items"][0]["transfer_id"]));
    assert_eq!(wallet(&sandbox, &jo).await, 100);
    sandbox.end().await;
}

#[tokio::test]
async fn a_known_batch_key_gets_the_first_answer_again() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let body = json!({ "items": [{ "amount": -100, "user_id": jo }], "idempotency_key": KEY });
    let first = sandbox.post(BATCHES, body.clone()).await;
    sandbox.advance(Duration::from_secs(10));
    assert_eq!(sandbox.post(BATCHES, body).await.text, first.text);
    assert_eq!(sandbox.walk(BATCHES, 1).await.len(), 1);
    assert_eq!(wallet(&sandbox, &jo).await, 100);
    sandbox.end().await;
}
