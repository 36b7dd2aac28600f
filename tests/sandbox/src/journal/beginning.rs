//! What a world began with: the first line of its file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::{StateError, Why};
use crate::spec;

/// The form of the file; it changes with what a line can hold and with what a new world holds.
const FORMAT: u64 = 1;

/// What a world began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Beginning {
    pub(crate) seed: u64,
    /// Cents in the wallet of the app.
    pub(crate) funds: i64,
    /// Cents in the wallet of the organization.
    pub(crate) organization_funds: i64,
}

/// What somebody wants a world to begin with; a world that is there has begun already, and must agree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) seed: Option<u64>,
    pub(crate) funds: Option<i64>,
    pub(crate) organization_funds: Option<i64>,
}

/// What is asked before the rest is looked at.
#[derive(Serialize, Deserialize)]
struct Form {
    dots_sandbox_state: u64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(flatten)]
    form: Form,
    /// The document that the world was played by.
    document: String,
    #[serde(flatten)]
    beginning: Beginning,
}

impl Wanted {
    /// The world that begins now.
    pub(crate) fn beginning(self) -> Beginning {
        Beginning {
            seed: self.seed.unwrap_or(1),
            funds: self.funds.unwrap_or(100_000_000),
            organization_funds: self.organization_funds.unwrap_or(0),
        }
    }

    /// Whether a world began with what is wanted now.
    fn check(self, begun: Beginning) -> Result<(), Why> {
        let differs = |what, wanted: Option<i128>, began: i128| match wanted {
            Some(wanted) if wanted != began => Err(Why::Began { what, began, wanted }),
            _ => Ok(()),
        };
        differs("seed", self.seed.map(i128::from), begun.seed.into())?;
        differs("funds", self.funds.map(i128::from), begun.funds.into())?;
        let organization = self.organization_funds.map(i128::from);
        differs("organization-funds", organization, begun.organization_funds.into())
    }
}

/// Writes the first line.
pub(super) fn write(path: &Path, beginning: Beginning) -> Result<Vec<u8>, StateError> {
    let form = Form { dots_sandbox_state: FORMAT };
    let head = Head { form, document: spec::fingerprint(), beginning };
    serde_json::to_vec(&head).map_err(|error| StateError::new(path, Why::Unwritable(error.into())))
}

/// Reads the first line.
///
/// # Errors
/// Refuses another form, another document, and a world that began with something else than is wanted.
pub(super) fn read(path: &Path, line: &[u8], wanted: Wanted) -> Result<Beginning, StateError> {
    let fail = |why| StateError::new(path, why);
    let form: Form = serde_json::from_slice(line).map_err(|_| fail(Why::Foreign))?;
    if form.dots_sandbox_state != FORMAT {
        return Err(fail(Why::Format { found: form.dots_sandbox_state, known: FORMAT }));
    }
    let head: Head = serde_json::from_slice(line).map_err(|_| fail(Why::Foreign))?;
    if head.document != spec::fingerprint() {
        return Err(fail(Why::Document));
    }
    wanted.check(head.beginning).map_err(fail)?;
    Ok(head.beginning)
}
