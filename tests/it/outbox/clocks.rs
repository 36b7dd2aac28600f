//! A clock that was ahead and is set right: nothing is paid twice, nothing waits for days, and what waits is told.

use std::time::Duration;

use dots_api_ext::outbox::{FileProblem, Outbox, OutboxError, Run, State};
use dots_api_ext::{Cents, Clock as _};
use dots_sandbox::{Fault, Lag, When};

use super::{World, by};

const THREE_DAYS: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Opens the file after its machine's clock was set right.
async fn open_set_right(world: &World) -> Outbox {
    let error = Outbox::open(world.file(), &world.dots).await.unwrap_err();
    assert!(matches!(error, OutboxError::File(FileProblem::ClockBehind(..))), "{error}");
    assert!(error.to_string().contains("`open_clock_was_ahead`"), "{error}");
    Outbox::open_clock_was_ahead(world.file(), &world.dots, by()).await.unwrap()
}

fn rows(world: &World) -> Vec<(String, dots_api_ext::Prepared<dots_api::SendPayout>)> {
    (1..=3).map(|number| (number.to_string(), world.pays(Cents::new(number * 1_000)))).collect()
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_planned_is_paid_when_it_is_set_right() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.clock.set_forward(THREE_DAYS);
    outbox.plan_all("2026-11", rows(&world)).await.unwrap();
    outbox.hold("2026-11/2", by()).await.unwrap();
    outbox.close().await;
    world.clock.set_back(THREE_DAYS);

    let outbox = open_set_right(&world).await;
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Settled), done.count(State::Held), done.clock_wait), (2, 1, None));
    outbox.release("2026-11/2", by()).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    outbox.close().await;
    // The file has forgotten the wrong time.
    let outbox = world.open().await;
    world.advance(100);
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (3, 6_000));
}

#[tokio::test]
async fn a_summary_and_a_report_say_which_payouts_wait_for_a_clock() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.clock.set_forward(THREE_DAYS);
    outbox.plan_all("2026-11", rows(&world)).await.unwrap();
    let ahead = world.clock.now();
    world.clock.set_back(THREE_DAYS);
    outbox.plan("invoice-881", world.pays(Cents::new(7_000))).await.unwrap();

    // The file was open all along, and has seen the later time.
    for payouts in [4, 4] {
        let wait = outbox.work().await.unwrap().clock_wait.unwrap();
        assert_eq!((wait.payouts, wait.until, wait.left), (payouts, ahead, THREE_DAYS));
        let said = wait.to_string();
        assert!(
            said.contains("wait for another 259200 s") && said.contains("`open_clock_was_ahead`"),
            "{said}"
        );
    }
    let of_run = outbox.tally(Some("2026-11")).await.unwrap();
    assert_eq!(of_run.clock_wait.map(|wait| (wait.payouts, wait.until)), Some((3, ahead)));
    assert_eq!(outbox.gauges().await.unwrap().clock_wait, 4);
    assert_eq!(world.posts(), 0);

    outbox.close().await;
    let outbox = open_set_right(&world).await;
    let done = outbox.work().await.unwrap();
    assert!(done.is_done() && done.clock_wait.is_none(), "{done:?}");
    assert_eq!((world.posts(), world.paid()), (4, 13_000));
}

