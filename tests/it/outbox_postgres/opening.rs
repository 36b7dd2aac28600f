//! What is refused when an outbox is opened, and what a restore and another server mean.

use std::time::Duration;

use dots_api_ext::Cents;
use dots_api_ext::outbox::{Alarm, DatabaseProblem, Outbox, OutboxError, Payment, PostgresConfig, State};
use dots_sandbox::{Fault, When};
use dots_torture::postgres::Server;
use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::{World, by, plan};
use crate::support::tls_front::pem;
use crate::support::world::builder_for;

async fn refused(config: &PostgresConfig, world: &World) -> DatabaseProblem {
    match Outbox::postgres(config, &world.dots).await {
        Err(OutboxError::Database(problem)) => problem,
        other => panic!("it is refused: {other:?}"),
    }
}

#[tokio::test]
async fn tables_are_made_by_a_call_of_their_own_and_known_by_their_version() {
    let Some(world) = World::without_tables().await else { return };
    assert!(matches!(refused(&world.config, &world).await, DatabaseProblem::NoTables));
    let (one, other) = tokio::join!(Outbox::migrate(&world.config), Outbox::migrate(&world.config));
    let all = Outbox::migrations().len();
    assert_eq!(one.unwrap() + other.unwrap(), all);
    assert_eq!(Outbox::migrate(&world.config).await.unwrap(), 0);
    let version =
        |number: i32| format!("UPDATE dots_outbox.migrations SET number = {number} WHERE name = 'views'");
    world.owner.batch_execute(&version(99)).await.unwrap();
    assert!(matches!(refused(&world.config, &world).await, DatabaseProblem::Newer(99, 3)));
    let error = Outbox::migrate(&world.config).await.unwrap_err();
    assert!(matches!(error, OutboxError::Database(DatabaseProblem::Newer(99, 3))), "{error}");
    world.owner.batch_execute("DELETE FROM dots_outbox.migrations WHERE name = 'views'").await.unwrap();
    assert!(matches!(refused(&world.config, &world).await, DatabaseProblem::Older(2, 3)));
    world.owner.batch_execute("INSERT INTO dots_outbox.migrations VALUES (3, 'views')").await.unwrap();
    world.set_clock().await;
    assert!(world.outbox().await.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn the_migrations_can_be_applied_by_hand() {
    let Some(world) = World::without_tables().await else { return };
    for migration in Outbox::migrations() {
        world.owner.batch_execute(&format!("BEGIN; {} COMMIT;", migration.sql)).await.unwrap();
    }
    world.set_clock().await;
    let error = plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap_err();
    assert_eq!(super::state(&error), "OB005", "{error}");
    let outbox = world.outbox().await;
    plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn an_outbox_of_another_account_is_refused() {
    let Some(world) = World::new().await else { return };
    drop(world.outbox().await);
    let other = world.config.clone().account("second account");
    assert!(matches!(refused(&other, &world).await, DatabaseProblem::OtherName(_)));
    let rotated = builder_for(&world.sandbox.url()).credentials("pk_dev_other", "sk_dev_other");
    let rotated = rotated.clock(world.clock.clone()).build().unwrap();
    let error = Outbox::postgres(&world.config, &rotated).await.unwrap_err();
    assert!(matches!(error, OutboxError::Database(DatabaseProblem::OtherAccount)), "{error}");
    assert!(Outbox::postgres_rotated(&world.config, &rotated, by()).await.is_ok());
    assert!(matches!(refused(&world.config, &world).await, DatabaseProblem::OtherAccount));
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_says_so_without_the_password() {
    let Some(world) = World::new().await else { return };
    let config: PostgresConfig = "postgres://jo:hunter2@127.0.0.1:1/shop".parse().unwrap();
    let problem = refused(&config, &world).await;
    assert!(matches!(problem, DatabaseProblem::Unreachable(_)), "{problem}");
    let said = format!("{problem} {problem:?} {config:?}");
    assert!(!said.contains("hunter2"), "{said}");
    let error = "postgres://jo:hunter2@[/shop".parse::<PostgresConfig>().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    let elsewhere: PostgresConfig = "postgres://jo:hunter2@db.invalid/shop".parse().unwrap();
    assert!(matches!(refused(&elsewhere, &world).await, DatabaseProblem::Unreachable(_)));
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failover_nothing_is_sent_before_the_lists_were_read() {
    let Some(mut world) = World::new().await else { return };
    let mut server = Server::start(&["fsync=off"]).await.unwrap();
    world.url = server.create("shop").await.unwrap();
    world.config = world.url.parse().unwrap();
    Outbox::migrate(&world.config).await.unwrap();
    world.owner = server.connect("shop").await.unwrap();
    world.set_clock().await;
    plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
    // Paid, and the server that knew so is lost: the one that takes over has the plan alone.
    world.owner.batch_execute("CREATE TABLE kept AS SELECT * FROM dots_outbox.payouts").await.unwrap();
    let outbox = world.outbox().await;
    assert!(outbox.work().await.unwrap().is_done());
    lose(&world).await;
    server.become_standby().await.unwrap();
    assert!(matches!(refused(&world.config, &world).await, DatabaseProblem::Standby));
    server.promote().await.unwrap();
    world.owner = server.connect("shop").await.unwrap();

    // The same process goes on, by a connection that it makes again.
    let status = outbox.status("invoice-881").await.unwrap().unwrap();
    assert_eq!((status.state, status.may_be_paid), (State::Unknown, true));
    // What is planned now may have been paid by the lost one as well.
    assert_eq!(plan(&world.owner, &world.text("invoice-882", 2_000)).await.unwrap(), "planned");
    world.sandbox.inject(Fault::Reset).on("list_payout_links").times(1);
    outbox.work().await.unwrap();
    assert_eq!(world.posts(), 1);
    world.advance(Duration::from_secs(16 * 60)).await;
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (2, 3_000));
}

/// Sets the one payout back to its plan, as a server that takes over may have it.
async fn lose(world: &World) {
    let sql = "ALTER TABLE dots_outbox.payouts DISABLE TRIGGER USER; \
        UPDATE dots_outbox.payouts p SET state = kept.state, fence = kept.fence, lease_until = NULL, \
            last_possible_send = NULL, paid_generation = NULL, object_id = NULL, in_doubt = false \
            FROM kept WHERE kept.reference = p.reference; \
        ALTER TABLE dots_outbox.payouts ENABLE TRIGGER USER";
    world.owner.batch_execute(sql).await.unwrap();
}

#[tokio::test]
async fn a_database_in_another_cluster_is_refused_until_it_is_called_restored() {
    let Some(world) = World::new().await else { return };
    plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
    world.owner.batch_execute("CREATE TABLE kept AS SELECT * FROM dots_outbox.payouts").await.unwrap();
    assert!(world.outbox().await.work().await.unwrap().is_done());
    lose(&world).await;
    world.owner.batch_execute("UPDATE dots_outbox.store SET system_id = 1").await.unwrap();
    assert!(matches!(refused(&world.config, &world).await, DatabaseProblem::Moved));
    let outbox = Outbox::postgres_restored(&world.config, &world.dots).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    drop(world.outbox().await);
    let incarnation = world.owner.query_one("SELECT incarnation FROM dots_outbox.store", &[]).await.unwrap();
    assert_eq!(incarnation.get::<_, i64>(0), 1);
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn pay_once_is_the_same_as_with_a_file() {
    let Some(world) = World::new().await else { return };
    let outbox = world.outbox().await;
    let payout =
        || world.dots.send_payout(crate::support::world::TEN_DOLLARS, crate::support::world::somebody());
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    let first = outbox.pay_once("invoice-881", payout()).await.unwrap();
    assert!(matches!(first, Payment::Settled(ref paid) if !paid.was_paid_before), "{first:?}");
    let second = outbox.pay_once("invoice-881", payout()).await.unwrap();
    assert!(matches!(second, Payment::Settled(ref paid) if paid.was_paid_before), "{second:?}");
    assert_eq!(outbox.history("invoice-881").await.unwrap().len(), 4);
    assert!(outbox.tally(None).await.unwrap().ties_out());
    let mut report = outbox.report(None);
    let row = report.next().await.unwrap().unwrap();
    assert_eq!((row.status.state, row.history.len()), (State::Settled, 4));
    let error = outbox.backup(std::env::temp_dir().join("no.sqlite")).await.unwrap_err();
    assert!(error.to_string().contains("cannot") || error.to_string().contains("store"), "{error}");
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_encrypted_for_a_server_that_is_trusted_and_for_no_other() {
    let Some(world) = World::new().await else { return };
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = pem("CERTIFICATE", cert.der());
    let key = pem("PRIVATE KEY", &signing_key.serialize_der());
    let files = [("server.crt", &*certificate), ("server.key", &*key)];
    let server = Server::start_with(&["fsync=off", "ssl=on"], &files).await.unwrap();
    let url = server.create("shop").await.unwrap().replace("127.0.0.1", "localhost") + "?sslmode=require";
    let config: PostgresConfig = url.parse().unwrap();
    let error = Outbox::migrate(&config).await.unwrap_err();
    assert!(matches!(error, OutboxError::Database(DatabaseProblem::Unreachable(_))), "{error}");
    let config = config.root_certificate(certificate.clone());
    Outbox::migrate(&config).await.unwrap();
    let outbox = Outbox::postgres(&config, &world.dots).await.unwrap();
    let owner = server.connect("shop").await.unwrap();
    let sql = "SELECT count(*) FILTER (WHERE ssl), count(*) FILTER (WHERE NOT ssl) FROM pg_stat_ssl JOIN \
        pg_stat_activity USING (pid) WHERE application_name = 'dots-outbox'";
    let row = owner.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 0));
    outbox.close().await;
    let by_address: PostgresConfig = url.replace("localhost", "127.0.0.1").parse().unwrap();
    let by_address = by_address.root_certificate(certificate);
    let error = Outbox::postgres(&by_address, &world.dots).await.unwrap_err();
    assert!(matches!(error, OutboxError::Database(DatabaseProblem::Unreachable(_))), "{error}");
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn a_correction_that_only_a_lost_database_knew_is_told_and_not_paid_again() {
    let Some(world) = World::new().await else { return };
    plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
    world.owner.batch_execute("CREATE TABLE kept AS SELECT * FROM dots_outbox.payouts").await.unwrap();
    let outbox = world.outbox().await;
    let payee = crate::support::world::somebody;
    outbox.correct("invoice-881", world.dots.send_payout(Cents::new(2_000), payee()), by()).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    outbox.close().await;
    lose(&world).await;
    let sql = "ALTER TABLE dots_outbox.payouts DISABLE TRIGGER USER; \
        UPDATE dots_outbox.payouts p SET cents = kept.cents, generation = kept.generation, \
            fingerprint = kept.fingerprint, idempotency_key = kept.idempotency_key FROM kept; \
        ALTER TABLE dots_outbox.payouts ENABLE TRIGGER USER; UPDATE dots_outbox.store SET system_id = 1";
    world.owner.batch_execute(sql).await.unwrap();

    let restored = Outbox::postgres_restored(&world.config, &world.dots).await.unwrap();
    world.advance(Duration::from_secs(60 * 60)).await;
    assert!(restored.work().await.unwrap().is_done());
    let told = restored.review().await.unwrap().remove(0);
    assert_eq!((told.state, told.alarm), (State::Settled, Some(Alarm::OtherAmount)));
    let tally = restored.tally(None).await.unwrap();
    assert_eq!((tally.other_amounts, tally.ties_out()), (1, false));
    assert_eq!((world.posts(), world.paid()), (1, 2_000));
}
