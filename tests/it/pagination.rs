//! Lists are read to their end: every row once, both ways, and never for ever.
//!
//! - `every_list`: all lists with cursors, against the sandbox
//! - `changing`: lists that change, lag, repeat or skip while they are read, and errors on the way
//! - `stuck`: lists that cannot be gone on with
//! - `streams`: prefetching, dropping, memory, and what the streams promise
//!
//! `filled` makes a sandbox in which no list is empty, `any_list` reads any list, `numbers` is a list in memory.

mod any_list;
mod changing;
mod every_list;
mod filled;
mod numbers;
mod streams;
mod stuck;
