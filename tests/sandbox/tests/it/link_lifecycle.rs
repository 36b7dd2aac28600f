//! Payout links over time: deliveries, bank debits, expiry.

use std::time::Duration;

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::client::{Answer, FUNDS, TestSandbox};

const LINKS: &str = "/v2/payout-links";
const SEND: &str = "/v2/payouts/send-payout";
const PHONE: &str = "2025550139";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn path(link: &Value) -> String {
    format!("{LINKS}/{}", link["id"].as_str().unwrap())
}

async fn status(sandbox: &TestSandbox, link: &Value) -> String {
    sandbox.get(&path(link)).await.expect(200)["status"].as_str().unwrap().to_owned()
}

async fn redeliver(sandbox: &TestSandbox, link: &Value) -> Answer {
    sandbox.request("POST", &format!("{}/redeliver", path(link))).send().await
}

async fn control(sandbox: &TestSandbox, link: &Value, what: &str, body: Option<Value>) -> Answer {
    sandbox.control("POST", &format!("links/{}/{what}", link["id"].as_str().unwrap()), body).await
}

async fn by_sms(sandbox: &TestSandbox) -> Value {
    let payee = json!({ "country_code": "1", "phone_number": PHONE });
    let body = json!({ "amount": 500, "payee": payee, "delivery": { "method": "sms" } });
    sandbox.post(LINKS, body).await.expect(201)
}

async fn by_debit(sandbox: &TestSandbox) -> Value {
    let body = json!({
        "amount": 700, "payee": { "country_code": "1", "phone_number": PHONE }, "funding_source": "ach",
        "idempotency_key": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    });
    sandbox.post(LINKS, body).await.expect(202)
}

#[tokio::test]
async fn a_link_that_is_sent_goes_its_way_with_the_clock() {
    let sandbox = TestSandbox::start().await;
    let link = by_sms(&sandbox).await;
    assert_eq!(link["status"], "created");
    let mut seen = Vec::new();
    for wait in [0, 1, 1, 4, 1, 100] {
        sandbox.advance(seconds(wait));
        seen.push(status(&sandbox, &link).await);
    }
    assert_eq!(seen, ["created", "delivery_pending", "sent", "sent", "delivered", "delivered"]);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (500, FUNDS - 500));
    sandbox.end().await;
}

#[tokio::test]
async fn a_payout_that_was_sent_to_a_stranger_stays_created() {
    let sandbox = TestSandbox::start().await;
    let body = json!({ "amount": 500, "payee": { "country_code": "1", "phone_number": PHONE } });
    let link = sandbox.post(SEND, body).await.expect(201);
    sandbox.advance(DAY);
    assert_eq!(status(&sandbox, &link).await, "created");
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (500, FUNDS - 500));
    sandbox.end().await;
}

