//! Admission: when a request of a client may leave. It joins the circuit breakers and the pacers behind one lock.
//!
//! Each wait ends at a time that the clock alone decides, and news may only shorten it. So no request waits for what
//! only the task that waits can move, such as the other futures of a buffered stream.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dots_api::key_record;
use foldhash::quality::RandomState;

use crate::policy::circuit_breaker::{Admission, CircuitBreaker};
use crate::policy::clock::Moment;
use crate::policy::event::{Event, Happened};
use crate::policy::pacer::Pacer;
use crate::policy::retry::Signal;

/// A request that its caller drops after this long counts as unanswered: it is how callers with limits of their own
/// meet a Dots that hangs.
const GIVEN_UP: Duration = Duration::from_secs(1);

/// How long an operation leaves the probes of a host that is down to another one that has asked.
const YIELDS_FOR: Duration = Duration::from_secs(60);

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
    /// The operation that was last sent to see whether the host answers again, and when another one last asked.
    probe: Option<(&'static str, Option<Duration>)>,
    operations: HashMap<&'static str, Standing, RandomState>,
    /// The operations of requests that were dropped after long. They are judged at the next admission: a destructor asks
    /// no clock.
    given_up: Vec<&'static str>,
}

/// How one operation fares. Dots may answer one and not another, and ask for patience with one alone.
#[derive(Debug)]
struct Standing {
    breaker: CircuitBreaker,
    pacer: Pacer,
    /// It was sent once while the host was not sure, though it has not failed.
    is_tried: bool,
}

/// A request may not leave before this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub by: HeldBy,
    pub until: Duration,
}

/// Why a request may not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeldBy {
    /// Dots is busy.
    Pacer,
    /// It is unsure whether Dots answers.
    Doubt,
    /// So many requests in a row got no answer.
    Host(u32),
    /// The operation failed so often in a row.
    Operation(u32),
}

/// A place in the queue of an operation's pacer.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    admissions: &'a Admissions,
    operation: &'static str,
    until: Duration,
}

/// A request that is in flight.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    admissions: &'a Admissions,
    operation: &'static str,
    left: Duration,
    /// When it left, by the machine's time.
    began: Duration,
    is_back: bool,
}

impl Admissions {
    /// Creates the admissions of a client that has sent nothing yet.
    pub(crate) fn new() -> Self {
        let (host, probe) = (CircuitBreaker::unproven(), None);
        let state = State { host, probe, operations: HashMap::default(), given_up: Vec::new() };
        Self { state: Mutex::new(state), news: Event::default() }
    }

    /// Asks for a turn now; when it has come, the request counts as in flight.
    pub(crate) fn turn(&self, now: Duration, operation: &'static str, waits: bool) -> Result<(), Hold> {
        let mut state = self.state();
        for operation in std::mem::take(&mut state.given_up) {
            state.hear(Signal::HostFails, operation, None, (now, now));
        }
        state.turn(now, operation, waits)
    }

    /// Follows a request that was admitted now.
    pub(crate) fn permit(&self, now: Moment, operation: &'static str) -> Permit<'_> {
        Permit { admissions: self, operation, left: now.elapsed, began: now.steady, is_back: false }
    }

    /// Takes a place in the queue for a request that is due then.
    pub(crate) fn enter(&self, now: Duration, operation: &'static str, due: Duration) -> Place<'_> {
        let until = self.state().standing(operation).pacer.enter(now, due);
        Place { admissions: self, operation, until }
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
    fn turn(&mut self, now: Duration, operation: &'static str, waits: bool) -> Result<(), Hold> {
        let host = self.host_admission(now, operation);
        let host_failures = self.host.failures();
        let standing = self.standing(operation);
        let due = standing.pacer.due(now, waits);
        let held = match (host, standing.breaker.admission(now)) {
            (Admission::Open(until), _) => Some((HeldBy::Host(host_failures), until)),
            (_, Admission::Open(until)) => Some((HeldBy::Operation(standing.breaker.failures()), until)),
            (Admission::At(until), _) | (_, Admission::At(until)) => Some((HeldBy::Doubt, until)),
            (Admission::Now, Admission::Now) => (due > now).then_some((HeldBy::Pacer, due)),
        };
        if let Some((by, until)) = held {
            return Err(Hold { by, until });
        }
        standing.breaker.leaves(now);
        standing.pacer.leaves(now);
        standing.is_tried |= host_failures > 0;
        if self.host.is_open() {
            self.probe = Some((operation, None));
        }
        self.host.leaves(now);
        Ok(())
    }

    /// Says when the host's state admits a request. What other operations met says little of one that works, and
    /// nothing of one that was not tried yet.
    fn host_admission(&mut self, now: Duration, operation: &'static str) -> Admission {
        let standing = self.standing(operation);
        let is_trusted =
            standing.breaker.failures() == 0 && (standing.breaker.has_worked() || !standing.is_tried);
        let admission = self.host.admission(now);
        if self.host.failures() > 0 && is_trusted {
            return Admission::Now;
        }
        // One operation does not take every probe, if another one has asked for one lately.
        match &mut self.probe {
            Some((prober, Some(asked))) if self.host.is_open() && *prober == operation => {
                let until = asked.saturating_add(YIELDS_FOR);
                if now < until { Admission::Open(until) } else { admission }
            }
            Some((prober, asked)) if *prober != operation => {
                *asked = Some(now);
                admission
            }
            _ => admission,
        }
    }

    fn standing(&mut self, operation: &'static str) -> &mut Standing {
        self.operations.entry(operation).or_insert_with(|| Standing {
            breaker: CircuitBreaker::closed(),
            pacer: Pacer::default(),
            is_tried: false,
        })
    }

    fn hear(
        &mut self,
        signal: Signal,
        operation: &'static str,
        pause: Option<Duration>,
        (left, now): (Duration, Duration),
    ) {
        let standing = self.standing(operation);
        match signal {
            Signal::Nothing => return,
            Signal::Answered => {}
            Signal::Busy => standing.pacer.slows_down(pause, left, now),
            Signal::HostFails | Signal::OperationFails => standing.breaker.fails(now),
            Signal::Works => {
                standing.breaker.succeeds();
                standing.pacer.speeds_up();
            }
        }
        match signal {
            Signal::HostFails => self.host.fails(now),
            _ => self.host.succeeds(),
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
        if key_record::steady().saturating_sub(self.began) >= GIVEN_UP {
            self.admissions.state().given_up.push(self.operation);
        }
        self.admissions.news.happen();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.admissions.state().standing(self.operation).pacer.quit(self.until);
    }
}

#[cfg(test)]
mod tests;
