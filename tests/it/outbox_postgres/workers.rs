//! Several workers of one database: each payout is made once, whichever of them dies, and whatever is not known.

use std::time::Duration;

use dots_api_ext::Cents;
use dots_api_ext::outbox::{Limits, Outbox, OutboxError, PostgresConfig, State, StoreError};
use dots_sandbox::{Fault, When};
use dots_torture::postgres::{self, Fate, Proxy, Server};
use tokio::sync::oneshot;

use super::{World, by, plan, server};
use crate::support::world::builder_for;

/// What a worker commits that claims the first row and is gone then.
const ANOTHER_WORKER_CLAIMS: &str = "UPDATE dots_outbox.payouts SET state = 'in_flight', fence = fence + 1, \
    lease_until = dots_outbox.clock() + 120000, last_possible_send = dots_outbox.clock() + 120000";

async fn plan_run(world: &World, rows: i64) {
    let lines: Vec<String> = (1..=rows).map(|number| world.text(&format!("run/{number}"), number)).collect();
    world.owner.query_one("SELECT dots_outbox.plan_many($1)", &[&lines.join("\n")]).await.unwrap();
}

/// A proxy, and the database as it is seen through it.
async fn behind_proxy(world: &World) -> (Proxy, PostgresConfig) {
    let server = server().await.unwrap().port();
    let proxy = Proxy::start(server, 7).await.unwrap();
    let url = world.url.replace(&server.to_string(), &proxy.port().to_string());
    (proxy, url.parse().unwrap())
}

