//! Kills a paying program again and again, while Dots answers badly and days go by.
//!
//! The program and its file are real, and so is the kill. Time is made: between two programs go minutes, hours or days,
//! so that keys grow too old. When all kills are done Dots is well, and every payout has to end. Then what Dots has made
//! is compared with what the file says. In [`Kind::Restore`], the file is lost now and then as well, and the program
//! goes on with a copy that is hours or days old.

use std::time::{Duration, Instant};

use dots_sandbox::{Fault, Faults, KeyRepeat, Lag, Sandbox};
use fastrand::Rng;

use crate::Failure;
use crate::bad_disk;
use crate::world::World;
pub use crate::world::{Program, Verdict};

/// What happens beside the kills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Kill9,
    /// The file is lost, and a copy takes its place.
    Restore,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What happens beside the kills.
    pub kind: Kind,
    /// How many payouts have to be made.
    pub payouts: u32,
    /// How often the program is killed.
    pub kills: u32,
    /// What chance begins with.
    pub seed: u64,
    /// How long a program lives at most.
    pub longest: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// What was found in the end.
    pub verdict: Verdict,
    /// How often the file was lost.
    pub restores: u32,
    /// How much time went by in the world.
    pub passed: Duration,
    /// How long it took.
    pub took: Duration,
}

/// How many kills a run of payouts lives through before the next one is planned.
const KILLS_OF_A_RUN: u32 = 50;

/// Kills the program, and judges what is left.
///
/// # Errors
/// Returns an error if the world cannot be set up or judged.
pub async fn run(settings: Settings, program: Program) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let mut rng = Rng::with_seed(settings.seed);
    let folder = tempfile::tempdir()?;
    let mut world =
        World::new(sandbox(settings.seed).await?, folder.path().join("0.sqlite"), program).await?;
    bad_answers(&world.sandbox, settings.seed)?;
    let runs = settings.kills.div_ceil(KILLS_OF_A_RUN).max(1);
    let (mut copy, mut restores) = (None, 0);
    for kill in 0..settings.kills {
        let (name, rows) = run_of(kill * runs / settings.kills.max(1), runs, settings.payouts);
        let mut child = world.start(&name, rows)?;
        let longest = u64::try_from(settings.longest.as_millis())?;
        tokio::time::sleep(Duration::from_millis(rng.u64(1..longest))).await;
        child.kill()?;
        child.wait()?;
        if rng.u8(..4) == 0 {
            world.sandbox.commit_late();
        }
        if settings.kind == Kind::Restore && rng.u8(..4) == 0 {
            match copy.take() {
                None => {
                    let to = folder.path().join(format!("{}.sqlite", kill + 1));
                    bad_disk::copy(&world.file, &to)?;
                    copy = Some(to);
                }
                Some(to) => {
                    world.restore(to);
                    restores += 1;
                }
            }
        }
        world.advance(pause(&mut rng));
    }
    let (name, rows) = run_of(runs - 1, runs, settings.payouts);
    // A client that has met many a 429 sends one request a second, and would take hours.
    world.sandbox.clear_faults();
    // Some died before they had planned, and a copy may not know what was planned since: each run is asked for again.
    for (name, rows) in (0..runs).map(|run| run_of(run, runs, settings.payouts)) {
        let mut child = world.start(&name, rows)?;
        tokio::task::spawn_blocking(move || child.wait()).await??;
    }
    world.heal(&name, rows).await?;
    let references = (0..runs).flat_map(|run| {
        let (name, (from, to)) = run_of(run, runs, settings.payouts);
        (from..to).map(move |number| (format!("{name}/{number}"), number))
    });
    let verdict = world.judge(references).await?;
    Ok(Outcome { verdict, restores, passed: world.passed(), took: began.elapsed() })
}

pub(crate) async fn sandbox(seed: u64) -> Result<Sandbox, Failure> {
    let builder = Sandbox::builder().seed(seed).record_limit(10);
    // Every other world refuses a key that it knows.
    let repeat = if seed.is_multiple_of(2) { KeyRepeat::Reject } else { KeyRepeat::Documented };
    Ok(builder.key_repeat(repeat).start().await?)
}

/// 40 % of the requests go wrong, some of them are carried out minutes later, and lists lag.
pub(crate) fn bad_answers(sandbox: &Sandbox, seed: u64) -> Result<(), Failure> {
    sandbox.inject(Fault::ListLag(Lag::Time(Duration::from_secs(240)))).always();
    sandbox.draw(Faults::seeded(seed).rate(0.4).on("send_payout")?);
    Ok(())
}

/// The name of a run, and the numbers of its payouts.
fn run_of(run: u32, runs: u32, payouts: u32) -> (String, (u32, u32)) {
    let from =
        |run: u32| u32::try_from(u64::from(payouts) * u64::from(run) / u64::from(runs)).unwrap_or(payouts);
    (format!("run-{run}"), (from(run), from(run + 1)))
}

/// How long nothing happens after a kill.
pub(crate) fn pause(rng: &mut Rng) -> Duration {
    let minutes = match rng.u8(..20) {
        0 => rng.u64(60..1_800),
        1..=6 => rng.u64(10..60),
        _ => rng.u64(0..10),
    };
    Duration::from_secs(minutes * 60)
}
