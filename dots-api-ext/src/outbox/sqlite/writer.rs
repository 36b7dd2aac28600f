//! The thread that writes: it takes all jobs that wait, commits them together, and only then answers any of them.

use std::sync::mpsc::Receiver;
use std::thread;

use super::rows::SqliteStore;
use crate::outbox::store_error::StoreError;
use crate::outbox::writer::{Job, Message, Ran, Writer};

/// The most jobs of one commit.
const TOGETHER: usize = 128;

/// Starts the thread.
pub(in crate::outbox) fn start(store: SqliteStore) -> std::io::Result<Writer> {
    let (writer, messages) = Writer::new(1);
    thread::Builder::new().name("dots-outbox".to_owned()).spawn(move || run(store, &messages))?;
    Ok(writer)
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
        let (batch, is_committed) = commit(&mut store, batch);
        for job in batch {
            job.answer((!is_committed).then_some(StoreError::Broken));
        }
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

fn commit(store: &mut SqliteStore, mut batch: Vec<Box<dyn Job>>) -> (Vec<Box<dyn Job>>, bool) {
    let mut is_whole = store.connection.execute_batch("BEGIN IMMEDIATE").is_ok();
    for job in &mut batch {
        is_whole &= store.connection.execute_batch("SAVEPOINT job").is_ok();
        if job.run(store) != Ran::Well {
            is_whole &= store.connection.execute_batch("ROLLBACK TO job").is_ok();
        }
        is_whole &= store.connection.execute_batch("RELEASE job").is_ok();
    }
    let latest = i64::try_from(store.latest.0).unwrap_or(i64::MAX);
    let sql = "UPDATE store SET latest = ?1 WHERE latest < ?1";
    is_whole &= store.connection.execute(sql, [latest]).is_ok();
    let is_committed = is_whole && store.connection.execute_batch("COMMIT").is_ok();
    (batch, is_committed)
}
