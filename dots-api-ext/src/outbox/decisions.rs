//! What a person decides about a payout.

use dots_api::Cents;

use super::by::By;
use super::desk::Outbox;
use super::error::OutboxError;
use super::event::Event;
use super::mark::{Mark, Payable};
use super::outbox_store::OutboxStore;
use super::payable::key_of;
use super::row::State;
use super::sending::alarm;
use super::status::Status;
use super::store::{Applied, Next, Note, Record};
use super::store_error::StoreError;
use crate::calls::prepared::Prepared;

/// What a person decides about many payouts; see the methods of [`Outbox`] for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// [`Outbox::hold`].
    Hold,
    /// [`Outbox::release`].
    Release,
    /// [`Outbox::cancel`].
    Cancel,
    /// [`Outbox::mark_paid_elsewhere`].
    PaidElsewhere,
    /// [`Outbox::give_up`].
    GiveUp,
    /// [`Outbox::pay_again`].
    PayAgain,
}

/// A reference, and what came of a decision about it.
pub type Decided = (String, Result<Status, OutboxError>);

impl Outbox {
    /// Decides many payouts alike; one that cannot be decided so does not keep the others from it.
    ///
    /// # Errors
    /// Returns an error if Dots' lists have to be read and cannot be. Whether a payout was decided is beside its
    /// reference.
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
    /// use dots_api_ext::outbox::{By, Decision};
    ///
    /// # let outbox = Outbox::create(&file, &dots).await?;
    /// # outbox.plan("invoice-881", dots.send_payout(Cents::new(4_810), Payee::phone("1", "2025550139"))).await?;
    /// let by = By::new("jo", "the invoices are disputed");
    /// for (reference, decided) in outbox.decide_all(["invoice-881", "invoice-882"], Decision::Hold, by).await? {
    ///     match decided {
    ///         Ok(status) => println!("{reference} is {}", status.state),
    ///         Err(why) => println!("{why}"),
    ///     }
    /// }
    /// # assert_eq!(outbox.review().await?.len(), 1);
    /// # Ok(()) }
    /// ```
    pub async fn decide_all<R: Into<String>>(
        &self,
        references: impl IntoIterator<Item = R>,
        decision: Decision,
        by: By,
    ) -> Result<Vec<Decided>, OutboxError> {
        let references: Vec<String> = references.into_iter().map(Into::into).collect();
        if decision == Decision::PayAgain {
            let mut records = Vec::new();
            for reference in &references {
                records.extend(self.load(reference).await?);
            }
            // One reading for all of them.
            self.read_lists(records).await?;
        }
        let mut decided = Vec::with_capacity(references.len());
        for reference in references {
            let (by, name) = (by.clone(), reference.as_str());
            let result = match decision {
                Decision::Hold => self.hold(name, by).await,
                Decision::Release => self.release(name, by).await,
                Decision::Cancel => self.cancel(name, by).await,
                Decision::PaidElsewhere => self.mark_paid_elsewhere(name, by).await,
                Decision::GiveUp => self.give_up(name, by).await,
                Decision::PayAgain => self.pay_again_as_read(name, by).await,
            };
            decided.push((reference, result));
        }
        Ok(decided)
    }

    /// Keeps a payout that is planned or in doubt from being sent until it is released; [`hold_run`](Self::hold_run) does
    /// so for a run.
    ///
    /// One in doubt may have been paid before. It stays in doubt, and is looked up in Dots' lists when it is released.
    ///
    /// # Errors
    /// Returns an error if it is neither planned nor in doubt.
    pub async fn hold(&self, reference: &str, by: By) -> Result<Status, OutboxError> {
        self.decide(reference, Event::Hold, by.note()).await
    }

    /// Lets a held payout be sent, also if another one is alike.
    ///
    /// # Errors
    /// Returns an error if it is not held.
    pub async fn release(&self, reference: &str, by: By) -> Result<Status, OutboxError> {
        self.decide(reference, Event::Release { is_meant: true }, by.note()).await
    }

    /// Calls a payout off that was not sent, or that Dots refused.
    ///
    /// # Errors
    /// Returns an error if it may have been paid.
    pub async fn cancel(&self, reference: &str, by: By) -> Result<Status, OutboxError> {
        self.decide(reference, Event::Cancel, by.note()).await
    }

    /// Ends a payout in review: it was paid in another way.
    ///
    /// # Errors
    /// Returns an error if it is not in review.
    pub async fn mark_paid_elsewhere(&self, reference: &str, by: By) -> Result<Status, OutboxError> {
        self.decide(reference, Event::PayElsewhere, by.note()).await
    }

    /// Ends a payout in review: it is not to be paid any more.
    ///
    /// # Errors
    /// Returns an error if it is not in review.
    pub async fn give_up(&self, reference: &str, by: By) -> Result<Status, OutboxError> {
        self.decide(reference, Event::GiveUp, by.note()).await
    }

