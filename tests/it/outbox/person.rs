//! What a person is asked, and what comes of the answer.

use dots_api_ext::outbox::{Illegal, OutboxError, Payment, State, Why};
use dots_api_ext::{Cents, Payee};
use dots_sandbox::{Fault, When};

use super::{World, by};
use crate::support::world::TEN_DOLLARS;

#[tokio::test]
async fn what_cannot_be_known_is_in_review_and_is_paid_again_by_a_person_only() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let error = outbox.pay_again("invoice-881", by()).await.unwrap_err();
    assert!(matches!(error, OutboxError::Illegal { why: Illegal::State(State::Unknown, _), .. }), "{error}");

    // Dots has forgotten the key, so nothing is sent any more.
    world.advance(25);
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Review), world.posts()), (1, 1));
    let review = outbox.review().await.unwrap();
    assert_eq!((review[0].why, review[0].may_be_paid), (Some(Why::Absent), true));

    let planned = outbox.pay_again("invoice-881", by()).await.unwrap();
    assert_eq!((planned.state, planned.generation), (State::Planned, 1));
    let payment = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert!(matches!(payment, Payment::Settled(_)), "{payment:?}");
    assert_eq!((world.posts(), world.paid()), (2, 1_000));
}

#[tokio::test]
async fn a_refused_payout_is_corrected_under_its_reference() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let nobody = "11111111-1111-4111-8111-111111111111".parse().unwrap();
    let payout = world.dots.send_payout(TEN_DOLLARS, Payee::user(nobody));
    let refused = outbox.pay_once("invoice-881", payout).await.unwrap();
    assert!(matches!(refused, Payment::Rejected(_)), "{refused:?}");

    let corrected = outbox.correct("invoice-881", world.pays(Cents::new(900)), by()).await.unwrap();
    assert_eq!((corrected.state, corrected.cents), (State::Planned, Cents::new(900)));
    let payment = outbox.pay_once("invoice-881", world.pays(Cents::new(900))).await.unwrap();
    assert!(matches!(payment, Payment::Settled(_)), "{payment:?}");
    assert_eq!(world.paid(), 900);
}

#[tokio::test]
async fn of_two_corrections_at_once_one_is_made_and_what_is_sent_is_what_is_stored() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.pays(Cents::new(100))).await.unwrap();
    let (one, other) = tokio::join!(
        outbox.correct("invoice-881", world.pays(Cents::new(200)), by()),
        outbox.correct("invoice-881", world.pays(Cents::new(300)), by()),
    );
    let (made, error) = match (one, other) {
        (Ok(made), Err(error)) | (Err(error), Ok(made)) => (made, error),
        both => panic!("{both:?}"),
    };
    assert!(matches!(error, OutboxError::Illegal { why: Illegal::Stale, .. }), "{error}");
    outbox.work().await.unwrap();
    // For another one in doubt, the lists are read.
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    let _ = outbox.pay_once("invoice-999", world.pays(Cents::new(7))).await.unwrap();
    let status = outbox.status("invoice-881").await.unwrap().unwrap();
    assert_eq!((status.state, status.cents, status.alarm), (State::Settled, made.cents, None));
    assert_eq!(world.paid(), made.cents.get());
}

#[tokio::test]
async fn a_held_payout_that_is_corrected_is_not_sent_until_it_is_released() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    outbox.hold("invoice-881", by()).await.unwrap();
    let corrected = outbox.correct("invoice-881", world.pays(Cents::new(900)), by()).await.unwrap();
    assert_eq!(corrected.state, State::Held);
    outbox.work().await.unwrap();
    assert_eq!(world.posts(), 0);
    outbox.release("invoice-881", by()).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!(world.paid(), 900);
}

#[tokio::test]
async fn a_payout_that_is_alike_waits_for_a_person() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let held = outbox.pay_once("invoice-881-b", world.payout()).await.unwrap();
    assert_eq!((held.status().state, world.paid()), (State::Held, 1_000));
    assert!(held.status().note.as_ref().is_some_and(|note| note.contains("invoice-881")));

    outbox.release("invoice-881-b", by()).await.unwrap();
    assert_eq!(outbox.work().await.unwrap().count(State::Settled), 2);
    assert_eq!(world.paid(), 2_000);
}

#[tokio::test]
async fn a_payout_that_is_alike_is_held_also_after_a_clock_was_days_ahead() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let days = std::time::Duration::from_secs(3 * 24 * 60 * 60);
    world.clock.set_forward(days);
    outbox.plan("invoice-900", world.pays(Cents::new(700))).await.unwrap();
    world.clock.set_back(days);
    let held = outbox.pay_once("invoice-881-b", world.payout()).await.unwrap();
    assert_eq!((held.status().state, world.paid()), (State::Held, 1_000), "{held:?}");
}

#[tokio::test]
async fn a_cancelled_payout_is_not_sent_and_a_sent_one_is_not_cancelled() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    outbox.cancel("invoice-881", by()).await.unwrap();
    let ended = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert!(matches!(ended, Payment::Ended(_)), "{ended:?}");
    assert_eq!(world.posts(), 0);

    let _ = outbox.pay_once("invoice-882", world.payout()).await.unwrap();
    let error = outbox.cancel("invoice-882", by()).await.unwrap_err();
    assert!(matches!(error, OutboxError::Illegal { state: State::Settled, .. }), "{error}");
    assert_eq!(world.paid(), 1_000);
}

#[tokio::test]
async fn a_payout_that_was_held_for_days_is_looked_up_and_sent_under_a_new_key() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    outbox.hold("invoice-881", by()).await.unwrap();
    world.advance(72);
    outbox.release("invoice-881", by()).await.unwrap();
    let done = outbox.work().await.unwrap();
    assert_eq!(done.count(State::Settled), 1);
    assert_eq!(outbox.status("invoice-881").await.unwrap().unwrap().generation, 1);
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn an_older_payment_that_shows_late_ends_the_payout_and_does_not_leave_it_in_doubt() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    world.advance(25);
    outbox.work().await.unwrap();
    outbox.pay_again("invoice-881", by()).await.unwrap();

    // Much later than it may be, Dots carries the first request out; and of the second one no answer comes.
    let first = world.sandbox.requests().into_iter().find(|request| request.method == "POST").unwrap();
    let first: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    let metadata = dots_api::Metadata::object(first["metadata"].as_object().unwrap().clone());
    world.payout().metadata(metadata).await.unwrap();
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    let done = outbox.work().await.unwrap();
    assert_eq!(done.count(State::Unknown), 1, "{done:?}");
    for _ in 0..2 {
        world.advance(30);
        outbox.work().await.unwrap();
    }
    assert_eq!(outbox.status("invoice-881").await.unwrap().unwrap().state, State::Settled);
    assert_eq!((world.sandbox.links(), world.paid()), (1, 1_000));
}
