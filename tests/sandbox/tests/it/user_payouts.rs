//! Payouts from users' wallets, and failed ones.

use std::time::Duration;

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::{fail, status, user, wallet},
};

const PAYOUTS: &str = "/v2/payouts";
const KEY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

async fn fill(sandbox: &TestSandbox, user: &str, cents: i64) {
    sandbox.post("/v2/transfers", json!({ "amount": -cents, "user_id": user })).await.expect(200);
}

#[tokio::test]
async fn a_payout_leaves_the_users_wallet_and_is_completed_a_minute_later() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    fill(&sandbox, &jo, 1000).await;
    let body = json!({ "user_id": jo, "amount": 700, "platform": "default", "metadata": "row 17" });
    let sent = sandbox.post(PAYOUTS, body).await.expect(201);
    assert_eq!((&sent["status"], &sent["type"]), (&json!("pending"), &json!("payout")));
    assert_eq!((&sent["amount"], &sent["metadata"]), (&json!("-700"), &json!("row 17")));
    assert_eq!(sent["external_data"], json!({ "platform": "paypal" }));
    let steps: Vec<&Value> =
        sent["status_history"].as_array().unwrap().iter().map(|step| &step["status"]).collect();
    assert_eq!(steps, ["created", "pending"]);
    assert_eq!(sent["transactions"].as_array().unwrap().len(), 1);

    sandbox.advance(Duration::from_secs(59));
    assert_eq!((status(&sandbox, &sent["id"]).await, sandbox.audit().rails), (json!("pending"), 700));
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(status(&sandbox, &sent["id"]).await, "completed");
    assert_eq!((wallet(&sandbox, &jo).await, sandbox.audit().payees, sandbox.paid(&jo)), (300, 700, 700));
    assert_eq!(sandbox.paid("12025550139"), 700);
    sandbox.end().await;
}

#[tokio::test]
async fn a_funded_payout_takes_the_money_from_the_app() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let body = json!({ "user_id": jo, "amount": 700, "platform": "venmo", "fund": true, "tax_exempt": true });
    let sent = sandbox.post(PAYOUTS, body).await.expect(201);
    let kinds: Vec<&Value> =
        sent["transactions"].as_array().unwrap().iter().map(|row| &row["type"]).collect();
    assert_eq!(kinds, ["balance", "payout"]);
    assert_eq!((sandbox.balance(), wallet(&sandbox, &jo).await, sandbox.paid(&jo)), (FUNDS - 700, 0, 700));
    sandbox.end().await;
}

