//! The worker: sends what is planned, several payouts at a time, and looks up what is in doubt.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use dots_api::AppId;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::desk::Outbox;
use super::error::OutboxError;
use super::funds::Funds;
use super::payable::Stop;
use super::row::{Rules, Time};
use super::sending::{Attempted, Claim, Claimed, claim};
use super::sqlite::{SqliteStore, StoreError};
use super::status::Status;
use super::store::{Store as _, Wanted};
use super::summary::Summary;
use super::updates::{Told, Updates};

/// How many payouts are in flight at a time, if the caller does not say.
const CONCURRENCY: usize = 8;

/// How many rows are looked at in one job.
const PAGE: u32 = 256;

/// How often an idle worker looks for new rows, and how often it reads the lists.
const IDLE: Duration = Duration::from_secs(5);
const BETWEEN_READINGS: Duration = Duration::from_secs(60);

/// The most rows that are claimed ahead, if that is more than are sent at a time.
const MOST_AHEAD: usize = 32;

type Shutdown = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Sends what is planned, when it is awaited; see [`Outbox::work`].
#[must_use = "nothing is sent until it is awaited"]
pub struct Work {
    outbox: Outbox,
    concurrency: usize,
    until: Option<Shutdown>,
    wallet: Option<AppId>,
    told: Option<Told>,
}

impl Outbox {
    /// Sends what is planned, and looks up what is in doubt.
    ///
    /// It ends when nothing can be sent now; with [`until`](Work::until) it goes on until that future is ready. It stops
    /// when Dots does not take the credentials and when funds are short; rows that were not sent stay planned.
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
    /// use dots_api_ext::outbox::{Outbox, State};
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let outbox = Outbox::create(&file, &dots).await?;
    /// let people = [("17", "2025550139"), ("18", "2025550140")];
    /// let client = dots.clone();
    /// let rows = people.map(|(id, phone)| (id, client.send_payout(Cents::new(1_000), Payee::phone("1", phone))));
    /// let run = outbox.plan_all("2026-11", rows).await?;
    /// println!("{} payouts of {} in all", run.new, run.total);
    ///
    /// let done = outbox.work().concurrency(4).await?;
    /// assert_eq!((done.count(State::Settled), done.is_done()), (2, true));
    /// # assert_eq!((sandbox.paid("2025550139"), sandbox.paid("2025550140")), (1_000, 1_000));
    /// # Ok(()) }
    /// ```
    pub fn work(&self) -> Work {
        Work { outbox: self.clone(), concurrency: CONCURRENCY, until: None, wallet: None, told: None }
    }
}

impl Work {
    /// Sets how many payouts are in flight at a time, at least one.
    ///
    /// A crash leaves those in doubt, and as many that wait for their turn, or up to 32 if that is more: what does not
    /// show in Dots' lists then is sent 15 minutes later. With one at a time, nothing waits, and a crash leaves one in
    /// doubt.
    pub fn concurrency(mut self, payouts: usize) -> Self {
        self.concurrency = payouts.max(1);
        self
    }

    /// Goes on until this is ready, and then ends when what is in flight is stored.
    pub fn until(mut self, shutdown: impl Future<Output = ()> + Send + 'static) -> Self {
        self.until = Some(Box::pin(shutdown));
        self
    }

    /// Checks first that this app's wallet holds what is due; if not, it stops and sends nothing. See
    /// [`Outbox::funds`].
    pub fn check_funds(mut self, app: &AppId) -> Self {
        self.wallet = Some(app.clone());
        self
    }

    /// Works while it is read, and tells what came of each attempt.
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
    /// use dots_api_ext::outbox::{Outbox, Update};
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let outbox = Outbox::create(&file, &dots).await?;
    /// outbox.plan("invoice-881", dots.send_payout(Cents::new(4_810), Payee::phone("1", "2025550139"))).await?;
    /// let mut updates = outbox.work().updates();
    /// while let Some(update) = updates.next().await {
    ///     match update? {
    ///         Update::Attempted(status) => println!("{} is {}", status.reference, status.state),
    ///         Update::Ended(summary) => println!("{} attempts", summary.attempts),
    ///         _ => {}
    ///     }
    /// }
    /// # assert_eq!(sandbox.paid("2025550139"), 4_810);
    /// # Ok(()) }
    /// ```
    pub fn updates(mut self) -> Updates {
        let told = Told::default();
        self.told = Some(told.clone());
        Updates::new(Box::pin(self.run()), told)
    }

