//! What changed, written down as it is carried out.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize};

/// Facts as JSON, with a comma behind each; nothing is written down before somebody keeps it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    kept: bool,
    facts: Vec<u8>,
    failure: Option<String>,
}

impl Notes {
    /// Writes down what happens from now on.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }

    /// Whether anything is written down.
    pub(crate) fn are_kept(&self) -> bool {
        self.kept
    }

    /// Writes a fact down.
    pub(crate) fn note(&mut self, fact: &impl Serialize) {
        if !self.kept {
            return;
        }
        match serde_json::to_writer(&mut self.facts, fact) {
            Ok(()) => self.facts.push(b','),
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
        self.facts.pop();
        into.append(&mut self.facts);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.failure.is_none()
    }
}

/// A name that the program knows, such as that of an event. It is not called `&str` in types that are read from a
/// file, because serde would borrow it from there.
pub(crate) type Name = &'static str;

/// Reads a name. There are a few dozen, and each is kept for as long as the program runs.
pub(crate) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    static NAMES: Mutex<BTreeSet<Name>> = Mutex::new(BTreeSet::new());
    let text = String::deserialize(deserializer)?;
    // A panic elsewhere leaves the names as they are.
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text.as_str()) {
        return Ok(known);
    }
    let new: Name = text.leak();
    names.insert(new);
    Ok(new)
}
