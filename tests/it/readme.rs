//! The program that README.md shows pays once, run after run.

use std::env;
use std::process::Command;

use dots_sandbox::Sandbox;

use crate::support::world::{FULL_WALLET, PHONE};

/// The variable that tells the child to be the program.
const IS_PROGRAM: &str = "DOTS_TESTS_README";

/// The program, in a file because a compiler reads no Markdown; the test holds the two together.
mod pay_invoice {
    include!("readme/pay_invoice.rs");

    pub(super) fn run() {
        main().unwrap();
    }
}

/// What README.md shows as a program in Rust: there is one.
fn shown() -> &'static str {
    let mut blocks = include_str!("../../README.md").split("```rust\n").skip(1);
    let block = blocks.next().unwrap().split("```").next().unwrap();
    assert_eq!(blocks.next(), None, "a second program needs a run of its own");
    block
}

/// Runs in a process of its own, because the program reads the environment and this one's cannot be changed.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_the_readme_pays_once_though_it_is_run_twice() {
    if env::var_os(IS_PROGRAM).is_some() {
        // The program makes a runtime of its own.
        tokio::task::spawn_blocking(pay_invoice::run).await.unwrap();
        return;
    }
    assert_eq!(shown(), include_str!("readme/pay_invoice.rs"));
    let sandbox = Sandbox::start().await.unwrap();
    for _ in 0..2 {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "readme::the_program_of_the_readme_pays_once_though_it_is_run_twice"]);
        child.arg("--nocapture").env(IS_PROGRAM, "1").env_remove("DOTS_APP_ID");
        let credentials = sandbox.credentials();
        child.env("DOTS_CLIENT_ID", credentials.client_id).env("DOTS_API_KEY", credentials.api_key);
        child.env("DOTS_ENVIRONMENT", sandbox.url());
        let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains(" is created\n"), "{printed}");
    }
    assert_eq!(sandbox.requests().len(), 2);
    assert_eq!((sandbox.paid(PHONE), sandbox.links(), sandbox.balance()), (1_000, 1, FULL_WALLET - 1_000));
}
