//! Webhooks: subscriptions, signatures, retries.

use std::time::Duration;

use dots_sandbox::{Delivery, DeliveryOutcome, Sandbox, SandboxBuilder, WebhookEndpoint, WebhookHeaders};
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    receiver::{Answer, Receiver, SECRET},
};

const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const HOUR: Duration = Duration::from_secs(60 * 60);

async fn sandbox(builder: SandboxBuilder) -> TestSandbox {
    TestSandbox::with(FUNDS, builder).await
}

/// Starts a sandbox that sends this receiver every event, signed with the known secret.
async fn telling(receiver: &Receiver) -> TestSandbox {
    sandbox(Sandbox::builder().webhook(WebhookEndpoint::new(receiver.url()).secret(SECRET))).await
}

fn flow(id: &str) -> Value {
    json!({ "flow_id": id })
}

fn outcomes(sandbox: &TestSandbox) -> Vec<DeliveryOutcome> {
    sandbox.deliveries().iter().map(|delivery| delivery.outcome).collect()
}

#[tokio::test]
async fn a_transfer_is_told_under_a_signature_that_an_independent_verifier_accepts() {
    let receiver = Receiver::start().await;
    let endpoint = WebhookEndpoint::new(receiver.url()).secret(SECRET).event("transfer.updated");
    let sandbox = sandbox(Sandbox::builder().webhook(endpoint)).await;
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", user).await.expect(201);
    let transfer = json!({ "amount": -500, "user_id": user["id"] });
    let transfer = sandbox.post("/v2/transfers", transfer).await.expect(200);
    sandbox.deliver().await;

    let told = receiver.received();
    assert_eq!(told[0].path, "/hook");
    assert!(told[0].is_signed_with(SECRET));
    assert!(!told[0].is_signed_with(OTHER_SECRET));
    assert!(told[0].id().starts_with("msg_"));
    assert_eq!(told[0].header("content-type"), Some("application/json"));
    assert_eq!(told[0].body()["event"], "transfer.updated");
    assert_eq!(told[0].body()["transfer_id"], transfer["id"]);
    sandbox.end().await;
}

#[tokio::test]
async fn deliveries_go_out_without_being_asked_for() {
    let receiver = Receiver::start().await;
    let sandbox = telling(&receiver).await;
    sandbox.emit("flow.updated", flow("f1")).unwrap();
    receiver.wait_for(1).await;
    receiver.answer([Answer::Status(503)]);
    sandbox.emit("flow.updated", flow("f2")).unwrap();
    receiver.wait_for(2).await;
    sandbox.deliver().await;
    sandbox.advance(Duration::from_secs(5));
    receiver.wait_for(3).await;
    assert_eq!(receiver.received()[1].id(), receiver.received()[2].id());
    sandbox.end().await;
}

#[tokio::test]
async fn a_refused_delivery_comes_again_on_the_schedule_and_then_no_more() {
    let receiver = Receiver::start().await;
    receiver.always(Answer::Status(500));
    let sandbox = telling(&receiver).await;
    sandbox.emit("flow.updated", flow("f1")).unwrap();
    sandbox.deliver().await;
    sandbox.advance(Duration::from_secs(4));
    sandbox.deliver().await;
    assert_eq!(receiver.received().len(), 1);
    sandbox.advance(48 * HOUR);
    sandbox.deliver().await;

    let deliveries = sandbox.deliveries();
    let times: Vec<&str> = deliveries.iter().map(|delivery| delivery.at.as_str()).collect();
    let expected = [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:05Z",
        "2026-01-01T00:05:05Z",
        "2026-01-01T00:35:05Z",
        "2026-01-01T02:35:05Z",
        "2026-01-01T07:35:05Z",
        "2026-01-01T17:35:05Z",
        "2026-01-02T03:35:05Z",
    ];
    assert_eq!(times, expected);
    assert_eq!(deliveries[0].next_attempt.as_deref(), Some("2026-01-01T00:00:05Z"));
    assert_eq!((deliveries[7].attempt, &deliveries[7].next_attempt), (8, &None));
    assert!(deliveries.iter().all(|delivery| delivery.message_id == deliveries[0].message_id));
    assert_eq!(receiver.received().len(), 8);
    assert!(receiver.received().iter().all(|told| told.is_signed_with(SECRET)));
    sandbox.end().await;
}

