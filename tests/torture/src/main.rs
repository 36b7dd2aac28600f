//! The command `dots-torture`; `cargo xtask sim` and `cargo xtask torture` run it.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a program that people run")]

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use dots_torture::kill9::{self, Kind, Program, Settings};
use dots_torture::{Failure, Verdict, corrupt, kill_workers, order, postgres, power_cut, sim, speed};

/// Tries to make the outbox pay twice, forget a payout, or deny one.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask torture", disable_help_subcommand = true)]
struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulates as many worlds as there are seeds, each of which has to end well.
    ///
    /// Prints `seeds=… violations=0 unfinished=0 per_second=…`, and what a seed that went wrong expands to.
    Sim(Sim),
    /// Takes each rule away in turn, and prints the first seed that notices; it takes up to 200,000 of them.
    Bugs(Sim),
    /// Kills a paying program again and again, while 40 % of its requests go wrong and days go by.
    ///
    /// Prints `double_paid=0 lost=0 unknown_left=0 review=R kills=K`.
    Kill9(Kills),
    /// The same, and puts a copy from the past in the place of the file now and then.
    Restore(Kills),
    /// Looks, when a request leaves for Dots, whether its claim is in the file.
    Order(Few),
    /// Replays what a power cut may leave of the file; needs `strace`. As a control, without the syncs of the log.
    PowerCut(Few),
    /// Measures what the outbox costs: payouts a second beside the client alone, syncs, and files of many rows.
    Speed(Speed),
    /// Starts a PostgreSQL server with an empty database, and runs a program that finds it in `DATABASE_URL`.
    WithPostgres(With),
    /// Flips bits of a file, which has to be refused or to say what it said before.
    Corrupt(Flips),
}

#[derive(Args, Debug)]
struct With {
    /// The program and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<String>,
}

