//! Instructions per call, counted by valgrind.

use std::process::Command;

use crate::contenders::{BASELINE, PAYERS, READERS};

/// Calls in the shorter run; they warm up what is made once.
const FEW: u64 = 50;

/// Calls in the longer run on top of them.
const MORE: u64 = 500;

/// Prints what each contender executes per call, a call being a payout or a page of a list.
pub(crate) fn print() {
    for (call, names) in [("pay", &PAYERS[..]), ("list", &READERS[..])] {
        let counts: Vec<u64> = names.iter().map(|name| of_one(call, name)).collect();
        let baseline =
            names.iter().zip(&counts).find(|(name, _)| **name == BASELINE).map_or(1, |(_, count)| *count);
        println!("\n| {call} | instructions per call | × {BASELINE} |\n|---|---|---|");
        for (name, count) in names.iter().zip(counts) {
            let thousandths = count * 1_000 / baseline.max(1);
            println!("| {name} | {count} | {}.{:03} |", thousandths / 1_000, thousandths % 1_000);
        }
    }
}

/// What one call executes, without what is made once.
fn of_one(call: &str, name: &str) -> u64 {
    counted(call, name, FEW + MORE).saturating_sub(counted(call, name, FEW)) / MORE
}

/// Runs this program under callgrind and reads the count that it prints.
fn counted(call: &str, name: &str, calls: u64) -> u64 {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([call, name, &calls.to_string()])
        .output()
        .expect("valgrind is installed");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let line = text.lines().find_map(|line| line.split_once("Collected : "));
    line.and_then(|(_, count)| count.trim().parse().ok()).expect("callgrind prints what it collected")
}
