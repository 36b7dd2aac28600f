//! The program that is killed: it opens the outbox, plans its rows and works.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dots_api::SendPayout;
use dots_api_ext::outbox::{FileProblem, Outbox, OutboxError, Payment};
use dots_api_ext::{Cents, Dots, DotsBuilder, Payee, Prepared};
use serde_json::{Value, json};

use crate::Failure;
use crate::clock::MachineClock;

/// The variable that tells a child process what to do.
pub(crate) const JOB: &str = "DOTS_TORTURE_JOB";

/// What the program is to do.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub url: String,
    pub file: PathBuf,
    /// How much time has passed since the world began.
    pub passed: Duration,
    /// The name of the run, and the numbers of its payouts.
    pub run: String,
    pub rows: (u32, u32),
    pub concurrency: usize,
    /// How many of them are asked for one by one, and told, before the rest is planned.
    pub once: u32,
    /// Whether the file may be a copy from the past.
    pub may_be_copy: bool,
}

impl Job {
    pub(crate) fn to_text(&self) -> String {
        json!({
            "url": self.url, "file": self.file, "passed": self.passed.as_secs_f64(), "run": self.run,
            "from": self.rows.0, "to": self.rows.1, "concurrency": self.concurrency, "once": self.once,
            "may_be_copy": self.may_be_copy,
        })
        .to_string()
    }

    fn from_text(text: &str) -> Result<Self, Failure> {
        let job: Value = serde_json::from_str(text)?;
        let text = |name: &str| job[name].as_str().map(str::to_owned).ok_or("a text is missing in the job");
        let number = |name: &str| job[name].as_u64().ok_or("a number is missing in the job");
        Ok(Self {
            url: text("url")?,
            file: text("file")?.into(),
            passed: Duration::from_secs_f64(job["passed"].as_f64().unwrap_or_default()),
            run: text("run")?,
            rows: (number("from")?.try_into()?, number("to")?.try_into()?),
            concurrency: number("concurrency")?.try_into()?,
            once: number("once")?.try_into()?,
            may_be_copy: job["may_be_copy"] == true,
        })
    }
}

/// Does a job.
pub(crate) async fn run(text: &str) -> Result<(), Failure> {
    work(&Job::from_text(text)?).await
}

async fn work(job: &Job) -> Result<(), Failure> {
    let dots = client(&job.url, job.passed).build()?;
    let outbox = open(&job.file, &dots, job.may_be_copy).await?;
    for (own, payout) in rows(&dots, (job.rows.0, job.rows.0 + job.once)) {
        let reference = format!("{}/{own}", job.run);
        if let Payment::Settled(paid) = outbox.pay_once(reference, payout).await? {
            println!("settled {}", paid.status.reference);
        }
    }
    outbox.plan_all(job.run.clone(), rows(&dots, job.rows)).await?;
    outbox.work().concurrency(job.concurrency).await?;
    outbox.close().await;
    Ok(())
}

async fn open(file: &Path, dots: &Dots, may_be_copy: bool) -> Result<Outbox, OutboxError> {
    match Outbox::open(file, dots).await {
        Err(OutboxError::File(FileProblem::Copied(_))) if may_be_copy => {
            Outbox::open_restored(file, dots).await
        }
        other => other,
    }
}

/// The payouts of these numbers, each to a phone of its own.
pub(crate) fn rows(
    dots: &Dots,
    (from, to): (u32, u32),
) -> impl Iterator<Item = (String, Prepared<SendPayout>)> + Send + 'static {
    let client = dots.clone();
    (from..to).map(move |number| {
        let payee = Payee::phone("1", format!("2{number:09}"));
        (number.to_string(), client.send_payout(cents(number), payee))
    })
}

/// The amount of a payout.
pub(crate) fn cents(number: u32) -> Cents {
    Cents::new(100 + i64::from(number % 900))
}

pub(crate) fn client(url: &str, passed: Duration) -> DotsBuilder {
    let builder = Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox");
    let builder = builder.clock(MachineClock::after(passed));
    match url.parse() {
        Ok(environment) => builder.environment(environment),
        Err(_) => builder,
    }
}
