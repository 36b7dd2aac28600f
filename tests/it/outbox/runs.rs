//! Runs of payouts, limits, and what a worker stops for.

use std::time::Duration;

use dots_api::SendPayout;
use dots_api_ext::outbox::{Limits, Outbox, OutboxError, Run, State, Stop, Update};
use dots_api_ext::{Cents, Clock, Payee, Prepared};
use dots_sandbox::{ErrorBody, Fault, When};

use super::World;

/// People by number, each with a phone of their own.
fn people(world: &World, numbers: std::ops::Range<u32>) -> Vec<(String, Prepared<SendPayout>)> {
    let pays = |number: u32| {
        let phone = format!("20255{number:05}");
        (number.to_string(), world.dots.send_payout(Cents::new(1_000), Payee::phone("1", phone)))
    };
    numbers.map(pays).collect()
}

#[tokio::test]
async fn a_run_is_paid_once_each_month() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    for (month, already_paid) in [("2026-11", 0), ("2026-11", 30), ("2026-12", 0)] {
        let plan = outbox.plan_all(month, people(&world, 0..30)).await.unwrap();
        assert_eq!((plan.already_paid, plan.total), (already_paid, Cents::new(30_000)));
        let done = outbox.work().concurrency(5).await.unwrap();
        assert!(done.is_done(), "{done:?}");
        world.advance(48);
    }
    assert_eq!(world.sandbox.paid("2025500007"), 2_000);
    assert_eq!(world.sandbox.links(), 60);
}

#[tokio::test]
async fn a_run_with_a_wrong_row_is_not_planned_at_all() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let mut rows = people(&world, 0..4);
    rows.push(("9".to_owned(), world.dots.send_payout(Cents::new(-5), Payee::phone("1", "2025550139"))));
    rows.push(("1".to_owned(), world.payout()));
    let error = outbox.plan_all("2026-11", rows).await.unwrap_err();
    let OutboxError::Rows(problems) = &error else { panic!("{error}") };
    let wrong: Vec<u64> = problems.iter().map(|problem| problem.number).collect();
    assert_eq!(wrong, [5, 6], "{error}");
    assert!(outbox.totals().await.unwrap().is_empty());
    outbox.plan_all("2026-11", people(&world, 0..4)).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!(world.sandbox.links(), 4);
}

#[tokio::test]
async fn limits_refuse_before_anything_is_planned() {
    let world = World::new().await;
    let limits = Limits::none().per_payout(Cents::new(5_000)).per_run(Cents::new(2_500));
    let outbox = world.outbox().await.with_limits(limits);
    let error = outbox.pay_once("invoice-881", world.pays(Cents::new(5_001))).await.unwrap_err();
    assert!(error.to_string().contains("limit per payout"), "{error}");
    let error = outbox.plan_all("2026-11", people(&world, 0..3)).await.unwrap_err();
    assert!(error.to_string().contains("limit per run"), "{error}");
    assert!(outbox.totals().await.unwrap().is_empty());
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn refused_credentials_stop_the_worker_and_leave_the_rows_planned() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan_all("2026-11", people(&world, 0..20)).await.unwrap();
    world.sandbox.inject(Fault::Unauthorized).on("send_payout").times(20);
    let stopped = outbox.work().concurrency(1).await.unwrap();
    assert_eq!((stopped.stopped, stopped.count(State::Planned)), (Some(Stop::Credentials), 20));
    assert_eq!(world.posts(), 1);

    world.sandbox.clear_faults();
    world.advance(1);
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!(world.sandbox.links(), 20);
}

#[tokio::test]
async fn a_worker_ends_when_it_is_asked_and_stores_what_is_in_flight() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan_all("2026-11", people(&world, 0..20)).await.unwrap();
    let done = outbox.work().concurrency(3).until(async {}).await.unwrap();
    assert_eq!((done.stopped, done.count(State::InFlight)), (Some(Stop::Asked), 0));
    let settled = done.count(State::Settled);
    assert!(settled <= 3, "it went on: {done:?}");
    // What was claimed and not sent is not in doubt.
    assert_eq!((done.attempts, done.count(State::Planned)), (settled, 20 - settled));
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!(world.sandbox.links(), 20);
}

