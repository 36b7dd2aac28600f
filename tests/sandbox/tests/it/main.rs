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
//! | `vendors` | who sends bills, and into which accounts they are paid |
//! | `payables` | the whole life of a payable, and every step that it must not take |
//! | `approvals` | who must approve what, and who may |
//! | `payable_files` | invoices attached to payables, and payables made from them |
//! | `link_lifecycle` | where links go with the clock: deliveries, bank debits, the end of their time |
//! | `claims` | who claims a link, where its money goes, and how it comes back |
//! | `payout_requests` | payouts that wait for somebody's yes or no |
//! | `transfers` | how money goes from an app to its users and back, and what transactions tell of it |
//! | `control` | the sandbox's own routes: audit, clock, options, transcript |
//! | `pages` | the payee's page and the operator's, over plain HTTP |
//! | `pages_controls` | what the operator's page and a flow's switch, decide and complete |
//! | `pages_browser` | both pages in headless Chromium or Chrome, where one is installed |
//! | `independent_client` | a client in Python that was written from the documentation alone, where Python is there |
//! | `users` | how users come, change and go |
//! | `compliance` | how users prove a phone number and sign tax forms, and what is seen of it |
//! | `payout_methods` | where users want their money, and which way is the default |
//! | `flows` | how flows are made and their steps finished |
//! | `payment_customers` | who pays an app |
//! | `webhooks` | that what happens is told, signed, again when it failed, and to whom |
//! | `webhook_forms` | the bodies: every event, and each form that the sources show |
//! | `webhook_faults` | deliveries that go wrong on demand |
//! | `faults` | what goes wrong on demand, what the client sees of it and what has happened then |
//! | `faults_wire` | the same where the connection itself breaks |
//! | `faults_drawn` | what a seed draws, and faults from outside |
//! | `refusals` | what is refused before anything is decided |
//! | `bad_requests` | that every field that is wrong in any way is refused by its name |
//! | `sequences` | that nothing goes wrong in many short random sequences, nor in 100,000 steps of long ones |
//! | `state` | that a world comes back from its file, and which files are refused |
//! | `program` | how the real binary starts and ends, and what it says to bad arguments |
//! | `readme_tour` | that the README's commands do what it says |
//! | `sandbox_handle` | what a test sees of the sandbox: transcript, requests, bytes that repeat, start and stop |

#![allow(
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod approvals;
mod apps;
mod bad_requests;
mod claims;
mod compliance;
mod control;
mod document;
mod faults;
mod faults_drawn;
mod faults_wire;
mod flows;
mod idempotency;
mod independent_client;
mod keys;
mod link_lifecycle;
mod organizations;
mod pages;
mod pages_browser;
mod pages_controls;
mod payable_files;
mod payables;
mod payment_customers;
mod payments;
mod payout_batches;
mod payout_links;
mod payout_methods;
mod payout_requests;
mod payouts;
mod program;
mod readme_tour;
mod refusals;
mod sandbox_handle;
mod sequences;
mod state;
mod support;
mod transfer_batches;
mod transfers;
mod user_payouts;
mod users;
mod vendors;
mod webhook_faults;
mod webhook_forms;
mod webhooks;
