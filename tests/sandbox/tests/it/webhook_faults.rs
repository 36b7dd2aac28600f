//! Faults of deliveries.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dots_sandbox::{DeliveryOutcome, Sandbox, WebhookEndpoint, WebhookFault};
use serde_json::json;

use crate::support::{
    client::{FUNDS, TestSandbox},
    receiver::{Answer, Receiver, SECRET},
};

const MINUTE: Duration = Duration::from_secs(60);

async fn sandbox(receiver: &Receiver) -> TestSandbox {
    let endpoint = WebhookEndpoint::new(receiver.url()).secret(SECRET);
    TestSandbox::with(FUNDS, Sandbox::builder().webhook(endpoint)).await
}

/// Raises events about these flows and delivers what is due.
async fn tell(sandbox: &TestSandbox, flows: &[&str]) {
    for flow in flows {
        sandbox.emit("flow.updated", json!({ "flow_id": flow })).unwrap();
    }
    sandbox.deliver().await;
}

/// The flows that were told of, in the order of arrival.
fn flows(receiver: &Receiver) -> Vec<String> {
    receiver.received().iter().map(|told| told.body()["flow_id"].as_str().unwrap().to_owned()).collect()
}

fn unix_time() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

#[tokio::test]
async fn a_duplicate_arrives_twice_under_one_id() {
    let receiver = Receiver::start().await;
    let sandbox = sandbox(&receiver).await;
    sandbox.webhooks().misbehave(WebhookFault::Duplicate).unwrap();
    tell(&sandbox, &["f1", "f2"]).await;
    assert_eq!(flows(&receiver), ["f1", "f1", "f2"]);
    let told = receiver.received();
    assert_eq!(told[0].id(), told[1].id());
    assert_ne!(told[1].id(), told[2].id());
    sandbox.end().await;
}

#[tokio::test]
async fn a_message_is_overtaken_by_the_next_one() {
    let receiver = Receiver::start().await;
    let sandbox = sandbox(&receiver).await;
    sandbox.webhooks().misbehave(WebhookFault::Reorder).unwrap();
    tell(&sandbox, &["f1"]).await;
    assert_eq!(receiver.received().len(), 0);
    tell(&sandbox, &["f2", "f3"]).await;
    assert_eq!(flows(&receiver), ["f2", "f3", "f1"]);
    sandbox.end().await;
}

#[tokio::test]
async fn a_message_that_nothing_overtakes_arrives_a_minute_later() {
    let receiver = Receiver::start().await;
    let sandbox = sandbox(&receiver).await;
    sandbox.webhooks().misbehave(WebhookFault::Reorder).unwrap();
    tell(&sandbox, &["f1"]).await;
    sandbox.advance(MINUTE);
    sandbox.deliver().await;
    assert_eq!(flows(&receiver), ["f1"]);
    sandbox.end().await;
}

#[tokio::test]
async fn a_false_delivery_is_refused_and_the_true_one_follows() {
    for fault in [WebhookFault::TamperedBody, WebhookFault::TamperedSignature, WebhookFault::Unsigned] {
        let receiver = Receiver::start().await;
        receiver.answer([Answer::Status(401)]);
        let sandbox = sandbox(&receiver).await;
        sandbox.webhooks().misbehave(fault).unwrap();
        tell(&sandbox, &["f1"]).await;
        sandbox.advance(MINUTE);
        sandbox.deliver().await;
        let signed: Vec<bool> = receiver.received().iter().map(|told| told.is_signed_with(SECRET)).collect();
        assert_eq!(signed, [false, true], "{fault:?}");
        let faults: Vec<_> = sandbox.deliveries().iter().map(|delivery| delivery.fault).collect();
        assert_eq!(faults, [Some(fault), None]);
        assert_eq!(receiver.received()[1].body(), json!({ "event": "flow.updated", "flow_id": "f1" }));
        sandbox.end().await;
    }
}

#[tokio::test]
async fn a_stale_delivery_is_signed_and_an_hour_old_and_others_are_of_now() {
    let receiver = Receiver::start().await;
    let sandbox = sandbox(&receiver).await;
    sandbox.webhooks().misbehave(WebhookFault::StaleTimestamp).unwrap();
    let before = unix_time();
    tell(&sandbox, &["f1", "f2"]).await;
    let now = before..=unix_time();
    let told = receiver.received();
    assert!(told.iter().all(|told| told.is_signed_with(SECRET)));
    assert!(now.contains(&(told[0].timestamp() + 3600)));
    assert!(now.contains(&told[1].timestamp()));
    sandbox.end().await;
}

#[tokio::test]
async fn a_lost_message_never_arrives() {
    let receiver = Receiver::start().await;
    let sandbox = sandbox(&receiver).await;
    sandbox.webhooks().misbehave(WebhookFault::Lose).unwrap();
    tell(&sandbox, &["f1", "f2"]).await;
    sandbox.advance(2000 * MINUTE);
    sandbox.deliver().await;
    assert_eq!(sandbox.deliveries()[0].outcome, DeliveryOutcome::Lost);
    assert_eq!(flows(&receiver), ["f2"]);
    sandbox.end().await;
}

#[tokio::test]
async fn faults_are_scripted_by_event_and_number_and_can_be_taken_back() {
    let receiver = Receiver::start().await;
    let sandbox = sandbox(&receiver).await;
    let script = json!({ "fault": "lose", "event": "flow.updated", "times": 2 });
    sandbox.control("POST", "webhooks/misbehave", Some(script.clone())).await.expect(200);
    assert_eq!(sandbox.control("GET", "webhooks/misbehave", None).await.expect(200), json!([script]));
    sandbox.emit("user.updated", json!({ "user_id": "u1" })).unwrap();
    tell(&sandbox, &["f1"]).await;
    assert_eq!(sandbox.control("DELETE", "webhooks/misbehave", None).await.expect(200), json!([]));
    tell(&sandbox, &["f2"]).await;
    assert_eq!(receiver.events(), ["user.updated", "flow.updated"]);

    let unknown = json!({ "fault": "lose", "event": "payout.completed" });
    let unknown = sandbox.control("POST", "webhooks/misbehave", Some(unknown)).await.error();
    assert_eq!(unknown, "400 invalid-input the document has no event `payout.completed`");
    sandbox.control("POST", "webhooks/misbehave", Some(json!({ "fault": "lost" }))).await.expect(400);
    sandbox.end().await;
}
