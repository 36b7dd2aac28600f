//! The store in a SQLite file: one connection, one thread that writes, and nothing is told before it is on the disk.
//!
//! - `schema`: the tables, which a stock `sqlite3` can read
//! - `file`: creates and opens the file; `lock` keeps other processes out, `problem` says what to do when it cannot
//! - `rows`: the [`Store`](super::Store) over these tables, with `reading` and `inserting`; `runs`: their runs;
//!   `reports`: what a report shows
//! - `statements`: prepared once each
//! - `backup`: a copy that says that it is one
//! - `writer`: the thread; it commits many jobs together

mod backup;
mod file;
mod inserting;
mod lock;
mod numbers;
mod problem;
mod reading;
mod reports;
mod rows;
mod runs;
mod schema;
mod statements;
mod sums;
mod writer;

pub(super) use file::{Opening, Place, SqliteFile, create, open};
pub use problem::FileProblem;
pub(super) use rows::SqliteStore;
pub(super) use writer::Writer;

use std::fmt;

use super::row_problem::RowProblem;

/// Why a SQLite store cannot do what it is asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite failed, such as on a full disk.
    Sqlite(rusqlite::Error),
    /// The file holds what this version of the crate does not understand.
    Unreadable(String),
    /// An earlier commit failed, so it is not known what is on the disk; open the outbox again.
    Broken,
    /// The idempotency key of a reference is that of another one.
    KeyInUse(String),
    /// Rows of a run are invalid.
    Rows(Vec<RowProblem>),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
