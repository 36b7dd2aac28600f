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
//! | `pages` | the payee's page and the operator's, over plain HTTP |
//! | `pages_browser` | both pages in headless Chromium, where it is installed |
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

mod client;
mod control;
mod document;
mod example;
mod idempotency;
mod keys;
mod pages;
mod pages_browser;
mod payout_links;
mod payouts;
mod refusals;
mod transfers;
mod users;
mod webdriver;
mod world;
