//! Plans payouts: one at a time, or a run of which all rows are planned or none.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::mpsc::sync_channel;
use std::thread;

use dots_api::Cents;

use super::desk::Outbox;
use super::error::OutboxError;
use super::mark::{Mark, Payable, store_of};
use super::outbox_store::OutboxStore;
use super::payable::Payout;
use super::planned::Planned;
use super::row::{Row, State, Time};
use super::row_problem::RowProblem;
use super::run::{Run, RunPlan};
use super::sending::{Claimed, claim};
use super::status::Status;
use super::store::{Entry, Record};
use super::store_error::StoreError;
use crate::calls::prepared::Prepared;
use crate::calls::stored::StoredRequest;
use crate::error::Error;
use crate::policy::idempotency::canonical;

/// The most wrong rows of a run that are told.
const MOST_PROBLEMS: usize = 1_000;

/// How many rows are handed over at a time.
const TOGETHER: usize = 256;

impl Outbox {
    /// Writes the payouts of a run down, all or none; the reference of each is the name of the run, `/`, and its own.
    ///
    /// So the employee number of a payroll is another reference each month. Planning the same run again is quiet: what
    /// is known stays as it is. Memory does not grow with the rows, except for a number of each that is known.
    ///
    /// # Errors
    /// Returns all rows that are wrong, the first thousand of them, and plans none then: invalid payouts, references that
    /// occur twice, payouts that differ from those that are known, and a run above its limit or with other totals than
    /// expected.
    ///
    /// # Examples
    /// See [`work`](Self::work).
    pub async fn plan_all<O, R, I>(&self, run: impl Into<Run>, rows: I) -> Result<RunPlan, OutboxError>
    where
        O: Payable,
        R: Into<String>,
        I: IntoIterator<Item = (R, Prepared<O>)> + Send + 'static,
    {
        let (run, outbox, worker) = (run.into(), self.clone(), self.clock());
        let job = move |store: &mut dyn OutboxStore| {
            let row = store.planned(worker, &outbox.rules)?;
            let mut planning = Planning::new(store, &outbox, run, row)?;
            let name = planning.run.name().to_owned();
            let make = |(own, payout): (R, Prepared<O>)| {
                let reference = format!("{name}/{}", own.into());
                let entry = outbox.entry(&reference, Some(name.clone()), payout);
                (reference, entry)
            };
            beside(rows, make, |(reference, entry)| planning.add(reference, entry))?;
            planning.end()
        };
        Ok(self.writer.write_once(job).await?)
    }

    /// Takes a payout that a [`Planner`](super::Planner) has planned, to be sent by [`work`](Self::work).
    ///
    /// # Errors
    /// Returns an error if it is for another account or environment, above a limit, or differs from the payout that the
    /// reference is known with.
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
    /// # use dots_api_ext::dots_api::{PhonePayee, SendPayout, SendPayoutRequest};
    /// # use dots_api_ext::Cents;
    /// # let payee = PhonePayee::new("1".parse()?, "2025550139".parse()?);
    /// # let payout = SendPayout::new(SendPayoutRequest::new(Cents::new(4_810)).payee(payee));
    /// use dots_api_ext::outbox::{Outbox, Planned, Planner};
    ///
    /// // In a program without an API key:
    /// let planner = Planner::new("main account", dots.environment());
    /// let text = planner.plan("invoice-881", payout)?.to_string();
    /// // In the one that pays:
    /// let outbox = Outbox::create_for(&file, "main account", &dots).await?;
    /// outbox.accept(&text.parse::<Planned>()?).await?;
    /// assert!(outbox.work().await?.is_done());
    /// # assert_eq!(sandbox.paid("2025550139"), 4_810);
    /// # Ok(()) }
    /// ```
    pub async fn accept(&self, planned: &Planned) -> Result<Status, OutboxError> {
        if planned.account() != &*self.name {
            let (theirs, ours) = (planned.account(), &self.name);
            return Err(OutboxError::Payout(format!(
                "could not take the payout: it is for the account `{theirs}`, and this outbox is of `{ours}`"
            )));
        }
        // Nothing but the request is believed.
        let payout = Payout::of(planned.request(), &self.dots).map_err(OutboxError::Payout)?;
        let entry = Entry { cents: payout.cents(), ..planned.entry(None) };
        if let Some(why) = self.limits.refuse(entry.cents) {
            return Err(OutboxError::Payout(why));
        }
        self.insert(entry).await?;
        self.must(planned.reference()).await
    }

