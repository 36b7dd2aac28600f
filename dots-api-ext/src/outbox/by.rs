//! Who decides something about a payout, and why.

use super::store::Note;

/// Says who decides something about a payout, and why; both are kept in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    actor: String,
    reason: String,
}

impl By {
    /// Says who decides, such as a user name, and why.
    #[must_use]
    pub fn new(actor: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { actor: actor.into(), reason: reason.into() }
    }

    pub(super) fn note(self) -> Note {
        Note { actor: Some(self.actor), reason: Some(self.reason), ..Note::default() }
    }
}
