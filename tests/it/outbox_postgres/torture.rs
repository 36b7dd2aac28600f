//! A share of what `cargo xtask torture kill9 --store postgres` does for hours.

use std::env;
use std::time::Duration;

use dots_torture::kill_workers::{self, Kills};
use dots_torture::kill9::Program;

use super::server;

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_killed_again_and_again_pay_everybody_once() {
    if server().await.is_none() {
        return;
    }
    // This program again, which finds its job in the environment.
    let arguments = ["--exact", "outbox::torture::the_program_that_is_killed", "--nocapture"];
    let program =
        Program { file: env::current_exe().unwrap(), arguments: arguments.map(str::to_owned).to_vec() };
    let longest = Duration::from_millis(500);
    let settings = Kills { payouts: 90, kills: 12, workers: 3, seed: 7, longest };
    let outcome = kill_workers::run(settings, program).await.unwrap();
    assert!(outcome.verdict.is_well(), "{outcome:?}");
    assert_eq!(outcome.verdict.settled + outcome.verdict.review, 90, "{outcome:?}");
}
