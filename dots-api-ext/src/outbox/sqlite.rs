//! The store in a SQLite file: one connection, one thread that writes, and nothing is told before it is on the disk.
//!
//! - `schema`: the tables, which a stock `sqlite3` can read
//! - `file`: creates and opens the file; `lock` keeps other processes out
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
mod outbox_store;
mod reading;
mod reports;
mod rows;
mod runs;
mod schema;
mod statements;
mod sums;
mod writer;

pub(super) use file::{Opening, Place, SqliteFile, create, open};
pub(super) use writer::start;
