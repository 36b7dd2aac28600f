//! Two payments with the mark of one payout are told, once and loudly; a link and what pays it out are one payment.

use std::time::Duration;

use dots_api::Metadata;
use dots_api_ext::outbox::{Alarm, Limits, Outbox, State, Why};
use dots_api_ext::{Cents, Payee};
use dots_sandbox::{Fault, When};

use super::{World, by};
use crate::support::world::TEN_DOLLARS;

/// The mark that the outbox wrote into its last payout.
fn mark(world: &World) -> Metadata {
    let requests = world.sandbox.requests();
    let request = requests.into_iter().rfind(|request| request.method == "POST").unwrap();
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    Metadata::object(body["metadata"].as_object().unwrap().clone())
}

/// Leaves a payout in doubt, for which the lists are read.
async fn doubt(world: &World, outbox: &Outbox) {
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    let other = world.dots.send_payout(Cents::new(7_000), Payee::phone("1", "2025550140"));
    let _ = outbox.pay_once("invoice-999", other).await.unwrap();
}

async fn alarm(outbox: &Outbox) -> Option<Alarm> {
    outbox.status("invoice-881").await.unwrap().unwrap().alarm
}

#[tokio::test]
async fn two_links_with_the_mark_of_one_payout_are_an_alarm_and_are_told_once() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let mark = mark(&world);
    world.payout().metadata(mark).await.unwrap();
    assert_eq!(alarm(&outbox).await, None);
    doubt(&world, &outbox).await;
    outbox.reconcile().await.unwrap();
    assert_eq!(alarm(&outbox).await, Some(Alarm::PaidTwice));
    let review = outbox.review().await.unwrap();
    assert!(review[0].note.as_ref().is_some_and(|note| note.contains("as well")), "{review:?}");
    let log = outbox.history("invoice-881").await.unwrap();
    outbox.reconcile().await.unwrap();
    assert_eq!(outbox.history("invoice-881").await.unwrap(), log);
    assert_eq!((world.sandbox.links(), world.paid()), (2, 2_000));
}

#[tokio::test]
async fn a_lost_answer_of_which_two_links_show_is_settled_with_an_alarm() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    world.sandbox.inject(Fault::Reset).on("list_payout_links");
    let lost = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(lost.status().state, State::Unknown);
    let mark = mark(&world);
    world.payout().metadata(mark).await.unwrap();
    outbox.reconcile().await.unwrap();
    let status = outbox.status("invoice-881").await.unwrap().unwrap();
    assert_eq!((status.state, status.alarm), (State::Settled, Some(Alarm::PaidTwice)));
    assert_eq!((world.sandbox.links(), world.paid()), (2, 2_000));
}

#[tokio::test]
async fn two_transfers_with_the_mark_of_one_payout_are_an_alarm() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let user = crate::support::world::user(&world.dots).await;
    let before = world.sandbox.balance();
    let _ = outbox.pay_once("invoice-881", world.dots.transfer_to_user(&user, TEN_DOLLARS)).await.unwrap();
    let mark = mark(&world);
    world.dots.transfer_to_user(&user, TEN_DOLLARS).metadata(mark).await.unwrap();
    doubt(&world, &outbox).await;
    outbox.reconcile().await.unwrap();
    assert_eq!(alarm(&outbox).await, Some(Alarm::PaidTwice));
    assert_eq!(before - world.sandbox.balance(), 2_000);
}

#[tokio::test]
async fn a_transfer_that_may_pay_a_link_out_is_noted_once_and_is_no_alarm() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let user = crate::support::world::user(&world.dots).await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let mark = mark(&world);
    world.dots.transfer_to_user(&user, TEN_DOLLARS).metadata(mark).await.unwrap();
    doubt(&world, &outbox).await;
    for _ in 0..2 {
        outbox.reconcile().await.unwrap();
    }
    assert_eq!(alarm(&outbox).await, None);
    let log = outbox.history("invoice-881").await.unwrap();
    let noted =
        log.iter().filter(|entry| entry.reason.as_ref().is_some_and(|why| why.contains("may be a second")));
    assert_eq!(noted.count(), 1, "{log:?}");
    assert_eq!(world.paid(), 1_000);
}

#[tokio::test]
async fn a_cancelled_payout_that_shows_as_paid_is_an_alarm() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-880", world.payout()).await.unwrap();
    let object = mark(&world).as_object().unwrap().clone();
    outbox.plan("invoice-881", world.pays(Cents::new(900))).await.unwrap();
    outbox.cancel("invoice-881", by()).await.unwrap();
    let mut forged = object;
    forged.insert("outbox_reference".to_owned(), "invoice-881".into());
    world.pays(Cents::new(900)).metadata(Metadata::object(forged)).await.unwrap();
    doubt(&world, &outbox).await;
    outbox.reconcile().await.unwrap();
    assert_eq!(alarm(&outbox).await, Some(Alarm::PaidAfterAll));
    assert_eq!((world.sandbox.links(), world.paid()), (2, 1_900));
}

#[tokio::test]
async fn an_answer_with_the_mark_of_another_payout_is_not_taken_for_its_payment() {
    let world = World::new().await;
    let outbox = world.outbox().await.with_limits(Limits::none().alike_within(Duration::ZERO));
    let _ = outbox.pay_once("invoice-882", world.payout()).await.unwrap();
    let other = mark(&world);
    // Its key has paid something else: Dots answers with that.
    world.payout().metadata(other).reference("invoice-881").await.unwrap();
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    let done = outbox.work().await.unwrap();
    let status = outbox.status("invoice-881").await.unwrap().unwrap();
    assert_eq!((status.state, status.why), (State::Review, Some(Why::Mismatch)), "{done:?}");
    assert_eq!(status.object_id, None);
    assert!(status.note.unwrap().contains("another reference"));
    assert_eq!((world.sandbox.links(), world.paid()), (2, 2_000));
}
