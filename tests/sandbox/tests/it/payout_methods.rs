//! Payout methods of users, and the default one.

use serde_json::{Value, json};

use crate::support::client::{Answer, TestSandbox};

async fn user(sandbox: &TestSandbox) -> String {
    let jo = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", jo).await.expect(201);
    format!("/v2/users/{}", user["id"].as_str().unwrap())
}

async fn add(sandbox: &TestSandbox, user: &str, method: &Value) -> Answer {
    sandbox.request("PUT", &format!("{user}/payout-methods")).json(method).send().await
}

async fn methods(sandbox: &TestSandbox, user: &str) -> Value {
    sandbox.get(&format!("{user}/payout-methods")).await.expect(200)
}

/// Returns the default method and its details.
async fn default(sandbox: &TestSandbox, user: &str) -> (Value, Value) {
    let user = sandbox.get(user).await.expect(200);
    (user["default_payout_method"].clone(), user["default_payout_method_details"].clone())
}

fn ach(account_number: &str) -> Value {
    json!({ "platform": "ach", "routing_number": "110000000", "account_number": account_number, "account_type": "checking" })
}

fn paypal() -> Value {
    json!({ "platform": "paypal", "email": "jo@example.com", "metadata": [1] })
}

#[tokio::test]
async fn a_method_is_answered_as_it_was_sent_and_listed_without_its_numbers() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    assert_eq!(methods(&sandbox, &jo).await, json!([]));
    let bank = add(&sandbox, &jo, &ach("000123456789")).await.expect(200);
    let id = bank["id"].as_str().unwrap();
    assert!(id.starts_with("ach_"), "{id}");
    assert_eq!(
        bank,
        json!({
            "id": id,
            "platform": "ach",
            "routing_number": "110000000",
            "account_number": "000123456789",
            "account_type": "checking",
        })
    );
    let paid = add(&sandbox, &jo, &paypal()).await.expect(200);
    assert_eq!(paid, json!({ "platform": "paypal", "email": "jo@example.com", "meta": [1] }));
    let expected = json!([
        {
            "platform": "paypal",
            "email": "jo@example.com",
            "description": "jo@example.com",
            "meta": [1],
        },
        {
            "id": id,
            "platform": "ach",
            "description": "Bank account ending in 6789",
            "mask": "6789",
            "country": "US",
            "currency": "USD",
        },
    ]);
    assert_eq!(methods(&sandbox, &jo).await, expected);
    sandbox.end().await;
}

#[tokio::test]
async fn each_platform_needs_its_fields() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let cases = [
        (json!({ "platform": "ach" }), "`routing_number` is required when `platform` is `ach`"),
        (
            json!({ "platform": "ach", "routing_number": "110000000", "account_type": "checking" }),
            "`account_number` is required when `platform` is `ach`",
        ),
        (
            json!({ "platform": "ach", "routing_number": "110000000", "account_number": "1" }),
            "`account_type` is required when `platform` is `ach`",
        ),
        (
            json!({ "platform": "ach", "routing_number": "11000000", "account_number": "1", "account_type": "savings" }),
            "`routing_number` must be 9 digits",
        ),
        (ach("12 34"), "`account_number` must be 1 to 17 digits"),
        (json!({ "platform": "paypal" }), "`email` is required when `platform` is `paypal`"),
        (json!({ "platform": "paypal", "email": "jo" }), "`email` must be an e-mail address"),
        (
            json!({ "platform": "venmo", "handle": "" }),
            "one of `phone_number` and `handle` is required when `platform` is `venmo`",
        ),
        (
            json!({ "platform": "cash_app", "routing_number": "110000000", "account_number": "1" }),
            "`cash_tag` is required when `platform` is `cash_app`",
        ),
        (json!({ "platform": "crypto" }), "`platform` must be one of `paypal`, `venmo`, `cash_app`, `ach`"),
    ];
    for (method, expected) in cases {
        assert_eq!(add(&sandbox, &jo, &method).await.error(), format!("400 invalid-input {expected}"));
    }
    assert_eq!(methods(&sandbox, &jo).await, json!([]));
    assert_eq!(default(&sandbox, &jo).await, (Value::Null, Value::Null));
    sandbox.end().await;
}

