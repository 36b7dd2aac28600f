//! The guard of the world's lock, which writes changes to the state file before it is released.

use std::{
    ops::{Deref, DerefMut},
    sync::MutexGuard,
};

use serde::Deserialize;

use super::World;
use crate::{
    fault::FaultEntry,
    journal::{Journal, StateError, StateFile},
    state::Change,
    webhooks::WebhookEntry,
};

/// The locked world. Its changes reach the state file before another request sees the world, and before an answer can
/// tell of them.
pub(crate) struct WorldGuard<'s>(MutexGuard<'s, World>);

impl<'s> WorldGuard<'s> {
    pub(crate) fn new(world: MutexGuard<'s, World>) -> Self {
        Self(world)
    }
}

impl Deref for WorldGuard<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl DerefMut for WorldGuard<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.0
    }
}

impl Drop for WorldGuard<'_> {
    fn drop(&mut self) {
        self.0.save();
    }
}

/// A line of the state file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    state: Vec<Change>,
    #[serde(default)]
    webhooks: Vec<WebhookEntry>,
    #[serde(default)]
    faults: Vec<FaultEntry>,
}

impl World {
    /// Writes the changes so far to the state file, if there is one.
    pub(crate) fn save(&mut self) {
        let Self { state, dispatcher, faults, journal: Some(journal), .. } = self else { return };
        if !dispatcher.entries.is_empty() || !faults.entries.is_empty() {
            state.save_time();
        }
        journal.append([
            ("state", &mut state.entries),
            ("webhooks", &mut dispatcher.entries),
            ("faults", &mut faults.entries),
        ]);
    }

    /// Restores the world from the state file, and keeps it there from now on.
    ///
    /// # Errors
    /// Returns which line of the file is damaged.
    pub(crate) fn keep_in(&mut self, mut journal: Journal) -> Result<StateFile, StateError> {
        let found = journal.replay(|line| self.restore(line))?;
        self.state.entries.enable();
        self.dispatcher.entries.enable();
        self.faults.entries.enable();
        self.journal = Some(journal);
        Ok(found)
    }

    fn restore(&mut self, line: &[u8]) -> Result<(), String> {
        let Line { state, webhooks, faults } =
            serde_json::from_slice(line).map_err(|error| error.to_string())?;
        for change in state {
            // The change was carried out in spite of the error before, so it is again.
            self.violations.extend(self.state.restore(change).err());
        }
        for entry in webhooks {
            let limit = self.state.options.record_limit;
            self.dispatcher.restore(entry, limit).map_err(|error| error.to_string())?;
        }
        for entry in faults {
            self.faults.restore(entry).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use std::path::Path;

    use jiff::Timestamp;
    use uuid::Uuid;

    use crate::{
        journal::{InitialOverrides, Journal},
        options::Options,
        simulator::Simulator,
        spec::Spec,
        state::{Change, State, Task},
    };

    fn simulator(path: &Path) -> Simulator {
        let (journal, initial) = Journal::open(path, InitialOverrides::default()).unwrap();
        let simulator =
            Simulator::new(Spec::embedded().unwrap(), State::from_initial(initial, Options::default()));
        simulator.world().keep_in(journal).unwrap();
        simulator
    }

    #[test]
    fn what_was_done_by_itself_is_not_done_again_and_the_rest_is_still_to_be_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.state");
        let task = |name| Task { name, app: Uuid::from_u128(7), id: Uuid::from_u128(8) };
        let (first, second) = (Timestamp::constant(1_800_000_000, 0), Timestamp::constant(1_900_000_000, 0));
        {
            let simulator = simulator(&path);
            let later = [(second, task("transfer.settle")), (first, task("app.approve"))];
            let changes = later.map(|(at, task)| Change::Later { at, task });
            simulator.world().state.apply(changes.into()).unwrap();
            assert_eq!(simulator.world().state.next_task(first), Some(task("app.approve")));
            simulator.close_journal();
        }
        let simulator = simulator(&path);
        let world = &mut *simulator.world();
        assert_eq!(world.state.clock.now(), first);
        assert_eq!(world.state.next_task(Timestamp::MAX), Some(task("transfer.settle")));
        assert_eq!(world.state.next_task(Timestamp::MAX), None);
    }
}
