//! The thread that writes: it takes all jobs that wait, commits them together, and only then answers any of them.

use std::sync::mpsc::Receiver;
use std::thread;

use tokio::sync::oneshot;

use super::file::SqliteFile;
use super::numbers::sql_time;
use super::rows::SqliteStore;
use crate::outbox::store_error::StoreError;
use crate::outbox::writer::{Job, Message, Ran, Writer};

/// The most jobs of one commit.
const TOGETHER: usize = 128;

/// Starts the thread.
pub(in crate::outbox) fn start(file: SqliteFile) -> std::io::Result<Writer> {
    let (writer, messages) = Writer::new(1);
    thread::Builder::new().name("dots-outbox".to_owned()).spawn(move || run(file, &messages))?;
    Ok(writer)
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
        let (batch, is_committed) = commit(store, batch);
        batch.into_iter().for_each(|job| job.answer((!is_committed).then_some(StoreError::Broken)));
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

/// Runs the jobs in one transaction; returns them, and whether it is committed.
fn commit(store: &mut SqliteStore<'_>, mut batch: Vec<Box<dyn Job>>) -> (Vec<Box<dyn Job>>, bool) {
    let changes_before = changes(store);
    let can_repeat = batch.iter().all(|job| job.is_repeatable());
    let mut is_whole = store.statements.run("BEGIN IMMEDIATE", []).is_ok();
    // A savepoint for each job costs much, and hardly any job fails.
    let mut ran_well = can_repeat;
    if can_repeat {
        ran_well = batch.iter_mut().fold(true, |well, job| well & (job.run(store) == Ran::Well));
        if !ran_well {
            is_whole &= store.statements.run("ROLLBACK", []).is_ok();
            is_whole &= store.statements.run("BEGIN IMMEDIATE", []).is_ok();
        }
    }
    if !ran_well {
        is_whole &= batch.iter_mut().fold(true, |whole, job| whole & run_alone(store, &mut **job));
    }
    // What nothing was written at has not to be remembered, and costs no wait for the disk.
    if changes(store) != changes_before {
        let sql = "UPDATE store SET latest = ?1 WHERE latest < ?1";
        is_whole &= store.statements.run(sql, [sql_time(store.latest)]).is_ok();
    }
    let is_committed = is_whole && store.statements.run("COMMIT", []).is_ok();
    (batch, is_committed)
}

/// Runs a job so that nothing of it is kept if it fails; whether SQLite did what it was told.
fn run_alone(store: &mut SqliteStore<'_>, job: &mut dyn Job) -> bool {
    let mut is_done = store.statements.run("SAVEPOINT job", []).is_ok();
    if job.run(store) != Ran::Well {
        is_done &= store.statements.run("ROLLBACK TO job", []).is_ok();
    }
    is_done & store.statements.run("RELEASE job", []).is_ok()
}

/// How many rows were changed since the file was opened; nothing if SQLite does not tell.
fn changes(store: &mut SqliteStore<'_>) -> Option<i64> {
    store
        .statements
        .get("SELECT total_changes()")
        .and_then(|found| found.query_row([], |row| row.get(0)))
        .ok()
}
