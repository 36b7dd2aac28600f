//! The store in a PostgreSQL database: any number of machines, each with a few connections.
//!
//! - `migrations`: numbered plain SQL, applied by a call of its own; `sql/` holds it
//! - `config`: which database, and how many connections
//! - `connection`: one connection of one thread, and its transactions; `tls` encrypts it
//! - `opening`: opens an outbox; `place`: what is checked before a connection is used, such as whether it was set back
//! - `rows`: the [`Store`](super::Store) over these tables; `reading` reads a row, `reports` what a report shows
//! - `beside`: runs on a thread of its own what blocks
//! - `threads`: takes jobs from one queue, commits several together, and runs them again when the database was away

mod beside;
mod config;
mod connection;
mod migrations;
mod opening;
mod outbox_store;
mod place;
mod reading;
mod reports;
mod rows;
mod threads;
#[cfg(feature = "_tls")]
mod tls;

pub use config::PostgresConfig;
pub use migrations::Migration;
