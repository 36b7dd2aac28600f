//! What to measure: how many payouts are open, and how long the oldest one that is due has waited.

use std::time::Duration;

use super::clock_wait::ClockWait;
use super::desk::Outbox;
use super::error::OutboxError;
use super::outbox_store::OutboxStore;
use super::row::State;

/// How many payouts are open, by their states, and how long the oldest one that is due has waited.
///
/// A worker that goes on tells them once a minute, as an event of `tracing` (feature `tracing`). Alert on a `review` that
/// is not zero, and on an `oldest_due` of more than a few minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gauges {
    /// Wait for a person's release.
    pub held: u64,
    /// Are to be sent.
    pub planned: u64,
    /// Are being sent.
    pub in_flight: u64,
    /// Were sent, and may have been paid.
    pub unknown: u64,
    /// Wait for a person's decision.
    pub review: u64,
    /// Wait because a clock was ahead; see [`ClockWait`].
    pub clock_wait: u64,
    /// How long the oldest one has waited that may be sent now; nothing if none may.
    pub oldest_due: Option<Duration>,
}

impl Outbox {
    /// Counts the payouts that are open, without a look at those that have ended.
    ///
    /// # Errors
    /// Returns an error if the store fails.
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
    /// # #[cfg(feature = "outbox-sqlite")] {
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("payouts.sqlite");
    /// use dots_api_ext::outbox::Outbox;
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let outbox = Outbox::create(&file, &dots).await?;
    /// outbox.plan("invoice-881", dots.send_payout(Cents::new(4_810), Payee::phone("1", "2025550139"))).await?;
    /// let gauges = outbox.gauges().await?;
    /// assert_eq!((gauges.planned, gauges.review), (1, 0));
    /// assert!(gauges.oldest_due.is_some());
    /// # }
    /// # assert_eq!(sandbox.links(), 0);
    /// # Ok(()) }
    /// ```
    pub async fn gauges(&self) -> Result<Gauges, OutboxError> {
        let worker = self.clock();
        let job = self.writer.read(move |store| {
            let now = store.now(worker)?.earliest();
            Ok((store.open()?, store.oldest_due(now)?, now))
        });
        let (open, oldest, now) = job.await?;
        let clock_wait = self.clock_wait().await?.map_or(0, |wait| wait.payouts);
        let oldest_due = oldest.map(|due_at| now.since(due_at));
        let mut gauges = Gauges { oldest_due, clock_wait, ..Gauges::default() };
        for (state, count) in open {
            match state {
                State::Held => gauges.held = count,
                State::Planned => gauges.planned = count,
                State::InFlight => gauges.in_flight = count,
                State::Unknown => gauges.unknown = count,
                State::Review => gauges.review = count,
                _ => {}
            }
        }
        Ok(gauges)
    }

    /// Counts the payouts that wait because a clock was ahead, and says so loudly.
    pub(super) async fn clock_wait(&self) -> Result<Option<ClockWait>, OutboxError> {
        let (worker, rules) = (self.clock(), self.rules);
        let job = move |store: &mut dyn OutboxStore| {
            let now = store.now(worker)?;
            store.clock_wait(None, now, &rules)
        };
        let wait = self.writer.read(job).await?;
        #[cfg(feature = "tracing")]
        if let Some(wait) = wait {
            tracing::error!(target: "dots_api_ext", payouts = wait.payouts, "{wait}");
        }
        Ok(wait)
    }

    /// Tells them as an event.
    #[cfg(feature = "tracing")]
    pub(super) async fn tell_gauges(&self) {
        let Ok(gauges) = self.gauges().await else { return };
        let oldest_due_s = gauges.oldest_due.unwrap_or_default().as_secs();
        tracing::info!(
            target: "dots_api_ext",
            held = gauges.held,
            planned = gauges.planned,
            in_flight = gauges.in_flight,
            unknown = gauges.unknown,
            review = gauges.review,
            clock_wait = gauges.clock_wait,
            oldest_due_s,
            "outbox"
        );
    }
}