#[tokio::test]
async fn a_worker_that_is_dropped_sends_nothing_new_and_stores_what_is_in_flight() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan_all("2026-11", people(&world, 0..40)).await.unwrap();
    let mut updates = outbox.work().concurrency(4).updates();
    assert!(matches!(updates.next().await, Some(Ok(Update::Attempted(_)))));
    let posts = world.posts();
    drop(updates);
    let in_flight = async |outbox: &Outbox| {
        let totals = outbox.totals().await.unwrap();
        totals.iter().any(|(state, count, _)| *state == State::InFlight && *count > 0)
    };
    while in_flight(&outbox).await {
        tokio::task::yield_now().await;
    }
    assert!(world.posts() <= posts + 4, "it went on");
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!(world.sandbox.links(), 40);
}

#[tokio::test]
async fn a_run_through_faults_pays_everybody_once() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan_all("2026-11", people(&world, 0..40)).await.unwrap();
    for (fault, when) in [
        (Fault::Reset, When::After),
        (Fault::Reset, When::Before),
        (Fault::ServerError { status: 500, body: ErrorBody::Json }, When::After),
        (Fault::ServerError { status: 503, body: ErrorBody::Html }, When::Before),
    ] {
        world.sandbox.inject(fault).on("send_payout").when(when).times(3);
    }
    for _ in 0..5 {
        outbox.work().concurrency(4).await.unwrap();
        world.advance(1);
    }
    let done = outbox.work().await.unwrap();
    assert!(done.is_done(), "{done:?}");
    assert_eq!((done.count(State::Settled), world.sandbox.links()), (40, 40));
}

#[tokio::test]
async fn a_run_waits_for_its_pay_date() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let friday = Clock::now(&world.clock) + Duration::from_secs(50 * 60 * 60);
    let plan = outbox.plan_all(Run::new("2026-11").pay_at(friday), people(&world, 0..3)).await.unwrap();
    assert_eq!(plan.pay_at, Some(friday));
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Planned), done.next_due, world.posts()), (3, Some(friday), 0));

    let other = Run::new("2026-11").pay_at(friday + Duration::from_secs(1));
    let error = outbox.plan_all(other, people(&world, 0..3)).await.unwrap_err();
    assert!(error.to_string().contains("another pay date"), "{error}");
    // Its keys are too old by then: Dots' lists are read once, and the run is paid under new ones.
    world.advance(51);
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!(world.sandbox.links(), 3);
}

#[tokio::test]
async fn a_pay_date_stays_when_a_payout_is_corrected_asked_for_or_restored() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let friday = Clock::now(&world.clock) + Duration::from_secs(50 * 60 * 60);
    outbox.plan_all(Run::new("2026-11").pay_at(friday), people(&world, 0..3)).await.unwrap();
    let other = world.dots.send_payout(Cents::new(900), Payee::phone("1", "2025500000"));
    let corrected = outbox.correct("2026-11/0", other, super::by()).await.unwrap();
    assert_eq!(corrected.not_before, friday);
    outbox.work().await.unwrap();
    assert_eq!(world.posts(), 0);

    // Its key is too old by now, so that the lists are read.
    world.advance(30);
    let asked = people(&world, 1..2).remove(0).1;
    let asked = outbox.pay_once("2026-11/1", asked).await.unwrap();
    assert_eq!((asked.status().state, asked.status().not_before), (State::Planned, friday));
    let backup = world.folder.path().join("backup.sqlite");
    outbox.backup(&backup).await.unwrap();
    outbox.close().await;
    let restored = Outbox::open_restored(&backup, &world.dots).await.unwrap();
    world.advance(1);
    restored.work().await.unwrap();
    assert_eq!(world.posts(), 0);

    world.advance(25);
    restored.work().await.unwrap();
    assert!(world.sandbox.links() <= 3);
}

#[tokio::test]
async fn a_whole_run_is_held_and_goes_on_when_it_is_released() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan_all("2026-11", people(&world, 0..620)).await.unwrap();
    // Alike, under another reference.
    outbox.plan_all("2026-11b", people(&world, 0..1)).await.unwrap();
    let one = people(&world, 0..1).remove(0).1;
    assert_eq!(outbox.pay_once("2026-11/0", one).await.unwrap().status().state, State::Settled);
    assert_eq!(outbox.hold_run("2026-11", super::by()).await.unwrap(), 619);
    assert_eq!(outbox.hold_run("2026-11b", super::by()).await.unwrap(), 1);
    assert_eq!((outbox.work().await.unwrap().count(State::Held), world.sandbox.links()), (620, 1));

    assert_eq!(outbox.release_run("2026-11", super::by()).await.unwrap(), 619);
    assert_eq!(outbox.release_run("2026-11b", super::by()).await.unwrap(), 1);
    assert_eq!(outbox.release_run("2026-11b", super::by()).await.unwrap(), 0);
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Settled), done.count(State::Held)), (620, 1));
    let log = outbox.history("2026-11/619").await.unwrap();
    let people: Vec<_> = log.iter().filter_map(|entry| entry.actor.as_deref()).collect();
    assert_eq!(people, ["jo", "jo"]);
    let error = outbox.hold_run("2026-12", super::by()).await.unwrap_err();
    assert!(error.to_string().contains("no payout is of the run `2026-12`"), "{error}");
    assert_eq!(world.sandbox.links(), 620);
}

