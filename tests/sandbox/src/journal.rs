//! The world in a file: what changed is appended before the answer leaves, and read again at the next start.
//!
//! | file | is |
//! |---|---|
//! | `entries` | what changed while the world was locked, written down as it is carried out |
//! | `file` | the file: its lock, its lines and how they are read again |
//! | `header` | the first line: what the world began with |
//! | `error` | why a file cannot be used, and what to do then |
//!
//! A line holds all that changed while the world was locked once, so it is there whole or not at all. Nothing is ever
//! written over: a file that only grows at its end cannot lose what stands before it. Each line begins with a hash of
//! itself and of the line before it, so a line that was changed, lost or moved is noticed.
//!
//! What is written are facts and not requests: objects as they are, movements, keys. They are put in place again and
//! nothing is decided anew, so the rules may change between two starts, and a million payouts are read in half a minute.

mod entries;
mod error;
mod file;
mod header;
mod intern;

pub(crate) use entries::Entries;
pub(crate) use error::StateError;
pub(crate) use file::Journal;
pub use file::StateFile;
pub(crate) use header::{InitialOverrides, InitialState};
pub(crate) use intern::{Interned, intern};
