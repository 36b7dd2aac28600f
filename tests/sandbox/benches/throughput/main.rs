//! `cargo bench -p dots-sandbox`: how fast the sandbox is, how flat its costs stay and what a payout weighs.
//!
//! Every server runs on one thread and so on one core at a time; the client is another thread of the same process.
//! "CPU" is the time for which the server's thread was on a core, read from `/proc`, so that a busy machine and a slow
//! client change it little; where there is no `/proc` it is the time that passed.
//!
//! `cargo bench -p dots-sandbox -- 100000` stops at that many payouts.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement prints its table and may stop at the first surprise"
)]

mod client;
mod lists;
mod served;
mod startup;

use dots_sandbox::Sandbox;

use crate::{
    client::{Client, Measured, id_in, payout, request},
    served::{Served, resident},
};

/// Enough for the payouts of all tables.
const FUNDS: i64 = 1_000_000_000_000;

/// Requests behind each figure.
const SAMPLE: u64 = 10_000;

/// Requests behind each figure of a long list, which costs some seventy times as much.
const PAGES: u64 = 500;

/// How often each server is measured.
const TURNS: u64 = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let most = arguments.iter().find_map(|text| text.parse().ok()).unwrap_or(1_000_000);
    // Without this flag it is not a measurement: `cargo test --all-targets` only checks that it runs.
    let is_bench = arguments.iter().any(|text| text == "--bench");
    let (sample, pages, most) = if is_bench { (SAMPLE, PAGES, most) } else { (50, 5, 1_000) };
    startup::print();
    rates(sample, pages);
    lists::print(pages, TURNS);
    costs(sample.min(5_000), pages.min(200), most);
}

/// Prints the requests per second of the sandbox and of a server that does nothing, and how the two compare.
///
/// The servers take turns, and the best of several turns counts: other programs on the machine only ever make them
/// slower.
fn rates(sample: u64, pages: u64) {
    let served = [true, false]
        .map(|validate| Served::sandbox(Sandbox::builder().funds(FUNDS).validate_answers(validate)));
    let [mut checked, mut unchecked] = served.each_ref().map(Client::connect);
    let bodies = last_bodies(&mut unchecked);
    let bare = bodies.map(Served::bare);
    let [mut bare_send, mut bare_list] = bare.each_ref().map(Client::connect);
    let mut best = [Measured::default(); 6];
    for turn in 0..TURNS {
        let send = |number: u64, bytes: &mut Vec<u8>| payout((turn + 1) << 32 | number, bytes);
        let list = |_, bytes: &mut Vec<u8>| bytes.extend(links(""));
        let measured = [
            checked.run(sample, send, |_| {}),
            unchecked.run(sample, send, |_| {}),
            bare_send.run(sample, send, |_| {}),
            checked.run(pages, list, |_| {}),
            unchecked.run(pages, list, |_| {}),
            bare_list.run(sample, list, |_| {}),
        ];
        for (best, measured) in best.iter_mut().zip(measured) {
            *best = best.or_better(measured);
        }
    }
    println!(
        "\n| on one core | requests/s | CPU per request | of the bare server's rate |\n|---|---|---|---|"
    );
    let [_, _, bare_send, _, _, bare_list] = best;
    let names = ["send-payout, with validation", "send-payout, without", "bare hyper, as many bytes"];
    let lists = ["100 links, with validation", "100 links, without", "bare hyper, as many bytes"];
    for ((name, measured), place) in names.into_iter().chain(lists).zip(best).zip(0..) {
        measured.print(name, if place < 3 { bare_send } else { bare_list });
    }
}

/// Makes payouts and returns the answer to the last one and a page of 100 links.
fn last_bodies(client: &mut Client<'_>) -> [Vec<u8>; 2] {
    let (mut sent, mut page) = (Vec::new(), Vec::new());
    client.run(200, payout, |body| sent = body.to_vec());
    client.run(1, |_, bytes| bytes.extend(links("")), |body| page = body.to_vec());
    [sent, page]
}

/// Prints the cost of requests while the state grows, and the memory that the state takes.
fn costs(sample: u64, pages: u64, most: u64) {
    println!(
        "\n| payouts in state | send-payout | known key | one link | first page of 100 | page in the middle | cancel | memory per payout |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let served = Served::sandbox(Sandbox::builder().funds(FUNDS).validate_answers(false));
    let mut client = Client::connect(&served);
    let (mut made, mut ids, empty) = (0, Vec::new(), resident());
    for size in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= most.max(1_000)) {
        let size = size.min(most);
        client.run(
            size - made,
            |number, bytes| payout(made + number, bytes),
            |body| ids.extend(sampled(body)),
        );
        made = size;
        let memory = resident().zip(empty).map(|(full, empty)| full.saturating_sub(empty) / made);
        let figures = figures(&mut client, made, &mut ids, sample, pages).map(|measured| measured.cpu_text());
        let memory = memory.map_or("not measured".to_owned(), |bytes| format!("{bytes} bytes"));
        println!("| {made} | {} | {memory} |", figures.join(" | "));
    }
}

/// Measures one row of the table of costs.
fn figures(
    client: &mut Client<'_>,
    made: u64,
    ids: &mut Vec<String>,
    sample: u64,
    pages: u64,
) -> [Measured; 6] {
    let canceled = ids.split_off(ids.len().saturating_sub(20));
    let path = |id: &str| format!("/v2/payout-links/{id}");
    let any = |number: u64| pick(ids, number * 7_919);
    let send = client.run(sample, |number, bytes| payout(made << 20 | 1 << 47 | number, bytes), |_| {});
    let known = client.run(sample, |number, bytes| payout(number * 7_919 % made, bytes), |_| {});
    let one =
        client.run(sample, |number, bytes| bytes.extend(request("GET", &path(any(number)), "")), |_| {});
    let first = client.run(pages, |_, bytes| bytes.extend(links("")), |_| {});
    let cursor = |number| format!("&starting_after={}", any(number));
    let middle = client.run(pages, |number, bytes| bytes.extend(links(&cursor(number))), |_| {});
    let count = canceled.len() as u64;
    let cancel = client.run(
        count,
        |number, bytes| bytes.extend(request("DELETE", &path(pick(&canceled, number)), "")),
        |_| {},
    );
    [send, known, one, first, middle, cancel]
}

fn links(cursor: &str) -> Vec<u8> {
    request("GET", &format!("/v2/payout-links?limit=100{cursor}"), "")
}

/// Returns one of the ids, in turn.
fn pick(ids: &[String], number: u64) -> &str {
    let place = usize::try_from(number).unwrap_or_default().checked_rem(ids.len());
    place.and_then(|place| ids.get(place)).map_or("", String::as_str)
}

/// Keeps one id in sixteen, so that the client's memory hardly grows with the state.
fn sampled(body: &[u8]) -> Option<String> {
    id_in(body).filter(|id| id.starts_with('0'))
}
