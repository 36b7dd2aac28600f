//! State files: what is restored, and which files are refused.

use std::{fs, path::Path, time::Duration};

use dots_sandbox::{
    DeliveryOutcome, Fault, Faults, Sandbox, SandboxBuilder, WebhookEndpoint, WebhookFault, When,
};
use serde_json::json;

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
    raw_socket::exchange,
    receiver::{Answer, Receiver, SECRET},
};

const SEND: &str = "/v2/payouts/send-payout";

async fn sandbox(path: &Path, builder: SandboxBuilder) -> TestSandbox {
    TestSandbox::with(FUNDS, builder.state(path)).await
}

async fn restart(sandbox: TestSandbox, path: &Path, builder: SandboxBuilder) -> TestSandbox {
    sandbox.stop().await;
    self::sandbox(path, builder).await
}

#[tokio::test]
async fn what_is_due_later_happens_after_a_restart_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let sandbox = sandbox(&path, Sandbox::builder()).await;
    sandbox.advance(Duration::from_secs(60));
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", user).await.expect(201);
    let (id, link) = (user["id"].as_str().unwrap(), sandbox.post(SEND, page_body()).await.expect(201));
    let sent = json!({ "use_voice": true });
    let sent = sandbox.post(&format!("/v2/users/{id}/send-verification-token"), sent).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    let pull = json!({ "amount": 700 });
    sandbox.post(&format!("/v2/apps/{}/deposit", sandbox.app_id()), pull).await.expect(200);
    let held = sandbox.balance();

    let sandbox = restart(sandbox, &path, Sandbox::builder()).await;
    let now = sandbox.control("GET", "clock", None).await.expect(200);
    assert_eq!(now["now"], "2026-01-01T00:01:00Z");
    assert_eq!(sandbox.balance(), held);
    sandbox.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(sandbox.balance(), held + 700);
    // The key has expired by now, and counts as a new one.
    assert_ne!(sandbox.post(SEND, page_body()).await.expect(201)["id"], link["id"]);
    let token = json!({ "token": "123456" });
    assert_eq!(sandbox.post(&format!("/v2/users/{id}/verify"), token).await.status, 200);
    assert_eq!(sandbox.get(&format!("/v2/users/{id}")).await.expect(200)["status"], "verified");
    sandbox.advance(Duration::from_secs(29 * 24 * 60 * 60));
    let link = sandbox.get(&format!("/v2/payout-links/{}", link["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(link["status"], "expired");
    sandbox.end().await;
}

#[tokio::test]
async fn stored_answers_come_back_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let replay =
        || Sandbox::builder().key_repeat(dots_sandbox::KeyRepeat::Replay).page_base("http://pay.invalid");
    let sandbox = sandbox(&path, replay()).await;
    let first = sandbox.post(SEND, page_body()).await;
    let id = first.body["id"].as_str().unwrap().to_owned();
    sandbox.delete(&format!("/v2/payout-links/{id}")).await.expect(200);
    let sandbox = restart(sandbox, &path, replay()).await;
    let again = sandbox.post(SEND, page_body()).await;
    assert_eq!((again.status, again.text), (first.status, first.text));
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn an_endpoint_its_secret_and_what_it_has_not_heard_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let receiver = Receiver::start().await;
    let told = || Sandbox::builder().webhook(WebhookEndpoint::new(receiver.url()).secret(SECRET));
    let sandbox = sandbox(&path, told()).await;
    receiver.answer([Answer::Status(503)]);
    sandbox.webhooks().misbehave(WebhookFault::TamperedBody.on("user.updated")).unwrap();
    sandbox.emit("flow.updated", json!({ "flow_id": "f" })).unwrap();
    sandbox.deliver().await;
    let log = sandbox.deliveries();

    // The same command line again does not add a second endpoint.
    let sandbox = restart(sandbox, &path, told()).await;
    assert_eq!(sandbox.webhooks().list().len(), 1);
    assert_eq!(sandbox.webhooks().faults().len(), 1);
    assert_eq!(sandbox.deliveries(), log);
    sandbox.advance(Duration::from_secs(5));
    sandbox.deliver().await;
    let received = receiver.received();
    let [refused, accepted] = &received[..] else { panic!("{received:?}") };
    assert_eq!((refused.id(), &refused.text), (accepted.id(), &accepted.text));
    assert!(accepted.is_signed_with(SECRET));
    let outcomes: Vec<_> =
        sandbox.deliveries().iter().map(|delivery| (delivery.attempt, delivery.outcome)).collect();
    assert_eq!(outcomes, [(1, DeliveryOutcome::Refused), (2, DeliveryOutcome::Accepted)]);
    sandbox.end().await;
}

/// Pays with this many keys, each sent three times, and returns what the client saw.
async fn run(sandbox: &TestSandbox, keys: std::ops::Range<u32>) -> Vec<String> {
    let mut seen = Vec::new();
    for key in keys {
        let mut body = page_body();
        body["idempotency_key"] = json!(format!("00000000-0000-4000-8000-{key:012}"));
        for _ in 0..3 {
            let answer = exchange(sandbox, "POST", SEND, Some(&body)).await;
            seen.push(format!("{}\n{}", answer.head, String::from_utf8_lossy(&answer.body)));
        }
    }
    seen
}

#[tokio::test]
async fn a_draw_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let drawing = || Sandbox::builder().faults(Faults::seeded(3).rate(0.5)).page_base("http://pay.invalid");
    let whole = TestSandbox::with(FUNDS, drawing()).await;
    let expected = run(&whole, 0..20).await;
    whole.stop().await;

    let sandbox = sandbox(&path, drawing()).await;
    let mut seen = run(&sandbox, 0..10).await;
    let sandbox = restart(sandbox, &path, drawing()).await;
    seen.extend(run(&sandbox, 10..20).await);
    assert_eq!(seen, expected);
    sandbox.clear_faults();
    sandbox.end().await;
}

