//! `plan` and `plan_many` in transactions of callers.

use dots_api_ext::outbox::{Outbox, State};
use futures_util::FutureExt as _;

use super::{World, plan, state};

#[tokio::test]
async fn an_invoice_and_its_payout_are_committed_together() {
    let Some(mut world) = World::new().await else { return };
    world.owner.batch_execute("CREATE TABLE invoices (number text PRIMARY KEY)").await.unwrap();
    let (first, second) = (world.text("invoice-881", 1_000), world.text("invoice-882", 2_000));
    for (number, text, is_kept) in [("881", first, true), ("882", second, false)] {
        let transaction = world.owner.transaction().await.unwrap();
        transaction.execute("INSERT INTO invoices VALUES ($1)", &[&number]).await.unwrap();
        let planned = transaction.query_one("SELECT dots_outbox.plan($1)", &[&text]).await.unwrap();
        assert_eq!(planned.get::<_, &str>(0), "planned");
        if is_kept {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
    }
    let outbox = world.outbox().await;
    assert!(outbox.work().await.unwrap().is_done());
    assert!(outbox.status("invoice-882").await.unwrap().is_none());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_repeat_is_quiet_and_another_payout_takes_the_transaction_down() {
    let Some(mut world) = World::new().await else { return };
    let text = world.text("invoice-881", 1_000);
    assert_eq!(plan(&world.owner, &text).await.unwrap(), "planned");
    assert_eq!(plan(&world.owner, &text).await.unwrap(), "known");
    world.owner.batch_execute("CREATE TABLE invoices (number text PRIMARY KEY)").await.unwrap();
    let other = world.text("invoice-881", 2_000);
    let transaction = world.owner.transaction().await.unwrap();
    transaction.execute("INSERT INTO invoices VALUES ('881')", &[]).await.unwrap();
    let error = transaction.query_one("SELECT dots_outbox.plan($1)", &[&other]).await.unwrap_err();
    assert_eq!(state(&error), "OB001", "{error}");
    let said = error.as_db_error().unwrap().message().to_owned();
    assert!(said.contains("its amount differ") && !said.contains("2000"), "{said}");
    assert!(transaction.commit().await.is_ok(), "PostgreSQL answers with success, and rolls back");
    let invoices: i64 = world.owner.query_one("SELECT count(*) FROM invoices", &[]).await.unwrap().get(0);
    assert_eq!(invoices, 0);
    assert!(world.outbox().await.work().await.unwrap().is_done());
    assert_eq!(plan(&world.owner, &text).await.unwrap(), "known");
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_text_that_was_changed_is_refused_and_not_repeated() {
    let Some(world) = World::new().await else { return };
    let text = world.text("invoice-881", 1_000);
    for (from, to, code) in [
        ("\"planned\":1", "\"planned\":2", "OB002"),
        ("\"reference\":\"invoice-881\"", "\"reference\":\"invoice-882\"", "OB002"),
        ("\"account\":\"main account\"", "\"account\":\"another\"", "OB003"),
        ("\"cents\":", "\"more\":1,\"cents\":", "OB002"),
        ("\"cents\":1000", "\"cents\":1", "OB002"),
        ("\"cents\":1000", "\"cents\":1e999999", "OB002"),
        ("2025550139", "2025550139\\u0000", "OB002"),
        ("}", "", "OB002"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let error = plan(&world.owner, &changed).await.unwrap_err();
        assert_eq!(state(&error), code, "{from}: {error}");
        assert!(!format!("{error:?}").contains("2025550139"), "{error:?}");
    }
    // The accent in two signs: planned in one, it would be another reference.
    let apart = world.text("caf\u{e9}", 1_000).replace('\u{e9}', "e\u{301}");
    let error = plan(&world.owner, &apart).await.unwrap_err();
    assert_eq!(state(&error), "OB002", "{error}");
    let large = text.replace("1000", "9007199254740992");
    let error = plan(&world.owner, &large).await.unwrap_err();
    let said = error.as_db_error().unwrap().message();
    assert!(said.contains("its amount is larger than JSON can say"), "{said}");
    let none: Option<&str> = None;
    for sql in ["SELECT dots_outbox.plan($1)", "SELECT dots_outbox.plan_many($1)"] {
        let error = world.owner.query_one(sql, &[&none]).await.unwrap_err();
        assert_eq!(state(&error), "OB002", "{error}");
    }
    assert!(world.outbox().await.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn a_request_that_is_not_what_it_says_is_held_for_a_person() {
    let Some(world) = World::new().await else { return };
    // The checksum of the request is one that the database does not compute.
    let forged = world.text("invoice-881", 1_000).replacen("2025550139", "2025550140", 1);
    assert_eq!(plan(&world.owner, &forged).await.unwrap(), "planned");
    let outbox = world.outbox().await;
    outbox.work().await.unwrap();
    let review = outbox.review().await.unwrap();
    assert_eq!((review.len(), review[0].state), (1, State::Held));
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn a_second_plan_waits_for_the_first_transaction() {
    let Some(mut world) = World::new().await else { return };
    for (reference, cents, is_kept) in [("invoice-881", 1_000, true), ("invoice-882", 2_000, false)] {
        let (text, second) = (world.text(reference, cents), world.connect().await);
        let transaction = world.owner.transaction().await.unwrap();
        transaction.query_one("SELECT dots_outbox.plan($1)", &[&text]).await.unwrap();
        let mut waiting = Box::pin(plan(&second, &text));
        assert!((&mut waiting).now_or_never().is_none());
        if is_kept {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        assert_eq!(waiting.await.unwrap(), if is_kept { "known" } else { "planned" });
    }
    assert!(world.outbox().await.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (2, 3_000));
}

#[tokio::test]
async fn a_stricter_transaction_that_came_too_late_is_to_be_run_again() {
    let Some(world) = World::new().await else { return };
    let text = world.text("invoice-881", 1_000);
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let reference = format!("invoice-{}", level.to_lowercase());
        let text = world.text(&reference, 1_000);
        let late = world.connect().await;
        late.batch_execute(&format!("BEGIN ISOLATION LEVEL {level}; SELECT 1 FROM dots_outbox.status"))
            .await
            .unwrap();
        assert_eq!(plan(&world.owner, &text).await.unwrap(), "planned");
        let error = plan(&late, &text).await.unwrap_err();
        assert_eq!(state(&error), "40001", "{error}");
        late.batch_execute(&format!("ROLLBACK; BEGIN ISOLATION LEVEL {level}")).await.unwrap();
        assert_eq!(plan(&late, &text).await.unwrap(), "known");
        late.batch_execute("COMMIT").await.unwrap();
    }
    plan(&world.owner, &text).await.unwrap();
    let outbox = world.outbox().await;
    outbox.work().await.unwrap();
    // Alike: the first one is paid, the others wait for a person.
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn many_are_planned_by_one_call_all_or_none() {
    let Some(world) = World::new().await else { return };
    let lines: Vec<String> =
        (1..=50).rev().map(|number| world.text(&format!("run/{number}"), number)).collect();
    let many = |lines: String| {
        let client = &world.owner;
        async move {
            let row = client.query_one("SELECT * FROM dots_outbox.plan_many($1)", &[&lines]).await?;
            Ok::<_, tokio_postgres::Error>([row.get::<_, i64>(0), row.get(1), row.get(2)])
        }
    };
    assert_eq!(many(lines.join("\n")).await.unwrap(), [50, 0, 0]);
    assert_eq!(many(format!("{}\n{}\n", lines.join("\r\n"), lines[0])).await.unwrap(), [0, 51, 0]);
    let wrong = format!("{}\n{}", world.text("run/51", 51), world.text("run/7", 8));
    let error = many(wrong).await.unwrap_err();
    assert_eq!(state(&error), "OB001", "{error}");
    let outbox = world.outbox().await;
    assert!(outbox.work().concurrency(16).await.unwrap().is_done());
    assert!(outbox.status("run/51").await.unwrap().is_none());
    assert_eq!(many(lines.join("\n")).await.unwrap(), [0, 0, 50]);
    assert_eq!(many(String::new()).await.unwrap(), [0, 0, 0]);
    assert_eq!((world.posts(), world.paid()), (50, (1..=50).sum()));
}

#[tokio::test]
async fn two_calls_in_other_orders_do_not_lock_each_other_out() {
    let Some(world) = World::new().await else { return };
    let mut lines: Vec<String> =
        (0..200).map(|number| world.text(&format!("run/{number}"), 1 + number)).collect();
    let forward = lines.join("\n");
    lines.reverse();
    let backward = lines.join("\n");
    let (first, second) = (world.connect().await, world.connect().await);
    for client in [&first, &second] {
        client.batch_execute("BEGIN").await.unwrap();
    }
    let sql = "SELECT planned, known FROM dots_outbox.plan_many($1)";
    let both = async |client: &tokio_postgres::Client, lines: &str| {
        let row = client.query_one(sql, &[&lines]).await.unwrap();
        client.batch_execute("COMMIT").await.unwrap();
        (row.get::<_, i64>(0), row.get::<_, i64>(1))
    };
    let (one, other) = tokio::join!(both(&first, &forward), both(&second, &backward));
    assert_eq!((one.0 + other.0, one.1 + other.1), (200, 200));
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn a_table_of_the_caller_stands_in_for_none_of_ours() {
    let Some(world) = World::new().await else { return };
    let shadows = "CREATE TEMP TABLE payouts (reference text, idempotency_key uuid); \
        CREATE TEMP TABLE store (name text); \
        CREATE FUNCTION pg_temp.jsonb_typeof(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'object' $$; \
        SET search_path = pg_temp, public; SET synchronous_commit = off";
    world.owner.batch_execute(shadows).await.unwrap();
    world.owner.batch_execute("BEGIN").await.unwrap();
    assert_eq!(plan(&world.owner, &world.text("invoice-881", 1_000)).await.unwrap(), "planned");
    let waits: String = world.owner.query_one("SHOW synchronous_commit", &[]).await.unwrap().get(0);
    assert_eq!(waits, "on", "the commit would not wait for the disk");
    world.owner.batch_execute("COMMIT").await.unwrap();
    assert!(world.outbox().await.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn the_key_window_counts_from_the_plan_and_not_from_the_transaction() {
    // The database's own clock.
    let Some(world) = World::without_tables().await else { return };
    Outbox::migrate(&world.config).await.unwrap();
    let sql = "SELECT planned_at - floor(extract(epoch FROM now()) * 1000)::bigint FROM dots_outbox.payouts";
    world.owner.batch_execute("BEGIN; SELECT pg_sleep(0.05)").await.unwrap();
    plan(&world.owner, &world.text("invoice-882", 2_000)).await.unwrap();
    let late: Vec<i64> = world.owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(late[0] >= 50, "{late:?}");
    world.owner.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!((world.posts(), world.paid()), (0, 0));
}