#[tokio::test]
async fn a_run_with_other_totals_than_expected_is_not_planned() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    for (payouts, total) in [(4, 3_000), (3, 3_001)] {
        let run = Run::new("2026-11").expect_total(payouts, Cents::new(total));
        let error = outbox.plan_all(run, people(&world, 0..3)).await.unwrap_err();
        assert!(error.to_string().contains("is expected to have"), "{error}");
    }
    assert!(outbox.totals().await.unwrap().is_empty());
    let run = Run::new("2026-11").expect_total(3, Cents::new(3_000));
    outbox.plan_all(run, people(&world, 0..3)).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!(world.sandbox.links(), 3);
}

#[tokio::test]
async fn a_wallet_that_is_short_stops_a_run_before_its_first_row() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let app = world.sandbox.app_id().parse().unwrap();
    let too_much = world.sandbox.balance() + 1;
    outbox.plan("invoice-881", world.pays(Cents::new(too_much))).await.unwrap();
    outbox.plan_all("2026-11", people(&world, 0..3)).await.unwrap();
    let done = outbox.work().check_funds(&app).await.unwrap();
    assert_eq!((done.stopped, done.count(State::Planned)), (Some(Stop::Funds), 4));
    assert_eq!(done.funds.map(|funds| funds.needed), Some(Cents::new(too_much + 3_000)));
    assert_eq!(world.posts(), 0);

    outbox.cancel("invoice-881", super::by()).await.unwrap();
    assert!(outbox.work().check_funds(&app).await.unwrap().is_done());
    assert_eq!(world.sandbox.links(), 3);
}

#[tokio::test]
async fn a_worker_tells_what_came_of_each_attempt() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan_all("2026-11", people(&world, 0..7)).await.unwrap();
    let mut updates = outbox.work().concurrency(3).updates();
    let mut settled = std::collections::BTreeSet::new();
    let mut attempts = None;
    while let Some(update) = updates.next().await {
        match update.unwrap() {
            Update::Attempted(status) if status.state == State::Settled => {
                settled.insert(status.reference);
            }
            Update::Ended(summary) => attempts = Some(summary.attempts),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((settled.len(), attempts), (7, Some(7)));
    assert_eq!(world.sandbox.links(), 7);
}

#[tokio::test]
async fn a_wallet_that_runs_dry_burns_no_rows() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let most = Cents::new(world.sandbox.balance() - 500);
    world.dots.send_payout(most, Payee::phone("1", "2025550140")).await.unwrap();
    outbox.plan_all("2026-11", people(&world, 0..20)).await.unwrap();
    let done = outbox.work().concurrency(2).await.unwrap();
    assert_eq!((done.stopped, done.count(State::Planned)), (Some(Stop::Funds), 20), "{done:?}");
    assert!(world.posts() <= 3, "{} requests", world.posts());
    assert_eq!(world.sandbox.links(), 1);
}

