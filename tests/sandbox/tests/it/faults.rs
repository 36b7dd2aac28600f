//! Fault injection: what the client sees, and what has happened.

use std::time::Duration;

use dots_sandbox::{ErrorBody, Fault, Lag, RetryAfter, Sandbox, When};
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
    raw_socket::{RawAnswer, exchange},
};

const SEND: &str = "/v2/payouts/send-payout";

async fn pay(sandbox: &TestSandbox) -> RawAnswer {
    exchange(sandbox, "POST", SEND, Some(&page_body())).await
}

/// Pays once while a fault is armed, and returns what was seen and the cents that were paid.
async fn pay_with(fault: Fault, when: When) -> (RawAnswer, i64, String) {
    let sandbox = TestSandbox::start().await;
    let injected = sandbox.inject(fault).on("send_payout").when(when);
    let seen = pay(&sandbox).await;
    assert_eq!(injected.fired(), 1);
    let (paid, transcript) = (sandbox.paid("2025550139"), sandbox.transcript());
    // The same key again, without a fault: whatever the client saw, the payee is paid once.
    assert_eq!(pay(&sandbox).await.status(), 201);
    assert_eq!((sandbox.paid("2025550139"), sandbox.balance()), (1000, FUNDS - 1000));
    sandbox.end().await;
    (seen, paid, transcript)
}

/// Pays with a fault after the commit, and returns the body that was seen.
async fn spoiled(fault: Fault) -> String {
    let (seen, paid, _) = pay_with(fault, When::After).await;
    assert_eq!((seen.status(), paid), (201, 1000));
    seen.text()
}

#[tokio::test]
async fn an_error_before_the_commit_has_paid_nothing_and_after_it_everything() {
    let gateway = |status, body| Fault::ServerError { status, body };
    let cases = [
        (gateway(500, ErrorBody::Json), "application/json"),
        (gateway(502, ErrorBody::Html), "text/html"),
        (gateway(503, ErrorBody::Empty), ""),
        (gateway(504, ErrorBody::Html), "text/html"),
        (Fault::Conflict, "application/json"),
        (Fault::Unauthorized, "application/json"),
        (Fault::TooManyRequests(RetryAfter::Absent), "application/json"),
    ];
    for (fault, content_type) in cases {
        let status = fault.to_string().split(':').next().unwrap().to_owned();
        for (when, cents, told) in [
            (When::Before, 0, format!("({status} before commit)")),
            (When::After, 1000, format!("({status} after commit) 201 created link [l1]")),
        ] {
            let (seen, paid, transcript) = pay_with(fault.clone(), when).await;
            assert_eq!(seen.status().to_string(), status);
            assert_eq!(seen.header("content-type").unwrap_or_default(), content_type);
            assert_eq!(transcript, format!("POST {SEND} key=[k1] -> {told}"));
            assert_eq!(paid, cents, "{fault}");
        }
    }
}

#[tokio::test]
async fn a_429_says_when_to_come_back_in_every_way_there_is() {
    let cases = [
        (RetryAfter::Absent, None),
        (RetryAfter::Seconds(5), Some("5")),
        (RetryAfter::Date(Duration::from_secs(90)), Some("Thu, 01 Jan 2026 00:01:30 GMT")),
        (RetryAfter::Negative, Some("-1")),
        (RetryAfter::Huge, Some("99999999999999999999")),
        (RetryAfter::Garbage, Some("soon")),
    ];
    for (retry_after, header) in cases {
        let (seen, paid, _) = pay_with(Fault::TooManyRequests(retry_after), When::Before).await;
        assert_eq!((seen.status(), seen.header("retry-after")), (429, header));
        assert_eq!(paid, 0);
    }
}

