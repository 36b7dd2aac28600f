//! The threads that write: each has a connection, takes jobs from one queue, commits several together, and only then
//! answers any of them. Where the database was away, or other transactions were in the way, jobs are run again.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::beside::beside;
use super::config::PostgresConfig;
use super::place::{Expected, open};
use super::rows::PostgresStore;
use crate::outbox::database_problem::{DatabaseProblem, Kind, PostgresError};
use crate::outbox::store_error::StoreError;
use crate::outbox::writer::{Job, Message, Ran, Writer};

/// The most jobs of one commit. The rest is left to the other connections.
const TOGETHER: usize = 16;

/// The pauses before jobs are run again.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

type Batch = Vec<Box<dyn Job>>;
type Queue = Arc<Mutex<Receiver<Message>>>;

/// Checks the database, and starts the threads; returns the id of the store as well.
pub(super) async fn start(
    config: &PostgresConfig,
    expected: Expected,
) -> Result<(Writer, Uuid), DatabaseProblem> {
    let (settings, wanted) = (config.clone(), expected.clone());
    let (store, store_id) = beside(move || open(&settings, &wanted)).await??;
    let (writer, messages) = Writer::new(config.connections);
    let (queue, mut store): (Queue, _) = (Arc::new(Mutex::new(messages)), Some(store));
    for _ in 0..config.connections {
        // The others connect when they have something to do.
        let line = Line { config: config.clone(), expected: expected.later(), store: store.take() };
        let queue = Arc::clone(&queue);
        let thread = thread::Builder::new().name("dots-outbox".to_owned());
        thread.spawn(move || line.serve(&queue)).map_err(DatabaseProblem::Threads)?;
    }
    Ok((writer, store_id))
}

/// What a thread takes from the queue at once.
struct Turn {
    batch: Batch,
    closed: Option<oneshot::Sender<()>>,
}

fn take(queue: &Queue) -> Option<Turn> {
    // While this thread waits for the first job, the others wait for their turn.
    let messages = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let mut next = Some(messages.recv().ok()?);
    let mut turn = Turn { batch: Vec::new(), closed: None };
    while let Some(message) = next {
        match message {
            Message::Do(job) => turn.batch.push(job),
            // A caller whose job is dropped hears that it cannot be done.
            #[cfg(feature = "outbox-sqlite")]
            Message::Alone(job) => drop(job),
            Message::Close(closed) => turn.closed = Some(closed),
        }
        let is_full = turn.batch.len() >= TOGETHER || turn.closed.is_some();
        next = if is_full { None } else { messages.try_recv().ok() };
    }
    Some(turn)
}

/// One thread: its connection, and how it makes it again.
struct Line {
    config: PostgresConfig,
    expected: Expected,
    store: Option<PostgresStore>,
}

impl Line {
    fn serve(mut self, queue: &Queue) {
        while let Some(Turn { batch, closed }) = take(queue) {
            self.finish(batch);
            if let Some(closed) = closed {
                drop(self);
                // The one that asked may have gone.
                let _ = closed.send(());
                return;
            }
        }
    }

    /// Runs jobs until each is answered.
    fn finish(&mut self, batch: Batch) {
        let mut again = self.attempt(batch);
        let mut pause = FIRST_PAUSE;
        while !again.is_empty() {
            let now = Instant::now();
            let (late, left): (Vec<Again>, Vec<Again>) = again.into_iter().partition(|one| one.is_late(now));
            late.into_iter().for_each(Again::give_up);
            let Some(deadline) = left.iter().map(|one| one.job.deadline()).max() else { return };
            // At random, so that those that were in each other's way do not meet again.
            let random = Duration::from_millis(fastrand::u64(0..=millis(pause)));
            thread::sleep(random.min(deadline.saturating_duration_since(now)));
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            let jobs = left.into_iter().map(|one| one.job);
            again = match self.connected() {
                Ok(store) => {
                    self.store = Some(store);
                    // One by one: what undid one of them undoes no other.
                    jobs.flat_map(|job| self.attempt(vec![job])).collect()
                }
                Err(problem) => refused(jobs.collect(), &problem),
            };
        }
    }

    /// Runs jobs in one transaction, and answers them; returns those that are to be run again.
    fn attempt(&mut self, batch: Batch) -> Vec<Again> {
        if batch.is_empty() {
            return Vec::new();
        }
        let mut store = match self.connected() {
            Ok(store) => store,
            Err(problem) => return refused(batch, &problem),
        };
        let Done { ended, again, is_usable } = run(&mut store, batch);
        ended.into_iter().for_each(|job| job.answer(None));
        if is_usable {
            self.store = Some(store);
        }
        again
    }

    fn connected(&mut self) -> Result<PostgresStore, DatabaseProblem> {
        match self.store.take().filter(|store| !store.connection.is_closed()) {
            Some(store) => Ok(store),
            None => open(&self.config, &self.expected).map(|(store, _)| store),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A job that is to be run again, and why.
struct Again {
    job: Box<dyn Job>,
    why: StoreError,
    has_run: bool,
}

impl Again {
    fn is_late(&self, now: Instant) -> bool {
        (self.has_run && !self.job.is_repeatable()) || now >= self.job.deadline()
    }

    fn give_up(self) {
        self.job.answer(Some(self.why));
    }
}

/// What is done with jobs when no connection can be made.
fn refused(batch: Batch, problem: &DatabaseProblem) -> Vec<Again> {
    let why = problem.to_string();
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "dots_api_ext", %why, jobs = batch.len(), "the outbox waits for its database");
    let why = || PostgresError::new(Kind::Lost, why.clone()).into();
    batch.into_iter().map(|job| Again { job, why: why(), has_run: false }).collect()
}

/// What came of a transaction.
struct Done {
    ended: Batch,
    again: Vec<Again>,
    is_usable: bool,
}

fn run(store: &mut PostgresStore, batch: Batch) -> Done {
    let is_alone = batch.len() == 1;
    let mut waiting = batch.into_iter();
    let mut ran: Batch = Vec::new();
    let mut interrupted = store.begin().err();
    while interrupted.is_none()
        && let Some(mut job) = waiting.next()
    {
        interrupted = run_job(store, job.as_mut(), is_alone).err();
        ran.push(job);
    }
    let committed = match interrupted {
        None => store.connection.commit(),
        Some(error) => Err(error),
    };
    let Err(error) = committed else { return Done { ended: ran, again: Vec::new(), is_usable: true } };
    let is_usable = error.kind() != Kind::UnknownCommit && store.connection.rollback().is_ok();
    let why = || PostgresError::new(error.kind(), error.to_string()).into();
    let ran = ran.into_iter().map(|job| (job, true));
    let again = ran.chain(waiting.map(|job| (job, false)));
    let again = again.map(|(job, has_run)| Again { job, why: why(), has_run }).collect();
    Done { ended: Vec::new(), again, is_usable }
}

/// Runs one job; an error undoes the whole transaction.
fn run_job(store: &mut PostgresStore, job: &mut dyn Job, is_alone: bool) -> Result<(), PostgresError> {
    if !is_alone {
        store.connection.save_point()?;
    }
    store.locks = !job.reads_only();
    match job.run(store) {
        Ran::Interrupted => Err(PostgresError::new(Kind::Undone, "the transaction was interrupted")),
        Ran::Well if is_alone => Ok(()),
        Ran::Failed if is_alone => store.connection.rollback_and_begin(),
        ran => store.connection.end_point(ran == Ran::Well),
    }
}
