//! Payouts that need an approval first.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::{Answer, FUNDS, TestSandbox};

const REQUESTS: &str = "/v2/payout-requests";
const PHONE: &str = "2025550139";

fn to_phone(amount: i64) -> Value {
    json!({ "amount": amount, "payee": { "country_code": "1", "phone_number": PHONE } })
}

fn path(request: &Value) -> String {
    format!("{REQUESTS}/{}", request["id"].as_str().unwrap())
}

async fn decide(sandbox: &TestSandbox, request: &Value, decision: &str) -> Answer {
    let id = request["id"].as_str().unwrap();
    sandbox.control("POST", &format!("payout-requests/{id}/{decision}"), None).await
}

#[tokio::test]
async fn a_request_waits_and_pays_nothing() {
    let sandbox = TestSandbox::start().await;
    let mut body = to_phone(500);
    body["memo"] = json!("Travel");
    body["metadata"] = json!({ "claim": "T-77" });
    let request = sandbox.post(REQUESTS, body).await.expect(201);
    assert_eq!((&request["status"], &request["amount"]), (&json!("created"), &json!(500)));
    assert_eq!(request["payee"], json!({ "country_code": "1", "phone_number": PHONE }));
    assert_eq!((&request["memo"], &request["metadata"]["claim"]), (&json!("Travel"), &json!("T-77")));
    assert_eq!(request["created"], "2026-01-01T00:00:00.000000");
    assert!(request.get("payout-link").is_none());
    assert_eq!(sandbox.get(&path(&request)).await.expect(200), request);
    assert_eq!((sandbox.links(), sandbox.paid(PHONE), sandbox.balance()), (0, 0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn an_approved_request_becomes_a_link_that_is_sent() {
    let sandbox = TestSandbox::start().await;
    let mut body = to_phone(500);
    body["memo"] = json!("Travel");
    let request = sandbox.post(REQUESTS, body).await.expect(201);
    decide(&sandbox, &request, "approve").await.expect(200);
    let approved = sandbox.get(&path(&request)).await.expect(200);
    assert_eq!(approved["status"], "approved");
    let link = &approved["payout-link"];
    assert_eq!((&link["status"], &link["amount"]), (&json!("created"), &json!(500)));
    assert_eq!((&link["memo"], &link["delivery"]["method"]), (&json!("Travel"), &json!("sms")));
    sandbox.advance(Duration::from_secs(60));
    let listed = sandbox.get("/v2/payout-links").await.expect(200)["data"][0].clone();
    assert_eq!((&listed["id"], &listed["status"]), (&link["id"], &json!("delivered")));
    assert_eq!((sandbox.links(), sandbox.paid(PHONE), sandbox.balance()), (1, 500, FUNDS - 500));
    sandbox.end().await;
}

#[tokio::test]
async fn a_request_for_a_user_names_the_user() {
    let sandbox = TestSandbox::start().await;
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": PHONE });
    let user = sandbox.post("/v2/users", user).await.expect(201);
    let request = sandbox.post(REQUESTS, json!({ "amount": 5, "user_id": user["id"] })).await.expect(201);
    assert_eq!((&request["user"]["id"], &request["user"]["first_name"]), (&user["id"], &json!("Jo")));
    assert_eq!(request["payee"]["phone_number"], PHONE);
    assert_eq!(request["metadata"], Value::Null);
    let approved = decide(&sandbox, &request, "approve").await.expect(200);
    assert_eq!(approved["payout-link"]["payee"]["first_name"], "Jo");
    assert_eq!((sandbox.paid(user["id"].as_str().unwrap()), sandbox.balance()), (5, FUNDS - 5));
    sandbox.end().await;
}

#[tokio::test]
async fn a_request_is_decided_once() {
    let sandbox = TestSandbox::start().await;
    let (yes, no) = (
        sandbox.post(REQUESTS, to_phone(1)).await.expect(201),
        sandbox.post(REQUESTS, to_phone(20)).await.expect(201),
    );
    decide(&sandbox, &yes, "approve").await.expect(200);
    assert_eq!(decide(&sandbox, &no, "reject").await.expect(200)["status"], "rejected");
    for request in [&yes, &no] {
        let id = request["id"].as_str().unwrap();
        let expected = format!("400 invalid-transaction the payout request `{id}` is decided already");
        assert_eq!(decide(&sandbox, request, "approve").await.error(), expected);
        assert_eq!(decide(&sandbox, request, "reject").await.error(), expected);
    }
    let unknown = sandbox.control("POST", "payout-requests/1/approve", None).await.error();
    assert_eq!(unknown, "404 no_such_resource there is no payout request `1`");
    assert_eq!((sandbox.links(), sandbox.paid(PHONE), sandbox.balance()), (1, 1, FUNDS - 1));
    sandbox.end().await;
}

#[tokio::test]
async fn a_request_beyond_the_wallet_is_taken_and_cannot_be_approved() {
    let sandbox = TestSandbox::with_funds(100).await;
    let request = sandbox.post(REQUESTS, to_phone(101)).await.expect(201);
    let refused = decide(&sandbox, &request, "approve").await.error();
    assert_eq!(refused, "400 transaction-insufficient-funds `amount` is 101 and the wallet holds 100 cents");
    assert_eq!(sandbox.get(&path(&request)).await.expect(200)["status"], "created");
    assert_eq!((sandbox.links(), sandbox.balance()), (0, 100));
    sandbox.end().await;
}

#[tokio::test]
async fn requests_are_listed_newest_first() {
    let sandbox = TestSandbox::start().await;
    let mut made = Vec::new();
    for amount in 1..=5 {
        made.insert(0, sandbox.post(REQUESTS, to_phone(amount)).await.expect(201));
    }
    for limit in [1, 2, 5, 100] {
        assert_eq!(sandbox.walk(REQUESTS, limit).await, made, "limit {limit}");
    }
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn what_asks_for_no_payout_is_refused() {
    let sandbox = TestSandbox::start().await;
    let cases = [
        (json!({ "amount": 0 }), "400 invalid-input `amount` must be greater than 0"),
        (json!({ "amount": 1 }), "400 invalid-input one of `user_id` and `payee` is required"),
        (json!({ "amount": 1, "color": "red" }), "400 invalid-input `color` is not known here"),
        (
            json!({ "amount": 1, "user_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a" }),
            "404 no_such_resource `user_id`: there is no user `3c90c3cc-0d44-4b50-8888-8dd25736052a`",
        ),
        (
            json!({ "amount": 1, "payee": { "country_code": "+1", "phone_number": PHONE } }),
            "400 invalid-input `payee.country_code` must be 1 to 3 digits, without a plus or spaces",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(sandbox.post(REQUESTS, body.clone()).await.error(), expected, "{body}");
    }
    assert_eq!(sandbox.get(REQUESTS).await.expect(200)["data"], json!([]));
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}
