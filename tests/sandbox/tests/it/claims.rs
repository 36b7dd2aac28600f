//! Claims: who may claim a link, where its money goes, and reversals.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::{Answer, FUNDS, TestSandbox};

const LINKS: &str = "/v2/payout-links";
const SEND: &str = "/v2/payouts/send-payout";
const USERS: &str = "/v2/users";
const PHONE: &str = "2025550139";
const OTHER_PHONE: &str = "2025550140";

fn path(link: &Value) -> String {
    format!("{LINKS}/{}", link["id"].as_str().unwrap())
}

fn to_phone(amount: i64, phone: &str) -> Value {
    json!({ "amount": amount, "payee": { "country_code": "1", "phone_number": phone } })
}

/// Creates a user with a phone number and this default payout method, if any.
async fn user(sandbox: &TestSandbox, phone: &str, rail: Option<&str>) -> String {
    let body = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": phone });
    let user = sandbox.post(USERS, body).await.expect(201);
    let id = user["id"].as_str().unwrap().to_owned();
    if let Some(rail) = rail {
        let patch = json!({ "default_payout_method": rail });
        sandbox.patch(&format!("{USERS}/{id}"), patch).await.expect(200);
    }
    id
}

async fn claim(sandbox: &TestSandbox, link: &Value, phone: &str, method: Option<&str>) -> Answer {
    let mut body = json!({ "country_code": "1", "phone_number": phone });
    if let Some(method) = method {
        body["method"] = json!(method);
    }
    control(sandbox, link, "claim", Some(body)).await
}

async fn control(sandbox: &TestSandbox, link: &Value, what: &str, body: Option<Value>) -> Answer {
    sandbox.control("POST", &format!("links/{}/{what}", link["id"].as_str().unwrap()), body).await
}

/// Returns the transfers, oldest first, as `type status amount`.
async fn transfers(sandbox: &TestSandbox) -> Vec<String> {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let mut rows = sandbox.walk("/v2/transfers", 100).await;
    rows.reverse();
    let line = |row: &Value| format!("{} {} {}", text(row, "type"), text(row, "status"), text(row, "amount"));
    rows.iter().map(line).collect()
}

async fn wallet(sandbox: &TestSandbox, user: &str) -> i64 {
    sandbox.get(&format!("{USERS}/{user}")).await.expect(200)["wallet"]["amount"].as_i64().unwrap()
}

