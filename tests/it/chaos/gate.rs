//! What each client has met, by which it is judged whether it may hold a call back.

use std::collections::HashMap;
use std::time::Duration;

/// What the clones of one client have met.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate {
    /// Whether a request was ever answered.
    pub(super) is_proven: bool,
    /// Requests in a row that were not answered.
    pub(super) unanswered: u32,
    /// When Dots was busy last.
    pub(super) busy: Option<Duration>,
    /// Failures in a row of each operation.
    failed: HashMap<&'static str, u32>,
}

/// The clients of a program.
#[derive(Debug, Default)]
pub(super) struct Gates(HashMap<u64, Gate>);

impl Gates {
    pub(super) fn of(&mut self, gate: u64) -> &mut Gate {
        self.0.entry(gate).or_default()
    }
}

impl Gate {
    /// Hears what came back: a status, whether it says how long to wait, and whether it is what Dots says itself.
    pub(super) fn hear(&mut self, operation: &'static str, answer: Option<(u16, bool, bool)>, now: Duration) {
        let Some((status, asks_to_wait, is_fine)) = answer else {
            self.unanswered += 1;
            return;
        };
        self.is_proven = true;
        self.unanswered = 0;
        match status {
            429 => self.busy = Some(now),
            503 if asks_to_wait => {
                self.busy = Some(now);
                *self.failed.entry(operation).or_default() += 1;
            }
            408 | 425 | 500.. => *self.failed.entry(operation).or_default() += 1,
            _ if is_fine => drop(self.failed.remove(operation)),
            _ => {}
        }
    }

    /// Returns how often an operation failed in a row.
    pub(super) fn failed(&self, operation: &str) -> u32 {
        self.failed.get(operation).copied().unwrap_or_default()
    }
}