    /// Checks a payout that was planned in the database: nothing but its request is believed.
    pub(super) fn check_planned(&self, record: &Record) -> Result<(), String> {
        let entry = &record.entry;
        let request: StoredRequest = entry.request.parse().map_err(|error: Error| error.to_string())?;
        let payout = Payout::of(&request, &self.dots)?;
        let is_ours = payout.mark().is_some_and(|mark| {
            mark.generation == 0 && mark.reference == entry.reference && self.has_made(&mark)
        });
        let fingerprint = payout.fingerprint(request.body());
        let is_same = (payout.cents(), fingerprint, request.idempotency_key(), request.operation())
            == (entry.cents, entry.fingerprint, entry.key, entry.operation.as_str());
        if !is_ours || !is_same {
            return Err("its request is not what was planned; cancel it, and plan it again".to_owned());
        }
        self.limits.refuse(entry.cents).map_or(Ok(()), Err)
    }

    /// Whether a mark was written by this outbox, or by a planner for its account.
    pub(super) fn has_made(&self, mark: &Mark) -> bool {
        mark.store == self.store_id || mark.store == store_of(&self.name)
    }

    /// Makes what a store keeps of a payout.
    pub(super) fn entry<O: Payable>(
        &self,
        reference: &str,
        run: Option<String>,
        payout: Prepared<O>,
    ) -> Result<Entry, String> {
        let reference = canonical(reference).into_owned();
        let mark = Mark { reference: reference.clone(), generation: 0, store: self.store_id };
        let mut cents = Cents::ZERO;
        let payout = payout.reference(reference.clone()).try_set(|operation| {
            cents = operation.cents();
            mark.put(operation.metadata_mut())
        });
        let request = payout.into_stored().map_err(|error| error.to_string())?;
        request.check_place::<O>(&self.dots)?;
        // The file is bound to the account; after a rotation of its API key, the request is the same.
        let request = request.for_any_account();
        if let Some(why) = self.limits.refuse(cents) {
            return Err(why);
        }
        Ok(Entry {
            reference,
            run,
            operation: O::META.id.to_owned(),
            cents,
            fingerprint: request.fingerprint(),
            key: request.idempotency_key(),
            request: request.to_string(),
        })
    }

    /// Writes an entry; returns the known record if it is the same payout.
    pub(super) async fn insert(&self, entry: Entry) -> Result<Option<Box<Record>>, OutboxError> {
        let (worker, rules, new) = (self.clock(), self.rules, entry.clone());
        let known = self.writer.write(move |store| {
            let row = store.planned(worker, &rules)?;
            store.insert(&new, &row)
        });
        same_payout(&entry, known.await?)
    }

    /// Writes an entry and claims it, in one commit; returns the known record, unclaimed, if it is the same payout.
    pub(super) async fn insert_and_claim(
        &self,
        entry: Entry,
    ) -> Result<(Option<Box<Record>>, Claimed), OutboxError> {
        let (worker, outbox, new) = (self.clock(), self.clone(), entry.clone());
        let job = move |store: &mut dyn OutboxStore| {
            let row = store.planned(worker, &outbox.rules)?;
            match store.insert(&new, &row)? {
                None => Ok((None, claim(store, &outbox, &new.reference, worker)?)),
                known => Ok((known, Claimed::No)),
            }
        };
        let holder = self.clone();
        let written = self.writer.write_then(job, move |(_, claimed)| claimed.hold(&holder));
        let (known, claimed) = written.await?;
        Ok((same_payout(&entry, known)?, claimed))
    }
}

/// Returns the known record; an error if it is of another payout.
fn same_payout(entry: &Entry, known: Option<Record>) -> Result<Option<Box<Record>>, OutboxError> {
    let Some(known) = known else { return Ok(None) };
    let differs = differences(entry, &known);
    if differs.is_empty() {
        return Ok(Some(Box::new(known)));
    }
    Err(OutboxError::OtherPayout { reference: entry.reference.clone(), differs })
}

/// Makes something of each row in a thread of its own, while this one writes what is made: each costs about as much.
fn beside<I: IntoIterator + Send, T: Send>(
    rows: I,
    make: impl Fn(I::Item) -> T + Send,
    write: impl FnMut(T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    thread::scope(|scope| {
        let (sender, made) = sync_channel(1);
        let making =
            thread::Builder::new().name("dots-outbox-plan".to_owned()).spawn_scoped(scope, move || {
                let mut rows = rows.into_iter().map(make);
                loop {
                    let some: Vec<T> = rows.by_ref().take(TOGETHER).collect();
                    // The writer may have stopped.
                    if some.is_empty() || sender.send(some).is_err() {
                        return;
                    }
                }
            });
        let making =
            making.map_err(|error| StoreError::Unreadable(format!("no thread can be started: {error}")))?;
        made.into_iter().flatten().try_for_each(write)?;
        // The caller's iterator may have panicked.
        making.join().map_err(|_| StoreError::Panicked)
    })
}

/// A run that is being planned, in a job of the writer.
struct Planning<'a> {
    store: &'a mut dyn OutboxStore,
    outbox: &'a Outbox,
    run: Run,
    /// Each row as it is planned.
    row: Row,
    plan: RunPlan,
    /// How many payouts the list has, and their cents.
    rows: u64,
    cents: u64,
    problems: Vec<RowProblem>,
    /// The newest row before.
    newest: i64,
    /// A hash of each known reference, to find one that occurs twice.
    seen: HashSet<u64, RandomState>,
}

