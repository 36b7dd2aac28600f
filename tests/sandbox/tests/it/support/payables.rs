//! Fixtures for tests of payables.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Answer, TestSandbox};

pub(crate) const PAYABLES: &str = "/v2/accounts-payable/payables";
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Dashboard users.
pub(crate) const ADMIN: i64 = 17;
pub(crate) const APPROVERS: [i64; 2] = [23, 31];
pub(crate) const CREATOR: i64 = 41;
pub(crate) const PAYER: i64 = 43;
pub(crate) const VIEWER: i64 = 47;

/// A vendor and its bank account.
pub(crate) async fn vendor(sandbox: &TestSandbox, name: &str) -> (Value, Value) {
    let address = json!({ "country": "US", "city": "Springfield", "state": "IL", "line_1": "100 Main Street", "postcode": "62701" });
    let vendors = "/v2/accounts-payable/vendors";
    let vendor = sandbox.post(vendors, json!({ "name": name, "address": address })).await.expect(201);
    let account = json!({ "name": "Checking", "ach_account_number": "000123456789", "ach_routing_number": "110000000", "ach_account_type": "checking" });
    let methods = format!("{vendors}/{}/payment-methods", vendor["id"].as_str().unwrap());
    let method = sandbox.post(&methods, account).await.expect(201);
    (vendor["id"].clone(), method["id"].clone())
}

/// A payable that is ready to be submitted.
pub(crate) async fn payable(sandbox: &TestSandbox, funding_source: &str, amount: i64) -> String {
    let (vendor, method) = vendor(sandbox, "Example Paper Supply").await;
    let body = json!({ "acting_user_id": CREATOR, "number": "INV-1001", "ap_vendor_id": vendor, "ap_payment_method_id": method, "amount": amount, "funding_source": funding_source });
    sandbox.post(PAYABLES, body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// Performs an action on a payable as this person.
pub(crate) async fn act(sandbox: &TestSandbox, id: &str, action: &str, person: i64) -> Answer {
    sandbox.post(&format!("{PAYABLES}/{id}/{action}"), json!({ "acting_user_id": person })).await
}

pub(crate) async fn get(sandbox: &TestSandbox, id: &str) -> Value {
    sandbox.get(&format!("{PAYABLES}/{id}")).await.expect(200)
}

/// Submits and approves a payable, so that it can be paid.
pub(crate) async fn approve(sandbox: &TestSandbox, id: &str) {
    act(sandbox, id, "submit-for-approval", CREATOR).await.expect(200);
    act(sandbox, id, "approve", ADMIN).await.expect(200);
}
