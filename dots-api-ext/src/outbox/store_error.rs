//! Why a store cannot do what it is asked.

use std::fmt;

use super::row_problem::RowProblem;

/// Why a store cannot do what it is asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite failed, such as on a full disk.
    #[cfg(feature = "outbox-sqlite")]
    Sqlite(rusqlite::Error),
    /// The store holds what this version of the crate does not understand.
    Unreadable(String),
    /// An earlier commit failed, so it is not known what is on the disk; open the outbox again.
    Broken,
    /// The idempotency key of a reference is that of another one.
    KeyInUse(String),
    /// Rows of a run are invalid.
    Rows(Vec<RowProblem>),
}

#[cfg(feature = "outbox-sqlite")]
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "outbox-sqlite")]
            Self::Sqlite(error) => write!(f, "the store failed: {error}"),
            Self::Unreadable(what) => write!(f, "the store cannot be understood: {what}"),
            Self::Broken => f.write_str("the store failed before; open it again to see what is on the disk"),
            Self::KeyInUse(reference) => write!(
                f,
                "another reference has the idempotency key of `{reference}`, such as one that looks the same"
            ),
            Self::Rows(problems) => write!(f, "{} rows are wrong", problems.len()),
        }
    }
}

impl std::error::Error for StoreError {}
