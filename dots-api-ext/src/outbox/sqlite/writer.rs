//! The thread that writes: it takes all jobs that wait, commits them together, and only then answers any of them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio::sync::oneshot;

use super::StoreError;
use super::rows::SqliteStore;

/// The most jobs of one commit.
const TOGETHER: usize = 128;

/// Returns whether the job is to be kept, and what to do when the commit is over.
type Job = Box<dyn FnOnce(&mut SqliteStore) -> (bool, Answer) + Send>;
/// Gets whether the commit succeeded.
type Answer = Box<dyn FnOnce(bool) + Send>;

/// What the thread is told.
enum Message {
    /// Do this.
    Do(Job),
    /// Do this between two commits.
    Alone(Box<dyn FnOnce(&mut SqliteStore) + Send>),
    /// Release the file, and say when it is.
    Close(oneshot::Sender<()>),
}

/// Hands jobs to the thread; the thread ends, and the file is released, when all clones are gone.
#[derive(Clone, Debug)]
pub(in crate::outbox) struct Writer(Sender<Message>);

impl Writer {
    /// Starts the thread.
    pub(in crate::outbox) fn start(store: SqliteStore) -> std::io::Result<Self> {
        let (sender, jobs) = channel();
        thread::Builder::new().name("dots-outbox".to_owned()).spawn(move || run(store, &jobs))?;
        Ok(Self(sender))
    }

    /// Runs a job, and returns when what it wrote is on the disk.
    ///
    /// The job is run even if the future is dropped.
    pub(in crate::outbox) fn write<T, F>(
        &self,
        job: F,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteStore) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            let result = job(store);
            let is_kept = result.is_ok();
            let answer: Answer = Box::new(move |is_committed| {
                let result = if is_committed || !is_kept { result } else { Err(StoreError::Broken) };
                // The caller may have gone.
                drop(sender.send(result));
            });
            (is_kept, answer)
        });
        // A thread that has ended drops the sender of the answer, which is seen below.
        drop(self.0.send(Message::Do(job)));
        async move { receiver.await.unwrap_or(Err(StoreError::Broken)) }
    }

    /// Runs a job that writes nothing into the file, between two commits.
    pub(in crate::outbox) fn alone<T, F>(
        &self,
        job: F,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteStore) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        drop(self.0.send(Message::Alone(Box::new(move |store| drop(sender.send(job(store)))))));
        async move { receiver.await.unwrap_or(Err(StoreError::Broken)) }
    }

    /// Does what waits, and releases the file.
    pub(in crate::outbox) async fn close(&self) {
        let (sender, receiver) = oneshot::channel();
        drop(self.0.send(Message::Close(sender)));
        // An error means that the thread has ended, and so released the file.
        let _ = receiver.await;
    }
}

fn run(mut store: SqliteStore, messages: &Receiver<Message>) {
    while let Ok(first) = messages.recv() {
        let mut batch = Vec::new();
        let mut next = Some(first);
        let (mut closing, mut alone) = (None, None);
        while let Some(message) = next {
            match message {
                Message::Do(job) => batch.push(job),
                Message::Alone(job) => alone = Some(job),
                Message::Close(closed) => closing = Some(closed),
            }
            let is_full = batch.len() >= TOGETHER || closing.is_some() || alone.is_some();
            next = if is_full { None } else { messages.try_recv().ok() };
        }
        let (answers, is_committed) = commit(&mut store, batch);
        answers.into_iter().for_each(|answer| answer(is_committed));
        if let Some(closed) = closing {
            drop(store);
            // The one that asked may have gone.
            let _ = closed.send(());
            return;
        }
        if let Some(job) = alone.filter(|_| is_committed) {
            job(&mut store);
        }
        if !is_committed {
            // What is on the disk is not known: nothing more is written, and every later job learns so.
            return;
        }
    }
}

fn commit(store: &mut SqliteStore, batch: Vec<Job>) -> (Vec<Answer>, bool) {
    let mut answers = Vec::with_capacity(batch.len());
    let mut is_whole = store.connection.execute_batch("BEGIN IMMEDIATE").is_ok();
    for job in batch {
        is_whole &= store.connection.execute_batch("SAVEPOINT job").is_ok();
        let (is_kept, answer) = job(store);
        if !is_kept {
            is_whole &= store.connection.execute_batch("ROLLBACK TO job").is_ok();
        }
        is_whole &= store.connection.execute_batch("RELEASE job").is_ok();
        answers.push(answer);
    }
    let latest = i64::try_from(store.latest.0).unwrap_or(i64::MAX);
    let sql = "UPDATE store SET latest = ?1 WHERE latest < ?1";
    is_whole &= store.connection.execute(sql, [latest]).is_ok();
    let is_committed = is_whole && store.connection.execute_batch("COMMIT").is_ok();
    (answers, is_committed)
}