impl<'a> Planning<'a> {
    fn new(
        store: &'a mut dyn OutboxStore,
        outbox: &'a Outbox,
        mut run: Run,
        mut row: Row,
    ) -> Result<Self, StoreError> {
        let mut problems = Vec::new();
        if let Err(why) = run.check() {
            problems.push(RowProblem { number: 0, reference: run.name().to_owned(), why });
        }
        let known = store.run_pays_at(run.name())?;
        if let (Some(known), Some(_)) = (known, run.pay_at)
            && known != run.pay_at
        {
            let why = "the run is planned for another pay date".to_owned();
            problems.push(RowProblem { number: 0, reference: run.name().to_owned(), why });
        }
        let pay_at = run.pay_at.or(known.flatten());
        row.not_before = pay_at.map_or(row.not_before, |pay_at| pay_at.max(row.not_before));
        let plan = RunPlan {
            run: run.name().to_owned(),
            new: 0,
            known: 0,
            already_paid: 0,
            total: Cents::ZERO,
            pay_at: pay_at.map(Time::as_system_time),
        };
        run.pay_at = pay_at;
        let (newest, seen) = (store.newest()?, HashSet::default());
        Ok(Self { store, outbox, run, row, plan, rows: 0, cents: 0, problems, newest, seen })
    }

    /// Plans a row, or notes what is wrong with it.
    fn add(&mut self, reference: String, entry: Result<Entry, String>) -> Result<(), StoreError> {
        self.rows = self.rows.saturating_add(1);
        let problem = match entry {
            Ok(entry) => {
                self.cents = self.cents.saturating_add(entry.cents.get().unsigned_abs());
                self.insert(&entry)?
            }
            Err(why) => Some(why),
        };
        self.note(self.rows, reference, problem);
        Ok(())
    }

    fn insert(&mut self, entry: &Entry) -> Result<Option<String>, StoreError> {
        match self.store.insert_new(entry, &self.row) {
            Ok(false) => {}
            Ok(true) => {
                self.plan.new = self.plan.new.saturating_add(1);
                return Ok(None);
            }
            Err(error @ StoreError::KeyInUse(_)) => return Ok(Some(error.to_string())),
            Err(error) => return Err(error),
        }
        let hash = self.seen.hasher().hash_one(&entry.reference);
        if !self.seen.insert(hash) || self.store.is_newer(&entry.reference, self.newest)? {
            return Ok(Some("the reference occurs twice in the run".to_owned()));
        }
        let Some(known) = self.store.load(&entry.reference)? else {
            return Err(StoreError::Unreadable(format!("`{}` is there and is not", entry.reference)));
        };
        let differs = differences(entry, &known);
        if !differs.is_empty() {
            let differs = differs.join(", ");
            return Ok(Some(format!("the reference is known with another payout: its {differs} differ")));
        }
        let is_paid = known.row.state == State::Settled;
        let count = if is_paid { &mut self.plan.already_paid } else { &mut self.plan.known };
        *count = count.saturating_add(1);
        Ok(None)
    }

    fn note(&mut self, number: u64, reference: String, problem: Option<String>) {
        if let Some(why) = problem.filter(|_| self.problems.len() < MOST_PROBLEMS) {
            self.problems.push(RowProblem { number, reference, why });
        }
    }

    /// Checks the totals; all rows are planned, or none.
    fn end(mut self) -> Result<RunPlan, StoreError> {
        let name = self.plan.run.clone();
        self.plan.total = Cents::new(self.store.run_total(&name)?);
        let over = self.outbox.limits.refuse_run(self.plan.total);
        self.note(0, name.clone(), over);
        // The list alone counts: a row that was cancelled or corrected since must not keep the others from being paid.
        let (rows, cents) = (self.rows, self.cents);
        let is_other =
            |(payouts, sum): &(u64, Cents)| *payouts != rows || i128::from(sum.get()) != cents.into();
        let other = self.run.expected.filter(is_other).map(|(payouts, sum)| {
            format!(
                "the list has `{rows}` payouts of `{cents}` in all, and is expected to have `{payouts}` of `{sum}`"
            )
        });
        self.note(0, name, other);
        if !self.problems.is_empty() {
            return Err(StoreError::Rows(self.problems));
        }
        self.store.put_run(&self.run, self.row.planned_at)?;
        Ok(self.plan)
    }
}

/// Names the fields in which a payout differs from the known one.
pub(super) fn differences(new: &Entry, known: &Record) -> Vec<&'static str> {
    let mut differs = Vec::new();
    if new.operation != known.entry.operation {
        differs.push("operation");
    }
    if new.cents != known.entry.cents {
        differs.push("amount");
    }
    if differs.is_empty() && new.fingerprint != known.entry.fingerprint {
        differs.push("payee");
    }
    differs
}
