//! Send-payout: what it pays, answers and refuses.

use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
};

const SEND: &str = "/v2/payouts/send-payout";

fn fields(value: &Value) -> Vec<&str> {
    let mut fields: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    fields
}

#[tokio::test]
async fn the_pages_body_pays_once_and_answers_with_exactly_the_pages_fields() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post(SEND, page_body()).await.expect(201);
    let page_fields = [
        "amount",
        "claimed_user_id",
        "created",
        "delivery",
        "flow_id",
        "id",
        "link",
        "metadata",
        "payee",
        "status",
        "tax_exempt",
    ];
    assert_eq!(fields(&link), page_fields);
    assert_eq!(fields(&link["payee"]), ["country_code", "email", "first_name", "last_name", "phone_number"]);
    assert_eq!(fields(&link["delivery"]), ["country_code", "email", "method", "phone_number"]);
    assert_eq!(link["amount"], 1000);
    assert_eq!(link["status"], "created");
    assert_eq!(link["created"], "2026-01-01T00:00:00.000000");
    assert_eq!(link["payee"]["phone_number"], "2025550139");
    assert_eq!(link["payee"]["first_name"], Value::Null);
    assert_eq!(link["delivery"]["method"], "link");
    assert_eq!(link["tax_exempt"], true);
    assert_eq!(link["claimed_user_id"], Value::Null);
    assert_eq!(link["metadata"], "invoice 881");

    assert_eq!(sandbox.links(), 1);
    assert_eq!(sandbox.balance(), FUNDS - 1000);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    assert_eq!(sandbox.paid("12025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn the_pages_body_with_user_id_and_payee_pays_when_both_name_the_same_person() {
    let sandbox = TestSandbox::start().await;
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", user).await.expect(201);
    let mut body = page_body();
    body["user_id"] = user["id"].clone();
    let link = sandbox.post(SEND, body.clone()).await.expect(201);
    assert_eq!(link["payee"]["first_name"], "Jo");

    body["payee"]["phone_number"] = json!("2025550140");
    body["idempotency_key"] = Value::Null;
    let refused = sandbox.post(SEND, body).await.error();
    assert!(
        refused.starts_with("400 invalid-input `user_id` and `payee` must name the same person"),
        "{refused}"
    );

    assert_eq!(sandbox.paid(user["id"].as_str().unwrap()), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_user_is_paid_by_id_and_named_in_the_answer() {
    let sandbox = TestSandbox::start().await;
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "44", "phone_number": "7700900123" });
    let user = sandbox.post("/v2/users", user).await.expect(201);
    let id = user["id"].as_str().unwrap();
    let link = sandbox.post(SEND, json!({ "amount": 5, "user_id": id })).await.expect(201);
    let payee = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "44", "phone_number": "7700900123" });
    assert_eq!(link["payee"], payee);
    assert_eq!(link["tax_exempt"], false);
    assert_eq!(link["metadata"], Value::Null);
    assert_eq!(sandbox.paid(id), 5);
    sandbox.end().await;
}

#[tokio::test]
async fn an_invalid_payout_is_refused_with_the_name_of_the_field_and_pays_nothing() {
    let sandbox = TestSandbox::start().await;
    let payee = json!({ "country_code": "1", "phone_number": "2025550139" });
    let unknown = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let cases = [
        (json!({ "amount": 0, "payee": payee }), "400 invalid-input `amount` must be greater than 0"),
        (json!({ "amount": -1000, "payee": payee }), "400 invalid-input `amount` must be greater than 0"),
        (
            json!({ "amount": 10.5, "payee": payee }),
            "400 invalid-input `amount` must be an integer, not a number",
        ),
        (
            json!({ "amount": "1000", "payee": payee }),
            "400 invalid-input `amount` must be an integer, not a string",
        ),
        (
            json!({ "amount": 10.0, "payee": payee }),
            "400 invalid-input `amount` must be whole cents, written without a fraction",
        ),
        (json!({ "amount": 1e30, "payee": payee }), "400 invalid-input `amount` is too large"),
        (json!({ "payee": payee }), "400 invalid-input `amount` is required"),
        (json!({ "amount": 1 }), "400 invalid-input one of `user_id` and `payee` is required"),
        (
            json!({ "amount": 1, "user_id": unknown }),
            "404 no_such_resource `user_id`: there is no user `3c90c3cc-0d44-4b50-8888-8dd25736052a`",
        ),
        (json!({ "amount": 1, "user_id": "jo" }), "400 invalid-input `user_id` must be a UUID"),
        (
            json!({ "amount": 1, "payee": { "country_code": "1" } }),
            "400 invalid-input `payee.phone_number` is required",
        ),
        (
            json!({ "amount": 1, "payee": { "country_code": "+1", "phone_number": "2025550139" } }),
            "400 invalid-input `payee.country_code` must be 1 to 3 digits, without a plus or spaces",
        ),
        (
            json!({ "amount": 1, "payee": { "country_code": "1", "phone_number": "202 555 0139" } }),
            "400 invalid-input `payee.phone_number` must be 1 to 20 digits, without a plus or spaces",
        ),
        (
            json!({ "amount": 1, "payee": { "country_code": "1", "phone_number": 2_025_550_139 } }),
            "400 invalid-input `payee.phone_number` must be a string, not a number",
        ),
        (
            json!({ "amount": 1, "payee": payee, "idempotency_key": "order-1" }),
            "400 invalid-input `idempotency_key` must be a UUID",
        ),
        (
            json!({ "amount": 1, "payee": payee, "additional_steps": ["dance"] }),
            "400 invalid-input `additional_steps.0` must be one of `compliance`, `id-verification`, `background-check`, `manage-payments`, `manage-payouts`, `payout`, `redirect`, `pdf-form-fill`",
        ),
        (
            json!({ "amount": 1, "payee": payee, "metadata": 7 }),
            "400 invalid-input `metadata` must be a string or an object, not a number",
        ),
        (
            json!({ "amount": 1, "payee": payee, "source_name": "shop" }),
            "400 invalid-input `source_name` is not known here",
        ),
    ];
    for (body, expected) in cases {
        let answer = sandbox.post(SEND, body.clone()).await;
        assert_eq!(answer.error(), expected, "{body}");
    }
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn a_payout_beyond_the_wallet_is_refused_and_one_that_empties_it_is_not() {
    let sandbox = TestSandbox::with_funds(1000).await;
    let body = |amount: i64| json!({ "amount": amount, "payee": { "country_code": "1", "phone_number": "2025550139" } });
    let refused = sandbox.post(SEND, body(1001)).await.error();
    assert_eq!(
        refused,
        "400 transaction-insufficient-funds `amount` is 1001 and the wallet holds 1000 cents"
    );
    sandbox.post(SEND, body(1000)).await.expect(201);
    sandbox.post(SEND, body(i64::MAX)).await.expect(400);
    assert_eq!((sandbox.links(), sandbox.balance()), (1, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn the_wallet_can_be_read_over_http() {
    let sandbox = TestSandbox::start().await;
    sandbox.post(SEND, page_body()).await.expect(201);
    let app = sandbox.get(&format!("/v2/apps/{}", sandbox.app_id())).await.expect(200);
    assert_eq!(app["metrics"]["wallet_balance"], (FUNDS - 1000).to_string());
    assert_eq!(app["metrics"]["money_out"], "1000");
    let other = sandbox.get("/v2/apps/3c90c3cc-0d44-4b50-8888-8dd25736052a").await.error();
    assert_eq!(other, "404 no_such_resource there is no app `3c90c3cc-0d44-4b50-8888-8dd25736052a`");
    sandbox.end().await;
}
