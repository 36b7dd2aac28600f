//! What became of a run ties out, and a file can be backed up, restored and given another API key.

use dots_api_ext::outbox::{Alarm, FileProblem, Outbox, OutboxError, State};
use dots_api_ext::{Cents, Payee};
use dots_sandbox::{Fault, When};

use super::{World, by};
use crate::support::world::{PHONE, builder_for};

#[tokio::test]
async fn a_report_shows_each_payout_with_its_evidence_and_ties_out() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let rows: Vec<_> = (1..=450).map(|cents| (cents.to_string(), world.pays(Cents::new(cents)))).collect();
    outbox.plan_all("2026-11", rows).await.unwrap();
    outbox.plan("invoice-881", world.pays(Cents::new(7_000))).await.unwrap();
    outbox.cancel("2026-11/3", by()).await.unwrap();
    outbox.correct("2026-11/4", world.pays(Cents::new(9_000)), by()).await.unwrap();
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before).times(2);
    outbox.work().await.unwrap();

    let mut report = outbox.report(Some("2026-11"));
    let (mut count, mut cents) = (0, 0);
    while let Some(row) = report.next().await.transpose().unwrap() {
        count += 1;
        cents += row.status.cents.get();
        assert_eq!(row.history[0].event, "planned");
        if row.status.state == State::Settled {
            let evidence = row.history.last().unwrap().evidence.as_ref().unwrap();
            assert_eq!(evidence.http_status, Some(201), "{evidence:?}");
        }
    }
    let tally = outbox.tally(Some("2026-11")).await.unwrap();
    assert_eq!((count, tally.planned), (450, (450, Cents::new(450 * 451 / 2))));
    assert_eq!(tally.corrected, Cents::new(9_000 - 4));
    assert!(tally.ties_out(), "{tally:?}");
    assert_eq!(cents, tally.planned.1.get() + tally.corrected.get());
    let all = outbox.tally(None).await.unwrap();
    assert!(all.ties_out() && all.planned.0 == 451, "{all:?}");
    let log = outbox.history("2026-11/3").await.unwrap();
    let by: Vec<_> = log.iter().map(|entry| (entry.event.as_str(), entry.actor.as_deref())).collect();
    assert_eq!(by, [("planned", None), ("cancelled", Some("jo"))]);
    // Two are in doubt, and one is cancelled.
    assert_eq!(world.sandbox.links(), 448);
}

#[tokio::test]
async fn a_backup_of_a_file_in_use_is_opened_when_the_file_is_lost() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    let backup = world.folder.path().join("backup.sqlite");
    outbox.backup(&backup).await.unwrap();
    let again = outbox.backup(&backup).await.unwrap_err();
    assert!(matches!(again, OutboxError::File(FileProblem::Exists(_))), "{again}");
    assert!(outbox.work().await.unwrap().is_done());
    outbox.close().await;

    let error = Outbox::open(&backup, &world.dots).await.unwrap_err();
    assert!(matches!(error, OutboxError::File(FileProblem::Copied(_))), "{error}");
    let restored = Outbox::open_restored(&backup, &world.dots).await.unwrap();
    assert!(restored.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn what_only_a_lost_file_has_paid_is_listed_until_it_is_planned_again() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let rows = || vec![("17", world.pays(Cents::new(1_000))), ("18", world.pays(Cents::new(2_000)))];
    let backup = world.folder.path().join("backup.sqlite");
    outbox.backup(&backup).await.unwrap();
    outbox.plan_all("2026-11", rows()).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    let before = outbox.tally(Some("2026-11")).await.unwrap();
    outbox.close().await;

    let restored = Outbox::open_restored(&backup, &world.dots).await.unwrap();
    world.advance(1);
    let unknown = restored.unknown_payments().await.unwrap();
    let total: i64 = unknown.iter().map(|payment| payment.cents.get()).sum();
    assert_eq!((unknown.len(), total), (2, 3_000));
    restored.plan_all("2026-11", rows()).await.unwrap();
    assert!(restored.work().await.unwrap().is_done());
    assert!(restored.unknown_payments().await.unwrap().is_empty());
    assert_eq!(restored.tally(Some("2026-11")).await.unwrap(), before);
    assert_eq!((world.posts(), world.paid()), (2, 3_000));
}

