//! The sandbox's deliveries of all 27 events, in each form that the sources show.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use dots_api_ext::webhook::{UnknownWebhookEvent, VerifiedWebhook, WebhookEvent};
use dots_sandbox::{Sandbox, WebhookEndpoint, WebhookEventKey, WebhookForm};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{SECRET, outcome, receiver, signed, telling, verifier};
use crate::support::sample::{Filling, Optional, events};

/// Every event once, delivered by a sandbox and verified, by the sandbox's name for it.
pub(super) async fn told(form: WebhookForm, key: WebhookEventKey) -> BTreeMap<String, VerifiedWebhook> {
    let receiver = receiver().await;
    let builder = Sandbox::builder().webhook_form(form).webhook_event_key(key);
    let sandbox = telling(&receiver, builder).await;
    let samples = sandbox.webhooks().samples();
    for (event, payload) in &samples {
        sandbox.emit(event, payload).unwrap();
    }
    sandbox.deliver().await;
    let deliveries = receiver.requests();
    sandbox.shutdown().await;
    assert_eq!((samples.len(), deliveries.len()), (27, 27));
    let webhooks = deliveries
        .iter()
        .map(|delivery| verifier().verify(delivery, &delivery.body, SystemTime::now()).unwrap());
    samples.keys().cloned().zip(webhooks).collect()
}

/// The variant that an event was read as.
fn variant(event: &WebhookEvent) -> String {
    format!("{event:?}").split('(').next().unwrap().to_owned()
}

