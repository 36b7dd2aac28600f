//! Pagination: lists are read to their end, every row once, in both directions, and always end.
//!
//! - `every_list`: all lists with cursors, against the sandbox
//! - `changing`: lists that change, lag, repeat or skip while they are read, and errors on the way
//! - `stuck`: lists that cannot be continued
//! - `streams`: prefetching, dropping, memory, and the contract of the streams
//!
//! `filled` makes a sandbox in which no list is empty, `any_list` reads any list, `numbers` is a list in memory.

mod any_list;
mod changing;
mod every_list;
mod filled;
mod numbers;
mod streams;
mod stuck;
