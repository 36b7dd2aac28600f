//! An async event: wakes everything that waits for it.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Happens again and again, and wakes all that wait. It needs no runtime.
#[derive(Debug, Default)]
pub(crate) struct Event(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How often it has happened.
    count: u64,
    waiting: Vec<Waker>,
}

/// Waits until an event has happened more often than so.
#[derive(Debug)]
pub(crate) struct Happened<'a> {
    event: &'a Event,
    count: u64,
    /// What is woken already.
    waker: Option<Waker>,
}

impl Event {
    /// Wakes all that wait.
    pub(crate) fn happen(&self) {
        let mut state = self.state();
        state.count = state.count.wrapping_add(1);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits for the next time; what happens between this call and the first poll counts.
    pub(crate) fn next(&self) -> Happened<'_> {
        self.after(self.count())
    }

    /// Waits until it has happened more often than so.
    pub(crate) fn after(&self, count: u64) -> Happened<'_> {
        Happened { event: self, count, waker: None }
    }

    /// Returns how often it has happened.
    pub(crate) fn count(&self) -> u64 {
        self.state().count
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // It is whole after every step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for Happened<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.event.state();
        if state.count != self.count {
            return Poll::Ready(());
        }
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            if !state.waiting.last().is_some_and(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            drop(state);
            self.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests;
