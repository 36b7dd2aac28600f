//! The people who pay an app.

use serde_json::{Value, json};

use crate::support::client::TestSandbox;

const CUSTOMERS: &str = "/v2/payment-customers";

fn path(customer: &Value) -> String {
    format!("{CUSTOMERS}/{}", customer["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_new_customer_is_answered_in_short_and_found_in_full() {
    let sandbox = TestSandbox::start().await;
    let jo = json!({
        "id": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
        "first_name": "Jo",
        "last_name": "Doe",
        "email": "jo@example.com",
        "country_code": "1",
        "phone_number": "2025550139",
        "metadata": { "crm": 5 },
    });
    let made = sandbox.post(CUSTOMERS, jo).await.expect(200);
    let expected = json!({
        "id": made["id"],
        "email": "jo@example.com",
        "country_code": "1",
        "phone_number": "2025550139",
    });
    assert_eq!(made, expected);
    assert_ne!(made["id"], "3c90c3cc-0d44-4b50-8888-8dd25736052a");
    let found = sandbox.get(&path(&made)).await.expect(200);
    let expected = json!({
        "id": made["id"],
        "first_name": "Jo",
        "last_name": "Doe",
        "email": "jo@example.com",
        "country_code": "1",
        "phone_number": "2025550139",
        "metadata": { "crm": 5 },
        "created": "2026-01-01T00:00:00.000000",
        "updated": "2026-01-01T00:00:00.000000",
    });
    assert_eq!(found, expected);
    sandbox.end().await;
}

#[tokio::test]
async fn a_customer_is_a_business_or_a_person_with_both_names() {
    let sandbox = TestSandbox::start().await;
    let business = sandbox.post(CUSTOMERS, json!({ "business_name": "Jo LLC" })).await.expect(200);
    let nameless = "400 invalid-input `business_name`, or `first_name` with `last_name`, is required";
    for body in [json!({}), json!({ "first_name": "Jo" }), json!({ "first_name": "Jo", "last_name": " " })] {
        assert_eq!(sandbox.post(CUSTOMERS, body).await.error(), nameless);
    }
    let cases = [
        ("country_code", "+1", "`country_code` must be 1 to 3 digits, without a plus or spaces"),
        ("phone_number", "555-0139", "`phone_number` must be 1 to 20 digits, without a plus or spaces"),
        ("email", "jo", "`email` must be an e-mail address"),
    ];
    for (field, value, expected) in cases {
        let refused =
            sandbox.post(CUSTOMERS, json!({ "business_name": "Jo LLC", field: value })).await.error();
        assert_eq!(refused, format!("400 invalid-input {expected}"));
    }
    let rows = sandbox.walk(CUSTOMERS, 10).await;
    assert_eq!((rows.len(), &rows[0]["id"]), (1, &business["id"]));
    sandbox.end().await;
}

#[tokio::test]
async fn a_customer_is_linked_to_a_user_that_is_there() {
    let sandbox = TestSandbox::start().await;
    let user = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let body = json!({ "business_name": "Jo LLC", "user_id": user });
    let refused = sandbox.post(CUSTOMERS, body).await.error();
    assert_eq!(refused, format!("404 no_such_resource `user_id`: there is no user `{user}`"));
    let missing = sandbox.get(&format!("{CUSTOMERS}/nobody")).await.error();
    assert_eq!(missing, "400 invalid-input `payment_customer_id` must be a UUID");
    assert_eq!(sandbox.walk(CUSTOMERS, 10).await, Vec::<Value>::new());
    sandbox.end().await;
}

#[tokio::test]
async fn customers_are_listed_newest_first_page_by_page() {
    let sandbox = TestSandbox::start().await;
    let mut made = Vec::new();
    for number in 0..5 {
        let name = json!({ "business_name": format!("Jo {number} LLC") });
        made.insert(0, sandbox.post(CUSTOMERS, name).await.expect(200)["id"].clone());
    }
    let walked = sandbox.walk(CUSTOMERS, 2).await;
    assert_eq!(walked.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), made);
    sandbox.end().await;
}
