//! Users: creation, updates and deletion.

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    receiver::Receiver,
};

const USERS: &str = "/v2/users";

fn jo() -> Value {
    json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" })
}

fn path(user: &Value) -> String {
    format!("{USERS}/{}", user["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_new_user_is_unverified_and_has_a_wallet_from_the_next_answer_on() {
    let sandbox = TestSandbox::start().await;
    let mut body = jo();
    body["metadata"] = json!({ "crm": 5 });
    body["1099_adjustment"] = json!({ "year": 2026, "form": "1099-NEC", "amount": 100 });
    body["payout_options_exclude_list"] = json!(["paypal"]);
    let created = sandbox.post(USERS, body).await.expect(201);
    assert_eq!((&created["status"], &created["verified"]), (&json!("unverified"), &json!(false)));
    assert_eq!(created["phone_number"], json!({ "country_code": "1", "phone_number": "2025550139" }));
    assert!(created.get("wallet").is_none() && created.get("compliance").is_none());

    let user = sandbox.get(&path(&created)).await.expect(200);
    assert_eq!(user["wallet"], json!({ "amount": 0, "withdrawable_amount": 0, "credit_balance": 0 }));
    assert_eq!(user["1099_adjustment"]["form"], "1099-NEC");
    assert_eq!(user["metadata"], json!({ "crm": 5 }));
    assert_eq!(user["payout_options_exclude_list"], json!(["paypal"]));
    sandbox.end().await;
}

#[tokio::test]
async fn what_makes_no_user_is_refused_with_the_name_of_the_field() {
    let sandbox = TestSandbox::start().await;
    let cases = [
        ("first_name", json!(""), "`first_name` must have at least 1 characters"),
        ("last_name", json!("x".repeat(51)), "`last_name` must have at most 50 characters"),
        ("email", json!("jo"), "`email` must be an e-mail address"),
        ("country_code", json!("+1"), "`country_code` must be 1 to 3 digits, without a plus or spaces"),
        (
            "phone_number",
            json!("555-0139"),
            "`phone_number` must be 1 to 20 digits, without a plus or spaces",
        ),
        ("date_of_birth", json!("31.01.1990"), "`date_of_birth` must be a date such as `2024-07-11`"),
        (
            "1099_adjustment",
            json!({ "year": 2026, "form": "1099-NEC", "amount": 0 }),
            "`1099_adjustment.amount` must be at least 1",
        ),
        (
            "1099_adjustment",
            json!({ "year": 2025, "form": "1099-NEC", "amount": 1 }),
            "`1099_adjustment.year` must be the current year",
        ),
        ("username", json!("jo doe"), "`username` must be letters, digits and hyphens"),
    ];
    for (field, value, expected) in cases {
        let mut body = jo();
        body[field] = value;
        assert_eq!(sandbox.post(USERS, body).await.error(), format!("400 invalid-input {expected}"));
    }
    let mut nameless = jo();
    nameless.as_object_mut().unwrap().remove("last_name");
    assert_eq!(sandbox.post(USERS, nameless).await.error(), "400 invalid-input `last_name` is required");
    assert_eq!(sandbox.get(USERS).await.expect(200)["data"], json!([]));
    sandbox.end().await;
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_leaves_the_rest() {
    let sandbox = TestSandbox::start().await;
    let mut body = jo();
    body["metadata"] = json!("first");
    let user = sandbox.post(USERS, body).await.expect(201);
    let updated = sandbox.patch(&path(&user), json!({ "default_payout_method": "paypal" })).await.expect(200);
    assert_eq!(
        (&updated["default_payout_method"], &updated["metadata"]),
        (&json!("paypal"), &json!("first"))
    );
    let updated = sandbox.patch(&path(&user), json!({ "metadata": { "second": 2 } })).await.expect(200);
    assert_eq!(
        (&updated["default_payout_method"], &updated["metadata"]["second"]),
        (&json!("paypal"), &json!(2))
    );
    let updated = sandbox.patch(&path(&user), json!({ "metadata": null })).await.expect(200);
    assert_eq!(updated["metadata"], Value::Null);

    let refused = sandbox.patch(&path(&user), json!({ "metadata": [1] })).await.error();
    assert_eq!(refused, "400 invalid-input `metadata` must be a string or an object");
    assert_eq!(sandbox.get(&path(&user)).await.expect(200), updated);
    sandbox.end().await;
}

#[tokio::test]
async fn a_list_of_users_is_newest_first_and_filters_by_status() {
    let sandbox = TestSandbox::start().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        // A phone number may repeat, as in Dots' own sandbox.
        ids.insert(0, sandbox.post(USERS, jo()).await.expect(201)["id"].clone());
    }
    let walked: Vec<Value> =
        sandbox.walk(USERS, 2).await.into_iter().map(|user| user["id"].clone()).collect();
    assert_eq!(walked, ids);
    let count = |page: Value| page["data"].as_array().unwrap().len();
    assert_eq!(count(sandbox.get("/v2/users?status=unverified").await.expect(200)), 5);
    assert_eq!(count(sandbox.get("/v2/users?status=verified").await.expect(200)), 0);
    let refused = sandbox.get("/v2/users?status=happy").await.error();
    assert_eq!(
        refused,
        "400 invalid-input `status` must be one of `verified`, `unverified`, `in_review`, `disabled`"
    );
    sandbox.end().await;
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_what_they_were_paid_is_not() {
    let sandbox = TestSandbox::start().await;
    let user = sandbox.post(USERS, jo()).await.expect(201);
    let id = user["id"].as_str().unwrap();
    sandbox.post("/v2/payouts/send-payout", json!({ "amount": 9, "user_id": id })).await.expect(201);
    assert_eq!(sandbox.delete(&path(&user)).await.expect(200)["id"], user["id"]);
    let gone = format!("404 no_such_resource there is no user `{id}`");
    assert_eq!(sandbox.get(&path(&user)).await.error(), gone);
    assert_eq!(sandbox.patch(&path(&user), json!({})).await.error(), gone);
    assert_eq!(sandbox.delete(&path(&user)).await.error(), gone);
    sandbox.post("/v2/payouts/send-payout", json!({ "amount": 9, "user_id": id })).await.expect(404);
    assert_eq!((sandbox.paid(id), sandbox.balance()), (9, FUNDS - 9));
    sandbox.end().await;
}

#[tokio::test]
async fn only_the_answer_about_one_user_shows_the_1099_adjustment() {
    let sandbox = TestSandbox::start().await;
    let user = sandbox.post(USERS, jo()).await.expect(201);
    let adjustment = json!({ "year": 2026, "form": "1099-NEC", "amount": 100 });
    let updated = sandbox.patch(&path(&user), json!({ "1099_adjustment": adjustment })).await.expect(200);
    assert!(updated.get("1099_adjustment").is_none());
    let listed = sandbox.get(USERS).await.expect(200);
    assert!(listed["data"][0].get("1099_adjustment").is_none());
    assert_eq!(sandbox.get(&path(&user)).await.expect(200)["1099_adjustment"], adjustment);
    sandbox.end().await;
}

#[tokio::test]
async fn the_money_of_a_deleted_user_goes_back_to_the_app_as_a_transfer() {
    let sandbox = TestSandbox::start().await;
    let user = sandbox.post(USERS, jo()).await.expect(201);
    sandbox.post("/v2/transfers", json!({ "amount": -700, "user_id": user["id"] })).await.expect(200);
    assert_eq!(sandbox.delete(&path(&user)).await.expect(200)["wallet"]["amount"], 700);

    let transfers = sandbox.walk("/v2/transfers", 10).await;
    assert_eq!((transfers.len(), &transfers[0]["amount"]), (2, &json!("700")));
    assert_eq!(
        (&transfers[0]["status"], &transfers[0]["user_id"], &transfers[0]["type"]),
        (&json!("completed"), &user["id"], &json!("balance"))
    );
    assert_eq!((sandbox.balance(), sandbox.audit().users), (FUNDS, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn a_new_user_has_no_default_payout_method_whatever_the_request_says() {
    let sandbox = TestSandbox::start().await;
    let mut body = jo();
    // The document has this field for updates alone, and so does not list its values here.
    body["default_payout_method"] = json!("bank notes");
    let user = sandbox.post(USERS, body).await.expect(201);
    assert_eq!(
        (&user["default_payout_method"], &user["default_payout_method_details"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(sandbox.get(&path(&user)).await.expect(200)["default_payout_method"], Value::Null);
    sandbox.end().await;
}

#[tokio::test]
async fn automatic_payout_is_remembered_and_its_change_told_once() {
    let receiver = Receiver::start().await;
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().webhook(receiver.url())).await;
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", user).await.expect(201);
    let path = format!("/v2/users/{}", user["id"].as_str().unwrap());
    for enabled in [false, true, true, false] {
        sandbox.patch(&path, json!({ "auto_payout_enabled": enabled })).await.expect(200);
    }
    sandbox.deliver().await;
    assert_eq!(receiver.events(), ["user.updated", "user.updated"]);
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}
