//! What clients found that were not written here: Dots' own SDK, generated clients, and people with curl.

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::{page_body, user, wallet},
};

/// Adds a bank account to a user, and returns the id that the answer shows.
async fn bank_account(sandbox: &TestSandbox, user: &str, number: &str) -> Value {
    let account = json!({
        "platform": "ach", "routing_number": "110000000", "account_number": number, "account_type": "checking",
    });
    let path = format!("/v2/users/{user}/payout-methods");
    let added = sandbox.request("PUT", &path).json(&account).send().await.expect(200);
    added["id"].clone()
}

#[tokio::test]
async fn a_bank_account_is_paid_by_the_id_that_was_handed_out_and_by_no_other() {
    let sandbox = TestSandbox::start().await;
    let (jo, other) = (user(&sandbox).await, user(&sandbox).await);
    let account = bank_account(&sandbox, &jo, "000123456789").await;
    let payout = |user: &str, account: &Value| json!({ "user_id": user, "amount": 10, "platform": "ach", "fund": true, "account_id": account });
    let paid = sandbox.post("/v2/payouts", payout(&jo, &account)).await.expect(201);
    assert_eq!(paid["external_data"]["account_id"], account);
    let unknown = "400 invalid-input `account_id` is not the `id` of an `ach` payout method of this user";
    let random = json!("3c90c3cc-0d44-4b50-8888-8dd25736052a");
    assert_eq!(sandbox.post("/v2/payouts", payout(&jo, &random)).await.error(), unknown);
    assert_eq!(sandbox.post("/v2/payouts", payout(&other, &account)).await.error(), unknown);
    let mut item = payout(&jo, &account);
    item["idempotency_key"] = random;
    sandbox.post("/v2/payout-batches", json!({ "items": [item] })).await.expect(200);
    sandbox.advance(std::time::Duration::from_secs(60));
    assert_eq!((sandbox.paid(&jo), sandbox.balance()), (20, FUNDS - 20));
    sandbox.end().await;
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_path_changes_nothing() {
    let sandbox = TestSandbox::start().await;
    let made = sandbox.post("/v2/flows/", json!({ "steps": ["compliance"] })).await.expect(200);
    let path = format!("/v2/flows/{}/", made["id"].as_str().unwrap());
    assert_eq!(sandbox.get(&path).await.expect(200)["id"], made["id"]);
    sandbox.get("/v2/flows//").await.expect(404);
    sandbox.end().await;
}

#[tokio::test]
async fn a_body_in_which_nothing_is_required_may_be_absent() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let token = format!("/v2/users/{jo}/send-verification-token");
    sandbox.request("POST", &token).send().await.expect(202);
    sandbox.request("PATCH", &format!("/v2/users/{jo}")).send().await.expect(200);
    let required = sandbox.request("POST", "/v2/users").send().await.error();
    assert_eq!(required, "400 invalid-input the body is required");
    // The body is what is absent here, and not the rule beyond the document.
    let form = sandbox.request("PUT", &format!("/v2/users/{jo}/compliance")).send().await.error();
    assert_eq!(form, "400 invalid-input one of `w9` and `w8ben` is required");
    sandbox.end().await;
}

#[tokio::test]
async fn an_individuals_w9_needs_no_name() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let address =
        json!({ "line_1": "1 Main St", "city": "Reno", "state": "NV", "postcode": "89501", "country": "US" });
    let w9 = json!({ "entity_type": "individual", "tin": "123456789", "date_of_birth": "1990-01-01", "address": address });
    let path = format!("/v2/users/{jo}/compliance");
    let taken = sandbox.request("PUT", &path).json(&json!({ "w9": w9 })).send().await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    sandbox.end().await;
}

#[tokio::test]
async fn an_amount_that_is_no_whole_number_of_cents_is_refused_by_its_name_everywhere() {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().organization_funds(1_000)).await;
    let jo = user(&sandbox).await;
    let app = sandbox.app_id();
    let key = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let item = |amount: &Value| json!({ "user_id": jo, "amount": amount, "platform": "default", "fund": true, "idempotency_key": key });
    let bodies = |amount: Value| {
        [
            ("/v2/payouts/send-payout".to_owned(), "amount", json!({ "amount": amount, "user_id": jo })),
            ("/v2/payout-links".to_owned(), "amount", json!({ "amount": amount })),
            ("/v2/payout-requests".to_owned(), "amount", json!({ "amount": amount, "user_id": jo })),
            ("/v2/transfers".to_owned(), "amount", json!({ "amount": amount, "user_id": jo })),
            (
                "/v2/organization-transfers".to_owned(),
                "amount",
                json!({ "amount": amount, "api_app_id": app }),
            ),
            ("/v2/payouts".to_owned(), "amount", item(&amount)),
            (format!("/v2/apps/{app}/deposit"), "amount", json!({ "amount": amount })),
            (format!("/v2/apps/{app}/withdraw"), "amount", json!({ "amount": amount })),
            (
                "/v2/accounts-payable/payables".to_owned(),
                "amount",
                json!({ "acting_user_id": 17, "number": "1", "amount": amount }),
            ),
            ("/v2/payout-batches".to_owned(), "items.0.amount", json!({ "items": [item(&amount)] })),
            (
                "/v2/transfer-batches".to_owned(),
                "items.0.amount",
                json!({ "items": [{ "amount": amount, "user_id": jo }] }),
            ),
        ]
    };
    let whole = "must be whole cents, written without a fraction";
    for (amount, objection) in
        [(json!(10.0), whole), (json!(1e30), "is too large"), (json!(u64::MAX), "is too large")]
    {
        for (path, field, body) in bodies(amount.clone()) {
            let refused = sandbox.post(&path, body).await.error();
            assert!(
                refused.contains(&format!("400 invalid-input `{field}` {objection}")),
                "{path} {amount}: {refused}"
            );
        }
    }
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn an_event_by_hand_has_the_oddities_of_a_live_one_unless_bodies_are_tidy() {
    for (tidy, amount, created) in
        [(false, json!("1000"), "2026-01-01T00:00:00.000000"), (true, json!(1000), "2026-01-01T00:00:00Z")]
    {
        let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().tidy_bodies(tidy)).await;
        let event = json!({ "event": "transfer.completed" });
        let raised = sandbox.control("POST", "webhooks/emit", Some(event)).await.expect(200);
        let transfer = &raised["payload"]["transfer"];
        assert_eq!((&transfer["amount"], &transfer["created"]), (&amount, &json!(created)));
        sandbox.end().await;
    }
}

