//! Admission: when a request of a client may leave. It joins the circuit breakers and the pacer behind one lock.
//!
//! Each wait ends at a time that the clock alone decides, and news may only shorten it. So no request waits for what
//! only the task that waits can move, such as the other futures of a buffered stream.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::policy::circuit_breaker::{Admission, CircuitBreaker};
use crate::policy::clock::Moment;
use crate::policy::event::{Event, Happened};
use crate::policy::pacer::Pacer;
use crate::policy::retry::Signal;

/// A request that its caller drops after this long counts as unanswered: it is how callers with limits of their own
/// meet a Dots that hangs.
#[cfg(not(target_arch = "wasm32"))]
const GIVEN_UP: Duration = Duration::from_secs(1);

/// Admits the requests of all clones of a client.
#[derive(Debug)]
pub(crate) struct Admissions {
    state: Mutex<State>,
    /// Happens when a request comes back, or will not.
    news: Event,
}

#[derive(Debug)]
struct State {
    host: CircuitBreaker,
    /// The operations that have failed.
    operations: Vec<(&'static str, CircuitBreaker)>,
    pacer: Pacer,
    /// Requests that were dropped after long. They are judged at the next admission: a destructor asks no clock.
    given_up: u32,
}

/// Says when a request may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// At once.
    Now,
    /// Not before this time: Dots is busy.
    Paced(Duration),
    /// Not before this time: it is unsure whether Dots answers.
    Unsure(Duration),
    /// Not at all: so many requests in a row were not answered. The next may leave at this time.
    HostDown(u32, Duration),
    /// Not at all: this operation failed so often in a row. The next may leave at this time.
    OperationDown(u32, Duration),
}

/// A place in the pacer's queue.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    admissions: &'a Admissions,
    until: Duration,
}

/// A request that is in flight.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    admissions: &'a Admissions,
    operation: &'static str,
    left: Duration,
    /// When it left, by the machine's time.
    #[cfg(not(target_arch = "wasm32"))]
    began: Duration,
    is_back: bool,
}

impl Admissions {
    /// Creates the admissions of a client that has sent nothing yet.
    pub(crate) fn new() -> Self {
        let (host, operations, pacer, given_up) =
            (CircuitBreaker::unproven(), Vec::new(), Pacer::default(), 0);
        Self { state: Mutex::new(State { host, operations, pacer, given_up }), news: Event::default() }
    }

    /// Asks for a turn now; when it has come, the request counts as in flight.
    pub(crate) fn turn(&self, now: Duration, operation: &'static str, waits: bool) -> Turn {
        let mut state = self.state();
        for _ in 0..std::mem::take(&mut state.given_up) {
            state.host.fails(now);
        }
        let turn = state.turn(now, operation, waits);
        if turn == Turn::Now {
            state.host.leaves(now);
            state.breaker_of(operation).into_iter().for_each(|breaker| breaker.leaves(now));
            state.pacer.leaves(now);
        }
        turn
    }

    /// Follows a request that was admitted now.
    pub(crate) fn permit(&self, now: Moment, operation: &'static str) -> Permit<'_> {
        Permit {
            admissions: self,
            operation,
            left: now.elapsed,
            #[cfg(not(target_arch = "wasm32"))]
            began: now.steady,
            is_back: false,
        }
    }

    /// Takes a place in the queue for a request that is due then.
    pub(crate) fn enter(&self, now: Duration, due: Duration) -> Place<'_> {
        Place { admissions: self, until: self.state().pacer.enter(now, due) }
    }

    /// Waits for news; to be called before [`turn`](Self::turn), so that none is missed.
    pub(crate) fn news(&self) -> Happened<'_> {
        self.news.next()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // It is whole after every step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn turn(&mut self, now: Duration, operation: &'static str, waits: bool) -> Turn {
        match self.host.admission(now) {
            Admission::Open(until) => return Turn::HostDown(self.host.failures(), until),
            Admission::At(until) => return Turn::Unsure(until),
            Admission::Now => {}
        }
        if let Some(breaker) = self.breaker_of(operation) {
            match breaker.admission(now) {
                Admission::Open(until) => return Turn::OperationDown(breaker.failures(), until),
                Admission::At(until) => return Turn::Unsure(until),
                Admission::Now => {}
            }
        }
        let due = self.pacer.due(now, waits);
        if due > now { Turn::Paced(due) } else { Turn::Now }
    }

    fn breaker_of(&mut self, operation: &'static str) -> Option<&mut CircuitBreaker> {
        self.operations.iter_mut().find(|(name, _)| *name == operation).map(|(_, breaker)| breaker)
    }

    fn hear(
        &mut self,
        signal: Signal,
        operation: &'static str,
        pause: Option<Duration>,
        times: (Duration, Duration),
    ) {
        let (left, now) = times;
        match signal {
            Signal::Nothing => {}
            Signal::HostFails => self.host.fails(now),
            Signal::Answered => self.host.succeeds(),
            Signal::Busy => {
                self.host.succeeds();
                self.pacer.slows_down(pause, left, now);
            }
            Signal::OperationFails => {
                self.host.succeeds();
                if self.breaker_of(operation).is_none() {
                    self.operations.push((operation, CircuitBreaker::closed()));
                }
                self.breaker_of(operation).into_iter().for_each(|breaker| breaker.fails(now));
            }
            Signal::Works => {
                self.host.succeeds();
                self.operations.retain(|(name, _)| *name != operation);
                self.pacer.speeds_up();
            }
        }
    }
}

impl Permit<'_> {
    /// Notes what came back now.
    pub(crate) fn returns(mut self, signal: Signal, pause: Option<Duration>, now: Duration) {
        self.is_back = true;
        self.admissions.state().hear(signal, self.operation, pause, (self.left, now));
        self.admissions.news.happen();
    }
}

impl Drop for Permit<'_> {
    /// Notes a request of a call that was dropped on its way.
    fn drop(&mut self) {
        if self.is_back {
            return;
        }
        #[cfg(not(target_arch = "wasm32"))]
        if dots_api::key_record::steady().saturating_sub(self.began) >= GIVEN_UP {
            let mut state = self.admissions.state();
            state.given_up = state.given_up.saturating_add(1);
        }
        self.admissions.news.happen();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.admissions.state().pacer.quit(self.until);
    }
}

#[cfg(test)]
mod tests;