#[tokio::test]
async fn an_armed_fault_fires_as_often_as_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let rule = || "503:after@send_payout*2".parse::<dots_sandbox::FaultRule>().unwrap();
    let sandbox = sandbox(&path, Sandbox::builder().fault(rule())).await;
    sandbox.inject(Fault::Conflict).on("list_payout_links").when(When::Before);
    assert_eq!(sandbox.post(SEND, page_body()).await.status, 503);
    let sandbox = restart(sandbox, &path, Sandbox::builder().fault(rule())).await;
    assert_eq!(sandbox.post(SEND, page_body()).await.status, 503);
    sandbox.post(SEND, page_body()).await.expect(201);
    assert_eq!(sandbox.get("/v2/payout-links").await.status, 409);
    assert_eq!(sandbox.links(), 1);
    sandbox.end().await;
}

/// Starts a sandbox that must not start, checks that its file is unchanged, and returns the error.
async fn why_not(path: &Path, builder: SandboxBuilder) -> String {
    let before = fs::read(path).unwrap();
    let error = builder.state(path).start().await.unwrap_err().to_string();
    assert_eq!(fs::read(path).unwrap(), before);
    let named = format!("could not use the state file `{}`: ", path.display());
    error.strip_prefix(&named).unwrap_or_else(|| panic!("{error}")).to_owned()
}

/// Creates the file of a world with three payouts.
async fn file(path: &Path) -> Vec<u8> {
    let sandbox = sandbox(path, Sandbox::builder()).await;
    for key in 0..3 {
        let mut body = page_body();
        body["idempotency_key"] = json!(format!("00000000-0000-4000-8000-{key:012}"));
        sandbox.post(SEND, body).await.expect(201);
    }
    sandbox.stop().await;
    fs::read(path).unwrap()
}

