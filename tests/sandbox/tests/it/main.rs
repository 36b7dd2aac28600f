//! The sandbox over real HTTP, through its public API.
//!
//! | module | tests |
//! |---|---|
//! | `document` | every one of the 82 operations is implemented, or says that it is not |
//! | `user_payouts` | payouts from users' wallets, and failed ones |
//! | `payout_batches` | many payouts in one call, each with its result |
//! | `transfer_batches` | many transfers in one call |
//! | `payments` | collecting money |
//! | `apps` | apps: creation, verification, deposits and withdrawals |
//! | `organizations` | the wallet above the apps, and the organization's transfers |
//! | `payouts` | send-payout: what it pays, answers and refuses |
//! | `idempotency` | repeated keys, and how long they are remembered |
//! | `keys` | repeated keys in every other reading of the documentation |
//! | `unkind_keys` | what no page says about keys, played in the way that hurts most |
//! | `outside` | what clients found that were not written here |
//! | `payout_links` | payout links: created, delivered, found, listed and canceled |
//! | `vendors` | vendors and their payment methods |
//! | `payables` | payables: the whole life cycle, and every change that it must not make |
//! | `approvals` | approval policies and approvers |
//! | `payable_files` | files attached to payables, and payables created from files |
//! | `link_lifecycle` | payout links over time: deliveries, bank debits, expiry |
//! | `claims` | claims: who may claim a link, where its money goes, and reversals |
//! | `payout_requests` | payouts that need an approval first |
//! | `transfers` | transfers between an app and its users, and their transactions |
//! | `control` | the control API: audit, clock, options, transcript |
//! | `pages` | the payee's page and the operator's, over plain HTTP |
//! | `pages_controls` | the controls on the pages |
//! | `pages_browser` | both pages in headless Chromium or Chrome, where one is installed |
//! | `independent_client` | a client in Python, written from the documentation alone, where Python is installed |
//! | `users` | users: creation, updates and deletion |
//! | `compliance` | phone verification and tax forms of users |
//! | `payout_methods` | payout methods of users, and the default one |
//! | `flows` | flows and their steps |
//! | `payment_customers` | the people who pay an app |
//! | `webhooks` | webhooks: subscriptions, signatures, retries |
//! | `webhook_forms` | webhook bodies: every event, and each form that the sources show |
//! | `webhook_faults` | faults of deliveries |
//! | `faults` | fault injection: what the client sees, and what has happened |
//! | `faults_wire` | fault injection where the connection itself breaks |
//! | `faults_drawn` | random faults, and faults over the control API |
//! | `refusals` | requests that are refused before they reach a handler |
//! | `bad_requests` | every invalid field is refused by its name |
//! | `sequences` | random sequences: many short ones, and 100,000 steps of long ones |
//! | `state` | state files: what is restored, and which files are refused |
//! | `program` | the binary: how it starts and ends, and its error messages |
//! | `readme_tour` | the README's commands do what it says |
//! | `sandbox_handle` | the handle: transcript, requests, reproducible bytes, start and stop |

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
mod outside;
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
mod unkind_keys;
mod user_payouts;
mod users;
mod vendors;
mod webhook_faults;
mod webhook_forms;
mod webhooks;