    async fn run(mut self) -> Result<Summary, OutboxError> {
        let funds = match &self.wallet {
            Some(app) => Some(self.outbox.funds(app).await?),
            None => None,
        };
        let done = match funds {
            Some(funds) if funds.is_short() => Done { stopped: Some(Stop::Funds), ..Done::default() },
            _ => self.send_all().await?,
        };
        self.summary(done, funds).await
    }

    async fn send_all(&mut self) -> Result<Done, OutboxError> {
        let mut going = Going::new(self.concurrency);
        let (mut done, mut read_at) = (Done::default(), None::<Time>);
        loop {
            match done.stopped {
                // What has no turn yet is handed back.
                Some(_) => going.turns.close(),
                None => going.fill(&self.outbox).await?,
            }
            if !going.tasks.is_empty() {
                let is_full = going.free() == 0 || going.is_over || done.stopped.is_some();
                if is_full && let Some(stop) = self.next_done(&mut going, &mut done).await? {
                    done.stopped = done.stopped.or(Some(stop));
                }
                continue;
            }
            if done.stopped.is_some() {
                return Ok(done);
            }
            if !std::mem::take(&mut going.is_over) || self.look_up(&mut done, &mut read_at).await? {
                continue;
            }
            if self.until.is_none() {
                return Ok(done);
            }
            done.stopped = self.idle().await;
        }
    }

    /// Reads the lists, if it was not done lately; whether anything changed.
    async fn look_up(&mut self, done: &mut Done, read_at: &mut Option<Time>) -> Result<bool, OutboxError> {
        let now = self.outbox.clock();
        if self.until.is_some() && read_at.is_some_and(|at| now.since(at) < BETWEEN_READINGS) {
            return Ok(false);
        }
        *read_at = Some(now);
        match self.outbox.reconcile().await {
            Ok(0) => done.unread = None,
            Ok(_) => {
                (done.unread, *read_at) = (None, None);
                return Ok(true);
            }
            Err(OutboxError::Call(error)) => done.unread = Some(error.to_string()),
            Err(error) => return Err(error),
        }
        Ok(false)
    }

    /// Waits until attempts are over, or until it is to stop.
    async fn next_done(&mut self, going: &mut Going, done: &mut Done) -> Result<Option<Stop>, OutboxError> {
        let (until, told, rules) = (&mut self.until, self.told.as_ref(), self.outbox.rules);
        let may_stop = done.stopped.is_none();
        let ended = poll_fn(|context| {
            if may_stop
                && let Some(shutdown) = until.as_mut()
                && shutdown.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(Ok(Some(Stop::Asked)));
            }
            // All that one commit has stored are taken together, and so replaced by one claim.
            let (mut stop, mut is_any) = (None, false);
            loop {
                match going.tasks.poll_join_next(context) {
                    Poll::Ready(Some(Ok(result))) => {
                        let attempted = result?;
                        done.attempts = done.attempts.saturating_add(u64::from(attempted.is_sent));
                        stop = stop.or(attempted.tell(told, &rules));
                        going.ended = going.ended.saturating_add(1);
                        is_any = true;
                    }
                    Poll::Ready(Some(Err(_))) => {
                        return Poll::Ready(Err(OutboxError::Unrecorded(StoreError::Broken)));
                    }
                    Poll::Pending if !is_any => return Poll::Pending,
                    Poll::Ready(None) | Poll::Pending => return Poll::Ready(Ok(stop)),
                }
            }
        });
        let stop = ended.await?;
        if stop == Some(Stop::Asked) {
            // It is polled no more after it was ready.
            self.until = None;
        }
        Ok(stop)
    }

    /// Waits for a while, or until it is to stop.
    async fn idle(&mut self) -> Option<Stop> {
        let clock = self.outbox.dots.caller.shared.clock.clone();
        let mut pause = clock.sleep(IDLE);
        let until = &mut self.until;
        let stop = poll_fn(|context| {
            if let Some(shutdown) = until.as_mut()
                && shutdown.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(Some(Stop::Asked));
            }
            pause.as_mut().poll(context).map(|()| None)
        });
        let stop = stop.await;
        if stop.is_some() {
            self.until = None;
        }
        stop
    }

    async fn summary(self, done: Done, funds: Option<Funds>) -> Result<Summary, OutboxError> {
        let Done { attempts, stopped, unread: unread_lists } = done;
        let totals = self.outbox.totals().await?;
        let job = |store: &mut SqliteStore<'_>| store.next_due();
        let next_due = self.outbox.writer.write(job).await?.map(Time::as_system_time);
        Ok(Summary { attempts, stopped, unread_lists, totals, next_due, funds })
    }
}