/// One line per event: its variant, and the ids to fetch from Dots.
fn table(told: &BTreeMap<String, VerifiedWebhook>) -> String {
    let line = |(name, webhook): (&String, &VerifiedWebhook)| {
        let ids = [
            webhook.payout_link_id().map(|_| " link"),
            webhook.transfer_id().map(|_| " transfer"),
            webhook.payout_request_id().map(|_| " request"),
            webhook.flow_id().map(|_| " flow"),
            webhook.user_id().map(|_| " user"),
        ];
        let ids: String = ids.into_iter().flatten().collect();
        format!("{name} {}{ids}", variant(webhook.event()))
    };
    told.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The events that were read as unknown, or as another event.
fn unread(told: &BTreeMap<String, VerifiedWebhook>) -> Vec<&str> {
    let is_unread = |(name, webhook): &(&String, &VerifiedWebhook)| {
        matches!(webhook.event(), WebhookEvent::Unknown(_)) || webhook.event().name() != Some(name.as_str())
    };
    told.iter().filter(is_unread).map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn each_of_the_27_events_is_read_as_what_it_is() {
    let told = told(WebhookForm::Newer, WebhookEventKey::Present).await;
    assert_snapshot!(table(&told), @r"
    app.updated AppUpdated
    dispute.updated DisputeUpdated
    flow.transaction_updated FlowTransactionUpdated flow
    flow.updated FlowUpdated flow
    organization.updated OrganizationUpdated
    payment_intent.updated PaymentIntentUpdated
    payment_method.updated PaymentMethodUpdated
    payout_link.claimed PayoutLinkClaimed link flow
    payout_link.failed PayoutLinkFailed link transfer flow
    payout_link.paid_out PayoutLinkPaidOut link flow
    payout_link.sent PayoutLinkSent link flow
    payout_link.updated PayoutLinkUpdated link flow
    payout_request.updated PayoutRequestUpdated request
    refund.updated RefundUpdated
    transfer.completed TransferCompleted transfer
    transfer.failed TransferFailed transfer
    transfer.flagged TransferFlagged transfer
    transfer.updated TransferUpdated transfer
    user.profile_changed_external UserProfileChangedExternal user
    user.updated UserUpdated user
    user.updated.background_check UserUpdatedBackgroundCheck user
    user.updated.default_payout_method_changed UserUpdatedDefaultPayoutMethodChanged user
    user.updated.id_verified UserUpdatedIdVerified user
    user.updated.manual_credit UserUpdatedManualCredit transfer user
    user.updated.manual_debit UserUpdatedManualDebit transfer user
    user.updated.payout_method UserUpdatedPayoutMethod user
    user.updated.user_merged UserUpdatedUserMerged user
    ");
    assert_eq!(told.keys().collect::<Vec<_>>(), WebhookEvent::NAMES);
    assert_eq!(unread(&told), <[&str; 0]>::default());
}

#[tokio::test]
async fn the_older_forms_are_read_too() {
    let told = told(WebhookForm::Older, WebhookEventKey::Present).await;
    assert_eq!(unread(&told), <[&str; 0]>::default());
    let link = &told["payout_link.updated"];
    assert!(matches!(link.event(), WebhookEvent::PayoutLinkUpdatedShort(_)), "{link:?}");
    assert!(link.payout_link_id().is_some());
    let WebhookEvent::PayoutLinkPaidOut(paid) = told["payout_link.paid_out"].event() else { panic!() };
    assert_eq!((&paid.method, paid.withdrew_amount), (&None, None));
}

#[tokio::test]
async fn an_event_without_its_name_is_read_where_its_fields_leave_no_doubt() {
    let told = told(WebhookForm::Newer, WebhookEventKey::AsDocumented).await;
    assert_eq!(
        unread(&told),
        [
            "payout_link.claimed",
            "payout_link.sent",
            "user.updated.background_check",
            "user.updated.id_verified",
            "user.updated.payout_method",
        ]
    );
}

#[tokio::test]
async fn no_event_without_its_name_is_read_as_another() {
    for form in [WebhookForm::Newer, WebhookForm::Older] {
        let told = told(form, WebhookEventKey::Missing).await;
        for name in unread(&told) {
            let event = told[name].event();
            assert!(matches!(event, WebhookEvent::Unknown(_)), "{name} was read as {}", variant(event));
            // A caller who knows the name from elsewhere can still read it.
            let raw = serde_json::from_slice(told[name].raw()).unwrap();
            assert_eq!(WebhookEvent::named(name, raw).name(), Some(name));
        }
        assert_eq!(told.len() - unread(&told).len(), 14, "{form:?}");
    }
}

#[tokio::test]
async fn an_endpoint_of_the_organization_learns_which_app() {
    let receiver = receiver().await;
    let endpoint = WebhookEndpoint::new(receiver.url()).secret(SECRET).organization();
    let sandbox = Sandbox::builder().webhook(endpoint).start().await.unwrap();
    sandbox.emit("flow.updated", json!({ "flow_id": "f1" })).unwrap();
    sandbox.deliver().await;
    let delivery = &receiver.requests()[0];
    let webhook = verifier().verify(delivery, &delivery.body, SystemTime::now()).unwrap();
    let WebhookEvent::FlowUpdated(flow) = webhook.into_event() else { panic!() };
    assert_eq!(flow.api_app_id.unwrap().as_str(), sandbox.app_id());
    assert_eq!(flow.flow_id.as_str(), "f1");
}

/// The event of a genuine delivery of this payload.
fn read(payload: &Value) -> WebhookEvent {
    let body = payload.to_string().into_bytes();
    outcome(&signed(&body), &body).unwrap().into_event()
}

fn unknown(payload: &Value) -> UnknownWebhookEvent {
    match read(payload) {
        WebhookEvent::Unknown(event) => event,
        event => panic!("{payload} was read as {event:?}"),
    }
}

#[test]
fn an_unknown_event_is_kept_as_it_came() {
    for payload in [
        json!({ "event": "wallet.frozen", "user_id": "u1" }),
        json!({ "event": "", "user_id": "u1" }),
        json!({ "event": 7, "refund_id": "r1" }),
        json!({ "user_id": "u1" }),
        json!({ "flow_id": "f1" }),
        json!({}),
        json!([1, 2]),
        json!("transfer.updated"),
        json!(null),
    ] {
        let event = unknown(&payload);
        assert_eq!((event.payload(), event.problem()), (&payload, None));
        assert_eq!(event.name(), payload["event"].as_str());
    }
}

#[test]
fn a_known_event_that_cannot_be_read_is_kept_and_says_why_without_a_value() {
    let payload = json!({ "event": "transfer.updated", "transfer_id": { "Canary": "90210" } });
    let event = unknown(&payload);
    assert_eq!(event.problem(), Some("invalid type: map, expected an id as text"));
    assert_eq!((event.name(), event.payload()), (Some("transfer.updated"), &payload));
    let shown = format!("{event:?} {event:#?}");
    assert!(
        !shown.contains("90210") && !shown.contains("Canary") && shown.contains("transfer_id"),
        "{shown}"
    );
}

#[test]
fn what_fits_two_events_is_read_as_none() {
    for payload in [
        json!({ "refund_id": "r1", "dispute_id": "d1" }),
        json!({ "user_id": "u1", "transfer_id": "t1" }),
        json!({ "app_id": "a1", "payout_request_id": "p1" }),
        json!({ "app_id": "a1", "user_id": "u1" }),
        json!({ "transfer_id": "t1", "transfer": { "id": "t1", "amount": 1, "status": "reversed" } }),
        // The type that its fields suggest refuses it.
        json!({ "payout_link_id": ["l1"] }),
    ] {
        assert_eq!(unknown(&payload).payload(), &payload);
    }
    assert_eq!(read(&json!({ "event": null, "refund_id": "r1" })).name(), Some("refund.updated"));
}

#[test]
fn an_event_without_its_name_is_read_only_where_it_has_every_field() {
    let forms: Vec<_> =
        events(Filling::FULL).into_iter().map(|(name, form)| (name, nameless(form))).collect();
    let known: BTreeSet<&String> =
        forms.iter().flat_map(|(_, form)| form.as_object().unwrap().keys()).collect();
    let added = "added_one_day".to_owned();
    let mut read_by_fields = Vec::new();
    for (name, form) in &forms {
        if matches!(read(form), WebhookEvent::Unknown(_)) {
            continue;
        }
        assert_eq!(read(form).name(), Some(name.as_str()));
        read_by_fields.push(name.as_str());
        let foreign = known.iter().copied().chain([&added]).filter(|field| form.get(*field).is_none());
        // The organization's endpoints add it to every payload (references/webhooks).
        for field in foreign.filter(|field| *field != "api_app_id") {
            for value in [json!("1"), json!(null)] {
                let mut form = form.clone();
                form[field] = value;
                assert_eq!(unknown(&form).payload(), &form, "{name} with {field}");
            }
        }
    }
    assert_eq!(
        read_by_fields,
        [
            "app.updated",
            "dispute.updated",
            "payment_intent.updated",
            "payment_method.updated",
            "payout_link.failed",
            "payout_link.paid_out",
            "payout_request.updated",
            "refund.updated",
            "transfer.updated",
            "user.profile_changed_external",
            "user.updated.user_merged",
            "payout_link.updated",
        ]
    );
    let told = json!({ "api_app_id": "a1", "app_id": "a1", "event": null });
    assert_eq!(read(&told).name(), Some("app.updated"));
}

fn nameless(mut payload: Value) -> Value {
    payload.as_object_mut().unwrap().remove("event");
    payload
}

#[test]
fn an_event_makes_the_round_trip_through_storage() {
    for (name, payload) in events(Filling::FULL) {
        let event = WebhookEvent::from(payload);
        assert_eq!(event.name(), Some(name.as_str()));
        let stored = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<WebhookEvent>(&stored).unwrap(), event, "{name}");
    }
    let unknown = json!({ "event": "wallet.frozen", "when": 1.5 });
    assert_eq!(serde_json::to_value(WebhookEvent::from(unknown.clone())).unwrap(), unknown);
}

#[test]
fn whatever_may_be_missing_or_null_may_be_both() {
    for optional in [Optional::Absent, Optional::Null, Optional::Present] {
        let read = events(Filling { optional, ..Filling::FULL });
        assert_eq!(read.len(), 28);
        for (name, mut payload) in read {
            payload["added_one_day"] = json!({ "a": [null] });
            let event = WebhookEvent::from(payload);
            assert!(!matches!(event, WebhookEvent::Unknown(_)), "{name} {optional:?}: {event:?}");
        }
    }
}
