//! A verified webhook ends the pause of a wait.

use std::future::pending;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use dots_api::PayoutLinkStatus;
use dots_api_ext::webhook::{VerifiedWebhook, WebhookEvent};
use dots_api_ext::{Clock, LinkDelivery, Notifier};
use dots_sandbox::{Sandbox, WebhookEventKey};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{receiver, telling, verifier};
use crate::support::operator::claims;
use crate::support::wire::Received;
use crate::support::world::{FULL_WALLET, PHONE, TEN_DOLLARS, builder_for, phone};

/// A clock on which no pause ever ends; it reports when one starts.
#[derive(Debug)]
struct Endless(UnboundedSender<()>);

impl Clock for Endless {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.send(()).unwrap();
        Box::pin(pending())
    }
}

#[tokio::test]
async fn a_proven_webhook_ends_the_pause_of_a_wait_also_without_its_name() {
    let receiver = receiver().await;
    let builder = Sandbox::builder().webhook_event_key(WebhookEventKey::AsDocumented);
    let sandbox = telling(&receiver, builder).await;
    let (paused, mut pauses) = unbounded_channel();
    let dots = builder_for(&sandbox.url()).clock(Endless(paused)).build().unwrap();
    let link = dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone())).await.unwrap();
    let notifier = Notifier::default();
    let wait = dots.wait_for_payout_link(&link.id).until(PayoutLinkStatus::Claimed).notified_by(&notifier);
    let waiting = tokio::spawn(wait.into_future());
    pauses.recv().await.unwrap();

    claims(&sandbox, &link.id, PHONE).await;
    sandbox.deliver().await;
    let proven = |told: &Received| verifier().verify(told, &told.body, SystemTime::now()).unwrap();
    let told: Vec<VerifiedWebhook> = receiver.requests().iter().map(proven).collect();
    let is_nameless_link = |webhook: &&VerifiedWebhook| {
        matches!(webhook.event(), WebhookEvent::Unknown(_)) && webhook.payout_link_id() == Some(&link.id)
    };
    let claimed = told.iter().find(is_nameless_link).unwrap();
    notifier.notify_all(claimed.ids());

    assert_eq!(waiting.await.unwrap().unwrap().status, PayoutLinkStatus::Claimed);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}