/// What has happened to the rows, in order.
async fn history(world: &World) -> Vec<String> {
    let sql = "SELECT event FROM dots_outbox.history ORDER BY number";
    world.owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_pay_everybody_once() {
    let Some(world) = World::new().await else { return };
    plan_run(&world, 200).await;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let outbox = world.outbox().await;
        workers.spawn(async move { outbox.work().concurrency(4).await.unwrap().attempts });
    }
    let attempts = workers.join_all().await;
    assert_eq!(attempts.iter().sum::<u64>(), 200);
    assert!(attempts.iter().filter(|attempts| **attempts > 0).count() > 1, "{attempts:?}");
    assert!(world.outbox().await.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (200, (1..=200).sum()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_of_a_worker_that_is_gone_is_looked_up_when_its_lease_is_over() {
    let Some(world) = World::new().await else { return };
    plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    world.owner.batch_execute(ANOTHER_WORKER_CLAIMS).await.unwrap();
    let outbox = world.outbox().await;
    assert_eq!(outbox.work().await.unwrap().count(State::InFlight), 1);
    assert_eq!(world.posts(), 0);
    world.advance(Duration::from_secs(121)).await;
    assert_eq!(outbox.work().await.unwrap().count(State::Unknown), 1);
    world.advance(Duration::from_secs(16 * 60)).await;
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_another_transaction_holds_is_passed_over_and_pay_once_says_so() {
    let Some(world) = World::new().await else { return };
    for (reference, cents) in [("invoice-881", 1_000), ("invoice-882", 2_000)] {
        plan(&world.owner, &world.text(reference, cents)).await.unwrap();
    }
    let hold = "BEGIN; SELECT 1 FROM dots_outbox.payouts WHERE reference = 'invoice-881' FOR UPDATE";
    world.owner.batch_execute(hold).await.unwrap();
    let outbox = world.outbox().await;
    assert_eq!(outbox.work().await.unwrap().attempts, 1);
    let error = outbox.cancel("invoice-881", by()).await.unwrap_err();
    assert!(
        matches!(&error, OutboxError::Store(StoreError::Postgres(why)) if why.sqlstate() == Some("55P03")),
        "{error}"
    );
    world.owner.batch_execute("ROLLBACK").await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (2, 3_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_outcome_is_not_known_pays_once() {
    let Some(world) = World::new().await else { return };
    plan_run(&world, 60).await;
    let (proxy, config) = behind_proxy(&world).await;
    let outbox = Outbox::postgres(&config, &world.dots).await.unwrap();
    proxy.cut_commits(300);
    let (stop, stopped) = oneshot::channel::<()>();
    let working = tokio::spawn(outbox.work().until(async { drop(stopped.await) }).into_future());
    let open = "SELECT count(*) FROM dots_outbox.payouts WHERE state = 'planned'";
    while world.owner.query_one(open, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    proxy.cut_commits(0);
    drop(stop);
    working.await.unwrap().unwrap();
    assert!(proxy.cut() > 0);
    // A claim whose commit was made and is not known was not sent; it is when nothing of it can be on its way.
    for _ in 0..2 {
        world.advance(Duration::from_secs(20 * 60)).await;
        outbox.work().await.unwrap();
    }
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (60, (1..=60).sum()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_whose_claim_is_being_committed_is_not_claimed_again() {
    let Some(world) = World::new().await else { return };
    plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
    let (proxy, config) = behind_proxy(&world).await;
    // The lock for payouts that are alike would be in the way as well.
    let limits = Limits::none().alike_within(Duration::ZERO);
    let outbox = Outbox::postgres(&config, &world.dots).await.unwrap().with_limits(limits);
    proxy.look_for("in_flight", Fate::Held);
    let working = tokio::spawn(outbox.work().into_future());
    proxy.met().await;
    let other = tokio::spawn(world.outbox().await.with_limits(limits).work().into_future());
    // It passes the row over; one that waits for it instead goes on when the commit is made.
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    while !other.is_finished() && world.owner.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
    proxy.let_through();
    assert_eq!(working.await.unwrap().unwrap().attempts + other.await.unwrap().unwrap().attempts, 1);
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_commit_was_not_made_takes_nothing_from_another_worker() {
    let Some(world) = World::new().await else { return };
    plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
    let (proxy, config) = behind_proxy(&world).await;
    let outbox = Outbox::postgres(&config.connections(1), &world.dots).await.unwrap();
    proxy.look_for("in_flight", Fate::NotMade);
    let working = tokio::spawn(outbox.work().into_future());
    proxy.met().await;
    // It gets the fence that the claim which was not made had.
    world.owner.batch_execute(ANOTHER_WORKER_CLAIMS).await.unwrap();
    proxy.let_through();
    assert_eq!(working.await.unwrap().unwrap().count(State::InFlight), 1);
    assert_eq!((world.posts(), history(&world).await), (0, ["planned"].map(String::from).to_vec()));
    world.advance(Duration::from_secs(20 * 60)).await;
    outbox.work().await.unwrap();
    world.advance(Duration::from_secs(20 * 60)).await;
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_an_attempt_is_stored_though_its_commit_was_cut() {
    // Where its commit was made after all, the answer is noted a second time, which changes nothing.
    for (fate, answers) in [(Fate::NotMade, 1), (Fate::Made, 2)] {
        let Some(world) = World::new().await else { return };
        plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
        let (proxy, config) = behind_proxy(&world).await;
        let outbox = Outbox::postgres(&config, &world.dots).await.unwrap();
        proxy.look_for("settled", fate);
        let working = tokio::spawn(outbox.work().into_future());
        proxy.met().await;
        proxy.let_through();
        assert!(working.await.unwrap().unwrap().is_done(), "{fate:?}");
        let events = [&["planned", "claimed"], &["answered"; 2][..answers]].concat();
        assert_eq!(history(&world).await, events, "{fate:?}");
        assert_eq!((world.posts(), world.paid()), (1, 1_000), "{fate:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_started_again_loses_nothing() {
    if server().await.is_none() {
        return;
    }
    let mut server = Server::start(&[]).await.unwrap();
    let Some(mut world) = World::new().await else { return };
    world.url = server.create("shop").await.unwrap();
    world.config = world.url.parse().unwrap();
    Outbox::migrate(&world.config).await.unwrap();
    world.owner = server.connect("shop").await.unwrap();
    world.set_clock().await;
    plan_run(&world, 60).await;
    let outbox = world.outbox().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let working =
        tokio::spawn(outbox.work().concurrency(2).until(async { drop(stopped.await) }).into_future());
    while world.posts() < 10 {
        tokio::task::yield_now().await;
    }
    server.kill();
    server.start_again().await.unwrap();
    world.owner = postgres::connect(&world.url).await.unwrap();
    let open = "SELECT count(*) FROM dots_outbox.payouts WHERE state IN ('planned', 'in_flight')";
    while world.owner.query_one(open, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    drop(stop);
    working.await.unwrap().unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (60, (1..=60).sum()));
}

#[tokio::test(flavor = "multi_thread")]
async fn alike_payouts_of_two_workers_wait_for_a_person() {
    let Some(world) = World::new().await else { return };
    for reference in ["invoice-881", "invoice-882"] {
        plan(&world.owner, &world.text(reference, 1_000)).await.unwrap();
    }
    let dots = builder_for(&world.sandbox.url()).clock(world.clock.clone()).build().unwrap();
    let other = Outbox::postgres(&world.config, &dots).await.unwrap();
    let outbox = world.outbox().await;
    let (one, two) = tokio::join!(outbox.work().concurrency(1), other.work().concurrency(1));
    assert_eq!(one.unwrap().attempts + two.unwrap().attempts, 1);
    let review = outbox.review().await.unwrap();
    assert_eq!((review.len(), review[0].state), (1, State::Held));
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn what_clocks_that_were_ahead_have_planned_is_paid_when_they_are_set_right() {
    let Some(world) = World::new().await else { return };
    let outbox = world.outbox().await;
    let three_days = Duration::from_secs(3 * 24 * 60 * 60);
    world.clock.set_forward(three_days);
    world.set_clock().await;
    plan_run(&world, 3).await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    plan(&world.owner, &world.text("invoice-881", 7_000)).await.unwrap();
    let lost = outbox.pay_once(
        "invoice-881",
        world.dots.send_payout(Cents::new(7_000), crate::support::world::somebody()),
    );
    assert_eq!(lost.await.unwrap().status().state, State::Unknown);
    world.clock.set_back(three_days);
    world.set_clock().await;

    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Settled), done.count(State::Unknown)), (3, 1), "{done:?}");
    let waits = outbox.tally(None).await.unwrap().clock_wait;
    assert_eq!(
        (waits.map(|wait| wait.payouts), done.clock_wait.map(|wait| wait.payouts)),
        (Some(1), Some(1))
    );
    assert_eq!(outbox.gauges().await.unwrap().clock_wait, 1);
    // Its key looks young by then, and Dots has forgotten it.
    world.advance(three_days + Duration::from_secs(60 * 60)).await;
    assert_eq!(outbox.work().await.unwrap().count(State::Unknown), 1);
    world.advance(Duration::from_secs(21 * 60 * 60)).await;
    assert_eq!(outbox.work().await.unwrap().count(State::Review), 1);
    assert_eq!(world.paid(), 6);
}

#[tokio::test]
async fn what_was_planned_in_sql_is_of_the_run_that_its_reference_names() {
    let Some(world) = World::new().await else { return };
    let outbox = world.outbox().await;
    plan_run(&world, 3).await;
    plan(&world.owner, &world.text("runs/1", 700)).await.unwrap();
    let payee = crate::support::world::somebody;
    let rows = || {
        [(1, 1), (4, 4)]
            .map(|(own, cents)| (own.to_string(), world.dots.send_payout(Cents::new(cents), payee())))
    };
    let plan = outbox.plan_all("run", rows()).await.unwrap();
    assert_eq!((plan.new, plan.known, plan.total), (1, 1, Cents::new(10)));
    let tally = outbox.tally(Some("run")).await.unwrap();
    assert!(tally.ties_out() && tally.planned == (4, Cents::new(10)), "{tally:?}");
    let limited = outbox.with_limits(Limits::none().per_run(Cents::new(10)));
    let more = world.dots.send_payout(Cents::new(5), payee());
    let error = limited.correct("run/4", more, by()).await.unwrap_err();
    assert!(error.to_string().contains("limit per run"), "{error}");
    let mut report = outbox.report(Some("run"));
    let mut count = 0;
    while report.next().await.transpose().unwrap().is_some() {
        count += 1;
    }
    assert_eq!((count, outbox.hold_run("run", by()).await.unwrap()), (4, 4));
    assert_eq!(outbox.work().await.unwrap().count(State::Held), 4);
    assert_eq!((world.posts(), world.paid()), (1, 700));
}
