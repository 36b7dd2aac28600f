//! README's program: it pays once in repeated runs, and fails closed.

use std::env;
use std::process::{Command, Output};

use dots_sandbox::{Fault, Sandbox, When};

use crate::support::world::{FULL_WALLET, PHONE};

/// The variable that makes the child process run the program.
const IS_PROGRAM: &str = "DOTS_TESTS_README";

/// The program, in a file because the compiler does not read Markdown; the test compares the two.
#[allow(clippy::print_stderr, reason = "the program talks to the person who runs it")]
mod pay_invoice {
    include!("readme/pay_invoice.rs");

    pub(super) fn run() {
        main().unwrap();
    }
}

/// The one Rust program in README.md.
fn shown() -> &'static str {
    let mut blocks = include_str!("../../README.md").split("```rust\n").skip(1);
    let block = blocks.next().unwrap().split("```").next().unwrap();
    assert_eq!(blocks.next(), None, "a second program needs a run of its own");
    block
}

/// Runs the program in a child process, because it reads the environment, which this process cannot change.
///
/// `test` is the test that runs the program when the variable is set.
async fn run_program(test: &str, sandbox: &Sandbox) -> Output {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", &format!("readme::{test}"), "--nocapture"]);
    child.env(IS_PROGRAM, "1").env_remove("DOTS_APP_ID");
    let credentials = sandbox.credentials();
    child.env("DOTS_CLIENT_ID", credentials.client_id).env("DOTS_API_KEY", credentials.api_key);
    child.env("DOTS_ENVIRONMENT", sandbox.url());
    tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap()
}

/// Runs the program if this process was started for that; the program has a runtime of its own.
async fn was_the_program() -> bool {
    let is_program = env::var_os(IS_PROGRAM).is_some();
    if is_program {
        tokio::task::spawn_blocking(pay_invoice::run).await.unwrap();
    }
    is_program
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_the_readme_pays_once_though_it_is_run_twice() {
    if was_the_program().await {
        return;
    }
    assert_eq!(shown(), include_str!("readme/pay_invoice.rs"));
    let sandbox = Sandbox::start().await.unwrap();
    for _ in 0..2 {
        let output =
            run_program("the_program_of_the_readme_pays_once_though_it_is_run_twice", &sandbox).await;
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains(" is created\n"), "{printed}");
    }
    assert_eq!(sandbox.requests().len(), 2);
    assert_eq!((sandbox.paid(PHONE), sandbox.links(), sandbox.balance()), (1_000, 1, FULL_WALLET - 1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_the_readme_fails_when_the_outcome_is_unknown_and_pays_once_when_it_is_run_again() {
    if was_the_program().await {
        return;
    }
    let test =
        "the_program_of_the_readme_fails_when_the_outcome_is_unknown_and_pays_once_when_it_is_run_again";
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.inject(Fault::Reset).on("send_payout").when(When::After).times(3);
    let output = run_program(test, &sandbox).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("run this again within 24 hours"), "{said}");
    assert!(run_program(test, &sandbox).await.status.success());
    assert_eq!((sandbox.paid(PHONE), sandbox.links(), sandbox.balance()), (1_000, 1, FULL_WALLET - 1_000));
}

#[test]
fn the_picture_of_the_readme_shows_what_the_first_command_prints() {
    let printed =
        include_str!("../../README.md").split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    // Of several spaces, a picture shows one; hard ones stay.
    let picture = include_str!("../../docs/first-run.svg").replace('\u{a0}', " ");
    let unescaped = picture.replace("&lt;", "<").replace("&gt;", ">");
    let shown: Vec<&str> = unescaped.lines().filter_map(|line| line.strip_suffix("</text>")).collect();
    for line in printed.lines().filter(|line| !line.is_empty()) {
        assert!(shown.iter().any(|text| text.ends_with(&format!(">{line}"))), "{line}");
    }
}
