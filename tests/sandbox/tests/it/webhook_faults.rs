use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dots_sandbox::{DeliveryOutcome, Sandbox, WebhookEndpoint, WebhookFault};
use serde_json::json;

use crate::support::{
    client::{FUNDS, Stage},
    receiver::{Answer, Receiver, SECRET},
};

const MINUTE: Duration = Duration::from_secs(60);

async fn stage(receiver: &Receiver) -> Stage {
    let endpoint = WebhookEndpoint::new(receiver.url()).secret(SECRET);
    Stage::with(FUNDS, Sandbox::builder().webhook(endpoint)).await
}

/// Raises events about these flows and delivers what is due.
async fn tell(stage: &Stage, flows: &[&str]) {
    for flow in flows {
        stage.emit("flow.updated", json!({ "flow_id": flow })).unwrap();
    }
    stage.deliver().await;
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
    let stage = stage(&receiver).await;
    stage.webhooks().misbehave(WebhookFault::Duplicate).unwrap();
    tell(&stage, &["f1", "f2"]).await;
    assert_eq!(flows(&receiver), ["f1", "f1", "f2"]);
    let told = receiver.received();
    assert_eq!(told[0].id(), told[1].id());
    assert_ne!(told[1].id(), told[2].id());
    stage.end().await;
}

#[tokio::test]
async fn a_message_is_overtaken_by_the_next_one() {
    let receiver = Receiver::start().await;
    let stage = stage(&receiver).await;
    stage.webhooks().misbehave(WebhookFault::Reorder).unwrap();
    tell(&stage, &["f1"]).await;
    assert_eq!(receiver.received().len(), 0);
    tell(&stage, &["f2", "f3"]).await;
    assert_eq!(flows(&receiver), ["f2", "f3", "f1"]);
    stage.end().await;
}

#[tokio::test]
async fn a_message_that_nothing_overtakes_arrives_a_minute_later() {
    let receiver = Receiver::start().await;
    let stage = stage(&receiver).await;
    stage.webhooks().misbehave(WebhookFault::Reorder).unwrap();
    tell(&stage, &["f1"]).await;
    stage.advance(MINUTE);
    stage.deliver().await;
    assert_eq!(flows(&receiver), ["f1"]);
    stage.end().await;
}

#[tokio::test]
async fn a_false_delivery_is_refused_and_the_true_one_follows() {
    for fault in [WebhookFault::TamperedBody, WebhookFault::TamperedSignature, WebhookFault::Unsigned] {
        let receiver = Receiver::start().await;
        receiver.answer([Answer::Status(401)]);
        let stage = stage(&receiver).await;
        stage.webhooks().misbehave(fault).unwrap();
        tell(&stage, &["f1"]).await;
        stage.advance(MINUTE);
        stage.deliver().await;
        let signed: Vec<bool> = receiver.received().iter().map(|told| told.is_signed_with(SECRET)).collect();
        assert_eq!(signed, [false, true], "{fault:?}");
        let faults: Vec<_> = stage.deliveries().iter().map(|delivery| delivery.fault).collect();
        assert_eq!(faults, [Some(fault), None]);
        assert_eq!(receiver.received()[1].body(), json!({ "event": "flow.updated", "flow_id": "f1" }));
        stage.end().await;
    }
}

#[tokio::test]
async fn a_stale_delivery_is_signed_and_an_hour_old_and_others_are_of_now() {
    let receiver = Receiver::start().await;
    let stage = stage(&receiver).await;
    stage.webhooks().misbehave(WebhookFault::StaleTimestamp).unwrap();
    let before = unix_time();
    tell(&stage, &["f1", "f2"]).await;
    let now = before..=unix_time();
    let told = receiver.received();
    assert!(told.iter().all(|told| told.is_signed_with(SECRET)));
    assert!(now.contains(&(told[0].timestamp() + 3600)));
    assert!(now.contains(&told[1].timestamp()));
    stage.end().await;
}

#[tokio::test]
async fn a_lost_message_never_arrives() {
    let receiver = Receiver::start().await;
    let stage = stage(&receiver).await;
    stage.webhooks().misbehave(WebhookFault::Lose).unwrap();
    tell(&stage, &["f1", "f2"]).await;
    stage.advance(2000 * MINUTE);
    stage.deliver().await;
    assert_eq!(stage.deliveries()[0].outcome, DeliveryOutcome::Lost);
    assert_eq!(flows(&receiver), ["f2"]);
    stage.end().await;
}

#[tokio::test]
async fn faults_are_scripted_by_event_and_number_and_can_be_taken_back() {
    let receiver = Receiver::start().await;
    let stage = stage(&receiver).await;
    let script = json!({ "fault": "lose", "event": "flow.updated", "times": 2 });
    stage.control("POST", "webhooks/misbehave", Some(script.clone())).await.expect(200);
    assert_eq!(stage.control("GET", "webhooks/misbehave", None).await.expect(200), json!([script]));
    stage.emit("user.updated", json!({ "user_id": "u1" })).unwrap();
    tell(&stage, &["f1"]).await;
    assert_eq!(stage.control("DELETE", "webhooks/misbehave", None).await.expect(200), json!([]));
    tell(&stage, &["f2"]).await;
    assert_eq!(receiver.events(), ["user.updated", "flow.updated"]);

    let unknown = json!({ "fault": "lose", "event": "payout.completed" });
    let unknown = stage.control("POST", "webhooks/misbehave", Some(unknown)).await.error();
    assert_eq!(unknown, "400 invalid-input the document has no event `payout.completed`");
    stage.control("POST", "webhooks/misbehave", Some(json!({ "fault": "lost" }))).await.expect(400);
    stage.end().await;
}
