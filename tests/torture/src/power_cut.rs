//! Replays what a power cut may leave of the file.
//!
//! A paying program runs under `strace`, which tells the order of its writes, of its syncs and of what it sent and said.
//! What was not synced may be on the disk or not, in any order, and torn: so at every moment that counts, several such
//! images are made of the file and opened. Each has to open, to know every payout whose request had left, and to know
//! the outcome of every payout that the caller was told of.
//!
//! As a control, the same is done as if the syncs of the write-ahead log had not happened, which is what
//! `synchronous=NORMAL` comes to: then claims have to be missing, or this proves nothing.
//!
//! - `trace`: reads the trace
//! - `images`: what may be on the disk

mod images;
mod trace;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use dots_api_ext::outbox::{Outbox, State};
use dots_sandbox::Sandbox;
use fastrand::Rng;

use self::images::{Disk, Image};
use self::trace::Happened;
use crate::Failure;
use crate::payroll::{self, JOB};
use crate::world::{Program, World};

/// What the images came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many requests the program sent.
    pub requests: usize,
    /// How many outcomes it told.
    pub told: usize,
    /// How many moments were looked at, and how many images of the file in all.
    pub moments: usize,
    /// How many images were opened.
    pub images: usize,
    /// How many images could not be opened.
    pub unopened: usize,
    /// How many claims and told outcomes were missing in images.
    pub missing: usize,
    /// The first problem, in words.
    pub first: Option<String>,
}

/// Whether `strace` can be run here.
#[must_use]
pub fn has_strace() -> bool {
    let mut strace = Command::new("strace");
    let status = strace.args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs the program once, and opens what power cuts may leave of its file.
///
/// # Errors
/// Returns an error if the program cannot be run or its trace cannot be read.
pub async fn run(payouts: u32, seed: u64, syncs_log: bool, program: Program) -> Result<Outcome, Failure> {
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("trace");
    let sandbox = Sandbox::builder().seed(seed).start().await?;
    let world = World::new(sandbox, folder.path().join("payouts.sqlite"), program).await?;
    let mut disk = Disk::of(&world.file)?;
    let mut job = world.job("run", (0, payouts));
    job.once = payouts / 4;
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-y", "-xx", "-s", "1000000", "-o"]).arg(&trace);
    strace.args(["-e", "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink,sendto,writev,sendmsg"]);
    strace.arg(&world.program.file).args(&world.program.arguments).env(JOB, job.to_text());
    let status = tokio::task::spawn_blocking(move || strace.stdout(Stdio::null()).status()).await??;
    if !status.success() {
        return Err(format!("the traced program ended with {status}").into());
    }
    let happened = trace::read(&fs::read_to_string(&trace)?, &world.file)?;
    let mut judge = Judge { world, rng: Rng::with_seed(seed), outcome: Outcome::default() };
    for what in happened {
        judge.look(&disk, &what).await?;
        disk.goes_on(what, syncs_log);
    }
    Ok(judge.outcome)
}

struct Judge {
    world: World,
    rng: Rng,
    outcome: Outcome,
}

impl Judge {
    /// Opens what a power cut at this moment may leave, if the moment counts: before a sync, and when something is sent.
    async fn look(&mut self, disk: &Disk, what: &Happened) -> Result<(), Failure> {
        match what {
            Happened::Sent(_) => self.outcome.requests += 1,
            Happened::Told(_) => self.outcome.told += 1,
            Happened::Synced(_) => {}
            Happened::Wrote { .. } | Happened::Cut { .. } | Happened::Removed(_) => return Ok(()),
        }
        self.outcome.moments += 1;
        for image in disk.images(&mut self.rng) {
            self.outcome.images += 1;
            let missing = self.missing_in(&image, disk).await;
            let problem = match missing {
                Ok(missing) if missing.is_empty() => continue,
                Ok(missing) => {
                    self.outcome.missing += missing.len();
                    format!("missing after {} of {}: {missing:?}", self.outcome.moments, image.name)
                }
                Err(error) => {
                    self.outcome.unopened += 1;
                    format!("moment {}, {}: {error}", self.outcome.moments, image.name)
                }
            };
            self.outcome.first.get_or_insert(problem);
        }
        Ok(())
    }

    /// Opens an image; returns what it should know and does not.
    async fn missing_in(&self, image: &Image, disk: &Disk) -> Result<BTreeSet<String>, Failure> {
        image.put(&self.world.file)?;
        let dots = payroll::client(&self.world.sandbox.url(), Duration::from_secs(60)).build()?;
        let outbox = Outbox::open(&self.world.file, &dots).await?;
        let missing = missing(&outbox, disk).await;
        // Else the next image could not be opened.
        outbox.close().await;
        missing
    }
}

/// Returns what the file should know and does not.
async fn missing(outbox: &Outbox, disk: &Disk) -> Result<BTreeSet<String>, Failure> {
    let mut missing = BTreeSet::new();
    for reference in &disk.sent {
        let state = outbox.status(reference).await?.map(|status| status.state);
        if matches!(state, None | Some(State::Planned | State::Held)) {
            missing.insert(format!("the claim of {reference}"));
        }
    }
    for reference in &disk.told {
        let state = outbox.status(reference).await?.map(|status| status.state);
        if state != Some(State::Settled) {
            missing.insert(format!("the outcome of {reference}"));
        }
    }
    Ok(missing)
}

/// The file beside the outbox that holds its lock.
fn lock_of(file: &Path) -> std::path::PathBuf {
    beside(file, "lock")
}

/// The file beside the outbox that holds its write-ahead log.
fn log_of(file: &Path) -> std::path::PathBuf {
    format!("{}-wal", file.display()).into()
}

fn beside(file: &Path, ending: &str) -> std::path::PathBuf {
    format!("{}.{ending}", file.display()).into()
}
