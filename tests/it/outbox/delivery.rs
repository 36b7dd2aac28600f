//! What Dots says of single objects: that a payout is paid, and what became of its money.

use std::time::SystemTime;

use dots_api_ext::outbox::{Delivery, Illegal, OutboxError, Payment, State};
use dots_api_ext::webhook::{VerifiedWebhook, WebhookSigner, WebhookVerifier};
use dots_sandbox::{Fault, When};
use serde_json::json;

use super::{World, by};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A webhook that says that a link was updated.
fn webhook(link: &str) -> VerifiedWebhook {
    let body =
        json!({ "event": "payout_link.updated", "payout_link_id": link, "status": "created" }).to_string();
    let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_720_701_093);
    let headers = WebhookSigner::new(SECRET).unwrap().sign("msg_1", now, body.as_bytes());
    let headers: Vec<(String, String)> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    WebhookVerifier::new(SECRET).unwrap().verify(&headers, body.as_bytes(), now).unwrap()
}

/// A payout in review, of which Dots has made a link that its lists do not show.
async fn hidden() -> (World, dots_api_ext::outbox::Outbox, String) {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    world.sandbox.inject(Fault::Reset).on("list_payout_links").times(3);
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    world.sandbox.clear_faults();
    let links = world.dots.list(dots_api::ListPayoutLinks::new()).items().next().await.unwrap().unwrap();
    (world, outbox, links.id.to_string())
}

#[tokio::test]
async fn a_webhook_settles_a_payout_in_doubt() {
    let (world, outbox, link) = hidden().await;
    assert_eq!(outbox.status("invoice-881").await.unwrap().unwrap().state, State::Unknown);
    let status = outbox.observe(&webhook(&link)).await.unwrap().unwrap();
    assert_eq!((status.state, status.delivery), (State::Settled, Some(Delivery::OnItsWay)));
    let error = outbox.pay_again("invoice-881", by()).await.unwrap_err();
    assert!(matches!(error, OutboxError::Illegal { why: Illegal::State(State::Settled, _), .. }), "{error}");
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_webhook_that_overtakes_its_answer_is_not_undone() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::NoAnswer).on("send_payout").when(When::After);
    let (client, payout) = (outbox.clone(), world.payout());
    let paying = tokio::spawn(async move { client.pay_once("invoice-881", payout).await });
    while world.sandbox.links() == 0 {
        tokio::task::yield_now().await;
    }
    let links = world.dots.list(dots_api::ListPayoutLinks::new()).items().next().await.unwrap().unwrap();
    let status = outbox.observe(&webhook(links.id.as_str())).await.unwrap().unwrap();
    assert_eq!(status.state, State::Settled);
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
    // The connection ends, and what came of the attempt is not known.
    drop(world.sandbox);
    let payment = paying.await.unwrap().unwrap();
    assert!(matches!(payment, Payment::Settled(_)), "{payment:?}");
    let status = outbox.status("invoice-881").await.unwrap().unwrap();
    assert_eq!((status.state, status.delivery), (State::Settled, Some(Delivery::OnItsWay)));
}

#[tokio::test]
async fn a_webhook_about_another_link_changes_nothing() {
    let (world, outbox, _) = hidden().await;
    let other = world
        .dots
        .send_payout(dots_api_ext::Cents::new(1_000), dots_api_ext::Payee::phone("1", "2025550140"));
    let other = other.await.unwrap().id.to_string();
    assert!(outbox.observe(&webhook(&other)).await.unwrap().is_none());
    assert_eq!(outbox.status("invoice-881").await.unwrap().unwrap().state, State::Unknown);
    assert_eq!(world.paid(), 1_000);
}

#[tokio::test]
async fn money_that_comes_back_is_told_and_its_payout_stays_settled() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let Payment::Settled(paid) = outbox.pay_once("invoice-881", world.payout()).await.unwrap() else {
        panic!("it is paid")
    };
    let id = paid.status.object_id.unwrap().parse().unwrap();
    assert_eq!(outbox.refresh("invoice-881").await.unwrap().delivery, Some(Delivery::OnItsWay));
    world.dots.cancel_payout_link(&id).await.unwrap();
    let status = outbox.refresh("invoice-881").await.unwrap();
    assert_eq!((status.state, status.delivery), (State::Settled, Some(Delivery::Returned)));
    let again = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(again.status().state, State::Settled);
    assert_eq!((world.sandbox.links(), world.paid()), (1, 0));
}

#[tokio::test]
async fn a_transfer_is_followed_like_a_link() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let before = world.sandbox.balance();
    let phone = dots_api_ext::Phone::new("1", crate::support::world::PHONE);
    let user = world.dots.create_user("Jo", "Doe", "jo@example.com", phone).await.unwrap();
    let bonus = world.dots.transfer_to_user(&user.id, crate::support::world::TEN_DOLLARS);
    let _ = outbox.pay_once("bonus-17", bonus).await.unwrap();
    let status = outbox.refresh("bonus-17").await.unwrap();
    assert_eq!((status.state, status.delivery), (State::Settled, Some(Delivery::PaidOut)));
    assert_eq!(world.sandbox.balance(), before - 1_000);
}
