//! Faults in the order of a case: the next one is armed when an attempt has met the one before.
//!
//! The client says itself when an attempt is over: it sleeps on its clock before the next one. So the clock is the
//! prompter. It oversleeps a little, so that the client's own pacing never makes it sleep for another reason.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use dots_api_ext::Clock;
use dots_sandbox::{Fault, Injection, Sandbox};

use super::cases::{Case, Step};
use crate::support::clock::TestClock;

/// Longer than the client ever spreads its requests.
const OVERSLEPT: Duration = Duration::from_secs(2);

/// What the attempts of a call meet, and the clock that tells when one is over.
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
    /// Every fault that was armed, in order.
    armed: Vec<(Step, Injection)>,
    /// What each attempt has met.
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
    /// Arms the first fault.
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

    /// Lets time go by, here and in the sandbox.
    pub(super) fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
        self.sandbox.advance(duration);
    }

    /// Ends the script with the call, and returns what each attempt has met.
    pub(super) fn end(&self) -> Vec<Option<Step>> {
        let mut state = self.state.lock().unwrap();
        state.attempt_is_over();
        state.is_over = true;
        self.sandbox.clear_faults();
        state.met.clone()
    }

    /// Returns the faults that were armed and have never fired.
    pub(super) fn unfired(&self) -> Vec<Step> {
        let state = self.state.lock().unwrap();
        let silent = state.armed.iter().filter(|(_, injection)| injection.fired() == 0);
        silent.map(|(step, _)| *step).collect()
    }
}

impl State {
    /// Notes what the attempt has met; says whether its fault has done its part.
    fn attempt_is_over(&mut self) -> bool {
        let Some(current) = &mut self.current else {
            self.met.push(None);
            return false;
        };
        let fired = current.injection.fired();
        // Nobody but the client notices that a door is shut.
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
            // Connections that are kept end, so that the next request needs a new one.
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

/// Lets everybody who has something to do on this thread do it.
pub(super) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
