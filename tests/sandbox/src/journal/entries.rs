//! Journal entries that are not in the file yet (a write buffer).

use serde::Serialize;

/// Entries as JSON, each followed by a comma. Nothing is recorded before it is enabled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    enabled: bool,
    bytes: Vec<u8>,
    failure: Option<String>,
}

impl Entries {
    /// Records the entries from now on.
    pub(crate) fn enable(&mut self) {
        self.enabled = true;
    }

    /// Whether entries are recorded.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Records an entry.
    pub(crate) fn push(&mut self, entry: &impl Serialize) {
        if !self.enabled {
            return;
        }
        match serde_json::to_writer(&mut self.bytes, entry) {
            Ok(()) => self.bytes.push(b','),
            Err(error) => self.failure = Some(error.to_string()),
        }
    }

    /// Takes the recorded entries, as the inside of a JSON array.
    ///
    /// # Errors
    /// Returns what could not be serialized, a mistake of the sandbox.
    pub(super) fn take(&mut self, into: &mut Vec<u8>) -> Result<(), String> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.bytes.pop();
        into.append(&mut self.bytes);
        Ok(())
    }

    /// Whether nothing is waiting to be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.failure.is_none()
    }
}
