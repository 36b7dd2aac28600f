//! The thread that writes: it takes all jobs that wait, commits them together, and only then answers any of them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio::sync::oneshot;

use super::StoreError;
use super::file::SqliteFile;
use super::numbers::sql_time;
use super::rows::SqliteStore;

/// The most jobs of one commit.
const TOGETHER: usize = 128;

/// Returns whether the job is to be kept, and what to do when the commit is over.
type Job = Box<dyn FnOnce(&mut SqliteStore<'_>) -> (bool, Answer) + Send>;
/// Gets whether the commit succeeded.
type Answer = Box<dyn FnOnce(bool) + Send>;

/// What the thread is told.
enum Message {
    /// Do this.
    Do(Job),
    /// Do this between two commits.
    Alone(Box<dyn FnOnce(&mut SqliteStore<'_>) + Send>),
    /// Release the file, and say when it is.
    Close(oneshot::Sender<()>),
}

/// Hands jobs to the thread; the thread ends, and the file is released, when all clones are gone.
#[derive(Clone, Debug)]
pub(in crate::outbox) struct Writer(Sender<Message>);

impl Writer {
    /// Starts the thread.
    pub(in crate::outbox) fn start(file: SqliteFile) -> std::io::Result<Self> {
        let (sender, jobs) = channel();
        thread::Builder::new().name("dots-outbox".to_owned()).spawn(move || run(file, &jobs))?;
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
        F: FnOnce(&mut SqliteStore<'_>) -> Result<T, StoreError> + Send + 'static,
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
        F: FnOnce(&mut SqliteStore<'_>) -> Result<T, StoreError> + Send + 'static,
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

fn run(file: SqliteFile, messages: &Receiver<Message>) {
    let closing = serve(&mut file.store(), messages);
    drop(file);
    if let Some(closed) = closing {
        // The one that asked may have gone.
        let _ = closed.send(());
    }
}

/// Does what it is told, until all that can tell it have gone, or until it is to close.
fn serve(store: &mut SqliteStore<'_>, messages: &Receiver<Message>) -> Option<oneshot::Sender<()>> {
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
        let (answers, is_committed) = commit(store, batch);
        answers.into_iter().for_each(|answer| answer(is_committed));
        if let Some(job) = alone.filter(|_| is_committed) {
            job(store);
        }
        // After a commit that failed, what is on the disk is not known: nothing more is written, and every later job
        // learns so.
        if closing.is_some() || !is_committed {
            return closing;
        }
    }
    None
}

fn commit(store: &mut SqliteStore<'_>, batch: Vec<Job>) -> (Vec<Answer>, bool) {
    let mut answers = Vec::with_capacity(batch.len());
    let before = store.latest;
    let mut is_whole = store.statements.run("BEGIN IMMEDIATE", []).is_ok();
    for job in batch {
        is_whole &= store.statements.run("SAVEPOINT job", []).is_ok();
        let (is_kept, answer) = job(store);
        if !is_kept {
            is_whole &= store.statements.run("ROLLBACK TO job", []).is_ok();
        }
        is_whole &= store.statements.run("RELEASE job", []).is_ok();
        answers.push(answer);
    }
    if store.latest > before {
        let sql = "UPDATE store SET latest = ?1 WHERE latest < ?1";
        is_whole &= store.statements.run(sql, [sql_time(store.latest)]).is_ok();
    }
    let is_committed = is_whole && store.statements.run("COMMIT", []).is_ok();
    (answers, is_committed)
}
