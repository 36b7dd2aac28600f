//! The schedule: tasks that run when the clock reaches their time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::journal::{self, Interned};

/// A task about an object. The tag that named the task runs it; see `handlers::TASKS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    #[serde(deserialize_with = "journal::intern")]
    pub(crate) name: Interned,
    pub(crate) app: Uuid,
    pub(crate) id: Uuid,
}

/// Tasks by the time at which they are due; tasks of one time are in the order of their creation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    tasks: BTreeMap<(Timestamp, u64), Task>,
    made: u64,
}

impl Schedule {
    pub(super) fn add(&mut self, at: Timestamp, task: Task) {
        self.tasks.insert((at, self.made), task);
        self.made = self.made.saturating_add(1);
    }

    /// Returns the next task, if it is due by then.
    pub(super) fn due(&self, by: Timestamp) -> Option<Task> {
        let ((at, _), task) = self.tasks.first_key_value()?;
        (*at <= by).then_some(*task)
    }

    /// Takes the next task, with its time.
    pub(super) fn take(&mut self) -> Option<(Timestamp, Task)> {
        let ((at, _), task) = self.tasks.pop_first()?;
        Some((at, task))
    }
}