#[tokio::test]
async fn a_receiver_that_recovers_is_told_no_more_than_it_needs() {
    let receiver = Receiver::start().await;
    receiver.answer([Answer::Status(500), Answer::Status(301), Answer::Status(204)]);
    let sandbox = telling(&receiver).await;
    sandbox.emit("flow.updated", flow("f1")).unwrap();
    sandbox.deliver().await;
    sandbox.advance(48 * HOUR);
    sandbox.deliver().await;
    let statuses: Vec<Option<u16>> = sandbox.deliveries().iter().map(|delivery| delivery.status).collect();
    assert_eq!(statuses, [Some(500), Some(301), Some(204)]);
    assert_eq!(
        outcomes(&sandbox),
        [DeliveryOutcome::Refused, DeliveryOutcome::Refused, DeliveryOutcome::Accepted]
    );
    assert_eq!(receiver.received().len(), 3);
    sandbox.end().await;
}

#[tokio::test]
async fn silence_and_absence_are_failures_too() {
    let receiver = Receiver::start().await;
    receiver.answer([Answer::Silence]);
    let builder = Sandbox::builder().webhook_timeout(Duration::from_millis(50));
    let sandbox = sandbox(builder.webhook(receiver.url()).webhook(Receiver::gone().await)).await;
    sandbox.emit("flow.updated", flow("f1")).unwrap();
    sandbox.deliver().await;
    assert_eq!(outcomes(&sandbox), [DeliveryOutcome::TimedOut, DeliveryOutcome::Unreachable]);
    sandbox.advance(Duration::from_secs(5));
    sandbox.deliver().await;
    assert_eq!(outcomes(&sandbox)[2..], [DeliveryOutcome::Accepted, DeliveryOutcome::Unreachable]);
    assert_eq!(receiver.received().len(), 2);
    sandbox.end().await;
}

#[tokio::test]
async fn old_and_new_secrets_sign_together_while_a_receiver_changes_over() {
    let receiver = Receiver::start().await;
    let sandbox = telling(&receiver).await;
    let id = sandbox.webhooks().list()[0].id.clone();
    for secrets in [vec![SECRET, OTHER_SECRET], vec![OTHER_SECRET]] {
        sandbox.webhooks().change_secrets(&id, secrets).unwrap();
        sandbox.emit("flow.updated", flow("f1")).unwrap();
        sandbox.deliver().await;
    }
    let told = receiver.received();
    assert_eq!(told[0].header("svix-signature").unwrap().split(' ').count(), 2);
    assert!(told[0].is_signed_with(SECRET) && told[0].is_signed_with(OTHER_SECRET));
    assert!(!told[1].is_signed_with(SECRET) && told[1].is_signed_with(OTHER_SECRET));
    sandbox.end().await;
}

#[tokio::test]
async fn an_endpoint_without_a_secret_gets_one_that_repeats_with_the_seed() {
    let receiver = Receiver::start().await;
    let sandbox = sandbox(Sandbox::builder().webhook(receiver.url())).await;
    let again = Sandbox::builder().webhook("http://localhost:9/hook").start().await.unwrap();
    let secret = sandbox.webhooks().list()[0].secrets[0].clone();
    assert_eq!(again.webhooks().list()[0].secrets[0], secret);
    sandbox.emit("flow.updated", flow("f1")).unwrap();
    sandbox.deliver().await;
    assert!(receiver.received()[0].is_signed_with(&secret));
    sandbox.end().await;
}

#[tokio::test]
async fn an_endpoint_hears_of_what_it_asked_for_and_of_nothing_before_and_after() {
    let (all, one) = (Receiver::start().await, Receiver::start().await);
    let sandbox = telling(&all).await;
    sandbox.emit("flow.updated", flow("f1")).unwrap();
    let asked = sandbox.webhooks().add(WebhookEndpoint::new(one.url()).event("flow.updated")).unwrap();
    sandbox.emit("flow.updated", flow("f2")).unwrap();
    sandbox.emit("user.updated", json!({ "user_id": "u1" })).unwrap();
    sandbox.deliver().await;
    sandbox.webhooks().remove(&asked.id).unwrap();
    sandbox.emit("flow.updated", flow("f3")).unwrap();
    sandbox.deliver().await;
    assert_eq!(all.events(), ["flow.updated", "flow.updated", "user.updated", "flow.updated"]);
    assert_eq!(one.received().len(), 1);
    assert_eq!(one.received()[0].body()["flow_id"], "f2");
    // All endpoints receive the same message.
    assert_eq!(one.received()[0].id(), all.received()[1].id());
    sandbox.end().await;
}

