//! Vendors and their payment methods.

use serde_json::{Value, json};

use crate::support::{client::TestSandbox, payables::vendor};

const VENDORS: &str = "/v2/accounts-payable/vendors";

#[tokio::test]
async fn a_vendor_shows_what_was_said_and_nothing_that_was_not_asked() {
    let sandbox = TestSandbox::start().await;
    let address = json!({ "country": "US", "city": "Springfield", "state": "IL", "line_1": "100 Main Street", "line_2": "Suite 5", "postcode": "62701" });
    let body = json!({ "name": "Paper", "contact_email": "billing@example.com", "external_id": "v-1", "address": address, "active": false, "description": "mine" });
    let made = sandbox.post(VENDORS, body).await.expect(201);
    let expected = json!({
        "id": made["id"], "name": "Paper", "active": true, "address": address, "api_app_id": sandbox.app_id(),
        "contact_email": "billing@example.com", "created": "2026-01-01T00:00:00.000000", "external_id": "v-1",
    });
    assert_eq!(made, expected);
    let path = format!("{VENDORS}/{}", made["id"].as_str().unwrap());
    assert_eq!(sandbox.get(&path).await.expect(200), made);
    sandbox.end().await;
}

#[tokio::test]
async fn a_vendor_lives_in_the_united_states() {
    let sandbox = TestSandbox::start().await;
    let body = |country: &str, state: &str| json!({ "name": "Paper", "address": { "country": country, "city": "X", "state": state, "line_1": "1", "postcode": "1" } });
    assert_eq!(
        sandbox.post(VENDORS, body("CA", "IL")).await.error(),
        "400 invalid-input `address.country` must be one of `US`"
    );
    sandbox.post(VENDORS, body("US", "ON")).await.expect(400);
    sandbox.post(VENDORS, body("US", "PR")).await.expect(201);
    assert_eq!(sandbox.walk(VENDORS, 1).await.len(), 1);
    sandbox.end().await;
}

#[tokio::test]
async fn accounts_are_listed_bare_and_belong_to_one_vendor() {
    let sandbox = TestSandbox::start().await;
    let ((paper, account), (ink, _)) = (vendor(&sandbox, "Paper").await, vendor(&sandbox, "Ink").await);
    let methods = |vendor: &Value| format!("{VENDORS}/{}/payment-methods", vendor.as_str().unwrap());
    let list = sandbox.get(&methods(&paper)).await.expect(200);
    let expected = json!({ "id": account, "name": "Checking", "ach_account_number": "000123456789", "ach_routing_number": "110000000", "ach_account_type": "checking" });
    assert_eq!(list, json!([expected]));
    let path = format!("{}/{}", methods(&paper), account.as_str().unwrap());
    assert_eq!(sandbox.get(&path).await.expect(200), expected);
    sandbox.get(&format!("{}/{}", methods(&ink), account.as_str().unwrap())).await.expect(404);

    let gone = sandbox.delete(&path).await.expect(200);
    assert_eq!(gone, json!({ "id": account, "deleted": true, "object": "vendor_payment_method" }));
    sandbox.get(&path).await.expect(404);
    assert_eq!(sandbox.get(&methods(&paper)).await.expect(200), json!([]));
    sandbox.end().await;
}

#[tokio::test]
async fn a_deleted_vendor_is_gone_with_its_accounts() {
    let sandbox = TestSandbox::start().await;
    let (paper, account) = vendor(&sandbox, "Paper").await;
    let path = format!("{VENDORS}/{}", paper.as_str().unwrap());
    assert_eq!(
        sandbox.delete(&path).await.expect(200),
        json!({ "id": paper, "deleted": true, "object": "vendor" })
    );
    for below in [
        "".to_owned(),
        "/payment-methods".to_owned(),
        format!("/payment-methods/{}", account.as_str().unwrap()),
    ] {
        sandbox.get(&format!("{path}{below}")).await.expect(404);
    }
    sandbox.delete(&path).await.expect(404);
    assert_eq!(sandbox.walk(VENDORS, 100).await, Vec::<Value>::new());
    sandbox.end().await;
}