#[derive(Args, Debug)]
struct Few {
    /// How many payouts have to be made.
    #[arg(long, default_value_t = 40)]
    payouts: u32,
    /// What chance begins with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Args, Debug)]
struct Speed {
    /// How many payouts are made in a turn.
    #[arg(long, default_value_t = 1_000)]
    payouts: u32,
    /// How many are in flight at a time, with a file.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32])]
    concurrency: Vec<usize>,
    /// How many rows the largest file has, or how many in the database have ended.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u32,
    /// What the payouts are kept in.
    #[arg(long, value_enum, default_value_t = Store::Sqlite)]
    store: Store,
}

#[derive(Args, Debug)]
struct Flips {
    /// How many flips.
    #[arg(long, default_value_t = 10_000)]
    flips: u32,
    /// What chance begins with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Args, Debug)]
struct Sim {
    /// How many worlds.
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
}

#[derive(Args, Debug)]
struct Kills {
    /// How many payouts have to be made.
    #[arg(long, default_value_t = 1_000)]
    payouts: u32,
    /// How often the program is killed.
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// What chance begins with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many milliseconds a program lives at most.
    #[arg(long, default_value_t = 300)]
    longest: u64,
    /// What the payouts are kept in; with `postgres`, its server is killed as well, and connections are cut.
    #[arg(long, value_enum, default_value_t = Store::Sqlite)]
    store: Store,
    /// How many programs work at a time, with `postgres`.
    #[arg(long, default_value_t = 8)]
    workers: u32,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Store {
    Sqlite,
    Postgres,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Failure> {
    if dots_torture::was_a_job()? {
        return Ok(true);
    }
    let program = Program { file: env::current_exe()?, arguments: Vec::new() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match Flags::parse().command {
        Command::Bugs(Sim { seeds, first }) => Ok(bugs(first..first.saturating_add(seeds))),
        Command::Sim(Sim { seeds, first }) => {
            let report = sim::run(first..first.saturating_add(seeds), None);
            report.print();
            Ok(report.is_well())
        }
        Command::Kill9(kills) if kills.store == Store::Postgres => {
            runtime.block_on(kill_on_postgres(&kills, program))
        }
        Command::Kill9(kills) => runtime.block_on(kill(Kind::Kill9, &kills, program)),
        Command::Restore(kills) => runtime.block_on(kill(Kind::Restore, &kills, program)),
        Command::Order(Few { payouts, seed }) => {
            let order::Outcome { requests, claimed } = runtime.block_on(order::run(payouts, seed))?;
            println!("claimed={claimed} of {requests}");
            Ok(claimed == requests && requests >= payouts)
        }
        Command::PowerCut(Few { payouts, seed }) => runtime.block_on(cut(payouts, seed, program)),
        Command::Speed(Speed { payouts, rows, store: Store::Postgres, .. }) => {
            runtime.block_on(postgres::measure(payouts, rows))?;
            Ok(true)
        }
        Command::Speed(speed) => runtime.block_on(measure(speed, &program)),
        Command::WithPostgres(With { program }) => runtime.block_on(with_postgres(&program)),
        Command::Corrupt(Flips { flips, seed }) => runtime.block_on(flip(flips, seed)),
    }
}

async fn with_postgres(program: &[String]) -> Result<bool, Failure> {
    let (name, arguments) = program.split_first().ok_or("the program is missing")?;
    let server = postgres::Server::start(&["fsync=off"]).await?;
    let url = server.create("shop").await?;
    let mut command = std::process::Command::new(name);
    command.args(arguments).env("DATABASE_URL", url);
    let status = tokio::task::spawn_blocking(move || command.status()).await??;
    Ok(status.success())
}

async fn cut(payouts: u32, seed: u64, program: Program) -> Result<bool, Failure> {
    let mut is_well = true;
    for (name, syncs_log) in [("full", true), ("normal", false)] {
        let cut = power_cut::run(payouts, seed, syncs_log, program.clone()).await?;
        println!(
            "{name}: requests={} told={} moments={} images={} unopened={} missing={}",
            cut.requests, cut.told, cut.moments, cut.images, cut.unopened, cut.missing
        );
        if let Some(first) = cut.first.filter(|_| syncs_log) {
            println!("  {first}");
        }
        is_well &= (cut.missing == 0) == syncs_log && (cut.unopened == 0 || !syncs_log);
        is_well &= cut.requests > 0 && cut.told > 0;
    }
    Ok(is_well)
}

async fn measure(speed: Speed, program: &Program) -> Result<bool, Failure> {
    let Speed { payouts, concurrency, rows, .. } = speed;
    for concurrency in concurrency {
        let speed::Beside { without, with, .. } = speed::beside(payouts, concurrency, 3).await?;
        let percent = with * 100 / without.max(1);
        println!("concurrency={concurrency} without={without}/s with={with}/s, {percent} %");
    }
    if power_cut::has_strace() {
        let (calls, syncs) = speed::syncs(20, program).await?;
        println!("pay_once: calls={calls} syncs={syncs}");
    }
    let sizes = [1_000, 10_000, 100_000, rows];
    for rows in sizes.into_iter().filter(|size| *size <= rows) {
        let size = speed::size(rows).await?;
        println!(
            "rows={rows} planned in {} ms, opened in {} ms, pay_once {} us, file {} KiB, memory {} KiB",
            size.planned.as_millis(),
            size.opened.as_millis(),
            size.pay_once.as_micros(),
            size.bytes / 1_024,
            size.memory
        );
    }
    Ok(true)
}

async fn flip(flips: u32, seed: u64) -> Result<bool, Failure> {
    let outcome = corrupt::run(flips, seed).await?;
    for first in &outcome.first {
        println!("{first}");
    }
    println!("{:?}", outcome.wrong_in);
    let corrupt::Outcome {
        flips, panics, refused, unchanged, silently_wrong, paid_wrong, unsendable, ..
    } = outcome;
    println!(
        "flips={flips} panics={panics} paid_wrong={paid_wrong} silently_wrong={silently_wrong} unsendable={unsendable} refused={refused} unchanged={unchanged}"
    );
    Ok(panics == 0 && paid_wrong == 0 && silently_wrong == 0)
}

/// Takes each rule away in turn; whether each loss is noticed.
fn bugs(seeds: std::ops::Range<u64>) -> bool {
    let mut caught = 0;
    for bug in sim::Bug::ALL {
        match sim::first_violation(seeds.clone(), bug) {
            Some((seed, why)) => {
                caught += 1;
                println!("{bug:?}: {why}, seed={seed}");
            }
            None => println!("{bug:?}: NOT NOTICED"),
        }
    }
    println!("caught {caught}/{}", sim::Bug::ALL.len());
    caught == sim::Bug::ALL.len()
}

/// Prints what a world that was killed again and again has come to, and says whether that is well.
fn tell(verdict: Verdict, kills: u32) -> bool {
    println!(
        "double_paid={} lost={} unknown_left={} review={} kills={kills}",
        verdict.double_paid, verdict.lost, verdict.unknown_left, verdict.review
    );
    verdict.is_well()
}

async fn kill_on_postgres(flags: &Kills, program: Program) -> Result<bool, Failure> {
    let Kills { payouts, kills, seed, longest, workers, .. } = *flags;
    let longest = Duration::from_millis(longest);
    let settings = kill_workers::Kills { payouts, kills, workers, seed, longest };
    let outcome = kill_workers::run(settings, program).await?;
    let verdict = outcome.verdict;
    println!(
        "{} s; {} days went by; server_kills={} cut_commits={} settled={} wrong_review={} ties_out={}",
        outcome.took.as_secs(),
        outcome.passed.as_secs() / 86_400,
        outcome.server_kills,
        outcome.cut,
        verdict.settled,
        verdict.wrong_review,
        verdict.ties_out
    );
    Ok(tell(verdict, kills))
}

async fn kill(kind: Kind, flags: &Kills, program: Program) -> Result<bool, Failure> {
    let Kills { payouts, kills, seed, longest, .. } = *flags;
    let longest = Duration::from_millis(longest);
    let outcome = kill9::run(Settings { kind, payouts, kills, seed, longest }, program).await?;
    let verdict = outcome.verdict;
    println!(
        "{} s; {} days went by; the file was lost {} times; settled={} wrong_review={} ties_out={}",
        outcome.took.as_secs(),
        outcome.passed.as_secs() / 86_400,
        outcome.restores,
        verdict.settled,
        verdict.wrong_review,
        verdict.ties_out
    );
    Ok(tell(verdict, kills))
}
