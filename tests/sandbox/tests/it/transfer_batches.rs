use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, Stage},
    payouts::{user, wallet},
};

const BATCHES: &str = "/v2/transfer-batches";
const KEY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

async fn finished(stage: &Stage, batch: &Value) -> Value {
    stage.advance(Duration::from_secs(10));
    stage.get(&format!("{BATCHES}/{}", batch["id"].as_str().unwrap())).await.expect(200)
}

#[tokio::test]
async fn each_item_moves_money_or_says_why_it_did_not() {
    let stage = Stage::start().await;
    let jo = user(&stage).await;
    let items = json!([
        { "amount": -100, "user_id": jo, "tax_exempt": true, "metadata": { "row": 1 } },
        { "amount": 30, "user_id": jo },
        { "amount": 500, "user_id": jo },
        { "amount": -1, "user_id": KEY },
        { "user_id": jo },
        { "amount": 0, "user_id": jo, "error": 5, "transfer_id": "mine" },
    ]);
    let batch = stage.post(BATCHES, json!({ "items": items, "metadata": { "run": 7 } })).await.expect(200);
    assert_eq!((&batch["status"], &batch["items"][0]), (&json!("pending"), &items[0]));
    assert_eq!((stage.balance(), wallet(&stage, &jo).await), (FUNDS, 0));

    let done = finished(&stage, &batch).await;
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
    assert_eq!(stage.get(&format!("/v2/transfers/{id}")).await.expect(200)["amount"], "-100");
    assert_eq!((stage.balance(), wallet(&stage, &jo).await), (FUNDS - 70, 70));
    stage.end().await;
}

#[tokio::test]
async fn an_item_key_moves_money_once_in_one_batch_and_in_two() {
    let stage = Stage::start().await;
    let jo = user(&stage).await;
    let item = json!({ "amount": -100, "user_id": jo, "idempotency_key": KEY });
    let first = stage.post(BATCHES, json!({ "items": [item, item] })).await.expect(200);
    let first = finished(&stage, &first).await;
    let second = stage.post(BATCHES, json!({ "items": [item] })).await.expect(200);
    let second = finished(&stage, &second).await;
    let id = &first["items"][0]["transfer_id"];
    assert_eq!((id, id), (&first["items"][1]["transfer_id"], &second["items"][0]["transfer_id"]));
    assert_eq!(wallet(&stage, &jo).await, 100);
    stage.end().await;
}

#[tokio::test]
async fn a_known_batch_key_gets_the_first_answer_again() {
    let stage = Stage::start().await;
    let jo = user(&stage).await;
    let body = json!({ "items": [{ "amount": -100, "user_id": jo }], "idempotency_key": KEY });
    let first = stage.post(BATCHES, body.clone()).await;
    stage.advance(Duration::from_secs(10));
    assert_eq!(stage.post(BATCHES, body).await.text, first.text);
    assert_eq!(stage.walk(BATCHES, 1).await.len(), 1);
    assert_eq!(wallet(&stage, &jo).await, 100);
    stage.end().await;
}
