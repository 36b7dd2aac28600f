//! What a careful program never meets: a copy of an open file, two files from one list, a clock that jumps, a request that
//! was changed on the disk; and lists in which a payout is hard to find.

use std::time::Duration;

use dots_api_ext::outbox::{FileProblem, Outbox, OutboxError, Rules, State};
use dots_api_ext::{Cents, Payee};
use dots_sandbox::{Fault, When};

use super::World;
use crate::support::world::TEN_DOLLARS;

#[tokio::test]
async fn a_file_that_is_copied_while_it_is_open_is_a_copy_and_pays_nothing_twice() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    outbox.plan("invoice-882", world.pays(Cents::new(2_000))).await.unwrap();
    let copy = world.folder.path().join("copy.sqlite");
    dots_torture::bad_disk::copy(&world.file(), &copy).unwrap();
    outbox.work().await.unwrap();
    outbox.close().await;

    let error = Outbox::open(&copy, &world.dots).await.unwrap_err();
    assert!(matches!(error, OutboxError::File(FileProblem::Copied(_))), "{error}");
    let restored = Outbox::open_restored(&copy, &world.dots).await.unwrap();
    let done = restored.work().await.unwrap();
    assert_eq!(done.count(State::Settled), 2);
    assert_eq!((world.sandbox.links(), world.paid()), (2, 3_000));
}

#[tokio::test]
async fn two_files_from_one_list_on_two_machines_pay_everybody_once() {
    let world = World::new().await;
    let rules = Rules { shared_references: true, ..Rules::default() };
    let here = world.outbox().await.with_rules(rules);
    let there = Outbox::create(world.folder.path().join("there.sqlite"), &world.dots).await.unwrap();
    let there = there.with_rules(rules);
    let list: Vec<(String, String)> = (0..12).map(|n| (n.to_string(), format!("20255{n:05}"))).collect();
    for outbox in [&here, &there] {
        let client = world.dots.clone();
        let rows = list.clone().into_iter().map(move |(name, phone)| {
            (name, client.send_payout(Cents::new(1_000), Payee::phone("1", phone)))
        });
        outbox.plan_all("2026-11", rows).await.unwrap();
    }
    // Of some answers nobody learns, on either machine.
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After).times(5);
    let (one, other) = tokio::join!(here.work().into_future(), there.work().into_future());
    one.unwrap();
    other.unwrap();
    world.advance(1);
    for outbox in [&here, &there] {
        let done = outbox.work().await.unwrap();
        assert_eq!(done.count(State::Settled), 12, "{done:?}");
    }
    assert_eq!(world.sandbox.links(), 12);
    assert!(list.iter().all(|(_, phone)| world.sandbox.paid(phone) == 1_000));
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_ahead_makes_nobody_pay_twice() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    world.sandbox.inject(Fault::Reset).on("list_payout_links");
    let lost = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(lost.status().state, State::Unknown);
    outbox.plan("invoice-882", world.pays(Cents::new(2_000))).await.unwrap();
    for hours in [30, 3, 60] {
        world.clock.set_forward(Duration::from_secs(hours * 60 * 60));
        outbox.work().await.unwrap();
        world.clock.set_back(Duration::from_secs(hours * 60 * 60));
        outbox.work().await.unwrap();
    }
    world.advance(100);
    let done = outbox.work().await.unwrap();
    assert_eq!(done.count(State::Settled), 2, "{done:?}");
    assert_eq!((world.sandbox.links(), world.paid()), (2, 3_000));
}

#[tokio::test]
async fn a_request_that_was_changed_on_the_disk_is_not_sent() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    outbox.close().await;
    let connection = rusqlite::Connection::open(world.file()).unwrap();
    let sql = "DROP TRIGGER requests_stay; UPDATE requests SET request = replace(request, '2025550139', '2025550138')";
    connection.execute_batch(sql).unwrap();
    drop(connection);
    let outbox = world.open().await;
    let payment = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let note = payment.status().note.clone().unwrap_or_default();
    assert!(note.contains("the stored request cannot be read"), "{payment:?}");
    assert_eq!((world.posts(), world.sandbox.paid("2025550138")), (0, 0));
}

#[tokio::test]
async fn a_payout_is_found_on_the_last_page_of_a_long_list() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    world.sandbox.inject(Fault::Reset).on("list_payout_links");
    let lost = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(lost.status().state, State::Unknown);
    for number in 0..230 {
        let phone = format!("20256{number:05}");
        world.dots.send_payout(TEN_DOLLARS, Payee::phone("1", phone)).await.unwrap();
    }
    world.advance(30);
    assert_eq!(outbox.work().await.unwrap().count(State::Settled), 1);
    assert_eq!((world.paid(), world.sandbox.links()), (1_000, 231));
}

#[tokio::test]
async fn a_transfer_that_lost_its_answer_is_found_in_the_other_list() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let user = crate::support::world::user(&world.dots).await;
    world.sandbox.inject(Fault::Reset).on("create_transfer").when(When::After);
    let transfer = || world.dots.transfer_to_user(&user, TEN_DOLLARS);
    let before = world.sandbox.balance();
    let _ = outbox.pay_once("invoice-881", transfer()).await.unwrap();
    world.advance(30);
    assert_eq!(outbox.work().await.unwrap().count(State::Settled), 1);
    let again = outbox.pay_once("invoice-881", transfer()).await.unwrap();
    assert_eq!(again.status().state, State::Settled);
    assert_eq!(before - world.sandbox.balance(), 1_000);
}
