//! The header, the first line of a state file: its version, its document and the initial state of its world.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::{StateError, Why};
use crate::spec;

/// The version of the format. It changes when the content of a line changes, and when the content of a new world does.
const FORMAT: u64 = 1;

/// What a world begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InitialState {
    pub(crate) seed: u64,
    /// Cents in the wallet of the app.
    pub(crate) funds: i64,
    /// Cents in the wallet of the organization.
    pub(crate) organization_funds: i64,
}

/// The settings that a start asks for; a world that exists already must have begun with them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InitialOverrides {
    pub(crate) seed: Option<u64>,
    pub(crate) funds: Option<i64>,
    pub(crate) organization_funds: Option<i64>,
}

/// Read before the rest of the header, which depends on it.
#[derive(Serialize, Deserialize)]
struct FormatVersion {
    dots_sandbox_state: u64,
}

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    version: FormatVersion,
    /// The fingerprint of the document that the world was made with.
    document: String,
    #[serde(flatten)]
    initial: InitialState,
}

impl InitialOverrides {
    /// Returns the initial state of a new world.
    pub(crate) fn resolve(self) -> InitialState {
        InitialState {
            seed: self.seed.unwrap_or(1),
            funds: self.funds.unwrap_or(100_000_000),
            organization_funds: self.organization_funds.unwrap_or(0),
        }
    }

    /// Checks that a world began with these settings.
    fn check(self, initial: InitialState) -> Result<(), Why> {
        let differs = |what, wanted: Option<i128>, began: i128| match wanted {
            Some(wanted) if wanted != began => Err(Why::OtherStart { what, began, wanted }),
            _ => Ok(()),
        };
        differs("seed", self.seed.map(i128::from), initial.seed.into())?;
        differs("funds", self.funds.map(i128::from), initial.funds.into())?;
        let organization = self.organization_funds.map(i128::from);
        differs("organization-funds", organization, initial.organization_funds.into())
    }
}

/// Writes the header.
pub(super) fn write(path: &Path, initial: InitialState) -> Result<Vec<u8>, StateError> {
    let version = FormatVersion { dots_sandbox_state: FORMAT };
    let header = Header { version, document: spec::fingerprint(), initial };
    serde_json::to_vec(&header).map_err(|error| StateError::new(path, Why::Unwritable(error.into())))
}

/// Reads the header.
///
/// # Errors
/// Refuses another version, another document, and a world that began with other settings than these.
pub(super) fn read(
    path: &Path,
    line: &[u8],
    overrides: InitialOverrides,
) -> Result<InitialState, StateError> {
    let fail = |why| StateError::new(path, why);
    let version: FormatVersion = serde_json::from_slice(line).map_err(|_| fail(Why::Foreign))?;
    if version.dots_sandbox_state != FORMAT {
        return Err(fail(Why::Format { found: version.dots_sandbox_state, known: FORMAT }));
    }
    let header: Header = serde_json::from_slice(line).map_err(|_| fail(Why::Foreign))?;
    if header.document != spec::fingerprint() {
        return Err(fail(Why::Document));
    }
    overrides.check(header.initial).map_err(fail)?;
    Ok(header.initial)
}
