//! What will happen by itself, once the clock gets there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::journal::{self, Interned};

/// Something to be done about an object later. The tag that named it carries it out; see `handlers::TASKS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    #[serde(deserialize_with = "journal::intern")]
    pub(crate) name: Interned,
    pub(crate) app: Uuid,
    pub(crate) id: Uuid,
}

/// Tasks in the order in which they are due, and of those for one time in the order in which they were made.
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

    /// Takes the next task out, with its time.
    pub(super) fn take(&mut self) -> Option<(Timestamp, Task)> {
        let ((at, _), task) = self.tasks.pop_first()?;
        Some((at, task))
    }
}
