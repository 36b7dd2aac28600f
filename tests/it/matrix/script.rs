//! Injects the faults of a case in order: the next one when an attempt has met the one before.
//!
//! The client shows itself when an attempt is over: it sleeps on its clock before the next one. So the clock drives the
//! script. It oversleeps a little, so that the client never sleeps for its own rate limit.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use dots_api_ext::Clock;
use dots_sandbox::{Fault, Injection, Sandbox};

use super::cases::{Case, Step};
use crate::support::clock::TestClock;

/// Longer than the client's rate limit ever delays a request.
const OVERSLEPT: Duration = Duration::from_secs(2);

/// The faults for the attempts of a call, and the clock that shows when an attempt is over.
#[derive(Clone, Debug)]
pub(super) struct Script {
    clock: TestClock,
    sandbox: Arc<Sandbox>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    operation: &'static str,
    waiting: VecDeque<Step>,
    goes_on: bool,
    current: Option<Armed>,
    /// Every fault that was injected, in order.
    armed: Vec<(Step, Injection)>,
    /// The fault of each attempt.
    met: Vec<Option<Step>>,
    is_over: bool,
}

#[derive(Debug)]
struct Armed {
    step: Step,
    injection: Injection,
    /// How often it had fired when the last attempt was over.
    fired: usize,
}

impl Script {
    /// Injects the first fault.
    pub(super) fn new(sandbox: &Arc<Sandbox>, case: &Case, operation: &'static str) -> Self {
        let state = State {
            operation,
            waiting: case.faults.iter().copied().collect(),
            goes_on: case.goes_on,
            current: None,
            armed: Vec::new(),
            met: Vec::new(),
            is_over: false,
        };
        let script = Self {
            clock: TestClock::default(),
            sandbox: Arc::clone(sandbox),
            state: Arc::new(Mutex::new(state)),
        };
        script.state.lock().unwrap().arm_the_next(sandbox);
        script
    }

    /// Advances the time, here and in the sandbox.
    pub(super) fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
        self.sandbox.advance(duration);
    }

    /// Ends the script with the call, and returns the fault of each attempt.
    pub(super) fn end(&self) -> Vec<Option<Step>> {
        let mut state = self.state.lock().unwrap();
        state.attempt_is_over();
        state.is_over = true;
        self.sandbox.clear_faults();
        state.met.clone()
    }

    /// Returns the faults that were injected and have never fired.
    pub(super) fn unfired(&self) -> Vec<Step> {
        let state = self.state.lock().unwrap();
        let silent = state.armed.iter().filter(|(_, injection)| injection.fired() == 0);
        silent.map(|(step, _)| *step).collect()
    }
}

impl State {
    /// Records the fault of the attempt, and says whether it has fired.
    fn attempt_is_over(&mut self) -> bool {
        let Some(current) = &mut self.current else {
            self.met.push(None);
            return false;
        };
        let fired = current.injection.fired();
        // Only the client notices a refused connection.
        let is_met = current.step.shuts_the_door() || fired > current.fired;
        current.fired = fired;
        self.met.push(is_met.then_some(current.step));
        is_met && !(self.goes_on && self.waiting.is_empty())
    }

    fn arm_the_next(&mut self, sandbox: &Sandbox) {
        if let Some(done) = self.current.take() {
            done.injection.clear();
        }
        let Some(step) = self.waiting.pop_front() else { return };
        if step.is_about_connections() {
            // Closes idle connections, so that the next request needs a new one.
            sandbox.inject(Fault::ConnectionRefused { lasting: None }).clear();
        }
        let injection = sandbox.inject(step.fault()).on(self.operation).when(step.when);
        let goes_on = self.goes_on && self.waiting.is_empty();
        let injection = if goes_on { injection.always() } else { injection.times(1) };
        self.armed.push((step, injection.clone()));
        let fired = injection.fired();
        self.current = Some(Armed { step, injection, fired });
    }
}

impl Clock for Script {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.advance(duration + OVERSLEPT);
            {
                let mut state = self.state.lock().unwrap();
                if !state.is_over && state.attempt_is_over() {
                    state.arm_the_next(&self.sandbox);
                }
            }
            settle().await;
        })
    }
}

/// Yields until all tasks on this thread are idle.
pub(super) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
