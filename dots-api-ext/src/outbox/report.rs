//! What became of a run, or of all payouts: each with its history, and totals that tie out.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::desk::Outbox;
use super::error::OutboxError;
use super::outbox_store::OutboxStore;
use super::status::Status;
use super::tally::{LogEntry, Tally};
use crate::policy::idempotency::canonical;

/// How many rows are read at once.
const PAGE: u32 = 200;

/// A payout, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportRow {
    /// Where it stands.
    pub status: Status,
    /// What happened to it, the oldest first.
    pub history: Vec<LogEntry>,
}

type Page = Result<Vec<ReportRow>, OutboxError>;
type Reading = Pin<Box<dyn Future<Output = (Page, i64)> + Send>>;

/// The payouts of a run, or all, in the order in which they were planned: a stream, or read with [`next`](Self::next).
///
/// One page is in memory at a time.
#[must_use = "nothing is read until the next row is asked for"]
pub struct Report {
    outbox: Outbox,
    run: Option<String>,
    rows: VecDeque<ReportRow>,
    reading: Option<Reading>,
    after: Option<i64>,
}

impl Outbox {
    /// Returns what happened to a payout, the oldest first.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub async fn history(&self, reference: &str) -> Result<Vec<LogEntry>, OutboxError> {
        let reference = canonical(reference).into_owned();
        Ok(self.writer.read(move |store| store.history(&reference)).await?)
    }

    /// Reads the payouts of a run, or all of them, with what happened to each.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("payouts.sqlite");
    /// use dots_api_ext::outbox::Outbox;
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let outbox = Outbox::create(&file, &dots).await?;
    /// let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"));
    /// outbox.plan_all("2026-11", [("17", payout)]).await?;
    /// outbox.work().await?;
    ///
    /// let mut report = outbox.report(Some("2026-11"));
    /// while let Some(row) = report.next().await.transpose()? {
    ///     println!("{} is {} after {} events", row.status.reference, row.status.state, row.history.len());
    /// }
    /// assert!(outbox.tally(Some("2026-11")).await?.ties_out());
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    pub fn report(&self, run: Option<&str>) -> Report {
        let (outbox, run) = (self.clone(), run.map(|run| canonical(run).into_owned()));
        Report { outbox, run, rows: VecDeque::new(), reading: None, after: Some(0) }
    }

    /// Sums the payouts of a run, or of all, by what became of them.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    ///
    /// # Examples
    /// See [`report`](Self::report).
    pub async fn tally(&self, run: Option<&str>) -> Result<Tally, OutboxError> {
        let (run, worker, rules) = (run.map(|run| canonical(run).into_owned()), self.clock(), self.rules);
        let job = move |store: &mut dyn OutboxStore| {
            let now = store.now(worker)?;
            let clock_wait = store.clock_wait(run.as_deref(), now, &rules)?;
            Ok(Tally { clock_wait, ..store.tally(run.as_deref())? })
        };
        Ok(self.writer.read(job).await?)
    }

    /// Reads a page of a report: its rows, and the number of the last.
    async fn page(self, run: Option<String>, after: i64) -> (Page, i64) {
        let job = move |store: &mut dyn OutboxStore| store.page(run.as_deref(), after, PAGE);
        let rows = match self.writer.read(job).await {
            Ok(rows) => rows,
            Err(error) => return (Err(error.into()), after),
        };
        let last = rows.last().map_or(after, |(number, ..)| *number);
        let row = |(_, record, history)| ReportRow { status: self.status_of(record), history };
        (Ok(rows.into_iter().map(row).collect()), last)
    }
}

impl Report {
    /// Returns the next payout, or `None` after the last one or after an error.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    ///
    /// # Examples
    /// See [`Outbox::report`].
    pub async fn next(&mut self) -> Option<Result<ReportRow, OutboxError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Report {
    type Item = Result<ReportRow, OutboxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(row) = this.rows.pop_front() {
            return Poll::Ready(Some(Ok(row)));
        }
        let Some(after) = this.after else { return Poll::Ready(None) };
        let reading =
            this.reading.get_or_insert_with(|| Box::pin(this.outbox.clone().page(this.run.clone(), after)));
        let (page, last) = ready!(reading.as_mut().poll(context));
        (this.reading, this.after) = (None, Some(last));
        match page {
            Ok(rows) => this.rows = rows.into(),
            Err(error) => {
                this.after = None;
                return Poll::Ready(Some(Err(error)));
            }
        }
        if this.rows.is_empty() {
            this.after = None;
        }
        Poll::Ready(this.rows.pop_front().map(Ok))
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report").field("run", &self.run).finish_non_exhaustive()
    }
}
