//! The outbox that people hold: it opens a file, plans payouts, and says what became of them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dots_api::Cents;

use super::error::OutboxError;
use super::event::Event;
use super::limits::Limits;
use super::mark::Payable;
use super::outbox_store::OutboxStore;
use super::payable::Payout;
use super::row::{Rules, State, Time};
use super::status::{Payment, Status};
use super::store::{Applied, Note, Record, Wanted};
use super::store_error::StoreError;
use super::writer::Writer;
use crate::calls::prepared::Prepared;
use crate::dots::Dots;
use crate::policy::idempotency::canonical;
use crate::policy::retry::RetryPolicy;

/// How many rows are read at once.
const PAGE: u32 = 500;

/// A durable list of payouts, each of which is made once.
///
/// It keeps them in a SQLite file that one process at a time has open. [`pay_once`](Self::pay_once) makes one payout;
/// [`plan`](Self::plan) and [`plan_all`](Self::plan_all) write payouts down, and [`work`](Self::work) sends them.
///
/// Cloning is cheap, and clones share the file. It needs a tokio runtime with `enable_time` and `enable_io`.
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
/// use dots_api_ext::outbox::{Outbox, Payment};
/// use dots_api_ext::{Cents, Payee};
///
/// let outbox = Outbox::create(&file, &dots).await?;
/// for _ in 0..2 {
///     let payout = dots.send_payout(Cents::new(4_810), Payee::phone("1", "2025550139"));
///     match outbox.pay_once("invoice-881", payout).await? {
///         Payment::Settled(paid) => println!("paid by {:?}", paid.status.object_id),
///         Payment::Rejected(status) => println!("refused, and nothing was paid: {:?}", status.note),
///         Payment::Pending(status) => println!("not known yet: {}", status.state),
///         Payment::Ended(status) => println!("a person has ended it: {}", status.state),
///     }
/// }
/// # assert_eq!(sandbox.paid("2025550139"), 4_810);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Outbox {
    pub(super) writer: Writer,
    pub(super) dots: Dots,
    pub(super) store_id: uuid::Uuid,
    /// What the user calls the account.
    pub(super) name: Arc<str>,
    pub(super) rules: Rules,
    pub(super) limits: Limits,
    /// Whether Dots' lists were read since the store was opened.
    pub(super) has_read: Arc<AtomicBool>,
}

impl Outbox {
    /// Returns the outbox over a store whose threads run.
    pub(super) fn over(writer: Writer, store_id: uuid::Uuid, name: &str, dots: &Dots) -> Self {
        let rules = Rules::default();
        // One claim, one attempt: retries are the outbox's, which knows when they are safe.
        let dots = dots.with_retry(RetryPolicy::none()).with_timeout(rules.timeout);
        let has_read = Arc::default();
        Self { writer, dots, store_id, name: name.into(), rules, limits: Limits::none(), has_read }
    }

    /// Returns the outbox with other limits; those of its clones stay as they are.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// Returns the outbox with other times, such as a longer horizon.
    ///
    /// A window of more than 20 hours may pay twice, since Dots forgets a key after 24 ([references/idempotency]).
    ///
    /// [references/idempotency]: https://docs.dots.dev/references/idempotency
    #[must_use]
    pub fn with_rules(&self, rules: Rules) -> Self {
        let rules = rules.possible();
        let dots = self.dots.with_timeout(rules.timeout);
        Self { rules, dots, ..self.clone() }
    }

    /// Makes a payout once, however often it is asked for, and says what became of it.
    ///
    /// The reference is the business key, such as an invoice number, and stays known for ever; it is kept in Unicode's
    /// normalization form C, so texts that look the same because of an accent are one. The payout is stored
    /// before it is sent, and the outcome is stored before this returns. Dropping the future does not cancel it.
    ///
    /// The options of the call, such as its headers, are not kept; its metadata has to be an object, into which the
    /// outbox writes the reference.
    ///
    /// # Errors
    /// Returns an error if the payout is invalid, above a limit, or differs from the one that the reference is known
    /// with, and if the store fails.
    ///
    /// # Examples
    /// See [`Outbox`].
    pub async fn pay_once<O: Payable>(
        &self,
        reference: impl Into<String>,
        payout: Prepared<O>,
    ) -> Result<Payment, OutboxError> {
        let entry = self.entry(&reference.into(), None, payout).map_err(OutboxError::Payout)?;
        let reference = entry.reference.clone();
        let (known, claimed) = self.insert_and_claim(entry).await?;
        let is_new = known.is_none();
        if let Some(known) = known.filter(|known| known.row.state.is_final()) {
            let was_paid = known.row.state == State::Settled;
            return Ok(Payment::of(self.status_of(*known), was_paid));
        }
        let record = self.send_or_look(&reference, is_new.then_some(claimed)).await?;
        Ok(Payment::of(self.status_of(record), false))
    }

    /// Writes a payout down, to be sent by [`work`](Self::work).
    ///
    /// # Errors
    /// Returns the errors of [`pay_once`](Self::pay_once).
    ///
    /// # Examples
    /// See [`work`](Self::work).
    pub async fn plan<O: Payable>(
        &self,
        reference: impl Into<String>,
        payout: Prepared<O>,
    ) -> Result<Status, OutboxError> {
        let entry = self.entry(&reference.into(), None, payout).map_err(OutboxError::Payout)?;
        let reference = entry.reference.clone();
        match self.insert(entry).await? {
            Some(known) => Ok(self.status_of(*known)),
            None => self.must(&reference).await,
        }
    }

