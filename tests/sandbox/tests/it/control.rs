//! The control API: audit, clock, options, transcript.

use serde_json::json;

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
};

const SEND: &str = "/v2/payouts/send-payout";

#[tokio::test]
async fn the_audit_and_the_balance_tell_where_the_money_is() {
    let sandbox = TestSandbox::start().await;
    sandbox.post(SEND, page_body()).await.expect(201);
    let audit = sandbox.control("GET", "audit", None).await.expect(200);
    assert_eq!((&audit["balanced"], &audit["errors"]), (&json!(true), &json!([])));
    assert_eq!((&audit["apps"], &audit["links"]), (&json!(FUNDS - 1000), &json!(1000)));
    assert_eq!((&audit["inside"], &audit["outside"]), (&json!(FUNDS), &json!(-FUNDS)));
    let balance = sandbox.control("GET", "balance", None).await.expect(200);
    assert_eq!((&balance["wallet"], &balance["paid_out"]), (&json!(FUNDS - 1000), &json!(1000)));
    assert_eq!(balance["app_id"], sandbox.app_id());
    sandbox.end().await;
}

#[tokio::test]
async fn the_clock_goes_forward_when_told_to_and_keys_with_it() {
    let sandbox = TestSandbox::start().await;
    let first = sandbox.post(SEND, page_body()).await.expect(201);
    let moved = sandbox.control("POST", "clock", Some(json!({ "seconds": 3600 }))).await.expect(200);
    assert_eq!(moved, json!({ "now": "2026-01-01T01:00:00Z" }));
    sandbox.control("POST", "clock", Some(json!({ "advance": "23h" }))).await.expect(200);
    let now = sandbox.control("GET", "clock", None).await.expect(200);
    assert_eq!(now, json!({ "now": "2026-01-02T00:00:00Z" }));
    assert_ne!(sandbox.post(SEND, page_body()).await.expect(201)["id"], first["id"]);
    sandbox.control("POST", "clock", Some(json!({ "advance": "-1h" }))).await.expect(400);
    sandbox.control("POST", "clock", Some(json!({ "hours": 1 }))).await.expect(400);
    sandbox.end().await;
}

#[tokio::test]
async fn options_change_while_it_runs_and_unknown_ones_are_refused() {
    let sandbox = TestSandbox::start().await;
    let options = sandbox.control("GET", "options", None).await.expect(200);
    assert_eq!((&options["key_repeat"], &options["key_ttl"]), (&json!("documented"), &json!("24h")));
    let patch = json!({ "key_repeat": "reject", "tidy_bodies": true });
    let options = sandbox.control("POST", "options", Some(patch)).await.expect(200);
    assert_eq!((&options["key_repeat"], &options["key_inflight"]), (&json!("reject"), &json!("wait")));
    let link = sandbox.post(SEND, page_body()).await.expect(201);
    assert_eq!(link["created"], "2026-01-01T00:00:00Z");
    sandbox.post(SEND, page_body()).await.expect(409);
    sandbox.control("POST", "options", Some(json!({ "key_repaet": "reject" }))).await.expect(400);
    sandbox.end().await;
}

#[tokio::test]
async fn the_transcript_can_be_read_over_http_and_does_not_tell_of_itself() {
    let sandbox = TestSandbox::start().await;
    sandbox.get("/v2/users").await.expect(200);
    let transcript = sandbox.control("GET", "transcript", None).await;
    assert_eq!(transcript.text, "GET /v2/users -> 200 0 users\n");
    assert_eq!(sandbox.transcript(), transcript.text.trim_end());
    sandbox.end().await;
}

#[tokio::test]
async fn unknown_routes_other_methods_and_other_hosts_are_refused() {
    let sandbox = TestSandbox::start().await;
    let unknown = sandbox.control("GET", "nothing", None).await.error();
    assert_eq!(unknown, "404 no_such_resource the sandbox has no `/_sandbox/nothing`");
    sandbox.control("GET", "nothing/at/all", None).await.expect(404);
    assert_eq!(sandbox.control("PUT", "clock", None).await.headers["allow"], "GET, POST");
    let host = sandbox.url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
    let request = "GET /_sandbox/audit HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut socket = std::net::TcpStream::connect(host).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    sandbox.end().await;
}