#[tokio::test]
async fn a_failed_payout_gives_the_money_back_to_where_it_came_from() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    fill(&sandbox, &jo, 100).await;
    let own = json!({ "user_id": jo, "amount": 100, "platform": "paypal" });
    let own = sandbox.post(PAYOUTS, own).await.expect(201);
    let funded = json!({ "user_id": jo, "amount": 900, "platform": "paypal", "fund": true });
    let funded = sandbox.post(PAYOUTS, funded).await.expect(201);
    for sent in [&own, &funded] {
        assert_eq!(fail(&sandbox, &sent["id"]).await, json!({ "id": sent["id"], "status": "failed" }));
    }
    // The scheduled settlement does nothing any more.
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(status(&sandbox, &own["id"]).await, "failed");
    let path = format!("/v2/transfers/{}", funded["id"].as_str().unwrap());
    let rows = sandbox.get(&path).await.expect(200)["transactions"].clone();
    assert_eq!((rows.as_array().unwrap().len(), &rows[3]["source_name"]), (4, &json!("Jo Doe")));
    assert_eq!((sandbox.balance(), wallet(&sandbox, &jo).await, sandbox.paid(&jo)), (FUNDS - 100, 100, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn a_transfer_that_has_ended_cannot_fail_any_more() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let body = json!({ "user_id": jo, "amount": 5, "platform": "paypal", "fund": true });
    let sent = sandbox.post(PAYOUTS, body).await.expect(201);
    sandbox.advance(Duration::from_secs(60));
    let path = format!("transfers/{}/fail", sent["id"].as_str().unwrap());
    let refused = sandbox.control("POST", &path, None).await.error();
    assert!(refused.ends_with("is `completed` and cannot become `failed`"), "{refused}");
    sandbox.control("POST", "transfers/x/fail", None).await.expect(404);
    sandbox.control("POST", &format!("transfers/{KEY}/fail"), None).await.expect(404);
    assert_eq!(sandbox.paid(&jo), 5);
    sandbox.end().await;
}

#[tokio::test]
async fn what_cannot_be_paid_moves_nothing() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let nameless = sandbox.post("/v2/users", json!({ "first_name": "Al", "last_name": "Doe", "email": "al@example.com", "country_code": "1", "phone_number": "2025550140", "payout_options_exclude_list": ["venmo"] }));
    let al = nameless.await.expect(201)["id"].clone();
    let cases = [
        (
            json!({ "user_id": KEY, "amount": 1, "platform": "paypal" }),
            format!("404 no_such_resource `user_id`: there is no user `{KEY}`"),
        ),
        (
            json!({ "user_id": jo, "amount": 1, "platform": "paypal" }),
            "400 transaction-insufficient-funds `amount` is 1 and the wallet holds 0 cents".to_owned(),
        ),
        (
            json!({ "user_id": jo, "amount": FUNDS + 1, "platform": "paypal", "fund": true }),
            "400 transaction-insufficient-funds `amount` is 1000001 and the wallet holds 1000000 cents"
                .to_owned(),
        ),
        (
            json!({ "user_id": jo, "amount": 1, "platform": "paypal", "tax_exempt": true }),
            "400 invalid-input `tax_exempt` can be `true` only when `fund` is `true`".to_owned(),
        ),
        (
            json!({ "user_id": jo, "amount": 1, "platform": "ach", "fund": true }),
            "400 invalid-input `account_id` is required when `platform` is `ach` or `bank_transfer`"
                .to_owned(),
        ),
        (
            json!({ "user_id": al, "amount": 1, "platform": "default", "fund": true }),
            "400 invalid-input `platform`: the user has no default payout method".to_owned(),
        ),
        (
            json!({ "user_id": al, "amount": 1, "platform": "venmo", "fund": true }),
            "400 invalid-transaction `platform` is excluded for this user or for this app".to_owned(),
        ),
        (
            json!({ "user_id": jo, "amount": 0, "platform": "paypal" }),
            "400 invalid-input `amount` must be greater than 0".to_owned(),
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(sandbox.post(PAYOUTS, body).await.error(), expected);
    }
    assert_eq!((sandbox.balance(), sandbox.audit().movements), (FUNDS, 1));
    sandbox.end().await;
}

#[tokio::test]
async fn a_known_key_is_refused_and_pays_once() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let body = json!({ "user_id": jo, "amount": 10, "platform": "bank_transfer", "account_id": KEY, "fund": true, "idempotency_key": KEY });
    sandbox.post(PAYOUTS, body.clone()).await.expect(201);
    assert_eq!(
        sandbox.post(PAYOUTS, body).await.error(),
        "409 invalid-transaction `idempotency_key` was used before"
    );
    assert_eq!(sandbox.paid(&jo), 10);
    sandbox.end().await;
}

#[tokio::test]
async fn a_known_key_can_be_answered_with_the_transfer_as_it_is_now() {
    let builder = Sandbox::builder().key_repeat(dots_sandbox::KeyRepeat::ReturnExisting);
    let sandbox = TestSandbox::with(FUNDS, builder).await;
    let jo = user(&sandbox).await;
    let body =
        json!({ "user_id": jo, "amount": 10, "platform": "paypal", "fund": true, "idempotency_key": KEY });
    sandbox.post(PAYOUTS, body.clone()).await.expect(201);
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(sandbox.post(PAYOUTS, body).await.expect(201)["status"], "completed");
    assert_eq!(sandbox.paid(&jo), 10);
    sandbox.end().await;
}
