//! Hands jobs to the threads of a store, which commit many together and answer none before its commit is durable.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::outbox_store::OutboxStore;
use super::store_error::StoreError;

/// How long a job is run again while the store cannot be reached.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same, for what came of an attempt.
const INSISTENCE: Duration = Duration::from_secs(15 * 60);

/// What is done between two transactions.
#[cfg(feature = "outbox-sqlite")]
pub(super) type Alone = Box<dyn FnOnce(&mut dyn OutboxStore) + Send>;

/// What a thread is told.
pub(super) enum Message {
    /// Do this, in a transaction with others.
    Do(Box<dyn Job>),
    /// Do this between two transactions.
    #[cfg(feature = "outbox-sqlite")]
    Alone(Alone),
    /// End, and say when the store is released.
    Close(oneshot::Sender<()>),
}

/// What came of running a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// What it wrote is to be kept.
    Well,
    /// It failed, and nothing of it is to be kept.
    Failed,
    /// The store failed in a way that may pass.
    Interrupted,
}

/// What is done within a transaction.
pub(super) trait Job: Send {
    /// Runs it, perhaps again after a transaction that was not kept.
    fn run(&mut self, store: &mut dyn OutboxStore) -> Ran;

    /// Tells the caller what came of it: its own result, or that the store failed after it had run well.
    fn answer(self: Box<Self>, failed: Option<StoreError>);

    /// Whether it may be run again after what it has written was taken back.
    fn is_repeatable(&self) -> bool;

    #[cfg_attr(not(feature = "outbox-postgres"), allow(dead_code, reason = "a file needs no second attempt"))]
    /// Whether it writes nothing.
    fn reads_only(&self) -> bool;

    #[cfg_attr(not(feature = "outbox-postgres"), allow(dead_code, reason = "a file needs no second attempt"))]
    /// Until when it is worth running again.
    fn deadline(&self) -> Instant;
}

/// Hands jobs to the threads of a store; they end, and the store is released, when all clones are gone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    sender: Sender<Message>,
    threads: usize,
}

impl Writer {
    /// Returns the writer of so many threads, and what they receive.
    pub(super) fn new(threads: usize) -> (Self, Receiver<Message>) {
        let (sender, messages) = channel();
        (Self { sender, threads }, messages)
    }

    /// Runs a job, and returns when what it wrote is durable.
    ///
    /// The job is run even if the future is dropped. Where the store fails and comes back, it is run again.
    pub(super) fn write<T, F>(&self, job: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(job, nothing_more, WRITES)
    }

    /// Runs a job that writes nothing.
    pub(super) fn read<T, F>(&self, job: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(job, nothing_more, Kind { reads_only: true, ..WRITES })
    }

    /// Runs a job that is to be written though the store is away for a while: what came of an attempt.
    pub(super) fn insist<T, F>(
        &self,
        job: F,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(job, nothing_more, Kind { insists: true, patience: INSISTENCE, ..WRITES })
    }

    /// Runs a job that cannot be run again.
    pub(super) fn write_once<T, F>(
        &self,
        job: F,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
    {
        let mut job = Some(job);
        let once = move |store: &mut dyn OutboxStore| match job.take() {
            // It runs code of the caller, which is not to stop the thread that others wait for.
            Some(job) => catch_unwind(AssertUnwindSafe(|| job(store))).unwrap_or(Err(StoreError::Panicked)),
            None => Err(StoreError::Broken),
        };
        self.run(once, nothing_more, Kind { is_repeatable: false, ..WRITES })
    }

    /// Runs a job, and something more once its commit is known to be made, also if the caller has gone.
    ///
    /// A job may be run again after a commit that was not made, or whose outcome is not known; what it returned then
    /// means nothing.
    pub(super) fn write_then<T, F, C>(
        &self,
        job: F,
        committed: C,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F, C>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
        C: FnOnce(&mut T) + Send + 'static,
    {
        self.run(job, committed, WRITES)
    }

    fn run<T, F, C>(
        &self,
        job: F,
        committed: C,
        kind: Kind,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F, C>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
        C: FnOnce(&mut T) + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let task = Task { job, committed, kind, asked_at: Instant::now(), result: None, sender };
        // A thread that has ended drops the sender of the answer, which is seen below.
        drop(self.sender.send(Message::Do(Box::new(task))));
        async move { receiver.await.unwrap_or(Err(StoreError::Broken)) }
    }

    /// Runs a job that writes nothing into the store, between two transactions.
    #[cfg(feature = "outbox-sqlite")]
    pub(super) fn alone<T, F>(&self, job: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn OutboxStore) -> T + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job = Box::new(move |store: &mut dyn OutboxStore| drop(sender.send(job(store))));
        drop(self.sender.send(Message::Alone(job)));
        async move { receiver.await.map_err(|_| StoreError::Broken) }
    }

    /// Does what waits, and releases the store.
    pub(super) async fn close(&self) {
        let closing: Vec<_> = (0..self.threads)
            .map(|_| {
                let (sender, receiver) = oneshot::channel();
                drop(self.sender.send(Message::Close(sender)));
                receiver
            })
            .collect();
        for closed in closing {
            // An error means that the thread has ended, and so released the store.
            let _ = closed.await;
        }
    }
}

#[cfg_attr(not(feature = "outbox-postgres"), allow(dead_code, reason = "a file needs no second attempt"))]
#[derive(Clone, Copy, Debug)]
struct Kind {
    is_repeatable: bool,
    reads_only: bool,
    /// Whether it is run again also where another transaction holds its row for long.
    insists: bool,
    patience: Duration,
}

const WRITES: Kind = Kind { is_repeatable: true, reads_only: false, insists: false, patience: PATIENCE };

/// What most jobs do when their commit is made.
fn nothing_more<T>(_: &mut T) {}

/// A job, and where its result goes.
#[cfg_attr(not(feature = "outbox-postgres"), allow(dead_code, reason = "a file needs no second attempt"))]
struct Task<T, F, C> {
    job: F,
    /// What is done with its result once that is committed.
    committed: C,
    kind: Kind,
    asked_at: Instant,
    /// Nothing if it did not run yet.
    result: Option<Result<T, StoreError>>,
    sender: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F, C> Job for Task<T, F, C>
where
    T: Send,
    C: FnOnce(&mut T) + Send,
    F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, store: &mut dyn OutboxStore) -> Ran {
        let result = (self.job)(store);
        let ran = match &result {
            Ok(_) => Ran::Well,
            Err(error) if error.may_pass() || (self.kind.insists && error.is_locked()) => Ran::Interrupted,
            Err(_) => Ran::Failed,
        };
        self.result = Some(result);
        ran
    }

    fn answer(self: Box<Self>, failed: Option<StoreError>) {
        let result = match (self.result, failed) {
            (Some(Err(own)), _) => Err(own),
            (Some(Ok(mut value)), None) => {
                (self.committed)(&mut value);
                Ok(value)
            }
            (_, failed) => Err(failed.unwrap_or(StoreError::Broken)),
        };
        // The caller may have gone.
        drop(self.sender.send(result));
    }

    fn is_repeatable(&self) -> bool {
        self.kind.is_repeatable
    }

    fn reads_only(&self) -> bool {
        self.kind.reads_only
    }

    fn deadline(&self) -> Instant {
        self.asked_at.checked_add(self.kind.patience).unwrap_or(self.asked_at)
    }
}

impl fmt::Debug for dyn Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("is_repeatable", &self.is_repeatable()).finish_non_exhaustive()
    }
}
