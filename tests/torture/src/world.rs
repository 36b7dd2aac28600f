//! Dots, the file and the time around the program that is killed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dots_api::ListPayoutLinks;
use dots_api_ext::outbox::{Outbox, State, Why};
use dots_api_ext::{Cents, Dots};
use dots_sandbox::Sandbox;

use crate::Failure;
use crate::payroll::{self, JOB, Job};

/// How the program is started: itself again, with these arguments.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file of the program.
    pub file: PathBuf,
    /// What makes it look for a job.
    pub arguments: Vec<String>,
}

/// Dots, the file and the time.
pub(crate) struct World {
    pub sandbox: Sandbox,
    pub file: PathBuf,
    pub program: Program,
    passed: Duration,
    began: Instant,
    may_be_copy: bool,
}

/// What the world came to: what the file says, beside what Dots has made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Payouts that were made twice.
    pub double_paid: u32,
    /// Payouts that are called paid and are not, or are called refused and are paid.
    pub lost: u32,
    /// Payouts of which the file does not know what became of them.
    pub unknown_left: u32,
    /// Payouts that a person has to look at.
    pub review: u32,
    /// Those of them that need not be there.
    pub wrong_review: u32,
    /// Payouts that are paid.
    pub settled: u32,
    /// Whether the sums of the file and of Dots are the same.
    pub ties_out: bool,
}

impl Verdict {
    /// Whether every payout was made once, or is rightly with a person.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        let Self { double_paid, lost, unknown_left, wrong_review, ties_out, .. } = *self;
        double_paid == 0 && lost == 0 && unknown_left == 0 && wrong_review == 0 && ties_out
    }
}

impl World {
    pub(crate) async fn new(sandbox: Sandbox, file: PathBuf, program: Program) -> Result<Self, Failure> {
        let world = Self {
            sandbox,
            file,
            program,
            passed: Duration::ZERO,
            began: Instant::now(),
            may_be_copy: false,
        };
        // The file is there before the first kill: a program that dies while it creates one has planned nothing.
        let dots = payroll::client(&world.sandbox.url(), Duration::ZERO).build()?;
        Outbox::create(&world.file, &dots).await?.close().await;
        Ok(world)
    }

    pub(crate) fn job(&self, run: &str, rows: (u32, u32)) -> Job {
        Job {
            url: self.sandbox.url(),
            file: self.file.clone(),
            passed: self.passed,
            run: run.to_owned(),
            rows,
            concurrency: 8,
            once: 0,
            may_be_copy: self.may_be_copy,
        }
    }

    pub(crate) fn start(&mut self, run: &str, rows: (u32, u32)) -> Result<Child, Failure> {
        // Both clocks are what they were when the last program began, and the time that it took.
        self.advance(Duration::ZERO);
        let mut child = Command::new(&self.program.file);
        child.args(&self.program.arguments).env(JOB, self.job(run, rows).to_text());
        Ok(child.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    /// Lets time go by, beside what the last program took.
    pub(crate) fn advance(&mut self, time: Duration) {
        let time = time + self.began.elapsed();
        self.began = Instant::now();
        self.passed += time;
        self.sandbox.advance(time);
    }

    /// Goes on with a copy of the file.
    pub(crate) fn restore(&mut self, copy: PathBuf) {
        (self.file, self.may_be_copy) = (copy, true);
    }

    pub(crate) const fn passed(&self) -> Duration {
        self.passed
    }

    /// Lets all be well, and the program run until every payout has ended.
    pub(crate) async fn heal(&mut self, run: &str, rows: (u32, u32)) -> Result<(), Failure> {
        self.sandbox.clear_faults();
        self.sandbox.commit_late();
        for _ in 0..4 {
            for hours in [2, 26] {
                let mut child = self.start(run, rows)?;
                tokio::task::spawn_blocking(move || child.wait()).await??;
                self.advance(Duration::from_secs(hours * 60 * 60));
            }
        }
        Ok(())
    }

    /// Compares what Dots has made with what the file says of these references.
    pub(crate) async fn judge(
        &self,
        references: impl Iterator<Item = (String, u32)>,
    ) -> Result<Verdict, Failure> {
        let dots = payroll::client(&self.sandbox.url(), self.passed).build()?;
        let outbox = Outbox::open(&self.file, &dots).await?;
        let verdict = judge(&dots, &outbox, references).await;
        outbox.close().await;
        verdict
    }
}

/// Compares what Dots has made with what an outbox says of these references.
pub(crate) async fn judge(
    dots: &Dots,
    outbox: &Outbox,
    references: impl Iterator<Item = (String, u32)>,
) -> Result<Verdict, Failure> {
    let mut made: HashMap<String, u32> = HashMap::new();
    let mut links = dots.list(ListPayoutLinks::new()).items();
    while let Some(link) = links.next().await.transpose()? {
        let reference = link.metadata.as_ref().and_then(|metadata| metadata.get("outbox_reference"));
        let reference =
            reference.and_then(|reference| reference.as_str()).ok_or("a link has no reference")?;
        *made.entry(reference.to_owned()).or_default() += 1;
    }
    let (mut verdict, mut paid) = (Verdict::default(), Cents::ZERO);
    for (reference, number) in references {
        let times = made.remove(&reference).unwrap_or_default();
        verdict.double_paid += times.saturating_sub(1);
        for _ in 0..times {
            paid = paid.checked_add(payroll::cents(number)).ok_or("the sum is too large")?;
        }
        let Some(status) = outbox.status(&reference).await? else {
            verdict.lost += 1;
            continue;
        };
        match status.state {
            State::Settled => {
                verdict.settled += 1;
                verdict.lost += u32::from(times == 0);
            }
            State::Rejected => verdict.lost += u32::from(times > 0),
            State::Review => {
                verdict.review += 1;
                // Rightly: the lists have shown that it was not paid, which is so, and only a person may pay it.
                verdict.wrong_review += u32::from(times > 0 || status.why != Some(Why::Absent));
            }
            _ => verdict.unknown_left += 1,
        }
    }
    // What Dots has made and no reference asked for.
    verdict.lost += u32::try_from(made.len())?;
    let totals = outbox.totals().await?;
    let settled = totals.iter().find(|(state, ..)| *state == State::Settled).map(|(_, _, sum)| *sum);
    verdict.ties_out = settled.unwrap_or(Cents::ZERO) == paid;
    Ok(verdict)
}
