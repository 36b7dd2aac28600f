//! A file that cannot be used says what to do; nothing is created or changed silently.

use std::fs;
use std::path::Path;

use dots_api_ext::Cents;
use dots_api_ext::outbox::{By, FileProblem, Outbox, OutboxError, State};
use dots_sandbox::{Fault, When};

use super::World;
use crate::support::world::builder_for;

/// Opens a file that must not be opened.
async fn problem(world: &World, file: &Path) -> FileProblem {
    match Outbox::open(file, &world.dots).await {
        Err(OutboxError::File(problem)) => {
            assert!(problem.to_string().contains("could not open the outbox"), "{problem}");
            problem
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_second_process_is_told_who_has_the_file() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let problem = problem(&world, &world.file()).await;
    assert!(matches!(problem, FileProblem::Locked(_, Some(pid)) if pid == std::process::id()), "{problem}");
    outbox.close().await;
    world.open().await.close().await;
    assert_eq!(world.posts(), 0);
}

/// The variable that makes the child process open a file; it holds its path.
const OPENS: &str = "DOTS_TESTS_OPENS_OUTBOX";

#[test]
fn another_process_is_refused_at_once_and_names_the_holder() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if let Some(file) = std::env::var_os(OPENS) {
        let dots = builder_for("http://127.0.0.1:9").build().unwrap();
        let error = runtime.block_on(Outbox::open(file, &dots)).unwrap_err();
        return println!("{error}");
    }
    let world = runtime.block_on(World::new());
    let outbox = runtime.block_on(world.outbox());
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "outbox::files::another_process_is_refused_at_once_and_names_the_holder"]);
    let output = child.arg("--nocapture").env(OPENS, world.file()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(&format!("the process {} has it open", std::process::id())), "{said}");
    let payment = runtime.block_on(outbox.pay_once("invoice-881", world.payout())).unwrap();
    assert_eq!(payment.status().state, State::Settled);
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn nothing_is_created_by_opening_and_nothing_is_replaced_by_creating() {
    let world = World::new().await;
    assert!(matches!(problem(&world, &world.file()).await, FileProblem::Missing(_)));
    assert!(fs::read_dir(world.folder.path()).unwrap().next().is_none());
    world.outbox().await.close().await;
    let error = Outbox::create(world.file(), &world.dots).await.unwrap_err();
    assert!(matches!(error, OutboxError::File(FileProblem::Exists(_))), "{error}");
    world.open().await.close().await;
    assert_eq!(world.posts(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new().await;
    world.outbox().await.close().await;
    assert_eq!(fs::metadata(world.file()).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(world.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let problem = problem(&world, &world.file()).await;
    assert!(problem.to_string().contains("chmod 600"), "{problem}");
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn other_files_newer_ones_and_damaged_ones_are_told_apart() {
    let world = World::new().await;
    world.outbox().await.close().await;
    let change = |sql: &str| {
        let connection = rusqlite::Connection::open(world.file()).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    change("PRAGMA user_version = 2");
    assert!(matches!(problem(&world, &world.file()).await, FileProblem::Newer(_)));
    change("PRAGMA user_version = 1; PRAGMA application_id = 7");
    assert!(matches!(problem(&world, &world.file()).await, FileProblem::Foreign(_)));

    let mut bytes = fs::read(world.file()).unwrap();
    let middle = bytes.len() / 2;
    bytes[4_096..middle].fill(0x5a);
    fs::write(world.file(), bytes).unwrap();
    let damaged = problem(&world, &world.file()).await;
    assert!(matches!(damaged, FileProblem::Damaged(..) | FileProblem::Foreign(_)), "{damaged}");
    fs::write(world.file(), "reference,amount\n881,10\n and some more text\n").unwrap();
    assert!(matches!(problem(&world, &world.file()).await, FileProblem::Foreign(_)));
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_copy_from_the_past_pays_nothing_twice() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    outbox.close().await;
    let copy = world.folder.path().join("backup.sqlite");
    fs::copy(world.file(), &copy).unwrap();

    let outbox = world.open().await;
    // Of this one the copy knows nothing.
    outbox.plan("invoice-882", world.pays(Cents::new(2_000))).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    outbox.close().await;
    world.advance(30);

    assert!(matches!(problem(&world, &copy).await, FileProblem::Copied(_)));
    let restored = Outbox::open_restored(&copy, &world.dots).await.unwrap();
    // What the lost file has sent last may still be on its way.
    let early = restored.pay_once("invoice-884", world.pays(Cents::new(4_000))).await.unwrap();
    assert_eq!(early.status().state, State::Planned);
    world.advance(1);
    let late = restored.pay_once("invoice-884", world.pays(Cents::new(4_000))).await.unwrap();
    assert_eq!(late.status().state, State::Settled);
    let done = restored.work().await.unwrap();
    // It was found, and the other one was sent.
    assert_eq!(done.count(State::Settled), 2);
    let payment = restored.pay_once("invoice-882", world.pays(Cents::new(2_000))).await.unwrap();
    assert_eq!(payment.status().state, State::Settled);
    let new = restored.pay_once("invoice-883", world.pays(Cents::new(3_000))).await.unwrap();
    assert_eq!(new.status().state, State::Settled);
    assert_eq!((world.posts(), world.paid()), (4, 10_000));
}

#[tokio::test]
async fn a_file_that_was_set_back_in_place_is_noticed() {
    let world = World::new().await;
    world.outbox().await.close().await;
    let old = fs::read(world.file()).unwrap();
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before);
    world.open().await.close().await;
    fs::write(world.file(), old).unwrap();
    assert!(matches!(problem(&world, &world.file()).await, FileProblem::Copied(_)));
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_noticed() {
    let world = World::new().await;
    world.advance(48);
    world.outbox().await.close().await;
    world.clock.set_back(std::time::Duration::from_secs(86_400));
    let problem = problem(&world, &world.file()).await;
    assert!(matches!(problem, FileProblem::ClockBehind(..)), "{problem}");
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn pruning_forgets_people_and_no_reference() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    world.advance(24);
    let now = dots_api_ext::Clock::now(&world.clock);
    assert_eq!(outbox.prune(now).await.unwrap(), 1);
    let again = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(again.status().state, State::Settled);
    outbox.close().await;
    let bytes = fs::read(world.file()).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("2025550139"));
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_file_of_another_server_or_app_is_refused_by_name() {
    let world = World::new().await;
    let live = dots_api_ext::Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox");
    let live =
        live.environment(dots_api_ext::Environment::Production).clock(world.clock.clone()).build().unwrap();
    let outbox = Outbox::create(world.file(), &live).await.unwrap();
    let payee = dots_api_ext::Payee::phone("1", "2025550139");
    outbox.plan("invoice-881", live.send_payout(Cents::new(1_000), payee)).await.unwrap();
    outbox.close().await;
    let by = By::new("jo", "a test");
    for opened in [
        Outbox::open(world.file(), &world.dots).await,
        Outbox::open_restored(world.file(), &world.dots).await,
        Outbox::open_rotated(world.file(), &world.dots, by).await,
    ] {
        let error = opened.unwrap_err().to_string();
        let is_named =
            error.contains("the server `https://api.dots.dev/api`") && error.contains(&world.sandbox.url());
        assert!(is_named, "{error}");
    }
    let app = live.with_app(&world.sandbox.app_id().parse().unwrap()).unwrap();
    let error = Outbox::open(world.file(), &app).await.unwrap_err();
    assert!(error.to_string().contains("for the app `none`"), "{error}");
    Outbox::open(world.file(), &live).await.unwrap().close().await;
    assert!(world.sandbox.requests().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_has_one_lock_whatever_it_is_called() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let link = world.folder.path().join("link.sqlite");
    std::os::unix::fs::symlink(world.file(), &link).unwrap();
    assert!(matches!(problem(&world, &link).await, FileProblem::Locked(..)));
    outbox.close().await;
    Outbox::open(&link, &world.dots).await.unwrap().close().await;

    fs::hard_link(world.file(), world.folder.path().join("another.sqlite")).unwrap();
    let problem = problem(&world, &world.file()).await;
    assert!(problem.to_string().contains("hard link"), "{problem}");
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn what_the_system_refuses_says_what_to_do() {
    let world = World::new().await;
    let file = world.folder.path().join("none").join("payouts.sqlite");
    let error = Outbox::create(&file, &world.dots).await.unwrap_err();
    assert!(error.to_string().contains("make its folder first"), "{error}");
    for (kind, advice) in [
        (std::io::ErrorKind::PermissionDenied, "this user has to be able to"),
        (std::io::ErrorKind::ReadOnlyFilesystem, "put it where it can be written"),
        (std::io::ErrorKind::StorageFull, "make room on the disk"),
    ] {
        let problem = FileProblem::Io(file.clone(), kind.into());
        assert!(problem.to_string().contains(advice), "{problem}");
    }
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_program_that_reads_the_file_while_it_is_opened_is_told() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    outbox.close().await;
    // Another program writes, as `sqlite3` may.
    let other = rusqlite::Connection::open(world.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let problem = problem(&world, &world.file()).await;
    assert!(problem.to_string().contains("another program"), "{problem}");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    assert!(world.open().await.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn the_file_itself_refuses_what_would_let_a_payout_be_made_again() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let _ = outbox.pay_once("invoice-881", world.payout()).await.unwrap();
    outbox.close().await;
    let connection = rusqlite::Connection::open(world.file()).unwrap();
    for sql in [
        "DELETE FROM payouts",
        "DELETE FROM requests",
        "DELETE FROM events",
        "UPDATE payouts SET state = 'planned'",
        "UPDATE payouts SET reference = 'invoice-882'",
        "UPDATE payouts SET operation = 'create_payout'",
        "UPDATE payouts SET idempotency_key = '5a9b3a0e-3a4f-4c62-9d8a-0c4c7a6f7f10'",
        "UPDATE payouts SET last_possible_send = NULL",
        "UPDATE payouts SET fence = 0",
        "UPDATE requests SET request = 'another'",
        "UPDATE events SET event = 'claimed'",
    ] {
        assert!(connection.execute(sql, []).is_err(), "{sql}");
    }
    drop(connection);
    let again = world.open().await.pay_once("invoice-881", world.payout()).await.unwrap();
    assert_eq!(again.status().state, State::Settled);
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn what_was_changed_in_the_file_is_noticed_and_not_sent() {
    for (sql, what) in [
        ("UPDATE payouts SET not_before = 0", "`invoice-881` has other values"),
        ("UPDATE payouts SET is_meant = 0", "`invoice-881` has other values"),
        ("DROP TRIGGER payouts_stay; UPDATE payouts SET planned_cents = 1", "`invoice-881` has other values"),
        (
            "DROP TRIGGER payouts_stay; UPDATE payouts SET fingerprint = upper(fingerprint)",
            "`invoice-881` has other values",
        ),
        ("DROP TRIGGER events_stay; UPDATE events SET after = 'settled'", "the log of `invoice-881`"),
    ] {
        let world = World::new().await;
        let outbox = world.outbox().await;
        outbox.plan("invoice-881", world.payout()).await.unwrap();
        outbox.hold("invoice-881", By::new("a test", "to be in the log")).await.unwrap();
        outbox.release("invoice-881", By::new("a test", "to be sent")).await.unwrap();
        outbox.close().await;
        rusqlite::Connection::open(world.file()).unwrap().execute_batch(sql).unwrap();
        let outbox = world.open().await;
        let error = match outbox.history("invoice-881").await {
            Ok(_) => outbox.work().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(error.to_string().contains(what), "{sql}: {error}");
        assert_eq!(world.posts(), 0);
    }
}

#[tokio::test]
async fn a_damaged_row_takes_nothing_of_its_neighbours() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    for (number, cents) in [(1, 100), (2, 200), (3, 300)] {
        outbox.plan(format!("invoice-{number}"), world.pays(Cents::new(cents))).await.unwrap();
    }
    outbox.close().await;
    let change = |sql: &str| rusqlite::Connection::open(world.file()).unwrap().execute_batch(sql).unwrap();
    change("UPDATE payouts SET not_before = not_before - 1 WHERE reference = 'invoice-2'");

    let outbox = world.open().await;
    // All in one commit: what was read wrongly fails alone.
    let (first, second, fourth) = tokio::join!(
        outbox.status("invoice-1"),
        outbox.status("invoice-2"),
        outbox.plan("invoice-4", world.pays(Cents::new(400)))
    );
    assert!(first.unwrap().is_some() && fourth.is_ok());
    assert!(second.unwrap_err().to_string().contains("`invoice-2` has other values"));
    // The claim of the first row is taken back with that of the second.
    outbox.work().await.unwrap_err();
    assert_eq!(outbox.status("invoice-1").await.unwrap().unwrap().state, State::Planned);
    assert_eq!(world.posts(), 0);
    outbox.close().await;

    change("UPDATE payouts SET not_before = not_before + 1 WHERE reference = 'invoice-2'");
    assert!(world.open().await.work().await.unwrap().is_done());
    assert_eq!((world.sandbox.links(), world.sandbox.paid("2025550139")), (4, 1_000));
}
