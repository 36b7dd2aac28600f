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

use crate::contenders::{BASELINE, Contender, NAMES};
use crate::served::{ROWS, Served};

/// Calls before the first that is counted, and calls that are counted.
const WARM_UP: u64 = 20;
const CALLS: u64 = 100;

fn main() {
    if served::serve_if_asked() {
        return;
    }
    // Without this flag it is no measurement: `cargo test --all-targets` only wants to see that it runs.
    let rows = if std::env::args().any(|text| text == "--bench") { 100_000 } else { 1_000 };
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let served = Served::start();
    println!("\n| pay, per call | allocations | beside {BASELINE} | bytes |\n|---|---|---|---|");
    each(&runtime, &served, &async |contender| drop(contender.pay().await));
    println!("\n| list of {ROWS}, per call | allocations | beside {BASELINE} | bytes |\n|---|---|---|---|");
    each(&runtime, &served, &async |contender| drop(contender.list(None).await));
    println!("\n| list of {rows} rows | allocations per page | peak bytes |\n|---|---|---|");
    for name in NAMES {
        let contender = Contender::new(name, &served.url);
        runtime.block_on(contender.list(None));
        let counted = measure(|| runtime.block_on(all_pages(&contender, rows)));
        let pages = u64::try_from(rows / ROWS).expect("few pages");
        println!("| {name} | {} | {} |", counted.count_total / pages, counted.bytes_max);
    }
}

/// Prints what one call allocates, for each contender.
fn each(runtime: &Runtime, served: &Served, call: &impl AsyncFn(&Contender)) {
    let counted = NAMES.map(|name| {
        let contender = Contender::new(name, &served.url);
        (0..WARM_UP).for_each(|_| runtime.block_on(call(&contender)));
        measure(|| (0..CALLS).for_each(|_| runtime.block_on(call(&contender))))
    });
    let baseline = NAMES.iter().zip(&counted).find(|(name, _)| **name == BASELINE).map(|(_, info)| *info);
    for (name, info) in NAMES.iter().zip(&counted) {
        let beside = i128::from(each_of(info)) - i128::from(each_of(&baseline.expect("it took part")));
        println!("| {name} | {} | {beside:+} | {} |", each_of(info), info.bytes_total / CALLS);
    }
}

fn each_of(info: &AllocationInfo) -> u64 {
    info.count_total / CALLS
}

/// Reads page after page, each after the last row of the one before, and keeps none.
async fn all_pages(contender: &Contender, rows: usize) {
    let (mut after, mut seen) = (None::<String>, 0);
    while seen < rows {
        let page = contender.list(after.as_deref()).await;
        seen += page.data.len();
        after = page.data.last().map(|transfer| transfer.id.to_string());
    }
}
