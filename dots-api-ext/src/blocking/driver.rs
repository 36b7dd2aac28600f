//! The driver: one thread with an async runtime, which drives the connections of a blocking client.
//!
//! The threads that call poll their own futures, so none of them waits for another, whatever it does in between.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::runtime::{Builder, Handle};

use crate::Error;
use crate::policy::event::Event;

/// Starts the thread with the first call, and ends it when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Driver(Mutex<Option<Running>>);

/// Tells the thread to end.
#[derive(Debug, Default)]
struct Stop {
    is_told: AtomicBool,
    event: Event,
}

/// The thread that runs.
#[derive(Debug)]
struct Running {
    handle: Handle,
    stop: Arc<Stop>,
    /// The process that has it: a fork has everything but the thread.
    process: u32,
}

impl Driver {
    /// Waits for the future that `make` makes, on this thread.
    ///
    /// # Errors
    /// Returns an error on a thread of an async runtime, in a forked process, and when no thread can be started.
    pub(super) fn drive<F: Future>(&self, make: impl FnOnce() -> F) -> Result<F::Output, Error> {
        if Handle::try_current().is_ok() {
            return Err(Error::settings(
                "the blocking client was called on a thread of an async runtime; await the async client there",
            ));
        }
        let handle = self.handle()?;
        // The future is made in the runtime, whose timers it may need at once.
        Ok(handle.block_on(async { make().await }))
    }

    fn handle(&self) -> Result<Handle, Error> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process::id();
        if let Some(running) = &*running {
            if running.process != process {
                return Err(Error::settings(
                    "the process was forked after the blocking client's first call; create a client after the fork",
                ));
            }
            return Ok(running.handle.clone());
        }
        let started = start(process).map_err(|error| {
            Error::settings("could not start the thread of the blocking client").because(error)
        })?;
        Ok(running.insert(started).handle.clone())
    }
}

impl Stop {
    fn tell(&self) {
        self.is_told.store(true, Ordering::Release);
        self.event.happen();
    }

    async fn told(&self) {
        let told = self.event.next();
        if !self.is_told.load(Ordering::Acquire) {
            told.await;
        }
    }
}

/// Starts a thread that drives a runtime until it is told to end.
fn start(process: u32) -> std::io::Result<Running> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (handle, stop) = (runtime.handle().clone(), Arc::<Stop>::default());
    let until = Arc::clone(&stop);
    thread::Builder::new().name("dots-api-ext".to_owned()).spawn(move || {
        runtime.block_on(until.told());
        runtime.shutdown_background();
    })?;
    Ok(Running { handle, stop, process })
}

impl Drop for Driver {
    /// Ends the thread without waiting for it.
    fn drop(&mut self) {
        let running = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.take() {
            running.stop.tell();
        }
    }
}
