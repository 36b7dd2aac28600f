//! Many payouts in one call, each with its result.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::{fail, user},
};

const BATCHES: &str = "/v2/payout-batches";

/// Returns a different key for each number.
fn key(number: usize) -> String {
    format!("3c90c3cc-0d44-4b50-8888-{number:012x}")
}

fn item(user: &str, amount: i64, number: usize) -> Value {
    json!({ "user_id": user, "amount": amount, "platform": "default", "fund": true, "idempotency_key": key(number) })
}

async fn results(sandbox: &TestSandbox, id: &Value) -> Value {
    let path = format!("{BATCHES}/{}/results?include_request=true", id.as_str().unwrap());
    sandbox.get(&path).await.expect(200)
}

#[tokio::test]
async fn a_batch_goes_through_its_life_cycle_and_pays_each_user_once() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let body = json!({ "items": [item(&jo, 10, 1), item(&jo, 20, 2)], "metadata": { "run": 7 }, "idempotency_key": key(0) });
    let batch = sandbox.post(BATCHES, body.clone()).await.expect(200);
    assert_eq!((&batch["status"], &batch["metadata"]), (&json!("created"), &json!({ "run": 7 })));
    assert_eq!((&batch["idempotency_key"], batch.get("items")), (&json!(key(0)), None));
    let path = format!("{BATCHES}/{}", batch["id"].as_str().unwrap());
    let mut seen = Vec::new();
    for seconds in [0, 10, 10, 59, 1] {
        sandbox.advance(Duration::from_secs(seconds));
        seen.push(sandbox.get(&path).await.expect(200)["status"].clone());
    }
    assert_eq!(seen, ["created", "processing", "paying_out", "paying_out", "completed"]);
    let results = results(&sandbox, &batch["id"]).await;
    assert_eq!(results["items"][1]["transfer"]["status"], "completed");
    assert_eq!(results["items"][1]["request"], body["items"][1]);
    assert_eq!(
        sandbox.post(BATCHES, body).await.error(),
        "409 invalid-transaction `idempotency_key` was used before"
    );
    assert_eq!((sandbox.paid(&jo), sandbox.balance()), (30, FUNDS - 30));
    sandbox.end().await;
}

#[tokio::test]
async fn each_item_fails_for_itself() {
    let sandbox = TestSandbox::with_funds(100).await;
    let jo = user(&sandbox).await;
    let mut bank = item(&jo, 5, 4);
    bank["platform"] = json!("ach");
    let items = [item(&jo, 60, 1), item(&key(99), 1, 2), item(&jo, 60, 3), bank, item(&jo, 40, 5)];
    let batch = sandbox.post(BATCHES, json!({ "items": items })).await.expect(200);
    let before = results(&sandbox, &batch["id"]).await;
    assert_eq!(
        (&before["items"][0]["transfer"], &before["items"][0]["error_code"]),
        (&Value::Null, &Value::Null)
    );
    sandbox.advance(Duration::from_secs(20));
    let during = results(&sandbox, &batch["id"]).await;
    let codes: Vec<&Value> =
        during["items"].as_array().unwrap().iter().map(|row| &row["error_code"]).collect();
    let expected = [
        json!(null),
        json!("no_such_resource"),
        json!("transaction_insufficient_funds"),
        json!("invalid_input"),
        json!(null),
    ];
    assert_eq!(codes, expected.iter().collect::<Vec<_>>());
    assert_eq!(during["items"][2]["error_message"], "`amount` is 60 and the wallet holds 40 cents");
    // A payout that was accepted can still come back.
    fail(&sandbox, &during["items"][4]["transfer"]["id"]).await;
    sandbox.advance(Duration::from_secs(60));
    let after = results(&sandbox, &batch["id"]).await;
    assert_eq!(
        (&after["status"], &after["items"][4]["transfer"]["status"]),
        (&json!("completed"), &json!("failed"))
    );
    assert_eq!((sandbox.paid(&jo), sandbox.balance()), (60, 40));
    sandbox.end().await;
}

#[tokio::test]
async fn an_item_key_pays_once_whatever_batch_it_stands_in() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    sandbox.post(BATCHES, json!({ "items": [item(&jo, 10, 1)] })).await.expect(200);
    let second =
        sandbox.post(BATCHES, json!({ "items": [item(&jo, 10, 1), item(&jo, 5, 2)] })).await.expect(200);
    sandbox.advance(Duration::from_secs(80));
    let results = results(&sandbox, &second["id"]).await;
    assert_eq!(results["items"][0]["error_message"], "`idempotency_key` was used before");
    assert_eq!(results["items"][1]["error_code"], Value::Null);
    assert_eq!(sandbox.paid(&jo), 15);
    sandbox.end().await;
}

#[tokio::test]
async fn a_batch_that_breaks_a_rule_for_all_items_is_refused_whole() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let mut unfunded = item(&jo, 1, 2);
    unfunded["fund"] = json!(false);
    let cases = [
        (json!([item(&jo, 1, 1), unfunded]), "400 invalid-input `items.1.fund` must be `true`"),
        (
            json!([item(&jo, 1, 1), item(&jo, 2, 1)]),
            "400 invalid-input `items.1.idempotency_key` must be unique inside the batch",
        ),
        (json!([]), "400 invalid-input `items` must have at least 1 items"),
    ];
    for (items, expected) in cases {
        assert_eq!(sandbox.post(BATCHES, json!({ "items": items })).await.error(), expected);
    }
    sandbox.advance(Duration::from_secs(80));
    assert_eq!((sandbox.paid(&jo), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn five_thousand_are_paid_and_five_thousand_and_one_are_refused() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let items = |count: usize| -> Vec<Value> { (0..count).map(|number| item(&jo, 1, number)).collect() };
    sandbox.post(BATCHES, json!({ "items": items(5001) })).await.expect(400);
    sandbox.post(BATCHES, json!({ "items": items(5000) })).await.expect(200);
    sandbox.advance(Duration::from_secs(80));
    assert_eq!((sandbox.paid(&jo), sandbox.audit().payees), (5000, 5000));
    sandbox.end().await;
}

#[tokio::test]
async fn batches_are_listed_newest_first_and_without_their_items() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let mut made = Vec::new();
    for number in 0..3 {
        let items = [item(&jo, 1, number)];
        made.insert(0, sandbox.post(BATCHES, json!({ "items": items, "results": [1] })).await.expect(200));
    }
    assert_eq!(sandbox.walk(BATCHES, 2).await, made);
    let missing = sandbox.get(&format!("{BATCHES}/{}/results", key(9))).await.error();
    assert_eq!(missing, format!("404 no_such_resource there is no payout batch `{}`", key(9)));
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}
