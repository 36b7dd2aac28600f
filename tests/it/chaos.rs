//! Chaos: random programs against an unkind Dots. Nothing is paid twice, denied, late, shut out or hung.
//!
//! A seed is a program: clients, things to pay, and steps. It runs in made-up time against a Dots in memory, whose
//! ledger is the judge. What fails is made smaller and printed with its seed.
//!
//! - `program`, `draw`: what a program is, and how one is drawn
//! - `mishap`, `world`, `gate`: what happens to requests, at Dots, and to a client
//! - `time`, `drive`, `places`, `stream`: made-up time, and where futures are polled
//! - `process`, `make`, `run`, `notes`: how a program runs, and what is noted of its calls
//! - `judge`, `shrink`: what must hold, and the smallest program in which it does not
//! - `sandbox`: programs against the sandbox, over the network
//! - `found`: what programs have found, each as its smallest input
//!
//! `DOTS_CHAOS_PROGRAMS` says how many programs run, and `DOTS_CHAOS_SEED` the seed of the first.

mod draw;
mod drive;
mod found;
mod gate;
mod judge;
mod make;
mod mishap;
mod notes;
mod places;
mod process;
mod program;
mod run;
mod sandbox;
mod shrink;
mod stream;
mod time;
mod world;

use judge::Tally;
use places::Places;

/// How many programs run where nobody says how many.
const PROGRAMS: u64 = 1_500;

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{name}` is no number: `{text}`")))
}

#[test]
fn no_program_pays_twice_or_is_denied_or_shut_out() {
    let (count, first) = (variable("DOTS_CHAOS_PROGRAMS"), variable("DOTS_CHAOS_SEED").unwrap_or_default());
    let (places, mut tally) = (Places::new(), Tally::default());
    let mut failures = Vec::new();
    for seed in first..first + count.unwrap_or(PROGRAMS) {
        let program = draw::program(seed);
        let wrongs = judge::run_and_judge(&program, &places, &mut tally);
        if !wrongs.is_empty() {
            failures.push(shrink::report(&program, &wrongs, &places));
        }
        if failures.len() >= 3 {
            break;
        }
    }
    println!("{tally}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
