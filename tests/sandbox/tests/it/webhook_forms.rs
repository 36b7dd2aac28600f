//! Webhook bodies: every event, and each form that the sources show.

use std::{collections::BTreeSet, time::Duration};

use dots_sandbox::{Sandbox, SandboxBuilder, WebhookClock, WebhookEndpoint, WebhookEventKey, WebhookForm};
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    example::document,
    receiver::{Answer, Received, Receiver, SECRET},
};

/// Raises every event once, and returns what arrived.
async fn all_events(builder: SandboxBuilder, receiver: &Receiver) -> Vec<Received> {
    let sandbox = TestSandbox::with(FUNDS, builder).await;
    for (event, payload) in sandbox.webhooks().samples() {
        sandbox.emit(&event, payload).unwrap();
    }
    sandbox.deliver().await;
    sandbox.end().await;
    receiver.received()
}

#[tokio::test]
async fn each_of_the_27_events_arrives_with_what_its_schema_requires() {
    let receiver = Receiver::start().await;
    let endpoint = WebhookEndpoint::new(receiver.url()).secret(SECRET);
    let told = all_events(Sandbox::builder().webhook(endpoint), &receiver).await;
    assert_eq!(told.len(), 27);
    assert!(told.iter().all(|told| told.is_signed_with(SECRET)));

    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut left: BTreeSet<&str> = schemas.values().filter_map(|schema| schema["x-event"].as_str()).collect();
    for told in told {
        let body = told.body();
        let name = body["event"].as_str().unwrap();
        assert!(left.remove(name), "{name} came twice, or is no event");
        let schema = schemas.values().find(|schema| schema["x-event"] == name).unwrap();
        let required = schema["required"].as_array().into_iter().flatten();
        for field in required.map(|field| field.as_str().unwrap()) {
            assert!(
                !body[field].is_null() || schema["properties"][field]["type"].is_null(),
                "{name}: {field}"
            );
        }
        let known = schema["properties"].as_object().unwrap();
        assert!(body.as_object().unwrap().keys().all(|field| known.contains_key(field)), "{name}: {body}");
    }
    assert_eq!(left, BTreeSet::new());
}

#[tokio::test]
async fn a_sample_is_in_the_state_that_its_event_tells_of() {
    let sandbox = TestSandbox::start().await;
    let samples = sandbox.control("GET", "webhooks/events", None).await.expect(200);
    assert_eq!(samples.as_object().unwrap().len(), 27);
    assert_eq!(samples["transfer.failed"]["transfer"]["status"], "failed");
    assert_eq!(samples["payout_link.paid_out"]["status"], "claimed");
    assert_eq!(sandbox.deliveries().len(), 0);
    sandbox.end().await;
}

#[tokio::test]
async fn the_name_of_the_event_can_be_missing_everywhere_or_where_the_page_lacks_it() {
    for (which, without) in
        [(WebhookEventKey::Present, 0), (WebhookEventKey::AsDocumented, 11), (WebhookEventKey::Missing, 27)]
    {
        let receiver = Receiver::start().await;
        let builder = Sandbox::builder().webhook(receiver.url()).webhook_event_key(which);
        let told = all_events(builder, &receiver).await;
        let nameless = told.iter().filter(|told| told.body().get("event").is_none());
        assert_eq!(nameless.count(), without, "{which:?}");
    }
}

#[tokio::test]
async fn an_updated_link_comes_whole_or_as_its_id() {
    for (form, fields) in [(WebhookForm::Newer, 19), (WebhookForm::Older, 2)] {
        let receiver = Receiver::start().await;
        let builder = Sandbox::builder().webhook_form(form);
        let endpoint = WebhookEndpoint::new(receiver.url()).event("payout_link.updated");
        let told = all_events(builder.webhook(endpoint), &receiver).await;
        let body = told[0].body();
        assert_eq!(body.as_object().unwrap().len(), fields, "{body}");
        let id = if form == WebhookForm::Newer { &body["id"] } else { &body["payout_link_id"] };
        assert!(id.is_string(), "{body}");
        assert_eq!(body.get("id").is_none(), form == WebhookForm::Older);
    }
}

#[tokio::test]
async fn the_older_page_spells_one_event_otherwise() {
    let receiver = Receiver::start().await;
    let endpoint = WebhookEndpoint::new(receiver.url()).event("user.updated.id_verified");
    let builder = Sandbox::builder().webhook(endpoint).webhook_form(WebhookForm::Older);
    all_events(builder, &receiver).await;
    assert_eq!(receiver.events(), ["user.updated.ide_verified"]);
}

#[tokio::test]
async fn an_endpoint_of_the_organization_is_told_which_app() {
    let (app, organization) = (Receiver::start().await, Receiver::start().await);
    let builder = Sandbox::builder().webhook(app.url());
    let sandbox =
        TestSandbox::with(FUNDS, builder.webhook(WebhookEndpoint::new(organization.url()).organization()))
            .await;
    sandbox.emit("flow.updated", json!({ "flow_id": "f1" })).unwrap();
    sandbox.deliver().await;
    assert_eq!(organization.received()[0].body()["api_app_id"], sandbox.app_id());
    assert_eq!(app.received()[0].body().get("api_app_id"), None);
    assert_eq!(organization.received()[0].id(), app.received()[0].id());
    sandbox.end().await;
}

#[tokio::test]
async fn options_change_the_form_while_it_runs() {
    let receiver = Receiver::start().await;
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().webhook(receiver.url())).await;
    let patch = json!({ "webhooks": { "event_key": "missing", "timeout": "1s" } });
    let options = sandbox.control("POST", "options", Some(patch)).await.expect(200);
    assert_eq!(options["webhooks"]["timeout"], "1s");
    sandbox.control("POST", "options", Some(json!({ "webhooks": { "from": "older" } }))).await.expect(400);
    sandbox.emit("flow.updated", json!({ "flow_id": "f1" })).unwrap();
    sandbox.deliver().await;
    assert_eq!(receiver.received()[0].body(), json!({ "flow_id": "f1" }));
    sandbox.end().await;
}

/// Everything that a receiver sees of one delivery and its repeat.
async fn story() -> Vec<(String, i64, Option<String>, Value)> {
    let receiver = Receiver::start().await;
    receiver.answer([Answer::Status(500)]);
    let builder = Sandbox::builder().webhook(receiver.url()).webhook_clock(WebhookClock::Sandbox);
    let sandbox = TestSandbox::with(FUNDS, builder).await;
    sandbox.emit("flow.updated", json!({ "flow_id": "f1" })).unwrap();
    sandbox.deliver().await;
    sandbox.advance(Duration::from_secs(3600));
    sandbox.deliver().await;
    sandbox.end().await;
    let told = receiver.received();
    let seen = told.iter().map(|told| {
        let signature = told.header("svix-signature").map(str::to_owned);
        (told.id().to_owned(), told.timestamp(), signature, told.body())
    });
    seen.collect()
}

#[tokio::test]
async fn by_the_sandboxs_clock_the_same_calls_give_the_same_deliveries() {
    let told = story().await;
    assert_eq!((told[0].1, told[1].1), (1_767_225_600, 1_767_225_605));
    assert_ne!(told[0].2, told[1].2);
    assert_eq!(told, story().await);
}
