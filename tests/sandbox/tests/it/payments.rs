//! Collecting money.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::{fail, status, user},
};

const PAYMENTS: &str = "/v2/payments";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NOBODY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

#[tokio::test]
async fn a_payment_is_in_the_wallet_a_day_later() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let info = json!({ "account_number": "000123456789", "routing_number": "110000000", "account_type": "checking" });
    let body =
        json!({ "amount": 900, "platform": "ach", "user_id": jo, "ach_info": info, "metadata": "row 1" });
    let answer = sandbox.post(PAYMENTS, body).await;
    assert!(!answer.text.contains("123456789"), "{}", answer.text);
    let sent = answer.expect(201);
    assert_eq!((&sent["status"], &sent["type"]), (&json!("pending"), &json!("payment")));
    assert_eq!((&sent["amount"], &sent["user_id"]), (&json!("900"), &json!(jo)));
    assert_eq!((&sent["transactions"], sandbox.balance()), (&json!([]), FUNDS));
    sandbox.advance(DAY);
    let path = format!("/v2/transfers/{}", sent["id"].as_str().unwrap());
    let done = sandbox.get(&path).await.expect(200);
    assert_eq!((&done["status"], &done["transactions"][0]["type"]), (&json!("completed"), &json!("payment")));
    assert_eq!(done["transactions"][0]["source_name"], "Bank account");
    assert_eq!(sandbox.balance(), FUNDS + 900);
    sandbox.end().await;
}

#[tokio::test]
async fn a_payment_that_fails_brings_nothing_in() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let body = json!({ "amount": 900, "platform": "ach", "user_id": jo, "account_id": "7" });
    let sent = sandbox.post(PAYMENTS, body).await.expect(201);
    assert_eq!(sent["external_data"], json!({ "account_id": "7", "platform": "ach" }));
    fail(&sandbox, &sent["id"]).await;
    sandbox.advance(DAY);
    assert_eq!(status(&sandbox, &sent["id"]).await, "failed");
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn exactly_one_payer_and_one_account_are_needed() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let payers = "400 invalid-input exactly one of `user_id` and `customer_id` is required".to_owned();
    let accounts = "400 invalid-input exactly one of `account_id` and `ach_info` is required".to_owned();
    let cases = [
        (json!({ "account_id": "7" }), payers.clone()),
        (json!({ "account_id": "7", "user_id": jo, "customer_id": jo }), payers),
        (json!({ "user_id": jo }), accounts.clone()),
        (json!({ "user_id": jo, "account_id": null }), accounts.clone()),
        (json!({ "user_id": jo, "account_id": "7", "ach_info": {} }), accounts),
        (json!({ "user_id": jo, "ach_info": {} }), "400 invalid-input `ach_info.account_number`, `ach_info.routing_number` and `ach_info.account_type` are required".to_owned()),
        (json!({ "user_id": jo, "ach_info": { "account_number": "x1234567", "routing_number": "110000000", "account_type": "savings" } }), "400 invalid-input `ach_info.account_number` must be 7 to 17 digits".to_owned()),
        (json!({ "account_id": "7", "user_id": NOBODY }), format!("404 no_such_resource `user_id`: there is no user `{NOBODY}`")),
        (json!({ "account_id": "7", "customer_id": NOBODY }), format!("404 no_such_resource `customer_id`: there is no payment customer `{NOBODY}`")),
        (json!({ "account_id": "7", "user_id": jo, "metadata": 5 }), "400 invalid-input `metadata` must be a string or an object".to_owned()),
    ];
    for (mut body, expected) in cases {
        body["amount"] = json!(1);
        body["platform"] = json!("ach");
        assert_eq!(sandbox.post(PAYMENTS, body).await.error(), expected);
    }
    sandbox.advance(DAY);
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}
