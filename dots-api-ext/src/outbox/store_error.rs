//! Why a store cannot do what it is asked.

use std::fmt;

#[cfg(feature = "outbox-postgres")]
use super::database_problem::PostgresError;
use super::row_problem::RowProblem;

/// Why a store cannot do what it is asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite failed, such as on a full disk.
    #[cfg(feature = "outbox-sqlite")]
    Sqlite(rusqlite::Error),
    /// PostgreSQL failed, or refused.
    #[cfg(feature = "outbox-postgres")]
    Postgres(PostgresError),
    /// The store holds what this version of the crate does not understand.
    Unreadable(String),
    /// An earlier commit failed, so it is not known what is on the disk, or the outbox was closed; open it again.
    Broken,
    /// The idempotency key of a reference is that of another one.
    KeyInUse(String),
    /// The caller's iterator over the rows of a run panicked.
    Panicked,
    /// Rows of a run are invalid.
    Rows(Vec<RowProblem>),
}

impl StoreError {
    /// Whether the store failed in a way that may pass, so that the same may be tried again.
    pub(super) const fn may_pass(&self) -> bool {
        match self {
            #[cfg(feature = "outbox-sqlite")]
            Self::Sqlite(_) => false,
            #[cfg(feature = "outbox-postgres")]
            Self::Postgres(error) => error.may_pass(),
            Self::Unreadable(_) | Self::Broken | Self::KeyInUse(_) | Self::Panicked | Self::Rows(_) => false,
        }
    }

    /// Whether another transaction was in the way for long.
    pub(super) const fn is_locked(&self) -> bool {
        match self {
            #[cfg(feature = "outbox-postgres")]
            Self::Postgres(error) => error.is_locked(),
            _ => false,
        }
    }
}

#[cfg(feature = "outbox-sqlite")]
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

#[cfg(feature = "outbox-postgres")]
impl From<PostgresError> for StoreError {
    fn from(error: PostgresError) -> Self {
        Self::Postgres(error)
    }
}

#[cfg(feature = "outbox-postgres")]
impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "outbox-sqlite")]
            Self::Sqlite(error) => write!(f, "the store failed: {error}"),
            #[cfg(feature = "outbox-postgres")]
            Self::Postgres(error) => fmt::Display::fmt(error, f),
            Self::Unreadable(what) => write!(f, "the store cannot be understood: {what}"),
            Self::Broken => f.write_str(
                "the outbox was closed, or its store failed before; open it again to see what is on the disk",
            ),
            Self::KeyInUse(reference) => write!(
                f,
                "another reference has the idempotency key of `{reference}`, such as one that looks the same"
            ),
            Self::Panicked => f.write_str(
                "nothing of the run was planned: the iterator over its rows panicked, see its own message",
            ),
            Self::Rows(problems) => write!(f, "{} rows are wrong", problems.len()),
        }
    }
}

impl std::error::Error for StoreError {}
