//! What is wrong with a row of a run.

/// What is wrong with a row of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowProblem {
    /// Its place in the run, from 1.
    pub number: u64,
    /// Its reference.
    pub reference: String,
    /// What is wrong.
    pub why: String,
}