#[tokio::test]
async fn a_user_with_a_default_method_is_paid_at_once() {
    let sandbox = TestSandbox::start().await;
    let id = user(&sandbox, PHONE, Some("paypal")).await;
    let link = sandbox.post(SEND, json!({ "amount": 1000, "user_id": id })).await.expect(201);
    assert_eq!((&link["status"], &link["claimed_user_id"]), (&json!("claimed"), &json!(id)));
    assert_eq!(link["payee"]["first_name"], "Jo");
    assert_eq!(transfers(&sandbox).await, ["balance completed -1000", "payout pending -1000"]);
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(transfers(&sandbox).await, ["balance completed -1000", "payout completed -1000"]);

    let payout = sandbox.get("/v2/transfers?type=payout").await.expect(200)["data"][0].clone();
    assert_eq!((&payout["user_id"], &payout["payout_link_id"]), (&json!(id), &link["id"]));
    assert_eq!(payout["external_data"], json!({ "platform": "paypal" }));
    assert_eq!(payout["transactions"].as_array().unwrap().len(), 2);
    assert_eq!(sandbox.get(&path(&link)).await.expect(200)["status"], "claimed");
    assert_eq!((sandbox.paid(&id), sandbox.paid(PHONE), sandbox.links()), (1000, 1000, 1));
    assert_eq!((sandbox.balance(), sandbox.audit().payees), (FUNDS - 1000, 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_phone_that_a_user_with_a_default_method_has_is_paid_at_once() {
    let sandbox = TestSandbox::start().await;
    user(&sandbox, OTHER_PHONE, Some("venmo")).await;
    user(&sandbox, PHONE, None).await;
    let id = user(&sandbox, PHONE, Some("ach")).await;
    let link = sandbox.post(SEND, to_phone(1000, PHONE)).await.expect(201);
    assert_eq!((&link["status"], &link["claimed_user_id"]), (&json!("claimed"), &json!(id)));
    assert_eq!((sandbox.paid(&id), sandbox.paid("12025550139"), sandbox.paid(OTHER_PHONE)), (1000, 1000, 0));
    assert_eq!(sandbox.balance(), FUNDS - 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_repeated_key_shows_the_payout_that_was_made_at_once_and_pays_nothing() {
    let sandbox = TestSandbox::start().await;
    let id = user(&sandbox, PHONE, Some("paypal")).await;
    let body = json!({
        "amount": 1000, "user_id": id, "idempotency_key": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    });
    let first = sandbox.post(SEND, body.clone()).await.expect(201);
    assert_eq!(sandbox.post(SEND, body).await.expect(201), first);
    assert!(sandbox.transcript().ends_with(
        "POST /v2/payouts/send-payout key=[k1] -> 201 paid user [u1] with link [l1]\n\
         POST /v2/payouts/send-payout key=[k1] -> 201 existing link [l1]"
    ));
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1000, FUNDS - 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_method_that_the_user_may_not_use_makes_a_link() {
    let sandbox = TestSandbox::start().await;
    let id = user(&sandbox, PHONE, Some("paypal")).await;
    let patch = json!({ "payout_options_exclude_list": ["paypal"] });
    sandbox.patch(&format!("{USERS}/{id}"), patch).await.expect(200);
    let link = sandbox.post(SEND, json!({ "amount": 1000, "user_id": id })).await.expect(201);
    assert_eq!(link["status"], "created");
    let refused = claim(&sandbox, &link, PHONE, Some("paypal")).await.error();
    assert_eq!(refused, "400 invalid-input `method` is on the `payout_options_exclude_list` of the user");
    assert_eq!(transfers(&sandbox).await, Vec::<String>::new());
    assert_eq!((sandbox.paid(&id), sandbox.balance()), (1000, FUNDS - 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_new_payee_claims_a_link_and_is_a_user_from_then_on() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post(SEND, to_phone(1000, PHONE)).await.expect(201);
    let claimed = claim(&sandbox, &link, PHONE, Some("venmo")).await.expect(200);
    let user = claimed["claimed_user_id"].as_str().unwrap();
    assert_eq!(claimed["status"], "claimed");
    let shown = sandbox.get(&path(&link)).await.expect(200);
    assert_eq!(shown, claimed);
    assert_eq!(sandbox.get(USERS).await.expect(200)["data"][0]["id"], user);
    let arrival = shown["transfer_id"].as_str().unwrap();
    let arrival = sandbox.get(&format!("/v2/transfers/{arrival}")).await.expect(200);
    assert_eq!((&arrival["type"], &arrival["user_id"]), (&json!("balance"), &json!(user)));
    assert_eq!(arrival["transactions"][0]["source_name"], "Payout link");
    assert_eq!(arrival["transactions"][0]["destination_name"], "Unnamed Payee");
    assert_eq!(wallet(&sandbox, user).await, 0);
    assert_eq!((sandbox.paid(user), sandbox.paid(PHONE), sandbox.balance()), (1000, 1000, FUNDS - 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn without_a_method_the_money_stays_in_the_users_wallet() {
    let sandbox = TestSandbox::start().await;
    let id = user(&sandbox, PHONE, None).await;
    let link = sandbox.post(LINKS, to_phone(1000, PHONE)).await.expect(201);
    let claimed = claim(&sandbox, &link, PHONE, None).await.expect(200);
    assert_eq!(claimed["claimed_user_id"], json!(id));
    assert_eq!(transfers(&sandbox).await, ["balance completed -1000"]);
    assert_eq!(wallet(&sandbox, &id).await, 1000);
    assert_eq!((sandbox.paid(&id), sandbox.paid(PHONE), sandbox.balance()), (1000, 1000, FUNDS - 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_without_a_payee_pays_the_user_who_claims_it() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post(LINKS, json!({ "amount": 30 })).await.expect(201);
    assert_eq!(sandbox.paid(PHONE), 0);
    claim(&sandbox, &link, PHONE, Some("paypal")).await.expect(200);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (30, FUNDS - 30));
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_is_claimed_once() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post(SEND, to_phone(1000, PHONE)).await.expect(201);
    let id = link["id"].as_str().unwrap();
    claim(&sandbox, &link, PHONE, Some("paypal")).await.expect(200);
    let again = claim(&sandbox, &link, PHONE, Some("paypal")).await.error();
    let expected =
        format!("400 invalid-transaction the payout link `{id}` is `claimed` and cannot become `claimed`");
    assert_eq!(again, expected);
    let canceled = sandbox.delete(&path(&link)).await.error();
    let expected =
        format!("400 invalid-transaction the payout link `{id}` is `claimed` and cannot become `canceled`");
    assert_eq!(canceled, expected);
    let redelivery = sandbox.request("POST", &format!("{}/redeliver", path(&link))).send().await.error();
    let expected =
        format!("400 invalid-transaction the payout link `{id}` is `claimed` and cannot be delivered");
    assert_eq!(redelivery, expected);
    sandbox.advance(Duration::from_secs(40 * 24 * 60 * 60));
    assert_eq!(transfers(&sandbox).await, ["balance completed -1000", "payout completed -1000"]);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1000, FUNDS - 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_claim_that_is_refused_changes_nothing() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post(SEND, to_phone(1000, PHONE)).await.expect(201);
    let stranger = claim(&sandbox, &link, OTHER_PHONE, Some("paypal")).await.error();
    assert_eq!(stranger, "403 forbidden `phone_number` is not that of the payee of this payout link");
    let pigeon = claim(&sandbox, &link, PHONE, Some("pigeon")).await.error();
    assert!(pigeon.starts_with("400 invalid-input `method` must be one of `paypal`"), "{pigeon}");
    let plus = claim(&sandbox, &link, "+12025550139", None).await.error();
    assert_eq!(plus, "400 invalid-input `phone_number` must be 1 to 20 digits, without a plus or spaces");
    let mail = json!({ "country_code": "1", "phone_number": PHONE, "email": "jo@" });
    let mail = control(&sandbox, &link, "claim", Some(mail)).await.error();
    assert_eq!(mail, "400 invalid-input `email` must be an e-mail address");
    control(&sandbox, &link, "claim", Some(json!({ "country_code": "1" }))).await.expect(400);

    assert_eq!(sandbox.get(&path(&link)).await.expect(200)["status"], "created");
    assert_eq!(sandbox.get(USERS).await.expect(200)["data"], json!([]));
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1000, FUNDS - 1000));
    sandbox.end().await;
}

#[tokio::test]
async fn reversing_an_open_link_gives_the_money_back_once() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post(SEND, to_phone(1000, PHONE)).await.expect(201);
    assert_eq!(control(&sandbox, &link, "reverse", None).await.expect(200)["status"], "reversed");
    control(&sandbox, &link, "reverse", None).await.expect(400);
    claim(&sandbox, &link, PHONE, None).await.expect(400);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn reversing_a_claimed_link_takes_the_money_back_from_wherever_it_is() {
    let sandbox = TestSandbox::start().await;
    let links = [
        sandbox.post(SEND, to_phone(1, PHONE)).await.expect(201),
        sandbox.post(SEND, to_phone(20, PHONE)).await.expect(201),
        sandbox.post(SEND, to_phone(300, PHONE)).await.expect(201),
    ];
    claim(&sandbox, &links[0], PHONE, None).await.expect(200);
    claim(&sandbox, &links[1], PHONE, Some("paypal")).await.expect(200);
    sandbox.advance(Duration::from_secs(60));
    claim(&sandbox, &links[2], PHONE, Some("paypal")).await.expect(200);
    for link in [&links[0], &links[2]] {
        assert_eq!(control(&sandbox, link, "reverse", None).await.expect(200)["status"], "reversed");
    }
    let arrived = control(&sandbox, &links[1], "reverse", None).await.error();
    assert!(arrived.ends_with("is `completed` and cannot become `reversed`"), "{arrived}");
    let expected = [
        "balance completed -1",
        "balance completed -20",
        "payout completed -20",
        "balance completed -300",
        "payout reversed -300",
        "balance completed 1",
        "balance completed 300",
    ];
    assert_eq!(transfers(&sandbox).await, expected);
    sandbox.advance(Duration::from_secs(60));
    assert_eq!((sandbox.paid(PHONE), sandbox.balance(), sandbox.audit().payees), (20, FUNDS - 20, 20));
    sandbox.end().await;
}

#[tokio::test]
async fn money_that_the_user_has_given_away_cannot_be_taken_back() {
    let sandbox = TestSandbox::start().await;
    let id = user(&sandbox, PHONE, None).await;
    let link = sandbox.post(SEND, to_phone(1000, PHONE)).await.expect(201);
    claim(&sandbox, &link, PHONE, None).await.expect(200);
    sandbox.post("/v2/transfers", json!({ "amount": 400, "user_id": id })).await.expect(200);
    let refused = control(&sandbox, &link, "reverse", None).await.error();
    assert!(refused.starts_with("400 transaction-insufficient-funds"), "{refused}");
    assert_eq!(sandbox.get(&path(&link)).await.expect(200)["status"], "claimed");
    assert_eq!((wallet(&sandbox, &id).await, sandbox.balance()), (600, FUNDS - 600));
    sandbox.end().await;
}
