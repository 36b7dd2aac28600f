//! The tables do what every store does, and refuse what would let a payout be made again.

use super::{World, plan, state};

#[tokio::test]
async fn the_database_does_what_every_store_does() {
    let Some(world) = World::new().await else { return };
    assert_eq!(world.config.check().await, Ok(()));
    let rows: i64 =
        world.owner.query_one("SELECT count(*) FROM dots_outbox.payouts", &[]).await.unwrap().get(0);
    assert_eq!((rows, world.posts()), (0, 0));
}

#[tokio::test]
async fn what_was_sent_is_never_forgotten() {
    let Some(world) = World::new().await else { return };
    plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap();
    let outbox = world.outbox().await;
    assert!(outbox.work().await.unwrap().is_done());
    for sql in [
        "DELETE FROM dots_outbox.payouts",
        "TRUNCATE dots_outbox.payouts CASCADE",
        "DELETE FROM dots_outbox.requests",
        "DELETE FROM dots_outbox.events",
        "UPDATE dots_outbox.events SET reason = 'another'",
        "UPDATE dots_outbox.payouts SET reference = 'invoice-882'",
        "UPDATE dots_outbox.payouts SET cents = 2000",
        "UPDATE dots_outbox.payouts SET state = 'planned'",
        "UPDATE dots_outbox.payouts SET fence = 0",
        "UPDATE dots_outbox.payouts SET last_possible_send = NULL",
        "UPDATE dots_outbox.requests SET request = 'another'",
    ] {
        let error = world.owner.batch_execute(sql).await.unwrap_err();
        assert_eq!(state(&error), "OB006", "{sql}: {error}");
    }
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn each_role_may_do_what_it_is_for_and_nothing_else() {
    let Some(world) = World::new().await else { return };
    world.owner.batch_execute(dots_api_ext::outbox::Outbox::grants()).await.unwrap();
    // Twice, as by two databases of one cluster.
    world.owner.batch_execute(dots_api_ext::outbox::Outbox::grants()).await.unwrap();
    let denied = "42501";
    world.owner.batch_execute("SET ROLE dots_outbox_planner").await.unwrap();
    assert_eq!(plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap(), "planned");
    let rows = world.owner.query("SELECT reference, state FROM dots_outbox.status", &[]).await.unwrap();
    assert_eq!(rows[0].get::<_, &str>(0), "invoice-881");
    for sql in [
        "SELECT * FROM dots_outbox.payouts",
        "SELECT * FROM dots_outbox.requests",
        "UPDATE dots_outbox.payouts SET state = 'settled'",
        "SELECT dots_outbox.use_account('another')",
        "SELECT dots_outbox.nothing_was_lost()",
    ] {
        let error = world.owner.batch_execute(sql).await.unwrap_err();
        assert_eq!(state(&error), denied, "{sql}: {error}");
    }
    world.owner.batch_execute("RESET ROLE; SET ROLE dots_outbox_reader").await.unwrap();
    for view in ["status", "due", "in_doubt", "review", "paid_today", "counts", "history"] {
        world.owner.batch_execute(&format!("SELECT * FROM dots_outbox.{view}")).await.unwrap();
    }
    let error = plan(&world.owner, &world.text("invoice-882", 1_000)).await.unwrap_err();
    assert_eq!(state(&error), denied, "{error}");
    let worker = "RESET ROLE; DROP ROLE IF EXISTS test_worker; CREATE ROLE test_worker LOGIN; \
        GRANT dots_outbox_worker TO test_worker";
    world.owner.batch_execute(worker).await.unwrap();
    let config = world.url.replace("postgres@", "test_worker@").parse().unwrap();
    let outbox = dots_api_ext::outbox::Outbox::postgres(&config, &world.dots).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}