#[tokio::test]
async fn two_runs_cannot_mean_one_reference() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    for name in ["2026/11", "/", "", " ", "2026-11 ", "2026\0", "a\u{200b}"] {
        for rows in [people(&world, 0..2), Vec::new()] {
            let error = outbox.plan_all(name, rows).await.unwrap_err();
            assert!(error.to_string().contains("the name of a run"), "{error}");
        }
    }
    assert!(outbox.work().await.unwrap().totals.is_empty());
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_pay_date_that_never_comes_is_planned_twice_as_well() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let never = std::time::UNIX_EPOCH + Duration::from_secs(i64::MAX.unsigned_abs());
    for known in [0, 2] {
        let plan = outbox.plan_all(Run::new("2026-11").pay_at(never), people(&world, 0..2)).await.unwrap();
        assert_eq!(plan.known, known);
    }
    assert_eq!(outbox.work().await.unwrap().count(State::Planned), 2);
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_payout_that_was_planned_singly_is_of_the_run_that_its_reference_names() {
    let world = World::new().await;
    let outbox = world.outbox().await.with_limits(Limits::none().per_run(Cents::new(3_500)));
    let one = people(&world, 0..1).remove(0).1;
    outbox.plan("2026-11/0", one).await.unwrap();
    outbox.plan("2026-110/0", world.pays(Cents::new(9_000))).await.unwrap();
    let plan = outbox.plan_all("2026-11", people(&world, 0..3)).await.unwrap();
    assert_eq!((plan.new, plan.known, plan.total), (2, 1, Cents::new(3_000)));
    let error = outbox.plan_all("2026-11", people(&world, 3..4)).await.unwrap_err();
    assert!(error.to_string().contains("limit per run"), "{error}");
    let late = people(&world, 9..10).remove(0).1;
    outbox.plan("2026-11/9", late).await.unwrap();
    let tally = outbox.tally(Some("2026-11")).await.unwrap();
    assert!(tally.ties_out() && tally.planned == (4, Cents::new(4_000)), "{tally:?}");
    let mut report = outbox.report(Some("2026-11"));
    let mut count = 0;
    while report.next().await.transpose().unwrap().is_some() {
        count += 1;
    }
    assert_eq!((count, outbox.hold_run("2026-11", super::by()).await.unwrap()), (4, 4));
    assert_eq!((outbox.work().await.unwrap().count(State::Held), world.sandbox.links()), (4, 1));
}

#[tokio::test]
async fn a_correction_keeps_to_the_limit_of_its_run() {
    let world = World::new().await;
    let outbox = world.outbox().await.with_limits(Limits::none().per_run(Cents::new(3_500)));
    outbox.plan_all("2026-11", people(&world, 0..3)).await.unwrap();
    let corrected = async |reference: &str, cents: i64| {
        let payout = world.dots.send_payout(Cents::new(cents), Payee::phone("1", "2025500000"));
        outbox.correct(reference, payout, super::by()).await
    };
    let error = corrected("2026-11/0", 1_501).await.unwrap_err();
    assert!(error.to_string().contains("limit per run of `3500`"), "{error}");
    corrected("2026-11/0", 1_500).await.unwrap();
    outbox.cancel("2026-11/1", super::by()).await.unwrap();
    corrected("2026-11/0", 2_500).await.unwrap();
    corrected("2026-11/1", 1_000).await.unwrap_err();
    // A beginning that was never planned as a run has no limit.
    outbox.plan("INV/1", world.pays(Cents::new(9_000))).await.unwrap();
    corrected("INV/1", 9_001).await.unwrap();
    assert_eq!(outbox.work().await.unwrap().count(State::Settled), 3);
    assert_eq!(world.sandbox.paid("2025500000"), 11_501);
}

#[tokio::test]
async fn a_decision_that_cannot_be_made_says_which_states_it_takes() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    let said = [
        outbox.hold("invoice-881", super::by()).await.unwrap_err().to_string(),
        outbox.correct("invoice-881", world.payout(), super::by()).await.unwrap_err().to_string(),
        outbox.give_up("invoice-881", super::by()).await.unwrap_err().to_string(),
    ];
    let states = ["`planned` or `unknown`", "`held`, `planned`, `rejected` or `cancelled`", "`review`"];
    for (said, states) in said.iter().zip(states) {
        assert_eq!(*said, format!("`invoice-881` stays `settled`: that takes one that is {states}"));
    }
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_payout_that_funds_are_short_for_keeps_those_after_it_from_taking_them() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let most = Cents::new(world.sandbox.balance() - 1_500);
    world.dots.send_payout(most, Payee::phone("1", "2025550140")).await.unwrap();
    let mut rows = people(&world, 0..3);
    rows.insert(0, ("-".to_owned(), world.pays(Cents::new(2_000))));
    outbox.plan_all("2026-11", rows).await.unwrap();
    let done = outbox.work().concurrency(1).await.unwrap();
    assert_eq!((done.stopped, done.count(State::Planned)), (Some(Stop::Funds), 4));
    let note = outbox.status("2026-11/-").await.unwrap().unwrap().note.unwrap();
    assert!(note.contains("insufficient"), "{note}");
    assert_eq!(world.sandbox.links(), 1);

    // A person may decide otherwise.
    outbox.hold("2026-11/-", super::by()).await.unwrap();
    let done = outbox.work().concurrency(1).await.unwrap();
    assert_eq!((done.stopped, done.count(State::Settled)), (Some(Stop::Funds), 1));
    assert_eq!(world.sandbox.links(), 2);
}