#[tokio::test]
async fn a_redirect_leads_to_another_place_on_either_side_of_the_commit() {
    for status in [301, 302, 303, 307, 308] {
        for (when, cents) in [(When::Before, 0), (When::After, 1000)] {
            let fault = Fault::Redirect { status, to: "http://127.0.0.1:9/x".to_owned() };
            let (seen, paid, _) = pay_with(fault, when).await;
            assert_eq!((seen.status(), seen.header("location")), (status, Some("http://127.0.0.1:9/x")));
            assert_eq!(paid, cents);
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_needed_and_not_committed_is_forgotten() {
    let (seen, paid, transcript) = pay_with(Fault::WrongContentType, When::Before).await;
    assert_eq!((seen.status(), seen.header("content-type")), (201, Some("text/html; charset=utf-8")));
    assert!(seen.text().contains(r#""amount":1000"#), "{}", seen.text());
    assert_eq!(transcript, format!("POST {SEND} key=[k1] -> (wrong content type before commit)"));
    assert_eq!(paid, 0);
}

#[tokio::test]
async fn an_answer_of_another_shape_hides_a_payout_that_was_made() {
    let body: Value = serde_json::from_str(&spoiled(Fault::OtherShape).await).unwrap();
    assert_eq!((&body["result"]["amount"], body.get("id")), (&json!(1000), None));
    let body: Value = serde_json::from_str(&spoiled(Fault::WrongAmount).await).unwrap();
    assert_eq!(body["amount"], 1001);
}

#[tokio::test]
async fn values_fields_keys_and_depths_can_be_what_no_document_says() {
    let body: Value = serde_json::from_str(&spoiled(Fault::UnknownValues).await).unwrap();
    assert_eq!(
        (&body["status"], &body["delivery"]["method"]),
        (&json!("sandbox_unknown"), &json!("sandbox_unknown"))
    );
    let body: Value = serde_json::from_str(&spoiled(Fault::UnknownFields).await).unwrap();
    assert!(body["sandbox_unknown"].is_object() && body["payee"]["sandbox_unknown"].is_object(), "{body}");
    let body = spoiled(Fault::DuplicateKeys).await;
    assert_eq!((body.matches(r#""amount":0"#).count(), body.matches(r#""amount":1000"#).count()), (1, 1));
    let body = spoiled(Fault::DeepNesting).await;
    assert!(serde_json::from_str::<Value>(&body).is_err(), "deeper than a parser goes");
}

#[tokio::test]
async fn a_gzip_bomb_is_small_on_the_wire() {
    let (seen, paid, _) = pay_with(Fault::GzipBomb, When::After).await;
    assert_eq!(seen.header("content-encoding"), Some("gzip"));
    assert!(seen.body.starts_with(&[0x1f, 0x8b]) && seen.body.len() < 70_000, "{}", seen.body.len());
    assert!(String::from_utf8_lossy(&seen.body).contains(r#""amount":1000"#));
    assert_eq!(paid, 1000);
}

#[tokio::test]
async fn the_date_can_be_wrong_while_the_clock_is_right() {
    for (fault, date) in [
        (Fault::DateAhead(Duration::from_secs(7200)), "Thu, 01 Jan 2026 02:00:00 GMT"),
        (Fault::DateBehind(Duration::from_secs(60)), "Wed, 31 Dec 2025 23:59:00 GMT"),
    ] {
        let (seen, paid, _) = pay_with(fault, When::After).await;
        assert_eq!((seen.header("date"), paid), (Some(date), 1000));
        assert!(seen.text().contains("2026-01-01T00:00:00.000000"), "{}", seen.text());
    }
}

#[tokio::test]
async fn a_fault_fires_for_what_it_is_for_and_as_often_as_it_says() {
    let sandbox = TestSandbox::start().await;
    let error = Fault::ServerError { status: 500, body: ErrorBody::Json };
    let injected = sandbox.inject(error.clone()).on("send_payout").when(When::Before).times(2);
    sandbox.get("/v2/payout-links").await.expect(200);
    let statuses = [pay(&sandbox).await.status(), pay(&sandbox).await.status(), pay(&sandbox).await.status()];
    assert_eq!((statuses, injected.fired()), ([500, 500, 201], 2));

    let by_tag = sandbox.inject(error.clone()).on("payout-links").always();
    sandbox.get("/v2/users").await.expect(200);
    sandbox.get("/v2/payout-links").await.expect(500);
    sandbox.get("/v2/payout-links?limit=1").await.expect(500);
    by_tag.clear();
    sandbox.get("/v2/payout-links").await.expect(200);
    assert_eq!(by_tag.fired(), 2);

    let by_path = sandbox.inject(error.clone()).on("/v2/apps/*");
    sandbox.get("/v2/users").await.expect(200);
    sandbox.get(&format!("/v2/apps/{}", sandbox.app_id())).await.expect(500);
    let anything = sandbox.inject(error);
    sandbox.get("/v2/users").await.expect(500);
    assert_eq!((by_path.fired(), anything.fired()), (1, 1));
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_fault_that_finds_nothing_to_spoil_waits_for_the_next_answer() {
    let sandbox = TestSandbox::start().await;
    let injected = sandbox.inject(Fault::WrongAmount);
    sandbox.get("/v2/users").await.expect(200);
    assert_eq!(injected.fired(), 0);
    let seen: Value = serde_json::from_str(&pay(&sandbox).await.text()).unwrap();
    assert_eq!((&seen["amount"], injected.fired()), (&json!(1001), 1));
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_refused_request_was_not_committed_and_the_transcript_does_not_say_so() {
    let sandbox = TestSandbox::start().await;
    sandbox.inject(Fault::ServerError { status: 503, body: ErrorBody::Empty });
    sandbox.post(SEND, json!({ "amount": 0 })).await.expect(503);
    let told = format!("POST {SEND} -> (503) 400 invalid-input: `amount` must be greater than 0");
    assert_eq!(sandbox.transcript(), told);
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
#[should_panic(expected = "`sendpayout` is neither an operation nor a tag")]
async fn a_fault_for_what_does_not_exist_fails_the_test() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.inject(Fault::Reset).on("sendpayout");
}

/// Three links, the newest first.
async fn links(sandbox: &TestSandbox) -> Vec<Value> {
    for amount in 1..=3 {
        sandbox
            .post("/v2/payout-links", json!({ "amount": amount, "payee": page_body()["payee"] }))
            .await
            .expect(201);
    }
    sandbox.walk("/v2/payout-links", 100).await
}

fn amounts(page: &Value) -> Vec<i64> {
    page["data"].as_array().unwrap().iter().map(|row| row["amount"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_page_can_repeat_a_row_or_leave_one_out() {
    let sandbox = TestSandbox::start().await;
    links(&sandbox).await;
    sandbox.inject(Fault::RepeatedRow).on("list_payout_links");
    assert_eq!(amounts(&sandbox.get("/v2/payout-links").await.expect(200)), [3, 3, 2, 1]);
    sandbox.inject(Fault::SkippedRow).on("payout-links").always();
    assert_eq!(amounts(&sandbox.get("/v2/payout-links?limit=2").await.expect(200)), [2]);
    sandbox.clear_faults();
    assert_eq!(amounts(&sandbox.get("/v2/payout-links").await.expect(200)), [3, 2, 1]);
    assert_eq!((sandbox.links(), sandbox.balance()), (3, FUNDS - 6));
    sandbox.end().await;
}

#[tokio::test]
async fn a_new_row_is_missing_from_so_many_lists_and_is_found_by_its_id_at_once() {
    let sandbox = TestSandbox::start().await;
    links(&sandbox).await;
    let lag = sandbox.inject(Fault::ListLag(Lag::Calls(2)));
    let link: Value = serde_json::from_str(&pay(&sandbox).await.text()).unwrap();
    sandbox.get(&format!("/v2/payout-links/{}", link["id"].as_str().unwrap())).await.expect(200);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(amounts(&sandbox.get("/v2/payout-links").await.expect(200)));
    }
    assert_eq!(seen, [vec![3, 2, 1], vec![3, 2, 1], vec![1000, 3, 2, 1]]);
    assert_eq!((lag.fired(), sandbox.paid("2025550139")), (2, 1006));
    sandbox.end().await;
}

#[tokio::test]
async fn a_new_row_is_missing_from_lists_until_the_clock_has_moved() {
    let sandbox = TestSandbox::start().await;
    sandbox.inject(Fault::ListLag(Lag::Time(Duration::from_secs(30)))).on("list_payout_links");
    pay(&sandbox).await;
    assert_eq!(amounts(&sandbox.get("/v2/payout-links").await.expect(200)), [0_i64; 0]);
    sandbox.advance(Duration::from_secs(29));
    assert_eq!(amounts(&sandbox.get("/v2/payout-links").await.expect(200)), [0_i64; 0]);
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(amounts(&sandbox.get("/v2/payout-links").await.expect(200)), [1000]);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}