#[tokio::test]
async fn a_file_that_is_damaged_is_refused_and_left_as_it_is() {
    const DAMAGED: &str =
        "put a good copy in its place, or: it was left as it is; move it away to begin a new world";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let good = file(&path).await;
    let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 4);

    let mut flipped = lines.concat();
    flipped[lines[0].len() + lines[1].len() + 300] ^= 1;
    fs::write(&path, flipped).unwrap();
    let expected = format!("line 3 is damaged (its hash is another one); {DAMAGED}");
    assert_eq!(why_not(&path, Sandbox::builder()).await, expected);

    // The next line notices a line that was lost or moved.
    fs::write(&path, [lines[0], lines[2], lines[3]].concat()).unwrap();
    let expected = format!("line 2 is damaged (its hash is another one); {DAMAGED}");
    assert_eq!(why_not(&path, Sandbox::builder()).await, expected);

    fs::write(&path, [lines[0], lines[1], b"half\n"].concat()).unwrap();
    let expected = format!("line 3 is damaged (it is too short); {DAMAGED}");
    assert_eq!(why_not(&path, Sandbox::builder()).await, expected);

    fs::write(&path, good).unwrap();
    let sandbox = sandbox(&path, Sandbox::builder()).await;
    assert_eq!((sandbox.links(), sandbox.balance()), (3, FUNDS - 3000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_change_that_was_not_written_to_its_end_is_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let good = file(&path).await;
    fs::write(&path, &good[..good.len() - 7]).unwrap();
    let sandbox = sandbox(&path, Sandbox::builder()).await;
    let found = sandbox.state_file().unwrap();
    assert_eq!(found.changes, 2);
    assert!(found.cut > 0);
    assert_eq!((sandbox.links(), sandbox.balance()), (2, FUNDS - 2000));
    let mut body = page_body();
    body["idempotency_key"] = json!("00000000-0000-4000-8000-000000000002");
    sandbox.post(SEND, body).await.expect(201);
    let sandbox = restart(sandbox, &path, Sandbox::builder()).await;
    assert_eq!((sandbox.links(), sandbox.balance()), (3, FUNDS - 3000));
    sandbox.end().await;
}

/// Rewrites the header as another sandbox would have written it.
fn another_head(good: &[u8], from: &str, to: &str) -> Vec<u8> {
    let line = String::from_utf8(good.split(|byte| *byte == b'\n').next().unwrap().to_vec()).unwrap();
    assert!(line.contains(from), "{line}");
    let json = line[17..].replacen(from, to, 1);
    format!("{:016x} {json}\n", hash(json.as_bytes())).into_bytes()
}

/// The hash of a header, implemented a second time.
fn hash(json: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(29);
    json.chunks(8).fold(0xcbf2_9ce4_8422_2325, |hash, chunk| match chunk.try_into() {
        Ok(word) => mix(hash, u64::from_le_bytes(word)),
        Err(_) => chunk.iter().fold(hash, |hash, byte| mix(hash, 256 + u64::from(*byte))),
    })
}

#[tokio::test]
async fn a_file_of_another_sandbox_or_of_something_else_is_refused_and_left_as_it_is() {
    const ADVICE: &str = "it was left as it is; move it away to begin a new world";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let good = file(&path).await;
    assert_eq!(another_head(&good, "", ""), good[..good.iter().position(|byte| *byte == b'\n').unwrap() + 1]);

    fs::write(&path, another_head(&good, "_state\":1,", "_state\":2,")).unwrap();
    let expected = format!(
        "it has version 2 and this sandbox knows version 1; use the sandbox that wrote it, or: {ADVICE}"
    );
    assert_eq!(why_not(&path, Sandbox::builder()).await, expected);

    fs::write(&path, another_head(&good, "\"document\":\"", "\"document\":\"f")).unwrap();
    let expected = format!(
        "it was written for another version of the API's document; use the sandbox that wrote it, or: {ADVICE}"
    );
    assert_eq!(why_not(&path, Sandbox::builder()).await, expected);

    for foreign in ["a letter", "dear diary,\nit is not a state file\n", "{}\n"] {
        fs::write(&path, foreign).unwrap();
        let expected = format!("it is not a state file of the sandbox; {ADVICE}, or name another file");
        assert_eq!(why_not(&path, Sandbox::builder()).await, expected);
    }

    fs::write(&path, &good).unwrap();
    let expected = "its world began with seed `1`, not `2`; leave `--seed` out, or name another file";
    assert_eq!(why_not(&path, Sandbox::builder().seed(2)).await, expected);
    let expected =
        format!("its world began with funds `{FUNDS}`, not `5`; leave `--funds` out, or name another file");
    assert_eq!(why_not(&path, Sandbox::builder().funds(5)).await, expected);

    let sandbox = sandbox(&path, Sandbox::builder()).await;
    let expected = "another sandbox uses it; stop that one, or name another file";
    assert_eq!(why_not(&path, Sandbox::builder()).await, expected);
    assert_eq!(sandbox.links(), 3);
    sandbox.end().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn only_a_plain_file_is_accepted() {
    let error = Sandbox::builder().state("/dev/zero").start().await.unwrap_err();
    assert_eq!(error.to_string(), "could not use the state file `/dev/zero`: it cannot be read");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "it is not a plain file");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let sandbox = sandbox(&path, Sandbox::builder()).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    sandbox.end().await;
}
