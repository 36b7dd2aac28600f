//! Random faults, and faults over the control API.

use dots_sandbox::{Fault, FaultRule, Faults, Sandbox};
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
    raw_socket::exchange,
};

const SEND: &str = "/v2/payouts/send-payout";

/// Sends forty payouts, each with a key of its own, and repeats each until an answer confirms it.
async fn run(seed: u64, first_key: u32) -> (TestSandbox, String) {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().faults(Faults::seeded(seed).rate(0.4))).await;
    for payout in 0..40_u32 {
        let mut body = page_body();
        body["amount"] = json!(100 + payout);
        body["idempotency_key"] = json!(format!("00000000-0000-4000-8000-{:012}", first_key + payout));
        for _ in 0..100 {
            let seen = exchange(&sandbox, "POST", SEND, Some(&body)).await;
            let link: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
            if seen.status() == 201 && link["id"].is_string() {
                break;
            }
        }
    }
    let transcript = sandbox.transcript();
    (sandbox, transcript)
}

#[tokio::test]
async fn the_same_seed_gives_the_same_run_whatever_the_keys_are() {
    let (one, first) = run(7, 1).await;
    let (other, second) = run(7, 1_000_000).await;
    assert_eq!(first, second);
    assert!(first.contains("after commit) 201 created link"), "{first}");
    one.clear_faults();
    one.end().await;
    other.clear_faults();
    other.end().await;

    let (another, third) = run(8, 1).await;
    assert_ne!(first, third);
    another.clear_faults();
    another.end().await;
}

#[tokio::test]
async fn a_client_that_repeats_with_the_same_key_pays_once_whatever_is_drawn() {
    let (sandbox, transcript) = run(11, 1).await;
    assert!(transcript.lines().count() > 50, "{transcript}");
    sandbox.clear_faults();
    assert_eq!(sandbox.links(), 40);
    assert_eq!(sandbox.paid("2025550139"), (100..140).sum::<i64>());
    sandbox.end().await;
}

#[tokio::test]
async fn what_is_drawn_can_be_chosen() {
    let sandbox = TestSandbox::start().await;
    let faults = Faults::seeded(1).rate(1.0).only([Fault::Unauthorized]).on("users").unwrap();
    sandbox.draw(faults);
    sandbox.get("/v2/payout-links").await.expect(200);
    for _ in 0..3 {
        sandbox.get("/v2/users").await.expect(401);
    }
    assert!(Faults::seeded(1).on("nowhere").is_err());
    sandbox.clear_faults();
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn faults_are_armed_listed_and_cleared_from_outside() {
    let sandbox = TestSandbox::start().await;
    let wanted = json!({ "fault": "503:html", "when": "before", "on": "send_payout", "times": 2 });
    let shown = sandbox.control("POST", "faults", Some(wanted)).await.expect(200);
    let expected = json!({
        "faults": [{ "id": 1, "fault": "503:html", "when": "before", "on": "send_payout", "times": 2, "fired": 0 }],
        "drawn": null,
        "waiting_to_commit": 0,
    });
    assert_eq!(shown, expected);
    sandbox.post(SEND, page_body()).await.expect(503);
    sandbox.control("POST", "faults", Some(json!({ "fault": "reset", "times": "always" }))).await.expect(200);
    let shown = sandbox.control("GET", "faults", None).await.expect(200);
    assert_eq!((&shown["faults"][0]["fired"], &shown["faults"][1]["times"]), (&json!(1), &json!("always")));

    sandbox.control("DELETE", "faults/1", None).await.expect(200);
    assert!(sandbox.control("DELETE", "faults/1", None).await.error().starts_with("404 no_such_resource"));
    let shown = sandbox.control("DELETE", "faults", None).await.expect(200);
    assert_eq!(shown["faults"], json!([]));
    sandbox.post(SEND, page_body()).await.expect(201);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn faults_are_drawn_from_outside() {
    let sandbox = TestSandbox::start().await;
    let wanted = json!({ "seed": 3, "rate": 1, "only": ["409"], "on": "send_payout" });
    sandbox.control("POST", "faults", Some(wanted)).await.expect(200);
    sandbox.post(SEND, page_body()).await.expect(409);
    let shown = sandbox.control("GET", "faults", None).await.expect(200);
    assert_eq!(shown["drawn"], json!({ "seed": 3, "rate": 1.0, "fired": 1 }));
    sandbox.control("DELETE", "faults", None).await.expect(200);
    sandbox.post(SEND, page_body()).await.expect(201);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn what_no_fault_is_and_what_could_not_be_ended_are_refused_from_outside() {
    let sandbox = TestSandbox::start().await;
    for wanted in [
        json!({}),
        json!({ "fault": "rest" }),
        json!({ "fault": "reset", "on": "nowhere" }),
        json!({ "fault": "reset", "times": "often" }),
        json!({ "fault": "reset", "seed": 1 }),
        json!({ "fault": "reset", "probability": 1 }),
        json!({ "fault": "connection-refused" }),
        json!({ "fault": "reset-on-accept", "times": "always" }),
        json!({ "seed": 1, "rate": 2 }),
    ] {
        let refused = sandbox.control("POST", "faults", Some(wanted.clone())).await.error();
        assert!(refused.starts_with("400 invalid-input "), "{wanted}: {refused}");
    }
    assert!("reset-on-accept*always".parse::<FaultRule>().is_err());
    assert_eq!(sandbox.control("GET", "faults", None).await.expect(200)["faults"], json!([]));
    sandbox.end().await;
}

#[tokio::test]
async fn what_waits_is_let_go_from_outside() {
    let sandbox = TestSandbox::start().await;
    let late = sandbox.inject(Fault::LateCommit { after: None });
    let socket = crate::support::raw_socket::send(&sandbox, "POST", SEND, Some(&page_body())).await;
    late.wait(1).await;
    assert_eq!(sandbox.control("GET", "faults", None).await.expect(200)["waiting_to_commit"], 1);
    assert_eq!(sandbox.control("POST", "commit-late", None).await.expect(200), json!({ "committed": 1 }));
    assert_eq!(crate::support::raw_socket::read(socket).await.status(), 201);

    let wanted = json!({ "fault": "slow-drip:released", "on": "send_payout" });
    let shown = sandbox.control("POST", "faults", Some(wanted)).await.expect(200);
    let id = &shown["faults"][1]["id"];
    let socket = crate::support::raw_socket::send(&sandbox, "POST", SEND, Some(&page_body())).await;
    let release = format!("faults/{id}/release");
    sandbox.control("POST", &release, Some(json!({ "bytes": 100_000 }))).await.expect(200);
    assert_eq!(crate::support::raw_socket::read(socket).await.status(), 201);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}
