//! A payout's webhook is delivered, verified, and the payout fetched.

use std::time::{Duration, SystemTime};

use dots_api_ext::dots_api::GetPayoutLink;
use dots_api_ext::webhook::{MemorySeenEvents, Seen, SeenEvents, WebhookErrorKind};
use dots_sandbox::{Sandbox, WebhookFault};

use super::{receiver, telling, verifier};
use crate::support::wire::Received;
use crate::support::world::{PHONE, TEN_DOLLARS, client_of, somebody};

/// Handles a delivery as a receiver would.
fn handled(delivery: &Received, seen: &MemorySeenEvents) -> Result<Seen, WebhookErrorKind> {
    let now = SystemTime::now();
    let webhook = verifier().verify(delivery, &delivery.body, now).map_err(|error| error.kind())?;
    let noted = seen.note(webhook.id(), now).unwrap();
    if noted == Seen::New {
        seen.done(webhook.id()).unwrap();
    }
    Ok(noted)
}

#[tokio::test]
async fn a_payout_is_told_of_and_looked_up_and_paid_once() {
    let receiver = receiver().await;
    let sandbox = telling(&receiver, Sandbox::builder()).await;
    let dots = client_of(&sandbox.url());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    sandbox.deliver().await;

    let told = receiver.requests();
    let webhook = verifier().verify(&told[0], &told[0].body, SystemTime::now()).unwrap();
    assert_eq!(webhook.event().name(), Some("payout_link.updated"));
    let id = webhook.payout_link_id().unwrap().clone();
    let link = dots.run(GetPayoutLink::new(id)).await.unwrap();
    assert_eq!((&link.id, link.amount), (&payout.id, TEN_DOLLARS));
    assert_eq!(sandbox.paid(PHONE), TEN_DOLLARS.get());
}

#[tokio::test]
async fn false_stale_and_repeated_deliveries_change_nothing() {
    for (fault, expected) in [
        (WebhookFault::TamperedBody, Err(WebhookErrorKind::Signature)),
        (WebhookFault::TamperedSignature, Err(WebhookErrorKind::Signature)),
        (WebhookFault::StaleTimestamp, Err(WebhookErrorKind::Timestamp)),
        (WebhookFault::Unsigned, Err(WebhookErrorKind::Header)),
        (WebhookFault::Duplicate, Ok(Seen::New)),
    ] {
        let receiver = receiver().await;
        let sandbox = telling(&receiver, Sandbox::builder()).await;
        sandbox.webhooks().misbehave(fault).unwrap();
        let dots = client_of(&sandbox.url());
        dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
        sandbox.deliver().await;
        sandbox.advance(Duration::from_secs(60));
        sandbox.deliver().await;

        let seen = MemorySeenEvents::with_capacity(10);
        let outcomes: Vec<_> = receiver.requests().iter().map(|it| handled(it, &seen)).collect();
        assert_eq!(outcomes[0], expected, "{fault:?}");
        if fault == WebhookFault::Duplicate {
            assert_eq!(outcomes[1], Ok(Seen::Duplicate));
        }
        assert_eq!(sandbox.paid(PHONE), TEN_DOLLARS.get());
    }
}
