//! Transfers between an app and its users, and their transactions.

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::client::{FUNDS, TestSandbox};

const TRANSFERS: &str = "/v2/transfers";
const TRANSACTIONS: &str = "/v2/transactions";

async fn user(sandbox: &TestSandbox) -> String {
    let jo = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    sandbox.post("/v2/users", jo).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn move_money(sandbox: &TestSandbox, user: &str, amount: i64) -> Value {
    sandbox.post(TRANSFERS, json!({ "amount": amount, "user_id": user })).await.expect(200)
}

async fn wallet(sandbox: &TestSandbox, user: &str) -> Value {
    sandbox.get(&format!("/v2/users/{user}")).await.expect(200)["wallet"]["amount"].clone()
}

#[tokio::test]
async fn a_negative_transfer_fills_the_users_wallet_and_a_positive_one_empties_it() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let sent = move_money(&sandbox, &jo, -1000).await;
    assert_eq!(
        (&sent["amount"], &sent["status"], &sent["type"]),
        (&json!("-1000"), &json!("completed"), &json!("balance"))
    );
    assert_eq!(sent["created"], "2026-01-01T00:00:00.000000");
    assert_eq!(
        sent["status_history"],
        json!([
            { "status": "created", "timestamp": "Thu, 01 Jan 2026 00:00:00 GMT" },
            { "status": "pending", "timestamp": "Thu, 01 Jan 2026 00:00:00 GMT" },
            { "status": "completed", "timestamp": "Thu, 01 Jan 2026 00:00:00 GMT" },
        ])
    );
    let transaction = &sent["transactions"][0];
    assert_eq!((&transaction["id"], &transaction["amount"]), (&json!(1), &json!("1000.0000000000")));
    assert_eq!(
        (&transaction["source_name"], &transaction["destination_name"]),
        (&json!("Dots sandbox"), &json!("Jo Doe"))
    );

    let back = move_money(&sandbox, &jo, 400).await;
    assert_eq!(
        (&back["amount"], &back["transactions"][0]["amount"]),
        (&json!("400"), &json!("400.0000000000"))
    );
    assert_eq!(back["transactions"][0]["source_name"], "Jo Doe");
    assert_eq!(sandbox.get(&format!("{TRANSFERS}/{}", sent["id"].as_str().unwrap())).await.expect(200), sent);
    assert_eq!((wallet(&sandbox, &jo).await, sandbox.balance()), (json!(600), FUNDS - 600));
    sandbox.end().await;
}

#[tokio::test]
async fn money_that_a_wallet_does_not_hold_is_not_transferred() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let body = |amount: i64| json!({ "amount": amount, "user_id": jo });
    let cases = [
        (
            FUNDS - 2 * FUNDS - 1,
            "400 transaction-insufficient-funds `amount` is 1000001 and the wallet holds 1000000 cents",
        ),
        (1, "400 transaction-insufficient-funds `amount` is 1 and the wallet holds 0 cents"),
        (0, "400 invalid-input `amount` must not be 0"),
        (i64::MIN, "400 invalid-input `amount` must not be 0"),
    ];
    for (amount, expected) in cases {
        assert_eq!(sandbox.post(TRANSFERS, body(amount)).await.error(), expected);
    }
    let nobody = json!({ "amount": -1, "user_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a" });
    sandbox.post(TRANSFERS, nobody).await.expect(404);
    assert_eq!((sandbox.balance(), sandbox.audit().movements), (FUNDS, 1));
    sandbox.end().await;
}

#[tokio::test]
async fn a_known_key_is_refused_and_moves_nothing() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let body =
        json!({ "amount": -10, "user_id": jo, "idempotency_key": "3c90c3cc-0d44-4b50-8888-8dd25736052a" });
    sandbox.post(TRANSFERS, body.clone()).await.expect(200);
    let refused = sandbox.post(TRANSFERS, body).await.error();
    assert_eq!(refused, "409 invalid-transaction `idempotency_key` was used before");
    assert_eq!(wallet(&sandbox, &jo).await, json!(10));
    sandbox.end().await;
}

#[tokio::test]
async fn lists_filter_by_user_status_type_and_time_and_turn_round() {
    let sandbox = TestSandbox::start().await;
    let (jo, al) = (user(&sandbox).await, user(&sandbox).await);
    let mut made = Vec::new();
    for who in [&jo, &al, &jo, &al, &jo] {
        made.push(move_money(&sandbox, who, -1).await["id"].clone());
        sandbox.advance(std::time::Duration::from_secs(60));
    }
    let ids = async |query: &str| -> Vec<Value> {
        let page = sandbox.get(&format!("{TRANSFERS}?{query}")).await.expect(200);
        page["data"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
    };
    let rows =
        |numbers: &[usize]| -> Vec<Value> { numbers.iter().map(|number| made[*number].clone()).collect() };
    assert_eq!(ids("").await, rows(&[4, 3, 2, 1, 0]));
    assert_eq!(ids("reverse_order=true&limit=2").await, rows(&[0, 1]));
    assert_eq!(ids(&format!("user_id={jo}")).await, rows(&[4, 2, 0]));
    assert_eq!(ids(&format!("user_id={al}&status=completed&type=balance")).await, rows(&[3, 1]));
    assert_eq!(ids("status=failed").await, rows(&[]));
    assert_eq!(ids("start_date=2026-01-01T00:01:00Z&end_date=2026-01-01T00:03:00Z").await, rows(&[2, 1]));
    let after = format!("reverse_order=true&starting_after={}", made[3].as_str().unwrap());
    assert_eq!(ids(&after).await, rows(&[4]));
    assert_eq!(sandbox.walk(TRANSFERS, 2).await.len(), 5);
    sandbox.end().await;
}

#[tokio::test]
async fn transactions_have_numbers_and_carry_their_transfer_when_asked() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    for amount in [-30, 20] {
        move_money(&sandbox, &jo, amount).await;
    }
    let page = sandbox.get(&format!("{TRANSACTIONS}?limit=1")).await.expect(200);
    assert_eq!((&page["data"][0]["id"], &page["has_more"]), (&json!(2), &json!(true)));
    assert!(page["data"][0].get("transfer").is_none());
    let next =
        sandbox.get(&format!("{TRANSACTIONS}?starting_after=2&include_transfer=true")).await.expect(200);
    assert_eq!((&next["data"][0]["id"], &next["has_more"]), (&json!(1), &json!(false)));
    assert_eq!(next["data"][0]["transfer"]["amount"], "-30");
    assert_eq!(sandbox.get(&format!("{TRANSACTIONS}/2")).await.expect(200)["type"], "balance");
    let missing = sandbox.get(&format!("{TRANSACTIONS}/3")).await.error();
    assert_eq!(missing, "404 no_such_resource there is no transaction `3`");
    sandbox.get(&format!("{TRANSACTIONS}?starting_after=x")).await.expect(400);
    sandbox.end().await;
}

#[tokio::test]
async fn tidy_bodies_have_numbers_and_zones() {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().tidy_bodies(true)).await;
    let jo = user(&sandbox).await;
    let sent = move_money(&sandbox, &jo, -1000).await;
    assert_eq!((&sent["amount"], &sent["created"]), (&json!(-1000), &json!("2026-01-01T00:00:00Z")));
    assert_eq!(sent["transactions"][0]["amount"], 1000);
    sandbox.end().await;
}