#[tokio::test]
async fn a_pay_date_stays_when_a_clock_is_set_right() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let friday = world.clock.now() + Duration::from_secs(5 * 24 * 60 * 60);
    world.clock.set_forward(THREE_DAYS);
    outbox.plan_all(Run::new("2026-11").pay_at(friday), rows(&world)).await.unwrap();
    outbox.close().await;
    world.clock.set_back(THREE_DAYS);

    let outbox = open_set_right(&world).await;
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Planned), done.next_due, done.clock_wait), (3, Some(friday), None));
    assert_eq!(world.posts(), 0);
    world.advance(5 * 24);
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (3, 6_000));
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_sent_is_not_sent_again_once_dots_has_forgotten_it() {
    let mut world = World::new().await;
    let outbox = world.outbox().await;
    lose_unseen(&world, &outbox).await;
    outbox.close().await;
    world.clock.set_back(THREE_DAYS);
    world.restart();

    let outbox = open_set_right(&world).await;
    let waits = outbox.tally(None).await.unwrap().clock_wait;
    assert_eq!(waits.map(|wait| wait.payouts), Some(1));
    // By the time of its plan, its key is young again; Dots has forgotten it.
    world.advance(73);
    assert_eq!(outbox.work().await.unwrap().count(State::Unknown), 1);
    world.advance(100);
    assert_eq!(outbox.work().await.unwrap().count(State::Settled), 1);
    assert_eq!((world.posts(), world.sandbox.links()), (1, 1));
}

/// Sends a payout by a clock that is ahead: it is carried out, its answer is lost, and the lists show it a week later.
async fn lose_unseen(world: &World, outbox: &Outbox) {
    world.clock.set_forward(THREE_DAYS);
    world.sandbox.inject(Fault::ListLag(Lag::Time(THREE_DAYS * 2))).on("list_payout_links");
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    let lost = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(lost.status().state, State::Unknown);
}

#[tokio::test]
async fn a_list_that_was_read_while_the_clock_was_behind_keeps_an_old_key_from_being_sent() {
    let mut world = World::new().await;
    let outbox = world.outbox().await;
    lose_unseen(&world, &outbox).await;
    world.clock.set_back(THREE_DAYS);
    // The same process reads the lists, and nothing shows.
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Unknown), done.clock_wait.map(|wait| wait.payouts)), (1, Some(1)));
    outbox.close().await;
    world.advance(73);
    world.restart();
    let outbox = world.open().await;
    assert_eq!(outbox.work().await.unwrap().count(State::Unknown), 1);
    world.advance(100);
    assert_eq!(outbox.work().await.unwrap().count(State::Settled), 1);
    assert_eq!((world.posts(), world.sandbox.links()), (1, 1));
}

#[tokio::test]
async fn what_an_earlier_process_left_in_doubt_is_looked_for_before_it_is_sent_again() {
    let mut world = World::new().await;
    let outbox = world.outbox().await;
    world.clock.set_forward(THREE_DAYS);
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After).times(2);
    world.sandbox.inject(Fault::Reset).on("list_payout_links").times(4);
    for (reference, cents) in [("invoice-881", 1_000), ("invoice-882", 2_000)] {
        let lost = outbox.pay_once(reference, world.pays(Cents::new(cents))).await.unwrap();
        assert_eq!(lost.status().state, State::Unknown);
    }
    outbox.close().await;
    world.clock.set_back(THREE_DAYS);
    // No program ran until the wrong time had come, so none could see that it was wrong.
    world.advance(73);
    world.restart();

    let outbox = world.open().await;
    let first = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(first.status().state, State::Unknown);
    let done = outbox.work().await.unwrap();
    assert!(done.unread_lists.is_some(), "{done:?}");
    assert_eq!(world.posts(), 2);
    world.sandbox.clear_faults();
    let first = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(first.status().state, State::Settled);
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.sandbox.links()), (2, 2));
}

#[tokio::test]
async fn a_copy_of_what_a_clock_that_was_ahead_has_planned_was_due() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.clock.set_forward(THREE_DAYS);
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    let backup = world.folder.path().join("backup.sqlite");
    outbox.backup(&backup).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    outbox.close().await;
    world.clock.set_back(THREE_DAYS);

    let restored = Outbox::open_restored(&backup, &world.dots).await.unwrap();
    let status = restored.status("invoice-881").await.unwrap().unwrap();
    assert_eq!((status.state, status.may_be_paid), (State::Unknown, true));
    world.advance(1);
    assert!(restored.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}