    /// Releases the file, for this outbox and all its clones; what waits to be written is written first.
    ///
    /// Dropping all clones releases it as well, a moment later.
    pub async fn close(self) {
        self.writer.close().await;
    }

    /// Says what is known of a payout, without calling Dots.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub async fn status(&self, reference: &str) -> Result<Option<Status>, OutboxError> {
        Ok(self.load(reference).await?.map(|record| self.status_of(record)))
    }

    /// Lists the payouts that a person has to look at: in review, held, or with an alarm.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub async fn review(&self) -> Result<Vec<Status>, OutboxError> {
        self.all(Wanted::ForAPerson).await
    }

    /// Counts the payouts in each state, and sums their cents.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub async fn totals(&self) -> Result<Vec<(State, u64, Cents)>, OutboxError> {
        let totals = self.writer.read(|store| store.totals()).await?;
        Ok(totals.into_iter().map(|(state, count, sum)| (state, count, Cents::new(sum))).collect())
    }

    /// Empties the requests of payouts that have ended before a time, which name people; returns how many.
    ///
    /// References, amounts, keys, ids and the log are kept, so that no payout is ever made again.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub async fn prune(&self, ended_before: std::time::SystemTime) -> Result<usize, OutboxError> {
        Ok(self.writer.write(move |store| store.prune(ended_before.into())).await?)
    }

    pub(super) async fn load(&self, reference: &str) -> Result<Option<Record>, OutboxError> {
        let reference = canonical(reference).into_owned();
        Ok(self.writer.read(move |store| store.load(&reference)).await?)
    }

    pub(super) async fn known(&self, reference: &str) -> Result<Record, OutboxError> {
        let record = self.load(reference).await?;
        record.ok_or_else(|| OutboxError::UnknownReference(reference.to_owned()))
    }

    pub(super) async fn must(&self, reference: &str) -> Result<Status, OutboxError> {
        Ok(self.status_of(self.known(reference).await?))
    }

    /// Lets an event happen to a row, and returns what is stored then.
    pub(super) async fn apply(
        &self,
        reference: &str,
        event: Event,
        note: Note,
    ) -> Result<Applied, OutboxError> {
        let (worker, rules, reference) = (self.clock(), self.rules, canonical(reference).into_owned());
        let job = move |store: &mut dyn OutboxStore| {
            let now = store.now(worker)?;
            store.apply(&reference, event, &note, now, &rules)
        };
        Ok(self.writer.write(job).await?)
    }

    /// Stores what came of an attempt, also where the store is away for a while: the fence tells whether it came too late.
    /// It is stored also if the future is not polled.
    pub(super) fn apply_patiently(
        &self,
        known: Arc<Record>,
        event: Event,
        note: Note,
    ) -> impl Future<Output = Result<Applied, OutboxError>> + Send + use<> {
        let (worker, rules) = (self.clock(), self.rules);
        let stored = self.writer.insist(move |store| {
            let now = store.now(worker)?;
            store.apply_known(&known, event, &note, now, &rules)
        });
        async move { Ok(stored.await?) }
    }

    /// Lets an event happen to many rows, where it can.
    pub(super) async fn for_each(&self, wanted: Wanted, event: Event, note: Note) -> Result<(), OutboxError> {
        let mut after = String::new();
        loop {
            let (from, worker, rules, note) = (after.clone(), self.clock(), self.rules, note.clone());
            let page = self.writer.write(move |store| {
                let references = store.list(wanted, &from, PAGE)?;
                let now = store.now(worker)?;
                for reference in &references {
                    store.apply(reference, event, &note, now, &rules)?;
                }
                Ok(references)
            });
            match page.await?.pop() {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    /// Reads all rows of a kind.
    pub(super) async fn all(&self, wanted: Wanted) -> Result<Vec<Status>, OutboxError> {
        let records = self.records(wanted, &mut Some(String::new()), u32::MAX).await?;
        Ok(records.into_iter().map(|record| self.status_of(record)).collect())
    }

    /// Reads rows of a kind after one, at most so many; none are left after the last.
    pub(super) async fn records(
        &self,
        wanted: Wanted,
        after: &mut Option<String>,
        most: u32,
    ) -> Result<Vec<Record>, OutboxError> {
        let Some(from) = after.take() else { return Ok(Vec::new()) };
        let job = move |store: &mut dyn OutboxStore| {
            let references = store.list(wanted, &from, most)?;
            let is_full = u64::try_from(references.len()).is_ok_and(|count| count == u64::from(most));
            let next = references.last().filter(|_| is_full).cloned();
            let records = references.iter().map(|reference| store.load(reference));
            Ok((records.filter_map(Result::transpose).collect::<Result<Vec<_>, StoreError>>()?, next))
        };
        let (records, next) = self.writer.read(job).await?;
        *after = next;
        Ok(records)
    }

    /// Reads the operation of a record; none if its request was pruned.
    pub(super) fn payout(&self, record: &Record) -> Result<Payout, String> {
        let request = record.entry.request.parse().map_err(|error: crate::error::Error| error.to_string())?;
        Payout::of(&request, &self.dots)
    }

    pub(super) fn status_of(&self, record: Record) -> Status {
        Status::of(record, &self.rules)
    }

    pub(super) fn clock(&self) -> Time {
        clock(&self.dots)
    }
}

pub(super) fn clock(dots: &Dots) -> Time {
    dots.caller.shared.clock.now().into()
}