#[tokio::test]
async fn the_document_that_both_sides_are_held_to_can_be_had() {
    let sandbox = TestSandbox::start().await;
    let document = sandbox.control("GET", "openapi.json", None).await.expect(200);
    assert_eq!(document["openapi"], "3.0.3");
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    assert_eq!(operations.filter(|operation| operation.get("operationId").is_some()).count(), 82);
    // The overlay's corrections are in it.
    assert!(document.pointer("/paths/~1v2~1payouts~1send-payout/post/responses/4XX").is_some());
    sandbox.end().await;
}

#[tokio::test]
async fn a_browser_at_the_root_is_sent_to_the_operators_page_and_a_client_is_told_where_the_api_is() {
    let sandbox = TestSandbox::start().await;
    let root = sandbox.url().trim_end_matches("/api").to_owned();
    let plain =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for path in ["/", "/api", "/api/"] {
        let page =
            plain.get(format!("{root}{path}")).header("accept", "text/html,*/*;q=0.8").send().await.unwrap();
        assert_eq!(
            (page.status().as_u16(), &page.headers()["location"]),
            (303, &"/_sandbox".parse().unwrap())
        );
        let told = plain.get(format!("{root}{path}")).send().await.unwrap();
        assert_eq!((told.status().as_u16(), told.headers().get("www-authenticate")), (404, None));
        let told = told.text().await.unwrap();
        assert!(told.contains("`/api/v2/`") && told.contains("`/_sandbox`"), "{told}");
    }
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_shows_the_transfer_by_which_it_will_be_claimed() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post("/v2/payout-links", json!({ "amount": 50 })).await.expect(201);
    let transfer = format!("/v2/transfers/{}", link["transfer_id"].as_str().unwrap());
    sandbox.get(&transfer).await.expect(404);
    let claim = json!({ "country_code": "1", "phone_number": "2025550139" });
    let path = format!("links/{}/claim", link["id"].as_str().unwrap());
    let claimed = sandbox.control("POST", &path, Some(claim)).await.expect(200);
    assert_eq!(claimed["transfer_id"], link["transfer_id"]);
    assert_eq!(sandbox.get(&transfer).await.expect(200)["amount"], "-50");
    sandbox.end().await;
}

#[tokio::test]
async fn metadata_of_a_new_user_may_be_null() {
    let sandbox = TestSandbox::start().await;
    let jo = json!({
        "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com",
        "country_code": "1", "phone_number": "2025550139", "metadata": null,
    });
    assert_eq!(sandbox.post("/v2/users", jo).await.expect(201)["metadata"], Value::Null);
    sandbox.end().await;
}

#[tokio::test]
async fn every_answer_ends_its_line() {
    let sandbox = TestSandbox::start().await;
    let answers = [
        sandbox.get("/v2/users").await,
        sandbox.get("/v2/nothing").await,
        sandbox.post("/v2/payouts/send-payout", page_body()).await,
        sandbox.control("GET", "balance", None).await,
        sandbox.control("GET", "openapi.json", None).await,
        sandbox.control("GET", "transcript", None).await,
    ];
    for answer in answers {
        assert!(answer.text.ends_with('\n') && !answer.text.ends_with("\n\n"), "{}", answer.text);
    }
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_can_be_withdrawn_in_part() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post("/v2/payouts/send-payout", page_body()).await.expect(201);
    let path = format!("links/{}/claim", link["id"].as_str().unwrap());
    let claim = |amount: i64| json!({ "country_code": "1", "phone_number": "2025550139", "method": "paypal", "amount": amount });
    let refused = sandbox.control("POST", &path, Some(claim(1001))).await.error();
    assert_eq!(refused, "400 invalid-input `amount` must be 1 to 1000 cents");
    let claimed = sandbox.control("POST", &path, Some(claim(300))).await.expect(200);
    let jo = claimed["claimed_user_id"].as_str().unwrap();
    assert_eq!(wallet(&sandbox, jo).await, 700);
    let payouts = sandbox.get("/v2/transfers?type=payout").await.expect(200);
    assert_eq!(payouts["data"][0]["amount"], "-300");
    assert_eq!(sandbox.balance(), FUNDS - 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn every_unknown_field_can_be_refused() {
    let body = json!({ "date_of_brith": "1990-01-01" });
    for (refuse, status) in [(false, 200), (true, 400)] {
        let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().refuse_unknown_fields(refuse)).await;
        let jo = user(&sandbox).await;
        let answer = sandbox.patch(&format!("/v2/users/{jo}"), body.clone()).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        if refuse {
            assert_eq!(answer.error(), "400 invalid-input `date_of_brith` is not known here");
        }
        sandbox.end().await;
    }
}
