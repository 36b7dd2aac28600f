//! Holds a whole run, and lets it go on.

use super::by::By;
use super::desk::Outbox;
use super::error::OutboxError;
use super::event::Event;
use super::outbox_store::OutboxStore;
use super::row::State;
use super::store::Applied;
use crate::policy::idempotency::canonical;

/// How many payouts are decided in one commit.
const PAGE: u32 = 500;

impl Outbox {
    /// Keeps every payout of a run that is planned or in doubt from being sent until it is released; returns how many.
    ///
    /// What is in flight goes on, and a payout that is planned into the run later is not held. Each commit holds 500
    /// payouts, so call it again after a crash.
    ///
    /// # Errors
    /// Returns an error if no payout is of this run, or if the store fails.
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
    /// # use dots_api_ext::outbox::Outbox;
    /// # use dots_api_ext::{Cents, Payee};
    /// use dots_api_ext::outbox::By;
    ///
    /// # let outbox = Outbox::create(&file, &dots).await?;
    /// # let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"));
    /// outbox.plan_all("2026-11", [("17", payout)]).await?;
    /// assert_eq!(outbox.hold_run("2026-11", By::new("jo", "the hours are checked again")).await?, 1);
    /// assert_eq!(outbox.release_run("2026-11", By::new("jo", "the hours are right")).await?, 1);
    /// # assert!(outbox.work().await?.is_done());
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    pub async fn hold_run(&self, run: &str, by: By) -> Result<u64, OutboxError> {
        let planned = self.decide_run(run, State::Planned, Event::Hold, by.clone()).await?;
        let doubtful = self.decide_run(run, State::Unknown, Event::Hold, by).await?;
        Ok(planned.saturating_add(doubtful))
    }

    /// Lets every held payout of a run be sent; returns how many.
    ///
    /// Unlike [`release`](Self::release), it does not say that a payout is meant although another one is alike: such a
    /// payout is held again when it is to be sent.
    ///
    /// # Errors
    /// Returns the errors of [`hold_run`](Self::hold_run).
    ///
    /// # Examples
    /// See [`hold_run`](Self::hold_run).
    pub async fn release_run(&self, run: &str, by: By) -> Result<u64, OutboxError> {
        self.decide_run(run, State::Held, Event::Release { is_meant: false }, by).await
    }

    async fn decide_run(&self, run: &str, state: State, event: Event, by: By) -> Result<u64, OutboxError> {
        let (note, mut after, mut decided) = (by.note(), String::new(), 0_u64);
        let (name, run) = (canonical(run).into_owned(), canonical(run));
        if !self.writer.read(move |store| store.has_run(&name)).await? {
            return Err(OutboxError::UnknownRun(run.into_owned()));
        }
        loop {
            let (name, note, from) = (run.clone().into_owned(), note.clone(), after);
            let (worker, rules) = (self.clock(), self.rules);
            let job = move |store: &mut dyn OutboxStore| {
                let (references, now) = (store.of_run(&name, state, &from, PAGE)?, store.now(worker)?);
                let mut decided = 0_u64;
                for reference in &references {
                    let applied = store.apply(reference, event, &note, now, &rules)?;
                    decided = decided.saturating_add(u64::from(matches!(applied, Applied::Done(..))));
                }
                Ok((references.last().cloned(), decided))
            };
            let (last, count) = self.writer.write(job).await?;
            decided = decided.saturating_add(count);
            match last {
                Some(last) => after = last,
                None => return Ok(decided),
            }
        }
    }
}
