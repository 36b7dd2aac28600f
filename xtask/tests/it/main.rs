//! Tests of the workspace's commands, through their public functions.
//!
//! - [`refused_documents`]: what `regen` refuses in a document, with the place and the reason
//! - [`refused_overlays`]: what it refuses in an overlay
//! - [`corpus`]: small legal documents compile and carry their data, or are refused
//! - [`random_edits`]: each edit of the real document changes the surface of the API, is refused, or is prose
//! - [`mutations`]: no edit of the real document makes it panic
//! - [`write_and_check`]: the files that it writes, deletes and shows
//! - [`drift`]: what Dots published compared with what we have
//! - [`tidy`]: each rule finds what breaks it
//! - [`ci`]: the parts of `ci` that need no build
//! - [`command`]: the output of the command, and its exit codes

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod ci;
mod command;
mod corpus;
mod drift;
mod mutations;
mod random_edits;
mod refused_calls;
mod refused_documents;
mod refused_overlays;
mod support;
mod tidy;
mod write_and_check;
