//! Hands jobs to the threads of a store, which commit many together and answer none before its commit is durable.

use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;

use super::outbox_store::OutboxStore;
use super::store_error::StoreError;

/// What is done between two transactions.
type Alone = Box<dyn FnOnce(&mut dyn OutboxStore) + Send>;

/// What a thread is told.
pub(super) enum Message {
    /// Do this, in a transaction with others.
    Do(Box<dyn Job>),
    /// Do this between two transactions.
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
}

/// What is done within a transaction.
pub(super) trait Job: Send {
    /// Runs it.
    fn run(&mut self, store: &mut dyn OutboxStore) -> Ran;

    /// Tells the caller what came of it: its own result, or that the store failed after it had run well.
    fn answer(self: Box<Self>, failed: Option<StoreError>);
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
    /// The job is run even if the future is dropped.
    pub(super) fn write<T, F>(&self, job: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(job)
    }

    /// Runs a job that writes nothing.
    pub(super) fn read<T, F>(&self, job: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(job)
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
            Some(job) => job(store),
            None => Err(StoreError::Broken),
        };
        self.run(once)
    }

    fn run<T, F>(&self, job: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let task = Task { job, result: Err(StoreError::Broken), sender };
        // A thread that has ended drops the sender of the answer, which is seen below.
        drop(self.sender.send(Message::Do(Box::new(task))));
        async move { receiver.await.unwrap_or(Err(StoreError::Broken)) }
    }

    /// Runs a job that writes nothing into the store, between two transactions.
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

/// A job, and where its result goes.
struct Task<T, F> {
    job: F,
    result: Result<T, StoreError>,
    sender: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnMut(&mut dyn OutboxStore) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, store: &mut dyn OutboxStore) -> Ran {
        self.result = (self.job)(store);
        match &self.result {
            Ok(_) => Ran::Well,
            Err(_) => Ran::Failed,
        }
    }

    fn answer(self: Box<Self>, failed: Option<StoreError>) {
        let result = match failed {
            Some(error) if self.result.is_ok() => Err(error),
            _ => self.result,
        };
        // The caller may have gone.
        drop(self.sender.send(result));
    }
}
