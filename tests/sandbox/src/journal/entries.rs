//! What changed, written down as it is carried out.

use serde::Serialize;

/// Facts as JSON, with a comma behind each; nothing is written down before somebody keeps it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    enabled: bool,
    bytes: Vec<u8>,
    failure: Option<String>,
}

impl Entries {
    /// Writes down what happens from now on.
    pub(crate) fn enable(&mut self) {
        self.enabled = true;
    }

    /// Whether anything is written down.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Writes a fact down.
    pub(crate) fn push(&mut self, entry: &impl Serialize) {
        if !self.enabled {
            return;
        }
        match serde_json::to_writer(&mut self.bytes, entry) {
            Ok(()) => self.bytes.push(b','),
            Err(error) => self.failure = Some(error.to_string()),
        }
    }

    /// Takes out what was written down, as the inside of a JSON array.
    ///
    /// # Errors
    /// Returns what could not be written down, a mistake of the sandbox.
    pub(super) fn take(&mut self, into: &mut Vec<u8>) -> Result<(), String> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.bytes.pop();
        into.append(&mut self.bytes);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.failure.is_none()
    }
}
