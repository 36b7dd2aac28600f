//! `cargo bench -p dots-api-ext --bench allocations`: what a call allocates, and what a long list holds at once.
//!
//! Counted is the one thread that the client runs on. It is a program of its own because the counting costs
//! instructions, and `overhead` counts those.
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement prints its table and may stop at the first surprise"
)]

mod contenders;
mod served;

use allocation_counter::{AllocationInfo, measure};
use tokio::runtime::{Builder, Runtime};

use crate::contenders::{BASELINE, Contender, PAYERS, READERS};
use crate::served::{ROWS, Served};

/// Calls before the first that is counted, and calls that are counted.
const WARM_UP: usize = 20;
const CALLS: usize = 100;

/// The rows of a list whose peak a longer list is not to pass.
const FEW_ROWS: usize = 1_000;

fn main() {
    if served::serve_if_asked() {
        return;
    }
    // Without this flag it is no measurement: `cargo test --all-targets` only wants to see that it runs.
    let rows = if std::env::args().any(|text| text == "--bench") { 100_000 } else { FEW_ROWS };
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let served = Served::start();
    println!("\n| pay, per call | allocations | beside {BASELINE} | bytes |\n|---|---|---|---|");
    each(&runtime, &served, &PAYERS, &async |contender, calls| {
        for _ in 0..calls {
            contender.pay().await;
        }
    });
    println!("\n| list, per page of {ROWS} | allocations | beside {BASELINE} | bytes |\n|---|---|---|---|");
    each(&runtime, &served, &READERS, &async |contender, pages| contender.read(pages).await);
    peaks(&runtime, &served, rows);
}

/// Prints what a call allocates, for each contender; `calls` makes so many of them.
fn each(runtime: &Runtime, served: &Served, names: &[&str], calls: &impl AsyncFn(&Contender, usize)) {
    let count = |name: &&str| {
        let contender = Contender::new(name, &served.url);
        runtime.block_on(calls(&contender, WARM_UP));
        measure(|| runtime.block_on(calls(&contender, CALLS)))
    };
    let counted: Vec<AllocationInfo> = names.iter().map(count).collect();
    let baseline = names.iter().zip(&counted).find(|(name, _)| **name == BASELINE).map(|(_, info)| *info);
    for (name, info) in names.iter().zip(&counted) {
        let beside = i128::from(each_of(info.count_total))
            - i128::from(each_of(baseline.expect("it took part").count_total));
        println!("| {name} | {} | {beside:+} | {} |", each_of(info.count_total), each_of(info.bytes_total));
    }
}

fn each_of(total: u64) -> u64 {
    total / u64::try_from(CALLS).expect("few calls")
}

/// Prints the most bytes that a short list and a long one hold at once, for each contender.
fn peaks(runtime: &Runtime, served: &Served, rows: usize) {
    println!("\n| peak bytes of a list | {FEW_ROWS} rows | {rows} rows | × {BASELINE} |\n|---|---|---|---|");
    let peak = |name: &str, rows: usize| {
        let contender = Contender::new(name, &served.url);
        runtime.block_on(contender.read(1));
        measure(|| runtime.block_on(contender.read(rows / ROWS))).bytes_max
    };
    let baseline = peak(BASELINE, rows).max(1);
    for name in READERS {
        let (few, many) = (peak(name, FEW_ROWS), peak(name, rows));
        let thousandths = many * 1_000 / baseline;
        println!("| {name} | {few} | {many} | {}.{:03} |", thousandths / 1_000, thousandths % 1_000);
    }
}
