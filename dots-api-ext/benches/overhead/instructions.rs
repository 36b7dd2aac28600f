//! Instructions per call, counted by valgrind.

use std::process::Command;

use crate::contenders::{BASELINE, NAMES};

/// Calls in the shorter run; they warm up what is made once.
const FEW: u64 = 50;

/// Calls in the longer run on top of them.
const MORE: u64 = 500;

/// Prints what each contender executes per call.
pub(crate) fn print() {
    for call in ["pay", "list"] {
        let counts =
            NAMES.map(|name| counted(call, name, FEW + MORE).saturating_sub(counted(call, name, FEW)) / MORE);
        let baseline =
            NAMES.iter().zip(counts).find(|(name, _)| **name == BASELINE).map_or(1, |(_, count)| count);
        println!("\n| {call} | instructions per call | × {BASELINE} |\n|---|---|---|");
        for (name, count) in NAMES.iter().zip(counts) {
            let thousandths = count * 1_000 / baseline.max(1);
            println!("| {name} | {count} | {}.{:03} |", thousandths / 1_000, thousandths % 1_000);
        }
    }
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
