//! Which objects an event names, with its name and without.

use std::collections::BTreeMap;

use dots_api::{FlowId, PayoutLinkId, PayoutRequestId, TransferId, UserId};
use dots_api_ext::webhook::{VerifiedWebhook, WebhookEvent};
use dots_sandbox::{WebhookEventKey, WebhookForm};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::events::told;
use super::{outcome, signed};

/// The ids that an event names, each after its accessor.
fn named(webhook: &VerifiedWebhook) -> String {
    let ids = [
        ("link", webhook.payout_link_id().map(PayoutLinkId::as_str)),
        ("transfer", webhook.transfer_id().map(TransferId::as_str)),
        ("request", webhook.payout_request_id().map(PayoutRequestId::as_str)),
        ("flow", webhook.flow_id().map(FlowId::as_str)),
        ("user", webhook.user_id().map(UserId::as_str)),
    ];
    let ids = ids.into_iter().filter_map(|(of, id)| Some(format!("{of} {}", id?)));
    ids.collect::<Vec<_>>().join(", ")
}

/// A genuine delivery of this payload.
fn delivered(payload: &Value) -> VerifiedWebhook {
    let body = payload.to_string().into_bytes();
    outcome(&signed(&body), &body).unwrap()
}

#[tokio::test]
async fn an_event_without_its_name_names_the_same_objects() {
    let all = |told: BTreeMap<String, VerifiedWebhook>| -> BTreeMap<_, _> {
        told.into_iter().map(|(name, webhook)| (name, named(&webhook))).collect()
    };
    for form in [WebhookForm::Newer, WebhookForm::Older] {
        let with_name = all(told(form, WebhookEventKey::Present).await);
        let without = all(told(form, WebhookEventKey::Missing).await);
        assert_eq!(with_name, without, "{form:?}");
        assert!(with_name["payout_link.claimed"].starts_with("link "), "{with_name:?}");
        assert!(with_name["user.updated.id_verified"].starts_with("user "), "{with_name:?}");
        assert_eq!(with_name.values().filter(|ids| ids.is_empty()).count(), 6, "{with_name:?}");
    }
}

#[test]
fn an_event_that_nobody_knows_names_what_its_fields_tell() {
    let link =
        json!({ "id": "l1", "link": "https://my.dots.dev/flow/f1", "amount": 1000, "status": "paused" });
    let mut nameless_link = link.clone();
    nameless_link["transfer_id"] = json!("t1");
    nameless_link["flow_id"] = json!("f1");
    nameless_link["claimed_user_id"] = json!("u1");
    let payloads = [
        nameless_link,
        json!({ "event": "payout_link.paused", "payout_link_id": "l1" }),
        json!({ "event": "payout_link.paused", "payout_link": link, "funding_transfer_id": "t1" }),
        json!({ "event": "wallet.frozen", "user_id": "u1", "transfer_id": null }),
        json!({ "event": "transfer.paused", "transfer": { "id": "t1" }, "user_id": "u1" }),
        json!({ "event": "payout_request.paused", "payout_request_id": "r1" }),
        json!({ "flow_id": "f1", "user_id": "u1" }),
    ];
    let lines = payloads.iter().map(|payload| {
        let webhook = delivered(payload);
        assert!(matches!(webhook.event(), WebhookEvent::Unknown(_)), "{webhook:?}");
        named(&webhook)
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    link l1, transfer t1, flow f1
    link l1
    link l1, transfer t1
    user u1
    transfer t1, user u1
    request r1
    flow f1, user u1
    ");
}

#[test]
fn what_is_no_id_names_nothing() {
    for payload in [
        json!({ "id": "u1", "amount": 1000 }),
        json!({ "id": "u1", "link": "https://my.dots.dev/flow/f1" }),
        json!({ "event": "a.b", "user_id": 7, "flow_id": ["f1"], "transfer_id": {}, "payout_link_id": "" }),
        json!({ "event": "a.b", "user_id": "../users", "payout_request_id": "a b" }),
        json!(["user_id", "u1"]),
        json!("user_id"),
        json!(null),
    ] {
        assert_eq!(named(&delivered(&payload)), "", "{payload}");
    }
}

#[test]
fn a_link_names_its_transfer_and_its_flow() {
    let link = json!({
        "event": "payout_link.updated", "id": "l1", "status": "delivered", "amount": 1000,
        "transfer_id": "t1", "flow_id": "f1",
    });
    assert_eq!(named(&delivered(&link)), "link l1, transfer t1, flow f1");
    let mut failed = json!({ "event": "payout_link.failed", "payout_link": link });
    assert_eq!(named(&delivered(&failed)), "link l1, transfer t1, flow f1");
    // The failed transfer is the one that should have funded the link.
    failed["funding_transfer_id"] = json!("t2");
    let failed = delivered(&failed);
    assert!(matches!(failed.event(), WebhookEvent::PayoutLinkFailed(_)), "{failed:?}");
    assert_eq!(named(&failed), "link l1, transfer t2, flow f1");
}
