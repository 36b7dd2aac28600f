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
//! | `faults` | what goes wrong on demand, what the client sees of it and what has happened then |
//! | `faults_wire` | the same where the connection itself breaks |
//! | `faults_drawn` | what a seed draws, and faults from outside |
//! | `refusals` | what is refused before anything is decided |
//! | `world` | what a test sees of the sandbox: transcript, requests, bytes that repeat, start and stop |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod client;
mod control;
mod document;
mod example;
mod faults;
mod faults_drawn;
mod faults_wire;
mod idempotency;
mod keys;
mod payout_links;
mod payouts;
mod refusals;
mod transfers;
mod users;
mod wire;
mod world;
