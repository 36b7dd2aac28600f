//! `examples/independent_client.py`, a client in another language, against the sandbox. It needs Python 3 with two
//! packages: `python3 -m venv venv && venv/bin/pip install svix standardwebhooks`, and `DOTS_PYTHON=venv/bin/python`.

use std::{
    env,
    io::{ErrorKind, Write as _},
    process::Command,
    time::Duration,
};

use dots_sandbox::{Fault, KeyRepeat, Sandbox, SandboxBuilder, WebhookFault};

use crate::support::client::{FUNDS, TestSandbox};

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/independent_client.py");
const PHONE: &str = "2025550139";

/// What the client printed at the end: the last line of its report, and what it found wrong.
struct Said {
    last: String,
    off: String,
}

/// Runs the client. Where Python or a package is missing, it says so past the capture of the test harness.
async fn run(sandbox: &TestSandbox) -> Option<Said> {
    let named = env::var_os("DOTS_PYTHON");
    let mut client = Command::new(named.clone().unwrap_or_else(|| "python3".into()));
    client.arg(CLIENT).env("DOTS_BASE_URL", sandbox.url());
    client.env("DOTS_CLIENT_ID", "pk_dev_sandbox").env("DOTS_API_KEY", "sk_dev_sandbox");
    let outcome = tokio::task::spawn_blocking(move || client.output()).await.unwrap();
    let why = match &outcome {
        Ok(output) if output.stderr.starts_with(b"cannot begin") => {
            String::from_utf8_lossy(&output.stderr).into_owned()
        }
        Ok(_) => String::new(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            "there is no python3; install it with `apt-get install python3-venv`\n".to_owned()
        }
        Err(error) => panic!("python cannot be started: {error}"),
    };
    if why.is_empty() {
        let output = outcome.unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (did, off) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.success(), off.is_empty(), "{did}{off}");
        return Some(Said { last: did.lines().last().unwrap_or_default().to_owned(), off });
    }
    // With `DOTS_PYTHON` set, the client must run.
    assert_eq!(named, None, "the client in Python was not run: {why}");
    let said = format!("not run: the client in Python (DOTS_PYTHON names another interpreter): {why}");
    std::io::stderr().write_all(said.as_bytes()).unwrap();
    None
}

#[tokio::test]
async fn a_client_that_was_written_from_the_documentation_alone_finds_all_of_it_true() {
    let sandbox = TestSandbox::start().await;
    let Some(said) = run(&sandbox).await else { return };
    assert_eq!((said.off.as_str(), said.last.as_str()), ("", "all of it as documented"));
    assert_eq!((sandbox.paid(PHONE), sandbox.links(), sandbox.balance()), (1_000, 8, FUNDS - 1_021));
    sandbox.end().await;
}

/// A sandbox that is wrong in one way, and what the client says about it.
type Wrong = (SandboxBuilder, fn(&TestSandbox), &'static str);

fn wrong_ones() -> [Wrong; 6] {
    let plain = Sandbox::builder;
    [
        (plain().key_ttl(Duration::ZERO), |_| {}, "off: the same key paid again"),
        (plain().key_repeat(KeyRepeat::Reject), |_| {}, "send-payout answered 409 instead of 201"),
        (
            plain(),
            |sandbox| drop(sandbox.inject(Fault::WrongAmount).on("send_payout")),
            "off: not the payout that was asked for",
        ),
        (
            plain(),
            |sandbox| drop(sandbox.inject(Fault::SkippedRow).on("list_payout_links").always()),
            "off: the payout is 0 times in the list",
        ),
        (
            plain(),
            |sandbox| drop(sandbox.inject(Fault::OtherShape).on("cancel_payout_link")),
            "off: KeyError: 'id'",
        ),
        (
            plain(),
            |sandbox| {
                sandbox.webhooks().misbehave(WebhookFault::TamperedBody.on("payout_link.updated")).unwrap();
            },
            "off: deliveries that should be true were refused",
        ),
    ]
}

#[tokio::test]
async fn the_client_says_what_is_off_when_something_is() {
    for (builder, break_it, complaint) in wrong_ones() {
        let sandbox = TestSandbox::with(FUNDS, builder).await;
        break_it(&sandbox);
        let Some(said) = run(&sandbox).await else { return };
        assert!(said.off.contains(complaint), "{complaint}: {}", said.off);
        sandbox.clear_faults();
        sandbox.end().await;
    }
}
