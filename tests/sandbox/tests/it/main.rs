//! The sandbox over real HTTP, through its public API.
//!
//! | file | tells |
//! |---|---|
//! | `document` | that each of the 82 operations is played or says that it is not |
//! | `payouts` | what send-payout pays, answers and refuses |
//! | `idempotency` | what a repeated key does, and for how long |
//! | `keys` | what keys do in every other reading of the documentation |
//! | `payout_links` | how links are made, delivered, found, listed and canceled |
//! | `transfers` | how money goes from an app to its users and back, and what transactions tell of it |
//! | `control` | the sandbox's own routes: audit, clock, options, transcript |
//! | `users` | how users come, change and go |
//! | `refusals` | what is refused before anything is decided |
//! | `bad_requests` | that every field that is wrong in any way is refused by its name |
//! | `sequences` | that nothing goes wrong in a hundred thousand random steps |
//! | `world` | what a test sees of the sandbox: transcript, requests, bytes that repeat, start and stop |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at the first surprise"
)]

mod actor;
mod bad_requests;
mod breakage;
mod client;
mod control;
mod document;
mod example;
mod idempotency;
mod keys;
mod lives;
mod payout_links;
mod payouts;
mod pool;
mod random;
mod refusals;
mod schema;
mod sequences;
mod transfers;
mod users;
mod values;
mod wire;
mod world;