    /// Plans a payout in review again, under a new key, if Dots' lists have shown that it was not paid.
    ///
    /// It reads the lists once more. The old key stays on watch: if a payment under it shows later, the payout gets the
    /// alarm *paid twice*.
    ///
    /// # Errors
    /// Returns an error if it is not in review, if the lists have not proven that it was not paid, or if they cannot be
    /// read now. If they show it, it is settled instead.
    pub async fn pay_again(&self, reference: &str, by: By) -> Result<Status, OutboxError> {
        let before = self.known(reference).await?;
        self.read_lists(vec![before]).await?;
        self.pay_again_as_read(reference, by).await
    }

    /// Plans a payout again that the lists have just not shown.
    async fn pay_again_as_read(&self, reference: &str, by: By) -> Result<Status, OutboxError> {
        let record = self.known(reference).await?;
        let next = self.next(&record).map_err(OutboxError::Payout)?;
        let note = Note { next: next.next, ..by.note() };
        self.decide(reference, Event::PayAgain { seen: record.row.seen() }, note).await
    }

    /// Replaces a payout that was not sent, was cancelled or was refused by another one, under the same reference.
    ///
    /// One that is held stays held until it is released.
    ///
    /// # Errors
    /// Returns an error if it may have been paid, if it has changed meanwhile, or if the new payout is invalid or above a
    /// limit, such as that of its run.
    pub async fn correct<O: Payable>(
        &self,
        reference: &str,
        payout: Prepared<O>,
        by: By,
    ) -> Result<Status, OutboxError> {
        let record = self.known(reference).await?;
        let next = self.correction(&record, payout)?;
        let (event, cents) = (Event::Correct { seen: record.row.seen() }, next.cents);
        let note = Note { next: Some(next), ..by.note() };
        let (outbox, worker, name) = (self.clone(), self.clock(), record.entry.reference);
        let job = move |store: &mut dyn OutboxStore| {
            let (rules, now) = (outbox.rules, store.now(worker)?);
            let Some(record) = store.load(&name)? else { return Ok(Ok(Applied::Missing)) };
            match outbox.over_run(store, &record, cents)? {
                Some(why) => Ok(Err(why)),
                None => store.apply_to(record, event, &note, now, &rules).map(Ok),
            }
        };
        let applied = self.writer.write(job).await?.map_err(OutboxError::Payout)?;
        self.decided(reference, applied)
    }

    /// Makes what a corrected payout is sent with.
    fn correction<O: Payable>(&self, record: &Record, payout: Prepared<O>) -> Result<Next, OutboxError> {
        if record.entry.operation != O::META.id {
            let why =
                "could not correct the payout: it is of another operation; cancel it and plan another one";
            return Err(OutboxError::Payout(why.to_owned()));
        }
        let generation = record.row.generation.saturating_add(1);
        let reference = record.entry.reference.clone();
        let mark = Mark { reference, generation, store: self.store_id };
        let key = key_of(record.entry.key, generation).map_err(OutboxError::Payout)?;
        let request = payout
            .with_idempotency_key(key)
            .try_set(|operation| mark.put(operation.metadata_mut()))
            .into_stored()?;
        let operation = request.operation_for::<O>(&self.dots).map_err(OutboxError::Payout)?;
        let request = request.for_any_account();
        let cents = operation.cents();
        if let Some(why) = self.limits.refuse(cents) {
            return Err(OutboxError::Payout(why));
        }
        let fingerprint = request.fingerprint();
        Ok(Next { key, request: request.to_string(), cents, fingerprint })
    }

    /// Says why a payout of a known run is not corrected: the run would come to more than its limit.
    fn over_run(
        &self,
        store: &mut dyn OutboxStore,
        record: &Record,
        cents: Cents,
    ) -> Result<Option<String>, StoreError> {
        let run = record.entry.reference.split_once('/').map(|(run, _)| run);
        let Some(run) = run.filter(|_| self.limits.run.is_some()) else { return Ok(None) };
        if store.run_pays_at(run)?.is_none() {
            return Ok(None);
        }
        let is_counted = record.row.state != State::Cancelled;
        let old = if is_counted { record.entry.cents.get().saturating_abs() } else { 0 };
        let more = cents.get().saturating_abs().saturating_sub(old);
        let total = store.run_total(run)?.saturating_add(more);
        Ok(self.limits.refuse_run(Cents::new(total)).filter(|_| more > 0))
    }

    async fn decide(&self, reference: &str, event: Event, note: Note) -> Result<Status, OutboxError> {
        let applied = self.apply(reference, event, note).await?;
        self.decided(reference, applied)
    }

    fn decided(&self, reference: &str, applied: Applied) -> Result<Status, OutboxError> {
        alarm(&applied);
        match applied {
            Applied::Done(_, record) => Ok(self.status_of(*record)),
            Applied::Illegal(why, record) => {
                let (reference, state) = (reference.to_owned(), record.row.state);
                Err(OutboxError::Illegal { reference, state, why })
            }
            Applied::Missing => Err(OutboxError::UnknownReference(reference.to_owned())),
        }
    }
}