/// What a worker has done so far.
#[derive(Debug, Default)]
struct Done {
    attempts: u64,
    stopped: Option<Stop>,
    /// Why the lists could not be read.
    unread: Option<String>,
}

impl Attempted {
    /// Tells the reader of the updates what came of it; returns why nothing else should be sent.
    fn tell(self, told: Option<&Told>, rules: &Rules) -> Option<Stop> {
        if let (Some(told), Some(record)) = (told, self.record) {
            told.tell(Status::of(*record, rules));
        }
        self.stop
    }
}

/// The attempts that are under way.
///
/// Some more rows are claimed than are sent at a time, so that the next ones can go while the disk is waited for.
struct Going {
    tasks: JoinSet<Result<Attempted, OutboxError>>,
    /// How many are sent at a time; closed when nothing more is to be sent.
    turns: Arc<Semaphore>,
    concurrency: usize,
    /// How many have ended since rows were last claimed.
    ended: usize,
    /// The reference up to which the rows of this round were looked at.
    cursor: String,
    /// Whether a whole round found nothing more to send.
    is_over: bool,
}

impl Drop for Going {
    /// What was sent goes on and is stored, though the caller has gone; the rest is handed back.
    fn drop(&mut self) {
        self.turns.close();
        self.tasks.detach_all();
    }
}

impl Going {
    fn new(concurrency: usize) -> Self {
        let turns = Arc::new(Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS)));
        Self { tasks: JoinSet::new(), turns, concurrency, ended: 0, cursor: String::new(), is_over: false }
    }

    /// How many more rows are to be claimed: one waits for each that is sent, or more where they end faster than rows
    /// are claimed. A claim that waits for too long cannot be used.
    fn free(&self) -> usize {
        let ahead = match self.concurrency {
            // A crash leaves one payout in doubt at most.
            1 => 0,
            _ => self.ended.saturating_mul(2).min(MOST_AHEAD).max(self.concurrency),
        };
        self.concurrency.saturating_add(ahead).saturating_sub(self.tasks.len())
    }

    /// Claims rows until enough wait for their turn, and starts to send them.
    async fn fill(&mut self, outbox: &Outbox) -> Result<(), OutboxError> {
        let free = self.free();
        if free == 0 {
            return Ok(());
        }
        let (claims, cursor) = outbox.claim_some(self.cursor.clone(), free).await?;
        self.is_over = cursor.is_empty() && claims.is_empty();
        (self.cursor, self.ended) = (cursor, 0);
        for mut claim in claims {
            let (outbox, turns) = (outbox.clone(), Arc::clone(&self.turns));
            self.tasks.spawn(async move {
                // Without a turn, the claim is handed back.
                let Ok(turn) = turns.acquire().await else { return Ok(Attempted::default()) };
                let sent = outbox.attempt(&mut claim).await;
                if sent.as_ref().is_some_and(|sent| sent.stop.is_some()) {
                    // The next one would be refused as well.
                    turns.close();
                }
                drop(turn);
                outbox.record(&claim, sent).await
            });
        }
        Ok(())
    }
}

impl Outbox {
    /// Claims rows after one, at most so many, in one commit; returns them and where to go on, at the start if empty.
    async fn claim_some(&self, after: String, most: usize) -> Result<(Vec<Claim>, String), OutboxError> {
        let (outbox, worker) = (self.clone(), self.clock());
        let job = move |store: &mut SqliteStore<'_>| {
            let (mut claims, mut cursor) = (Vec::new(), after);
            let now = store.now(worker);
            let page_size = u32::try_from(most).unwrap_or(PAGE).min(PAGE);
            loop {
                let page = store.list(Wanted::Due(now.earliest()), &cursor, page_size)?;
                if page.is_empty() {
                    return Ok((claims, String::new()));
                }
                for reference in page {
                    if let Claimed::Yes(claim) = claim(store, &outbox, &reference, worker)? {
                        claims.push(*claim);
                    }
                    cursor = reference;
                    if claims.len() >= most {
                        return Ok((claims, cursor));
                    }
                }
            }
        };
        Ok(self.writer.write(job).await?)
    }
}

impl IntoFuture for Work {
    type Output = Result<Summary, OutboxError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}
