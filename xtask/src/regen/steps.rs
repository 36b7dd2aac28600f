//! The log of a run: what each step did, and how long it took.
//!
//! The steps do not print; [`crate::report`] does, so that tests and `--check` stay silent.

use std::fmt;
use std::time::{Duration, Instant};

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Step {
    /// The name of the step; empty for a note.
    pub name: &'static str,
    /// What it did, with counts.
    pub what: String,
    /// How long it took; `None` for a note.
    pub took: Option<Duration>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9} {}", self.name, self.what)?;
        match self.took {
            Some(took) => write!(f, " ({} ms)", took.as_millis()),
            None => Ok(()),
        }
    }
}

/// Records steps as they end.
#[derive(Debug)]
pub struct Steps {
    steps: Vec<Step>,
    began: Instant,
    last: Instant,
}

impl Steps {
    /// Starts the clock of the first step.
    pub fn start() -> Self {
        let now = Instant::now();
        Self { steps: Vec::new(), began: now, last: now }
    }

    /// Ends a step and starts the clock of the next.
    pub fn done(&mut self, name: &'static str, what: String) {
        let took = self.last.elapsed();
        self.last = Instant::now();
        self.steps.push(Step { name, what, took: Some(took) });
    }

    /// Adds a note, which has no time of its own.
    pub fn note(&mut self, what: String) {
        self.steps.push(Step { name: "", what, took: None });
    }

    /// Ends the log with the total time.
    pub fn finish(mut self) -> Vec<Step> {
        let took = self.began.elapsed();
        self.steps.push(Step { name: "done", what: "all steps".to_owned(), took: Some(took) });
        self.steps
    }
}
