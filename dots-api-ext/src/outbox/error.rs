//! Why an outbox does not do what it is asked, and what to do then.

use std::fmt;

#[cfg(feature = "outbox-postgres")]
use super::database_problem::DatabaseProblem;
use super::event::Illegal;
#[cfg(feature = "outbox-sqlite")]
use super::file_problem::FileProblem;
use super::row::State;
use super::row_problem::RowProblem;
use super::store_error::StoreError;
use crate::error::Error;

/// Why an outbox does not do what it is asked. Nothing was sent because of the call that returned it, except where its
/// text says so.
#[derive(Debug)]
#[non_exhaustive]
pub enum OutboxError {
    /// The file cannot be created or opened.
    #[cfg(feature = "outbox-sqlite")]
    File(FileProblem),
    /// The database cannot be used.
    #[cfg(feature = "outbox-postgres")]
    Database(DatabaseProblem),
    /// The store failed; what is on the disk is whole.
    Store(StoreError),
    /// Dots could not be read, or the payout is invalid.
    Call(Box<Error>),
    /// The payout is one that the outbox cannot keep.
    Payout(String),
    /// The reference is known with another payout; the names of the fields that differ.
    OtherPayout {
        /// The reference.
        reference: String,
        /// The fields, such as `amount`.
        differs: Vec<&'static str>,
    },
    /// The reference is not known.
    UnknownReference(String),
    /// No payout is of this run.
    UnknownRun(String),
    /// The payout is not in a state for this.
    Illegal {
        /// The reference.
        reference: String,
        /// The state that it is in.
        state: State,
        /// Why not.
        why: Illegal,
    },
    /// Rows of a run are invalid, and none of the run was planned.
    Rows(Vec<RowProblem>),
    /// An attempt was made, and what came of it could not be stored: the row stays in doubt.
    Unrecorded(StoreError),
}

impl fmt::Display for OutboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "outbox-sqlite")]
            Self::File(problem) => fmt::Display::fmt(problem, f),
            #[cfg(feature = "outbox-postgres")]
            Self::Database(problem) => fmt::Display::fmt(problem, f),
            Self::Store(error) => fmt::Display::fmt(error, f),
            Self::Call(error) => fmt::Display::fmt(error, f),
            Self::Payout(why) => f.write_str(why),
            Self::OtherPayout { reference, differs } => write!(
                f,
                "the reference `{reference}` is known with another payout: its {} differ; nothing was sent. Use \
                 another reference for another payout, or `correct` this one",
                differs.join(", ")
            ),
            Self::UnknownReference(reference) => write!(f, "the reference `{reference}` is not known"),
            Self::UnknownRun(run) => write!(f, "no payout is of the run `{run}`"),
            Self::Illegal { reference, state, why } => {
                write!(f, "`{reference}` stays `{state}`: {why}")
            }
            Self::Rows(problems) => {
                write!(f, "nothing of the run was planned: {} rows are wrong", problems.len())?;
                for problem in problems.iter().take(20) {
                    write!(f, "\nrow {}, `{}`: {}", problem.number, problem.reference, problem.why)?;
                }
                Ok(())
            }
            Self::Unrecorded(error) => {
                write!(
                    f,
                    "a payout was sent and its outcome could not be stored, so it stays in doubt: {error}"
                )
            }
        }
    }
}

impl std::error::Error for OutboxError {}

#[cfg(feature = "outbox-sqlite")]
impl From<FileProblem> for OutboxError {
    fn from(problem: FileProblem) -> Self {
        Self::File(problem)
    }
}

#[cfg(feature = "outbox-postgres")]
impl From<DatabaseProblem> for OutboxError {
    fn from(problem: DatabaseProblem) -> Self {
        Self::Database(problem)
    }
}

impl From<StoreError> for OutboxError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Rows(problems) => Self::Rows(problems),
            error @ StoreError::KeyInUse(_) => Self::Payout(error.to_string()),
            error => Self::Store(error),
        }
    }
}

impl From<Error> for OutboxError {
    fn from(error: Error) -> Self {
        Self::Call(Box::new(error))
    }
}
