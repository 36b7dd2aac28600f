//! Fixtures for tests of payouts and transfers.

use serde_json::{Value, json};

use super::client::TestSandbox;

/// The body of the send-payout page with real values, but for `user_id`.
pub(crate) fn page_body() -> Value {
    json!({
        "amount": 1000,
        "payee": { "country_code": "1", "phone_number": "2025550139" },
        "delivery": { "message": "My first payout" },
        "force_collect_compliance_information": false,
        "additional_steps": ["compliance"],
        "tax_exempt": true,
        "metadata": "invoice 881",
        "memo": "Thank you",
        "idempotency_key": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
        "payout_fee_party": "user",
        "accounting_data": { "quickbooks_account_id": 123, "quickbooks_class_id": 123 },
    })
}

/// Creates a user who is paid over PayPal by default, and returns the id.
pub(crate) async fn user(sandbox: &TestSandbox) -> String {
    let jo = json!({
        "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com",
        "country_code": "1", "phone_number": "2025550139",
    });
    let jo = sandbox.post("/v2/users", jo).await.expect(201)["id"].as_str().unwrap().to_owned();
    sandbox.patch(&format!("/v2/users/{jo}"), json!({ "default_payout_method": "paypal" })).await.expect(200);
    jo
}

/// Reads the balance of a user's wallet.
pub(crate) async fn wallet(sandbox: &TestSandbox, user: &str) -> i64 {
    sandbox.get(&format!("/v2/users/{user}")).await.expect(200)["wallet"]["amount"].as_i64().unwrap()
}

/// Reads the status of a transfer.
pub(crate) async fn status(sandbox: &TestSandbox, id: &Value) -> Value {
    sandbox.get(&format!("/v2/transfers/{}", id.as_str().unwrap())).await.expect(200)["status"].clone()
}

/// Makes a transfer fail, as a bank would.
pub(crate) async fn fail(sandbox: &TestSandbox, id: &Value) -> Value {
    let path = format!("transfers/{}/fail", id.as_str().unwrap());
    sandbox.control("POST", &path, None).await.expect(200)
}
