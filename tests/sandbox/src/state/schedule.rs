//! What will happen by itself, once the clock gets there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

/// Something to be done about an object later. The tag that named it carries it out; see `handlers::TASKS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) name: &'static str,
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

    /// Takes the next task out, if it is due by then.
    pub(super) fn take_due(&mut self, by: Timestamp) -> Option<(Timestamp, Task)> {
        let entry = self.tasks.first_entry().filter(|entry| entry.key().0 <= by)?;
        let ((at, _), task) = entry.remove_entry();
        Some((at, task))
    }
}
