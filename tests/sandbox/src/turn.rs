//! The world while somebody has it, and the way of what changed into the state file.

use std::{
    ops::{Deref, DerefMut},
    sync::MutexGuard,
};

use serde::Deserialize;

use crate::{
    fault::FaultFact,
    journal::{Journal, StateError, StateFile},
    stage::World,
    state::Change,
    webhooks::WebhookFact,
};

/// The world, locked. What changed is in the state file before anybody else sees the world, and before an answer can
/// tell of it.
pub(crate) struct Turn<'s>(MutexGuard<'s, World>);

impl<'s> Turn<'s> {
    pub(crate) fn new(world: MutexGuard<'s, World>) -> Self {
        Self(world)
    }
}

impl Deref for Turn<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl DerefMut for Turn<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.0
    }
}

impl Drop for Turn<'_> {
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
    webhooks: Vec<WebhookFact>,
    #[serde(default)]
    faults: Vec<FaultFact>,
}

impl World {
    /// Has what changed so far in the state file, if there is one.
    pub(crate) fn save(&mut self) {
        let Self { state, dispatch, faults, journal: Some(journal), .. } = self else { return };
        journal.append([
            ("state", &mut state.notes),
            ("webhooks", &mut dispatch.notes),
            ("faults", &mut faults.notes),
        ]);
    }

    /// Makes the world what it was when the file was written last, and keeps it there from now on.
    ///
    /// # Errors
    /// Returns which line of the file is damaged.
    pub(crate) fn keep_in(&mut self, mut journal: Journal) -> Result<StateFile, StateError> {
        let found = journal.replay(|line| self.restore(line))?;
        self.state.notes.keep();
        self.dispatch.notes.keep();
        self.faults.notes.keep();
        self.journal = Some(journal);
        Ok(found)
    }

    fn restore(&mut self, line: &[u8]) -> Result<(), String> {
        let Line { state, webhooks, faults } =
            serde_json::from_slice(line).map_err(|error| error.to_string())?;
        for change in state {
            // It was carried out in spite of this before, and so it is again.
            self.violations.extend(self.state.restore(change).err());
        }
        for fact in webhooks {
            let limit = self.state.options.record_limit;
            self.dispatch.restore(fact, limit).map_err(|error| error.to_string())?;
        }
        for fact in faults {
            self.faults.restore(fact).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
