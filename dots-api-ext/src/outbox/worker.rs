//! The worker: sends what is planned, several payouts at a time, and looks up what is in doubt.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use dots_api::AppId;

use super::desk::Outbox;
use super::error::OutboxError;
use super::funds::Funds;
use super::in_flight::InFlight;
use super::payable::Stop;
use super::row::{Rules, Time};
use super::sending::Attempted;
use super::status::Status;
use super::store_error::StoreError;
use super::summary::Summary;
use super::updates::{Told, Updates};

/// How many payouts are in flight at a time, if the caller does not say.
const CONCURRENCY: usize = 8;

/// How often an idle worker looks for new rows, and how often it reads the lists.
const IDLE: Duration = Duration::from_secs(5);
const BETWEEN_READINGS: Duration = Duration::from_secs(60);

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
    /// when Dots does not take the credentials and when funds are short, also for one payout of which smaller ones could
    /// still be made; rows that were not sent stay planned, and [`report`](Outbox::report) lists them.
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
        let mut going = InFlight::new(self.concurrency);
        let (mut done, mut read_at) = (Done::default(), None::<Time>);
        loop {
            match done.stopped {
                // What has no turn yet is handed back.
                Some(_) => going.turns.free.close(),
                None => {
                    let filled = going.fill(&self.outbox).await;
                    going.is_over |= self.outlive(filled)?.is_none();
                }
            }
            if !going.tasks.is_empty() {
                let is_full = going.free() == 0 || going.is_over || done.stopped.is_some();
                if is_full {
                    let ended = self.next_done(&mut going, &mut done).await;
                    done.stopped = done.stopped.or(self.outlive(ended)?.flatten());
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
        #[cfg(feature = "tracing")]
        if self.until.is_some() {
            self.outbox.tell_gauges().await;
        }
        let had_read = self.outbox.has_read.load(Ordering::Acquire);
        match self.outbox.reconcile().await {
            // What an earlier process left in doubt may be sent now.
            Ok(0) => {
                done.unread = None;
                return Ok(!had_read && self.outbox.has_read.load(Ordering::Acquire));
            }
            Ok(_) => {
                (done.unread, *read_at) = (None, None);
                return Ok(true);
            }
            Err(OutboxError::Call(error)) => done.unread = Some(error.to_string()),
            Err(error) => {
                self.outlive::<()>(Err(error))?;
            }
        }
        Ok(false)
    }

    /// Lets a worker that goes on outlive that its store is away: nothing then, and it tries again after a pause.
    fn outlive<T>(&self, result: Result<T, OutboxError>) -> Result<Option<T>, OutboxError> {
        match result {
            Err(OutboxError::Store(error) | OutboxError::Unrecorded(error))
                if self.until.is_some() && (error.may_pass() || error.is_locked()) =>
            {
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// Waits until attempts are over, or until it is to stop.
    async fn next_done(
        &mut self,
        going: &mut InFlight,
        done: &mut Done,
    ) -> Result<Option<Stop>, OutboxError> {
        let (until, told, rules) = (&mut self.until, self.told.as_ref(), self.outbox.rules);
        let may_stop = done.stopped.is_none();
        let turns = Arc::clone(&going.turns);
        let mut news = pin!(turns.news.notified());
        let ended = poll_fn(|context| {
            if may_stop
                && let Some(shutdown) = until.as_mut()
                && shutdown.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(Ok(Some(Stop::Asked)));
            }
            let (mut stop, mut is_any) = (None, news.as_mut().poll(context).is_ready());
            while let Poll::Ready(Some(joined)) = going.tasks.poll_join_next(context) {
                let Ok(result) = joined else {
                    return Poll::Ready(Err(OutboxError::Unrecorded(StoreError::Broken)));
                };
                let attempted = match result {
                    Ok(attempted) => attempted,
                    Err(error) => return Poll::Ready(Err(error)),
                };
                done.attempts = done.attempts.saturating_add(u64::from(attempted.is_sent));
                stop = stop.or(attempted.tell(told, &rules));
                is_any = true;
            }
            if is_any || going.tasks.is_empty() { Poll::Ready(Ok(stop)) } else { Poll::Pending }
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
        let shared = &self.outbox.dots.caller.shared;
        // Many workers of one store do not look at the same moment.
        let mut pause = shared.clock.sleep(shared.part_of(IDLE));
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
        let next_due = self.outbox.writer.read(|store| store.next_due()).await?.map(Time::as_system_time);
        let clock_wait = self.outbox.clock_wait().await?;
        Ok(Summary { attempts, stopped, unread_lists, totals, next_due, clock_wait, funds })
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
