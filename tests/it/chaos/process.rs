//! A process of a program: its clients, and what is forgotten when it ends.

use std::sync::Arc;
use std::time::Duration;

use dots_api::{AppId, Client as RawClient};
use dots_api_ext::{Clock, Dots, DotsBuilder, Environment, RetryPolicy, blocking};

use super::program::{Client, ClockKind, Policy, Program};
use super::time::{ProgramClock, Time};
use super::world::World;

/// The clients of one process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) number: usize,
    pub(super) clients: Vec<Made>,
}

/// A client that was made.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) dots: Dots,
    pub(super) blocking: blocking::Dots,
    pub(super) raw: RawClient,
    /// By which the calls of its clones are known.
    pub(super) gate: u64,
    /// Tells the time, also of a client that has the machine's clock.
    pub(super) clock: ProgramClock,
}

impl Process {
    /// Starts a process. `run` tells the client ids of one run from those of every other.
    pub(super) fn start(program: &Program, number: usize, run: u64, time: &Time, world: &World) -> Self {
        let builder = Dots::builder();
        let is_this = program.is_this_process && number == 0;
        let builder = if is_this { builder } else { builder.as_another_process() };
        let clients = program.clients.iter().enumerate();
        let clients = clients.map(|(index, client)| {
            let gate = u64::try_from(number * 100 + index).unwrap();
            Made::new(client, builder.clone(), run, gate, time, world)
        });
        Self { number, clients: clients.collect() }
    }
}

impl Made {
    fn new(client: &Client, builder: DotsBuilder, run: u64, gate: u64, time: &Time, world: &World) -> Self {
        let clock = client.clock(time);
        let builder = builder
            .credentials(format!("pk_{run}_{}", client.id), "sk")
            .environment(client.url.parse::<Environment>().unwrap())
            .transport(world.clone())
            .timeout(client.timeout)
            .retry(client.policy.policy())
            .jitter_seed(gate);
        let builder = if client.clock == ClockKind::Machine { builder } else { builder.clock(clock.clone()) };
        let builder = match client.app {
            Some(app) => builder.app_id(app_id(app)),
            None => builder,
        };
        let dots = builder.build().unwrap();
        let blocking = blocking::Dots::new(dots.clone());
        let raw = RawClient::with_transport(client.url, Arc::new(world.clone())).unwrap();
        Self { dots, blocking, raw, gate, clock }
    }

    /// What a program writes down as the time.
    pub(super) fn now(&self) -> std::time::SystemTime {
        self.clock.now()
    }
}

impl Client {
    fn clock(&self, time: &Time) -> ProgramClock {
        // Less than the client allows for: a time that one tells is another's.
        let (skew, name) = match self.clock {
            ClockKind::Named(name) => (i64::from(name) * 15, Some(u64::from(name))),
            ClockKind::Nameless | ClockKind::Machine => (-15, None),
        };
        ProgramClock { time: time.clone(), skew, name }
    }
}

impl Policy {
    pub(super) fn policy(self) -> RetryPolicy {
        RetryPolicy::standard()
            .attempts(self.attempts)
            .deadline(self.deadline)
            .key_window(self.window)
            .max_retry_after(Duration::from_secs(300))
    }
}

pub(super) fn app_id(app: u8) -> AppId {
    format!("app_{app}").parse().unwrap()
}
