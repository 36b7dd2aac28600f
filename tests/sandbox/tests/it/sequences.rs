//! Random sequences of operations (a model-based test): no panic, no money made or lost, every answer valid, every life
//! cycle as documented.

#![expect(clippy::print_stdout, reason = "a test that makes its own cases says how many they were")]

mod generator;
mod lifecycles;
mod random;
mod sequence;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use dots_sandbox::Sandbox;
use serde_json::Value;

use generator::Route;
use sequence::{Failure, Length, Sequence, Setting};

use crate::support::{
    connection::{Connection, Message, Response},
    id_pool::Pool,
    schema::{Document, Operation},
};

/// The number of short sequences without `DOTS_SANDBOX_SEQUENCES`, in every run of the tests and in a long one; with
/// `--release`, where a step costs a fifth, there are more.
const SEQUENCES: [u64; 2] = [2_000, if cfg!(debug_assertions) { 20_000 } else { 100_000 }];

/// The number of steps of long sequences without `DOTS_SANDBOX_STEPS`, in every run and in a long one.
const STEPS: [u64; 2] = [10_000, 100_000];

/// The first seed without `DOTS_SANDBOX_SEED`; with it, only the sequence of that seed is played.
const SEED: u64 = 1;

/// The totals of all sequences.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) steps: u64,
    pub(crate) sequences: u64,
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) succeeded: BTreeSet<String>,
    pub(crate) not_played: BTreeSet<String>,
    pub(crate) moves: BTreeMap<String, usize>,
}

/// The number for this run: `cargo xtask ci` makes long ones, with `DOTS_LONG_RUNS`.
fn of_this_run([usual, long]: [u64; 2]) -> u64 {
    let is_long = !cfg!(debug_assertions) || std::env::var_os("DOTS_LONG_RUNS").is_some();
    if is_long { long } else { usual }
}

fn read(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect(name))
}

#[test]
fn nothing_goes_wrong_in_many_short_random_sequences() {
    let sequences = read("DOTS_SANDBOX_SEQUENCES").unwrap_or_else(|| of_this_run(SEQUENCES));
    play_all(Length::Short, |tally| tally.sequences >= sequences);
}

#[test]
fn nothing_goes_wrong_in_many_steps_of_long_random_sequences() {
    let steps = read("DOTS_SANDBOX_STEPS").unwrap_or_else(|| of_this_run(STEPS));
    play_all(Length::Long, |tally| tally.steps >= steps);
}

/// Plays sequences on every core, until there are enough.
fn play_all(length: Length, are_enough: impl Fn(&Tally) -> bool + Sync) {
    let only = read("DOTS_SANDBOX_SEED");
    let started = Instant::now();
    let (next, tally, failure) =
        (AtomicU64::new(only.unwrap_or(SEED)), Mutex::<Tally>::default(), Mutex::new(None));
    let operations = Document::embedded().operations();
    let setting = Setting { operations: &operations, routes: routes(), pool: Pool::new(&operations) };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let is_done = || failure.lock().unwrap().is_some() || are_enough(&tally.lock().unwrap());
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                while !is_done() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    match runtime.block_on(Sequence::play(&setting, length, seed, &tally)) {
                        Ok(()) if only.is_none() => {}
                        Ok(()) => return,
                        Err(found) => drop(failure.lock().unwrap().replace(found)),
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    tally.print(started);
    if let Some(Failure { seed, step, what, transcript }) = failure.into_inner().unwrap() {
        panic!("{transcript}\nDOTS_SANDBOX_SEED={seed} went wrong at its step {step}: {what}");
    }
    assert!(only.is_some() || are_enough(&tally));
}

/// Asks a sandbox for the routes of its control API.
fn routes() -> Vec<Route> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::start().await.unwrap();
        let mut connection = Connection::connect(&sandbox).await;
        let asked = Message { method: "GET".to_owned(), path: "routes".to_owned(), ..Message::default() };
        let routes = connection.control(&asked).await.unwrap().body;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let route = |route: &Value| Route { method: text(&route["method"]), path: text(&route["path"]) };
        routes.as_array().unwrap().iter().map(route).collect()
    })
}

impl Tally {
    fn print(&self, started: Instant) {
        println!("{} steps in {} sequences, {:?}", self.steps, self.sequences, started.elapsed());
        println!("statuses: {:?}", self.statuses);
        println!("{} operations succeeded, {} are not played", self.succeeded.len(), self.not_played.len());
        let operations = Document::embedded().operations();
        let ids = operations.iter().map(|operation| operation.id);
        let never = ids.filter(|id| !self.succeeded.contains(*id) && !self.not_played.contains(*id));
        println!("never succeeded: {:?}", never.collect::<Vec<_>>());
        println!("changes of status: {:#?}", self.moves);
    }
}

impl Tally {
    pub(crate) fn count(&mut self, operation: &Operation<'_>, answer: &Response) {
        *self.statuses.entry(answer.status).or_default() += 1;
        match answer.status {
            200..300 => drop(self.succeeded.insert(operation.id.to_owned())),
            501 => drop(self.not_played.insert(operation.id.to_owned())),
            _ => {}
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.sequences += other.sequences;
        self.succeeded.extend(other.succeeded);
        self.not_played.extend(other.not_played);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (change, count) in other.moves {
            *self.moves.entry(change).or_default() += count;
        }
    }
}
