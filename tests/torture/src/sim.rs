//! Simulates an outbox in worlds that go wrong: a seed is one world, and the same each time.
//!
//! The rules are the real ones, over the store in memory. Clocks, Dots with its keys and lists, workers, people, crashes
//! and restored copies are simulated. Then everything heals, and every payout has to end.
//!
//! - `options`: what a seed expands to
//! - `world`: what happens; `promises`: what must never be
//! - `payouts`: their names, keys and requests
//! - `dots`: keys, payments, late commits and lists
//! - `bugs`: rules that are taken away, to see that the simulation notices

mod bugs;
mod dots;
mod options;
mod payouts;
mod people;
mod promises;
mod world;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dots_api_ext::outbox::State;

pub use self::bugs::Bug;
pub use self::options::Options;
use self::world::World;

/// The most seeds of a report that are kept with their options.
const MOST: usize = 20;

/// What a number of worlds came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many worlds there were.
    pub seeds: u64,
    /// In how many of them a promise was broken.
    pub violations: u64,
    /// How many payouts did not end although all was well again.
    pub unfinished: u64,
    /// How many payouts ended in each state.
    pub ended: Vec<(State, u64)>,
    /// The first seeds that went wrong: the seed, what it expands to, and what went wrong.
    pub wrong: Vec<(u64, Options, String)>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Returns how many worlds were simulated in a second.
    #[must_use]
    pub fn per_second(&self) -> u128 {
        u128::from(self.seeds) * 1_000 / self.took.as_millis().max(1)
    }

    /// Whether no promise was broken.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        self.violations == 0 && self.unfinished == 0
    }

    /// Prints it; the last line is the one that counts.
    pub fn print(&self) {
        for (seed, options, why) in &self.wrong {
            println!("seed={seed} {options:?}: {why}");
        }
        for (state, count) in self.ended.iter().filter(|(_, count)| *count > 0) {
            println!("{count} {state}");
        }
        let Self { seeds, violations, unfinished, .. } = self;
        let per_second = self.per_second();
        println!("seeds={seeds} violations={violations} unfinished={unfinished} per_second={per_second}");
    }

    fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.violations += other.violations;
        self.unfinished += other.unfinished;
        self.wrong.extend(other.wrong);
        self.wrong.sort_by_key(|(seed, ..)| *seed);
        self.wrong.truncate(MOST);
        for (state, count) in other.ended {
            match self.ended.iter_mut().find(|(there, _)| *there == state) {
                Some((_, sum)) => *sum += count,
                None => self.ended.push((state, count)),
            }
        }
    }
}

/// Simulates the worlds of some seeds, on all processors.
#[must_use]
pub fn run(seeds: Range<u64>, bug: Option<Bug>) -> Report {
    let began = Instant::now();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut report = Report::default();
    thread::scope(|scope| {
        let workers = (0..threads).map(|n| {
            let seeds = seeds.clone().skip(n).step_by(threads);
            scope.spawn(move || live(seeds, bug))
        });
        for worker in workers.collect::<Vec<_>>() {
            match worker.join() {
                Ok(part) => report.add(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    report.took = began.elapsed();
    report
}

/// Simulates worlds until one breaks a promise; returns its seed, and which promise.
#[must_use]
pub fn first_violation(seeds: Range<u64>, bug: Bug) -> Option<(u64, String)> {
    let breaks = |seed: u64| World::new(seed, Some(bug)).live().err().map(|why| (seed, why.to_owned()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let is_found = AtomicBool::new(false);
    let search = |n: usize| {
        let mut mine = seeds.clone().skip(n).step_by(threads);
        let found = mine.by_ref().take_while(|_| !is_found.load(Ordering::Relaxed)).find_map(breaks);
        is_found.fetch_or(found.is_some(), Ordering::Relaxed);
        found
    };
    thread::scope(|scope| {
        let search = &search;
        let searches: Vec<_> = (0..threads).map(|n| scope.spawn(move || search(n))).collect();
        searches.into_iter().filter_map(|one| one.join().ok().flatten()).min()
    })
}

fn live(seeds: impl Iterator<Item = u64>, bug: Option<Bug>) -> Report {
    let mut report = Report { ended: State::ALL.map(|state| (state, 0)).to_vec(), ..Report::default() };
    for seed in seeds {
        report.seeds += 1;
        let mut world = World::new(seed, bug);
        let (options, verdict) = (world.options, world.live());
        let mut note = |why: String| {
            if report.wrong.len() < MOST {
                report.wrong.push((seed, options, why));
            }
        };
        if let Err(why) = verdict {
            report.violations += 1;
            note(why.to_owned());
            continue;
        }
        for row in world.rows() {
            let state = row.state;
            if !state.is_final() {
                report.unfinished += 1;
                note(format!("a payout is still `{state}`: {row:?}"));
            }
            if let Some((_, count)) = report.ended.iter_mut().find(|(there, _)| *there == state) {
                *count += 1;
            }
        }
    }
    report
}
