//! The sandbox over real HTTP, through its public API.
//!
//! | file | tells |
//! |---|---|
//! | `document` | that each of the 82 operations is played or says that it is not |
//! | `user_payouts` | how users are paid from their wallets, and what happens when that fails |
//! | `payout_batches` | how many are paid at once, and what becomes of each |
//! | `transfer_batches` | how many transfers are made at once |
//! | `payments` | how money is collected |
//! | `apps` | how apps come, are verified, and move money between wallet and bank |
//! | `organizations` | the wallet above the apps, and what it shares with them |
//! | `payouts` | what send-payout pays, answers and refuses |
//! | `idempotency` | what a repeated key does, and for how long |
//! | `keys` | what keys do in every other reading of the documentation |
//! | `payout_links` | how links are made, delivered, found, listed and canceled |
//! | `transfers` | how money goes from an app to its users and back, and what transactions tell of it |
//! | `control` | the sandbox's own routes: audit, clock, options, transcript |
//! | `users` | how users come, change and go |
//! | `refusals` | what is refused before anything is decided |
//! | `world` | what a test sees of the sandbox: transcript, requests, bytes that repeat, start and stop |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod apps;
mod client;
mod control;
mod document;
mod example;
mod idempotency;
mod keys;
mod organizations;
mod payments;
mod payout_batches;
mod payout_links;
mod payouts;
mod refusals;
mod transfer_batches;
mod transfers;
mod user_payouts;
mod users;
mod world;