#[tokio::test]
async fn all_ways_of_delivery_are_those_for_which_there_is_an_address() {
    let sandbox = TestSandbox::start().await;
    let body = |payee: Value| json!({ "amount": 1, "payee": payee, "delivery": { "method": "all" } });
    let nowhere = sandbox.post(LINKS, body(json!({}))).await.expect(201);
    assert_eq!(nowhere["status"], "delivered");
    let mail = sandbox.post(LINKS, body(json!({ "email": "jo@example.com" }))).await.expect(201);
    assert_eq!(mail["status"], "created");
    sandbox.advance(seconds(60));
    assert_eq!(status(&sandbox, &mail).await, "delivered");
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_is_delivered_five_times_at_most() {
    let sandbox = TestSandbox::start().await;
    let link = by_sms(&sandbox).await;
    for _ in 0..4 {
        sandbox.advance(seconds(60));
        let again = redeliver(&sandbox, &link).await.expect(200);
        assert_eq!((&again["redelivered"], &again["payout_link"]["id"]), (&json!(true), &link["id"]));
        assert_eq!(again["payout_link"]["status"], "delivery_pending");
    }
    sandbox.advance(seconds(60));
    let sixth = redeliver(&sandbox, &link).await.expect(200);
    assert_eq!(sixth["redelivered"], false);
    assert_eq!(sixth["payout_link"], sandbox.get(&path(&link)).await.expect(200));
    assert_eq!(sixth["payout_link"]["status"], "delivered");
    assert_eq!((sandbox.links(), sandbox.paid(PHONE), sandbox.balance()), (1, 500, FUNDS - 500));
    sandbox.end().await;
}

#[tokio::test]
async fn what_has_no_address_or_is_about_to_go_is_not_delivered_again() {
    let sandbox = TestSandbox::start().await;
    let plain = sandbox.post(LINKS, json!({ "amount": 1 })).await.expect(201);
    assert_eq!(redeliver(&sandbox, &plain).await.expect(200)["redelivered"], false);
    let link = by_sms(&sandbox).await;
    assert_eq!(redeliver(&sandbox, &link).await.expect(200)["redelivered"], false);
    sandbox.advance(seconds(1));
    assert_eq!(redeliver(&sandbox, &link).await.expect(200)["redelivered"], false);
    assert_eq!(sandbox.balance(), FUNDS - 501);
    sandbox.end().await;
}

#[tokio::test]
async fn a_redelivery_replaces_the_steps_of_the_delivery_before_it() {
    let sandbox = TestSandbox::start().await;
    let link = by_sms(&sandbox).await;
    sandbox.advance(seconds(6));
    assert_eq!(status(&sandbox, &link).await, "sent");
    assert_eq!(redeliver(&sandbox, &link).await.expect(200)["redelivered"], true);
    // The first delivery would have arrived now, at the same time as the second one is sent.
    sandbox.advance(seconds(1));
    assert_eq!(status(&sandbox, &link).await, "sent");
    sandbox.advance(seconds(4));
    assert_eq!(status(&sandbox, &link).await, "sent");
    sandbox.advance(seconds(1));
    assert_eq!(status(&sandbox, &link).await, "delivered");
    assert_eq!(sandbox.paid(PHONE), 500);
    sandbox.end().await;
}

#[tokio::test]
async fn a_delivery_can_fail_and_be_tried_again() {
    let sandbox = TestSandbox::start().await;
    let link = by_sms(&sandbox).await;
    let early = control(&sandbox, &link, "fail-delivery", None).await.error();
    let id = link["id"].as_str().unwrap();
    let expected = format!(
        "400 invalid-transaction the payout link `{id}` is `created` and cannot become `delivery_failed`"
    );
    assert_eq!(early, expected);
    sandbox.advance(seconds(1));
    let failed = control(&sandbox, &link, "fail-delivery", None).await.expect(200);
    assert_eq!(failed["status"], "delivery_failed");
    sandbox.advance(seconds(60));
    assert_eq!(status(&sandbox, &link).await, "delivery_failed");
    assert_eq!(redeliver(&sandbox, &link).await.expect(200)["redelivered"], true);
    sandbox.advance(seconds(60));
    assert_eq!(status(&sandbox, &link).await, "delivered");
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (500, FUNDS - 500));
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_expires_after_30_days() {
    let sandbox = TestSandbox::start().await;
    let link = by_sms(&sandbox).await;
    sandbox.advance(30 * DAY - Duration::from_nanos(1));
    assert_eq!((status(&sandbox, &link).await.as_str(), sandbox.paid(PHONE)), ("delivered", 500));
    sandbox.advance(Duration::from_nanos(1));
    assert_eq!(status(&sandbox, &link).await, "expired");
    let late = sandbox.delete(&path(&link)).await.error();
    assert!(late.starts_with("400 invalid-transaction"), "{late}");
    redeliver(&sandbox, &link).await.expect(400);
    let claimant = json!({ "country_code": "1", "phone_number": PHONE });
    control(&sandbox, &link, "claim", Some(claimant)).await.expect(400);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn the_time_to_claim_a_link_is_an_option() {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().link_ttl(seconds(90))).await;
    let early = by_sms(&sandbox).await;
    let options = sandbox.control("POST", "options", Some(json!({ "link_ttl": "48h" }))).await.expect(200);
    assert_eq!(options["link_ttl"], "48h");
    let late = by_sms(&sandbox).await;
    sandbox.advance(DAY);
    assert_eq!(status(&sandbox, &early).await, "expired");
    assert_eq!(status(&sandbox, &late).await, "delivered");
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (500, FUNDS - 500));
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_by_bank_debit_waits_for_its_money_and_leaves_the_wallet_alone() {
    let sandbox = TestSandbox::with_funds(0).await;
    let link = by_debit(&sandbox).await;
    assert_eq!((&link["status"], &link["funding_source"]), (&json!("funds_pending"), &json!("ach")));
    assert_eq!(by_debit(&sandbox).await, link);
    assert_eq!(sandbox.paid(PHONE), 0);
    sandbox.advance(3 * DAY);
    let funded = sandbox.get(&path(&link)).await.expect(200);
    assert_eq!((&funded["status"], &funded["funding_source"]), (&json!("delivered"), &json!("ach")));
    let refill = sandbox.get("/v2/transfers?type=refill").await.expect(200)["data"][0].clone();
    assert_eq!((&refill["status"], &refill["amount"]), (&json!("completed"), &json!("700")));
    assert_eq!(refill["payout_link_id"], link["id"]);
    assert_eq!(refill["transactions"][0]["source_name"], "Bank account");
    assert_eq!((sandbox.links(), sandbox.paid(PHONE), sandbox.balance()), (1, 700, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn a_debit_that_fails_ends_its_link_and_no_money_has_moved() {
    let sandbox = TestSandbox::start().await;
    let link = by_debit(&sandbox).await;
    let reason = json!({ "reason": "the account is closed" });
    let failed = control(&sandbox, &link, "fail-funding", Some(reason)).await.expect(200);
    assert_eq!(failed["status"], "failed");
    control(&sandbox, &link, "fail-funding", None).await.expect(400);
    let refill = sandbox.get("/v2/transfers?type=refill").await.expect(200)["data"][0].clone();
    assert_eq!((&refill["status"], &refill["transactions"]), (&json!("failed"), &json!([])));
    sandbox.advance(60 * DAY);
    assert_eq!(status(&sandbox, &link).await, "failed");
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn canceling_a_link_that_waits_for_its_money_cancels_the_debit() {
    let sandbox = TestSandbox::start().await;
    let link = by_debit(&sandbox).await;
    assert_eq!(sandbox.delete(&path(&link)).await.expect(200)["status"], "canceled");
    sandbox.advance(60 * DAY);
    assert_eq!(status(&sandbox, &link).await, "canceled");
    let refill = sandbox.get("/v2/transfers?type=refill").await.expect(200)["data"][0].clone();
    assert_eq!(refill["status"], "canceled");
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn a_debit_does_not_fail_where_there_is_none() {
    let sandbox = TestSandbox::start().await;
    let link = by_sms(&sandbox).await;
    control(&sandbox, &link, "fail-funding", None).await.expect(400);
    let unknown = sandbox.control("POST", "links/1/fail-funding", None).await.error();
    assert_eq!(unknown, "404 no_such_resource there is no payout link `1`");
    assert_eq!(status(&sandbox, &link).await, "created");
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (500, FUNDS - 500));
    sandbox.end().await;
}
