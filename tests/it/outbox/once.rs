//! A payout is paid once, however often and however late it is asked for.

use std::time::Duration;

use dots_api_ext::Cents;
use dots_api_ext::outbox::{OutboxError, Payment, State};
use dots_sandbox::{Fault, Lag, When};
use futures_util::FutureExt as _;

use super::World;
use crate::support::world::TEN_DOLLARS;

#[tokio::test]
async fn a_reference_is_paid_once_and_says_so() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let Payment::Settled(first) = outbox.pay_once("invoice-881", world.payout()).await.unwrap() else {
        panic!("it is paid")
    };
    let Payment::Settled(second) = outbox.pay_once("invoice-881", world.payout()).await.unwrap() else {
        panic!("it is paid")
    };
    assert_eq!((first.was_paid_before, second.was_paid_before), (false, true));
    assert!(first.status.object_id.is_some());
    assert_eq!(first.status.object_id, second.status.object_id);
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

/// `café`, with the accent in one sign and in two.
const ACCENTS: [&str; 2] = ["caf\u{e9}", "cafe\u{301}"];

#[tokio::test]
async fn references_that_look_the_same_are_one() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    for (count, reference) in ACCENTS.into_iter().enumerate() {
        let payment = outbox.pay_once(reference, world.payout()).await.unwrap();
        assert!(matches!(payment, Payment::Settled(paid) if paid.was_paid_before == (count > 0)));
        outbox.plan_all(reference, [(reference, world.pays(Cents::new(900)))]).await.unwrap();
    }
    for name in ACCENTS {
        assert_eq!(outbox.hold_run(name, super::by()).await.unwrap(), 1);
        let row = format!("{name}/{name}");
        assert_eq!(outbox.release(&row, super::by()).await.unwrap().state, State::Planned);
        assert_eq!(outbox.history(&row).await.unwrap().len() % 2, 1);
        assert_eq!(outbox.tally(Some(name)).await.unwrap().planned.0, 1);
    }
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (2, 1_900));
}

#[tokio::test]
async fn references_that_look_the_same_are_one_whatever_became_of_the_first_key() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    // Its key was too old when it was sent, so it was paid under another one.
    outbox.plan(ACCENTS[0], world.payout()).await.unwrap();
    outbox.hold(ACCENTS[0], super::by()).await.unwrap();
    world.advance(72);
    outbox.release(ACCENTS[1], super::by()).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    world.advance(48);
    let again = outbox.pay_once(ACCENTS[1], world.payout()).await.unwrap();
    assert_eq!((again.status().state, again.status().generation), (State::Settled, 1));
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_year_later_it_is_still_paid() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    outbox.close().await;
    world.advance(365 * 24);
    let outbox = world.open().await;
    let again = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert!(matches!(again, Payment::Settled(paid) if paid.was_paid_before));
    // The link has expired meanwhile, unclaimed.
    assert_eq!((world.posts(), world.sandbox.links()), (1, 1));
}

#[tokio::test]
async fn what_lost_its_answer_is_found_in_the_lists() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    let payment = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert!(matches!(payment, Payment::Settled(_)), "{payment:?}");
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn what_may_be_on_its_way_is_not_sent_again_at_once() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    let first = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let second = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!((first.status().state, second.status().state), (State::Unknown, State::Unknown));
    assert_eq!((world.posts(), world.paid()), (1, 0));

    world.advance(1);
    let third = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert!(matches!(third, Payment::Settled(_)), "{third:?}");
    assert_eq!((world.posts(), world.paid()), (2, 1_000));
}

#[tokio::test]
async fn a_crash_between_claim_and_answer_is_looked_up() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    // The answer comes, and the process that waits for it is no more: its future is polled once, and its runtime ends.
    let payout = world.payout();
    let file = world.file();
    outbox.close().await;
    let dots = world.dots.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let outbox = dots_api_ext::outbox::Outbox::open(&file, &dots).await.unwrap();
            outbox.plan("invoice-881", payout).await.unwrap();
            let work = tokio::spawn(outbox.clone().work().into_future());
            while outbox.status("invoice-881").await.unwrap().unwrap().state != State::InFlight {
                tokio::task::yield_now().await;
            }
            work.abort();
        });
    })
    .join()
    .unwrap();
    let outbox = loop {
        match dots_api_ext::outbox::Outbox::open(world.file(), &world.dots).await {
            Ok(outbox) => break outbox,
            Err(OutboxError::File(dots_api_ext::outbox::FileProblem::Locked(..))) => {
                tokio::task::yield_now().await;
            }
            Err(error) => panic!("{error}"),
        }
    };
    world.advance(1);
    let payment = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert!(matches!(payment, Payment::Settled(_)), "{payment:?}");
    assert_eq!(world.paid(), 1_000);
}

#[tokio::test]
async fn another_payout_under_a_known_reference_is_refused() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let error = outbox.pay_once("invoice-881", world.pays(Cents::new(2_000))).await.unwrap_err();
    assert!(matches!(&error, OutboxError::OtherPayout { differs, .. } if *differs == ["amount"]), "{error}");
    assert!(!error.to_string().contains("2000"), "{error}");
    let other = world.dots.send_payout(TEN_DOLLARS, dots_api_ext::Payee::phone("1", "2025550140"));
    let error = outbox.pay_once("invoice-881", other).await.unwrap_err();
    assert!(matches!(&error, OutboxError::OtherPayout { differs, .. } if *differs == ["payee"]), "{error}");
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn metadata_that_is_a_text_is_refused() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let error = outbox.pay_once("invoice-881", world.payout().metadata("invoice 881")).await.unwrap_err();
    assert!(error.to_string().contains("metadata must be an object"), "{error}");
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn a_payout_whose_future_is_dropped_is_stored_all_the_same() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    {
        let mut payment = Box::pin(outbox.pay_once("invoice-881", world.payout()));
        while world.posts() == 0 {
            assert!((&mut payment).now_or_never().is_none());
            tokio::task::yield_now().await;
        }
    }
    while outbox.status("invoice-881").await.unwrap().unwrap().state != State::Settled {
        tokio::task::yield_now().await;
    }
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_is_none() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    // Carried out, unseen; and the lists do not show it yet.
    world.sandbox.inject(Fault::ListLag(Lag::Time(Duration::from_secs(90 * 60)))).on("list_payout_links");
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    let first = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(first.status().state, State::Unknown);
    world.advance(1);
    world.sandbox.inject(Fault::Unauthorized).on("send_payout");
    let second = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert!(!matches!(second, Payment::Rejected(_)), "{second:?}");
    assert_eq!(world.posts(), 2);
    world.advance(1);
    let done = outbox.work().await.unwrap();
    assert_eq!(done.count(State::Settled), 1);
    assert_eq!(world.paid(), 1_000);
}
