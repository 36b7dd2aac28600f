//! `cargo bench -p dots-api-ext`: what a call through dots-api-ext costs beside the same call written by hand.
//!
//! This program prints how long calls take, and how long a process takes from its start to its first answer; its
//! sister, `allocations`, prints what calls and lists allocate. The server is a process of its own.
//!
//! Time on a busy machine is a coarse measure. Instructions are an exact one, and where valgrind is installed
//!
//! ```text
//! cargo bench -p dots-api-ext --bench overhead -- instructions
//! ```
//!
//! prints them per call. To see where they go, give callgrind one contender (`hyper`, `reqwest`, `dots-api`, `run`,
//! `send_payout`, `pages` or `items`), one call (`pay`, or `list` for a page) and a number of calls. The difference of two runs is the cost of the calls
//! alone:
//!
//! ```text
//! cargo bench -p dots-api-ext --bench overhead --no-run      # prints the path of the program
//! valgrind --tool=callgrind <program> pay send_payout 100
//! valgrind --tool=callgrind <program> pay send_payout 1100   # the difference is 1000 calls
//! callgrind_annotate callgrind.out.<pid>
//! ```
#![forbid(unsafe_code)]
#![allow(
    clippy::float_arithmetic,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement prints its table and may stop at the first surprise"
)]

mod contenders;
mod instructions;
mod served;

use std::process::Command;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::contenders::{BASELINE, Contender, PAYERS, READERS};
use crate::served::Served;

/// How often each contender has its turn; the best turn counts, since what else runs only ever makes it slower.
const TURNS: u32 = 15;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", ..] => {
            served::serve_if_asked();
        }
        [call @ ("pay" | "list"), name, calls, url @ ..] => {
            let calls = calls.parse().expect("a number of calls");
            match url {
                [url] => make(call, name, calls, url),
                _ => make(call, name, calls, &Served::start().url),
            }
        }
        [first, ..] if *first == "instructions" => instructions::print(),
        // Without this flag it is no measurement: `cargo test --all-targets` only wants to see that it runs.
        arguments if arguments.contains(&"--bench") => {
            times("pay", &PAYERS, 1_000, TURNS);
            times("list", &READERS, 100, TURNS);
            starts(20);
        }
        _ => {
            times("pay", &PAYERS, 5, 1);
            times("list", &READERS, 2, 1);
            starts(1);
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Makes so many calls of one kind.
fn make(call: &str, name: &str, calls: u32, url: &str) {
    let contender = Contender::new(name, url);
    runtime().block_on(repeat(call, &contender, calls));
}

/// Sends so many payouts, or reads so many pages of one list.
async fn repeat(call: &str, contender: &Contender, calls: u32) {
    if call == "list" {
        return contender.read(usize::try_from(calls).expect("few pages")).await;
    }
    for _ in 0..calls {
        contender.pay().await;
    }
}

/// Prints how long calls take, the contenders taking turns.
fn times(call: &str, names: &[&str], calls: u32, turns: u32) {
    let (served, runtime) = (Served::start(), runtime());
    let contenders: Vec<Contender> = names.iter().map(|name| Contender::new(name, &served.url)).collect();
    let mut best = vec![Duration::MAX; names.len()];
    for _ in 0..turns {
        for (contender, best) in contenders.iter().zip(&mut best) {
            let started = Instant::now();
            runtime.block_on(repeat(call, contender, calls));
            *best = started.elapsed().min(*best);
        }
    }
    best.iter_mut().for_each(|time| *time /= calls);
    print(&format!("{call}, time per call"), names, &best);
}

/// Prints how long a process takes from its start to its end, with one call in it.
fn starts(turns: u32) {
    let served = Served::start();
    let program = std::env::current_exe().expect("this program has a path");
    let mut best = [Duration::MAX; PAYERS.len()];
    for _ in 0..turns {
        for (name, best) in PAYERS.iter().zip(&mut best) {
            let started = Instant::now();
            let status = Command::new(&program).args(["pay", name, "1", &served.url]).status();
            assert!(status.expect("the program starts").success(), "{name}");
            *best = started.elapsed().min(*best);
        }
    }
    print("start of a process to its first answer", &PAYERS, &best);
}

fn print(what: &str, names: &[&str], times: &[Duration]) {
    let baseline = names.iter().zip(times).find(|(name, _)| **name == BASELINE).map(|(_, time)| *time);
    println!("\n| {what} | time | × {BASELINE} |\n|---|---|---|");
    for (name, time) in names.iter().zip(times) {
        let thousandths = time.as_nanos() * 1_000 / baseline.unwrap_or_default().as_nanos().max(1);
        println!("| {name} | {time:.1?} | {}.{:03} |", thousandths / 1_000, thousandths % 1_000);
    }
}
