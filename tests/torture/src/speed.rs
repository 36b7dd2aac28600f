//! What the outbox costs: beside the client without one, in syncs, and for a file of a million rows.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dots_api_ext::outbox::{Outbox, State};
use dots_api_ext::{Cents, Dots, Payee};
use dots_sandbox::Sandbox;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Failure;
use crate::payroll::{self, JOB};
use crate::world::{Program, World};

/// Payouts a second, at one concurrency.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// How many payouts are in flight at a time.
    pub concurrency: usize,
    /// With the client alone.
    pub without: u128,
    /// With `work()`.
    pub with: u128,
}

/// Makes the same payouts with the client alone and with an outbox, in turns; the best turn of each counts.
///
/// # Errors
/// Returns an error if a payout cannot be made.
pub async fn beside(payouts: u32, concurrency: usize, turns: u32) -> Result<Beside, Failure> {
    let mut best = Beside { concurrency, without: 0, with: 0 };
    for _ in 0..turns {
        let per_second = |took: Duration| u128::from(payouts) * 1_000_000 / took.as_micros().max(1);
        best.without = best.without.max(per_second(alone(payouts, concurrency).await?));
        best.with = best.with.max(per_second(through_outbox(payouts, concurrency).await?));
    }
    Ok(best)
}

async fn alone(payouts: u32, concurrency: usize) -> Result<Duration, Failure> {
    let sandbox = Sandbox::builder().record_limit(10).validate_answers(false).start().await?;
    let dots = payroll::client(&sandbox.url(), Duration::ZERO).build()?;
    let places = Arc::new(Semaphore::new(concurrency));
    let (began, mut tasks) = (Instant::now(), JoinSet::new());
    for (own, payout) in payroll::rows(&dots, (0, payouts)) {
        let place = Arc::clone(&places).acquire_owned().await?;
        tasks.spawn(async move {
            let done = payout.reference(format!("run/{own}")).await;
            drop(place);
            done.map(drop)
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let took = began.elapsed();
    is_paid(&sandbox, payouts)?;
    Ok(took)
}

async fn through_outbox(payouts: u32, concurrency: usize) -> Result<Duration, Failure> {
    let folder = tempfile::tempdir()?;
    let sandbox = Sandbox::builder().record_limit(10).validate_answers(false).start().await?;
    let dots = payroll::client(&sandbox.url(), Duration::ZERO).build()?;
    let outbox = Outbox::create(folder.path().join("payouts.sqlite"), &dots).await?;
    outbox.plan_all("run", payroll::rows(&dots, (0, payouts))).await?;
    let began = Instant::now();
    let done = outbox.work().concurrency(concurrency).await?;
    let took = began.elapsed();
    outbox.close().await;
    if done.count(State::Settled) != u64::from(payouts) {
        return Err(format!("not everything was paid: {done:?}").into());
    }
    is_paid(&sandbox, payouts)?;
    Ok(took)
}

fn is_paid(sandbox: &Sandbox, payouts: u32) -> Result<(), Failure> {
    if sandbox.links() == usize::try_from(payouts)? {
        Ok(())
    } else {
        Err("not everything was paid once".into())
    }
}

/// Counts the syncs of calls of `pay_once`, with `strace`; those of opening and closing are left out.
///
/// # Errors
/// Returns an error if the program cannot be traced.
pub async fn syncs(calls: u32, program: &Program) -> Result<(u32, usize), Failure> {
    let none = count_syncs(0, program).await?;
    let some = count_syncs(calls, program).await?;
    Ok((calls, some.saturating_sub(none)))
}

async fn count_syncs(calls: u32, program: &Program) -> Result<usize, Failure> {
    let folder = tempfile::tempdir()?;
    let sandbox = Sandbox::start().await?;
    let world = World::new(sandbox, folder.path().join("payouts.sqlite"), program.clone()).await?;
    let (trace, mut job) = (folder.path().join("trace"), world.job("run", (0, calls)));
    job.once = calls;
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-o"]).arg(&trace).arg(&world.program.file);
    strace.args(&world.program.arguments).env(JOB, job.to_text()).stdout(Stdio::null());
    let status = tokio::task::spawn_blocking(move || strace.status()).await??;
    if !status.success() {
        return Err(format!("the traced program ended with {status}").into());
    }
    Ok(fs::read_to_string(&trace)?.lines().filter(|line| line.contains("sync(")).count())
}

/// What a file of so many rows costs.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many rows.
    pub rows: u32,
    /// How long it took to plan them.
    pub planned: Duration,
    /// How long a call of `pay_once` takes then.
    pub pay_once: Duration,
    /// How long the file takes to open.
    pub opened: Duration,
    /// How large the file is.
    pub bytes: u64,
    /// The most memory that this process has taken until then, in KiB; 0 where the system does not tell.
    pub memory: u64,
}

/// Plans so many rows, opens the file again, and makes some payouts beside them.
///
/// # Errors
/// Returns an error if they cannot be planned or paid.
pub async fn size(rows: u32) -> Result<Size, Failure> {
    const CALLS: u32 = 100;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("payouts.sqlite");
    let sandbox = Sandbox::builder().record_limit(10).start().await?;
    let dots = payroll::client(&sandbox.url(), Duration::ZERO).build()?;
    let outbox = Outbox::create(&file, &dots).await?;
    let began = Instant::now();
    outbox.plan_all("run", payroll::rows(&dots, (0, rows))).await?;
    let planned = began.elapsed();
    outbox.close().await;
    let began = Instant::now();
    let outbox = Outbox::open(&file, &dots).await?;
    let opened = began.elapsed();
    let began = Instant::now();
    for number in 0..CALLS {
        let payout = once(&dots, number);
        let paid = outbox.pay_once(format!("once/{number}"), payout).await?;
        if paid.status().state != State::Settled {
            return Err("a payout was not made".into());
        }
    }
    let pay_once = began.elapsed() / CALLS;
    outbox.close().await;
    Ok(Size { rows, planned, pay_once, opened, bytes: fs::metadata(&file)?.len(), memory: memory() })
}

fn once(dots: &Dots, number: u32) -> dots_api_ext::Prepared<dots_api::SendPayout> {
    dots.send_payout(Cents::new(50_000), Payee::phone("1", format!("3{number:09}")))
}

fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