#[tokio::test]
async fn what_was_cancelled_since_a_backup_is_held_in_it_and_not_sent() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    let backup = world.folder.path().join("backup.sqlite");
    outbox.backup(&backup).await.unwrap();
    outbox.cancel("invoice-881", by()).await.unwrap();
    outbox.close().await;

    let restored = Outbox::open_restored(&backup, &world.dots).await.unwrap();
    restored.hold("invoice-881", by()).await.unwrap();
    world.advance(1);
    assert_eq!(restored.work().await.unwrap().count(State::Held), 1);
    world.advance(25);
    restored.release("invoice-881", by()).await.unwrap();
    assert_eq!(restored.work().await.unwrap().count(State::Review), 1);
    let given_up = restored.give_up("invoice-881", by()).await.unwrap();
    assert_eq!(given_up.state, State::GivenUp);
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn a_rotated_api_key_sends_what_was_never_sent_and_looks_up_the_rest() {
    let world = World::new().await;
    let builder = builder_for(&world.sandbox.url()).clock(world.clock.clone());
    let old = builder.credentials("pk_dev_old", "sk_dev_old").build().unwrap();
    let outbox = Outbox::create(world.file(), &old).await.unwrap();
    let payout = |cents| old.send_payout(Cents::new(cents), Payee::phone("1", PHONE));
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    let first = outbox.pay_once("invoice-881", payout(1_000)).await.unwrap();
    assert_eq!(first.status().state, State::Unknown);
    outbox.plan("invoice-882", payout(2_000)).await.unwrap();
    outbox.close().await;

    let error = Outbox::open(world.file(), &world.dots).await.unwrap_err();
    assert!(error.to_string().contains("open_rotated"), "{error}");
    Outbox::open_rotated(world.file(), &world.dots, by()).await.unwrap().close().await;
    let outbox = world.open().await;
    world.advance(1);
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Settled), done.count(State::Unknown)), (1, 1), "{done:?}");
    world.advance(25);
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Settled), done.count(State::Review)), (1, 1), "{done:?}");
    assert_eq!((world.posts(), world.paid()), (2, 2_000));
}

#[tokio::test]
async fn a_backup_is_restored_after_its_api_key_was_rotated() {
    let world = World::new().await;
    let builder = builder_for(&world.sandbox.url()).clock(world.clock.clone());
    let old = builder.credentials("pk_dev_old", "sk_dev_old").build().unwrap();
    let outbox = Outbox::create(world.file(), &old).await.unwrap();
    outbox.plan("invoice-881", old.send_payout(Cents::new(1_000), Payee::phone("1", PHONE))).await.unwrap();
    let backup = world.folder.path().join("backup.sqlite");
    outbox.backup(&backup).await.unwrap();
    outbox.close().await;

    Outbox::open_restored(&backup, &old).await.unwrap().close().await;
    let outbox = Outbox::open_rotated(&backup, &world.dots, by()).await.unwrap();
    world.advance(1);
    // The lost file may have sent it under the old client id: only the lists can tell, and they do not show it.
    assert_eq!(outbox.work().await.unwrap().count(State::Unknown), 1);
    world.advance(25);
    assert_eq!(outbox.work().await.unwrap().count(State::Review), 1);
    outbox.pay_again("invoice-881", by()).await.unwrap();
    assert_eq!(outbox.work().await.unwrap().count(State::Settled), 1);
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_correction_that_only_a_lost_file_knew_is_told_and_not_paid_again() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan_all("2026-11", [("17", world.payout())]).await.unwrap();
    let backup = world.folder.path().join("backup.sqlite");
    outbox.backup(&backup).await.unwrap();
    outbox.correct("2026-11/17", world.pays(Cents::new(2_000)), by()).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert!(outbox.tally(Some("2026-11")).await.unwrap().ties_out());
    outbox.close().await;

    let restored = Outbox::open_restored(&backup, &world.dots).await.unwrap();
    world.advance(1);
    assert!(restored.work().await.unwrap().is_done());
    let told = restored.review().await.unwrap().remove(0);
    assert_eq!((told.state, told.alarm), (State::Settled, Some(Alarm::OtherAmount)));
    let note = told.note.unwrap();
    assert!(note.contains("paid with `2000`, and `1000` is written"), "{note}");
    let tally = restored.tally(Some("2026-11")).await.unwrap();
    assert_eq!((tally.other_amounts, tally.ties_out()), (1, false));
    let log = restored.history("2026-11/17").await.unwrap();
    restored.reconcile().await.unwrap();
    restored.refresh("2026-11/17").await.unwrap();
    assert_eq!(restored.history("2026-11/17").await.unwrap().len(), log.len() + 1);
    for cents in [1_000, 2_000] {
        let _ = restored.pay_once("2026-11/17", world.pays(Cents::new(cents))).await;
    }
    assert_eq!((world.posts(), world.paid()), (1, 2_000));
}

#[tokio::test]
async fn a_payment_that_dots_shows_with_another_amount_is_told_also_when_it_was_settled() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    world.sandbox.inject(Fault::WrongAmount).on("get_payout_link");
    let status = outbox.refresh("invoice-881").await.unwrap();
    assert_eq!((status.state, status.alarm), (State::Settled, Some(Alarm::OtherAmount)));
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}
