//! The journal: an append-only file of changes, written before an answer leaves and replayed at the next start.
//!
//! | file | holds |
//! |---|---|
//! | `entries` | the changes of the current lock on the world, recorded as they are applied |
//! | `file` | the file: its lock, its lines and their replay |
//! | `header` | the first line: the initial state of the world |
//! | `intern` | names that are read back from the file |
//! | `error` | why a file cannot be used, and what to do then |
//!
//! A line holds everything that changed while the world was locked once, so it is there whole or not at all. Nothing is
//! ever overwritten: a file that only grows at its end cannot lose what it already has. Each line begins with a hash of
//! itself and of the line before it, so a line that was changed, lost or moved is noticed.
//!
//! The entries are facts, not requests: objects as they are, movements, keys. A replay puts them in place and decides
//! nothing anew, so the rules may change between two starts, and a million payouts are replayed in half a minute.

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
