//! Runs on a thread of its own what blocks.

use std::thread;

use tokio::sync::oneshot;

use crate::outbox::database_problem::DatabaseProblem;

/// Runs something that blocks on a thread of its own.
pub(super) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, DatabaseProblem> {
    let (sender, receiver) = oneshot::channel();
    let started = thread::Builder::new().name("dots-outbox".to_owned());
    started.spawn(move || drop(sender.send(work()))).map_err(DatabaseProblem::Threads)?;
    receiver.await.map_err(|error| DatabaseProblem::Threads(std::io::Error::other(error)))
}
