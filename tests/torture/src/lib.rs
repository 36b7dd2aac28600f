//! Tries to make the outbox pay twice, forget a payout, or deny one.
//!
//! | room | does |
//! |---|---|
//! | `sim` | simulates worlds over the real rules and the store in memory; a seed is a world |
//! | `kill9` | kills a paying program again and again, while Dots answers badly and days go by |
//! | `kill_workers` | kills workers of one PostgreSQL database, its server, and connections in the middle of commits |
//! | `restore` | puts a copy from the past in the place of a lost file |
//! | `order` | looks, when a request arrives at Dots, whether its claim is in the file |
//! | `power_cut` | replays what a power cut may leave of the file, from a trace of the system calls |
//! | `postgres` | a PostgreSQL server of one's own |
//! | `bad_disk` | runs the program on a disk that is full, or that cannot be written |
//! | `corrupt` | flips bits of a file |
//! | `speed` | measures what the outbox costs |
//! | `payroll` | the program that is killed: it plans payouts and works |
//! | `worker` | the worker of a database that is killed; `started` tells which of them a process is |
//! | `world` | Dots, the file and the time around that program |
//! | `clock` | a clock that goes with the sandbox's |
//!
//! `cargo xtask sim` and `cargo xtask torture` run them; `tests/it/outbox/torture.rs` runs a share of each, and takes
//! rules away to see that each loss is noticed.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "programs that people run, and that may stop at the first surprise"
)]

pub mod bad_disk;
pub mod corrupt;
pub mod kill9;
pub mod kill_workers;
pub mod order;
pub mod postgres;
pub mod power_cut;
pub mod sim;
pub mod speed;

mod clock;
mod payroll;
mod started;
mod worker;
mod world;

pub use started::was_a_job;
pub use world::Verdict;

/// Why a run could not be carried out.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