#[tokio::test]
async fn the_first_method_is_the_default_until_another_one_is_made_it() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    add(&sandbox, &jo, &paypal()).await.expect(200);
    add(&sandbox, &jo, &json!({ "platform": "venmo", "handle": "jo" })).await.expect(200);
    let (rail, details) = default(&sandbox, &jo).await;
    assert_eq!((&rail, &details["email"]), (&json!("paypal"), &json!("jo@example.com")));

    let mut bank = ach("111");
    bank["is_default"] = json!(true);
    add(&sandbox, &jo, &bank).await.expect(200);
    let (rail, details) = default(&sandbox, &jo).await;
    assert_eq!((&rail, &details["mask"]), (&json!("ach"), &json!("111")));
    assert!(details.get("account_number").is_none());

    let updated = sandbox.patch(&jo, json!({ "default_payout_method": "venmo" })).await.expect(200);
    assert_eq!(updated["default_payout_method_details"], json!({ "platform": "venmo", "description": "jo" }));
    assert_eq!(default(&sandbox, &jo).await.0, "venmo");
    sandbox.end().await;
}

#[tokio::test]
async fn a_first_method_that_says_so_is_not_the_default() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let mut method = paypal();
    method["is_default"] = json!(false);
    add(&sandbox, &jo, &method).await.expect(200);
    assert_eq!(default(&sandbox, &jo).await, (Value::Null, Value::Null));
    sandbox.end().await;
}

#[tokio::test]
async fn a_rail_that_was_chosen_first_gets_its_details_with_its_method() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    sandbox.patch(&jo, json!({ "default_payout_method": "paypal" })).await.expect(200);
    add(&sandbox, &jo, &json!({ "platform": "venmo", "handle": "jo" })).await.expect(200);
    assert_eq!(default(&sandbox, &jo).await, (json!("paypal"), Value::Null));
    add(&sandbox, &jo, &paypal()).await.expect(200);
    assert_eq!(default(&sandbox, &jo).await.1["email"], "jo@example.com");
    sandbox.end().await;
}

#[tokio::test]
async fn a_method_that_is_sent_again_is_changed_and_another_bank_account_is_added() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let first = add(&sandbox, &jo, &ach("111")).await.expect(200);
    let other = add(&sandbox, &jo, &ach("222")).await.expect(200);
    assert_ne!(first["id"], other["id"]);
    let again = add(&sandbox, &jo, &ach("111")).await.expect(200);
    assert_eq!(again, first);
    add(&sandbox, &jo, &paypal()).await.expect(200);
    let moved = json!({ "platform": "paypal", "email": "doe@example.com" });
    add(&sandbox, &jo, &moved).await.expect(200);

    let rows = methods(&sandbox, &jo).await;
    let shown: Vec<&Value> = rows.as_array().unwrap().iter().map(|row| &row["description"]).collect();
    assert_eq!(shown, ["doe@example.com", "Bank account ending in 222", "Bank account ending in 111"]);
    assert_eq!(default(&sandbox, &jo).await.1["id"], first["id"]);
    sandbox.end().await;
}

#[tokio::test]
async fn methods_belong_to_one_user_and_go_with_them() {
    let sandbox = TestSandbox::start().await;
    let (jo, al) = (user(&sandbox).await, user(&sandbox).await);
    add(&sandbox, &jo, &paypal()).await.expect(200);
    assert_eq!(methods(&sandbox, &al).await, json!([]));
    sandbox.delete(&jo).await.expect(200);
    let gone = format!("404 no_such_resource there is no user `{}`", jo.trim_start_matches("/v2/users/"));
    assert_eq!(sandbox.get(&format!("{jo}/payout-methods")).await.error(), gone);
    assert_eq!(add(&sandbox, &jo, &paypal()).await.error(), gone);
    assert_eq!(default(&sandbox, &al).await, (Value::Null, Value::Null));
    sandbox.end().await;
}