#[tokio::test]
async fn headers_carry_the_name_that_the_endpoint_asked_for() {
    for (headers, svix, standard) in [
        (WebhookHeaders::Svix, true, false),
        (WebhookHeaders::Standard, false, true),
        (WebhookHeaders::Both, true, true),
    ] {
        let receiver = Receiver::start().await;
        let endpoint = WebhookEndpoint::new(receiver.url()).secret(SECRET).headers(headers);
        let sandbox = sandbox(Sandbox::builder().webhook(endpoint)).await;
        sandbox.emit("flow.updated", flow("f1")).unwrap();
        sandbox.deliver().await;
        let told = receiver.received();
        assert_eq!(
            (told[0].is_signed("svix", SECRET), told[0].is_signed("webhook", SECRET)),
            (svix, standard)
        );
        sandbox.end().await;
    }
}

#[tokio::test]
async fn nothing_is_delivered_to_another_machine() {
    let sandbox = TestSandbox::start().await;
    let refused = sandbox.webhooks().add("http://example.com/hook").unwrap_err().to_string();
    assert_eq!(
        refused,
        "cannot deliver to `http://example.com/hook`: it is not of this machine; the sandbox delivers to 127.0.0.1, \
         [::1] and localhost alone"
    );
    let body = json!({ "url": "http://10.1.2.3/hook" });
    let refused = sandbox.control("POST", "webhooks", Some(body)).await.error();
    assert!(refused.starts_with("400 invalid-input cannot deliver to `http://10.1.2.3/hook`"), "{refused}");
    let refused = Sandbox::builder().webhook("https://hooks.example.com/").start().await.unwrap_err();
    assert_eq!(refused.to_string(), "could not add a webhook");
    assert!(sandbox.webhooks().list().is_empty());
    sandbox.end().await;
}

#[tokio::test]
async fn the_routes_add_tell_show_and_remove() {
    let receiver = Receiver::start().await;
    let sandbox = TestSandbox::start().await;
    let asked =
        json!({ "url": receiver.url(), "secrets": [SECRET], "events": ["flow.updated"], "headers": "both" });
    let added = sandbox.control("POST", "webhooks", Some(asked)).await.expect(201);
    assert_eq!((&added["id"], &added["secrets"]), (&json!("ep_1"), &json!([SECRET])));
    assert_eq!(added["app_id"], sandbox.app_id());
    let told =
        sandbox.control("POST", "webhooks/emit", Some(json!({ "event": "flow.updated" }))).await.expect(200);
    sandbox.deliver().await;
    let deliveries = sandbox.control("GET", "webhooks/deliveries", None).await.expect(200);
    assert_eq!((&deliveries[0]["outcome"], &deliveries[0]["status"]), (&json!("accepted"), &json!(200)));
    assert_eq!(receiver.received()[0].body()["flow_id"], told["payload"]["flow_id"]);

    let changed = json!({ "secrets": [OTHER_SECRET] });
    let changed = sandbox.control("POST", "webhooks/ep_1/secrets", Some(changed)).await.expect(200);
    assert_eq!(changed["secrets"], json!([OTHER_SECRET]));
    assert_eq!(sandbox.control("GET", "webhooks", None).await.expect(200), json!([changed]));
    assert_eq!(sandbox.control("DELETE", "webhooks/ep_1", None).await.expect(200), json!([]));
    let gone = sandbox.control("DELETE", "webhooks/ep_1", None).await.error();
    assert_eq!(gone, "404 no_such_resource there is no webhook `ep_1`");
    sandbox.end().await;
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_by_name_and_never_repeated() {
    let sandbox = TestSandbox::start().await;
    let url = "http://127.0.0.1:9/";
    for (body, message) in [
        (
            json!({ "url": url, "secrets": ["whsec_c2hvcnQ="] }),
            "a signing secret cannot be used: it must hold 24 to 64 bytes",
        ),
        (
            json!({ "url": url, "events": ["payout.completed"] }),
            "the document has no event `payout.completed`",
        ),
        (json!({ "url": url, "app_id": "a" }), "`app_id` is not the id of an app of this sandbox"),
    ] {
        let refused = sandbox.control("POST", "webhooks", Some(body)).await.error();
        assert_eq!(refused, format!("400 invalid-input {message}"));
    }
    sandbox
        .control("POST", "webhooks", Some(json!({ "url": url, "event": "flow.updated" })))
        .await
        .expect(400);
    let wrong = json!({ "event": "transfer.updated", "payload": { "transfer_id": 7 } });
    let refused = sandbox.control("POST", "webhooks/emit", Some(wrong)).await.error();
    assert_eq!(
        refused,
        "400 invalid-input the payload does not fit `transfer.updated`: `transfer_id` must be a string, not a number"
    );
    sandbox.emit("payout.completed", json!({})).unwrap_err();
    assert_eq!(sandbox.deliveries(), Vec::<Delivery>::new());
    sandbox.end().await;
}
