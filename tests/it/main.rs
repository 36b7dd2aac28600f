//! The workspace's tests, in one binary, through the public API.
//!
//! | file | proves |
//! |---|---|
//! | `readme` | the program that README.md shows pays once, run after run |
//! | `payouts` | a payout is paid once, however often it is sent |
//! | `retry` | retries: only where they cannot pay twice, with backoff, and not forever |
//! | `matrix` | every fault against every kind of operation: no double payment, and no payment reported as not made |
//! | `chaos` | random programs against an unkind Dots: nothing is paid twice, denied, late, shut out or hung |
//! | `regressions` | bugs of other clients that no other test here would notice |
//! | `look_up` | reconciliation finds what a lost call created |
//! | `given_away` | a key that has left the program may have been sent by another process |
//! | `paid_twice` | ways to pay twice that were found from outside, and others like them |
//! | `denied` | payments that were called refused, unsent or unseen, and others like them |
//! | `shut_out` | calls that hung, were shut out or took the program with them, and others like them |
//! | `payout_links` | a link pays once and only where it may be claimed |
//! | `payout_requests` | nothing is paid before an approval |
//! | `users` | from a name to a verified user with a tax form and a payout method |
//! | `flows` | hosted pages that lead a user through steps |
//! | `transfers` | transfers between app and user, with the right sign |
//! | `user_payouts` | payouts from a user's wallet, funded by the app or not |
//! | `batches` | thousands of payouts in one call, each paid once |
//! | `waiting` | polling until an object has a status, without real sleeps |
//! | `options` | options affect only their own call, and every call that takes a key has one |
//! | `bad_input` | invalid input fails with nothing sent |
//! | `key_registry` | a refusal proves nothing while the key is in doubt |
//! | `cross_check` | an answer about another payment is not a success |
//! | `link_following` | no link or id in an answer leads the client elsewhere |
//! | `errors` | every failure says whether money may have moved, in a readable message |
//! | `transport` | no redirect, no endless answer, no plain http, no escaped path |
//! | `limits` | body limits: an answer is read up to a limit, in bounded memory |
//! | `tls` | nothing is sent to a server whose certificate is not trusted |
//! | `proxy` | calls to this machine and calls with `no_proxy` bypass the configured proxy |
//! | `config` | errors name the missing or malformed setting, and show no secret |
//! | `face` | what a program reads from the client, prints of it and makes for its own tests |
//! | `pagination` | lists are read to their end, in both directions, and always end |
//! | `operations` | all 82 operations can be called, the multipart one included |
//! | `reading` | lenient parsing: undocumented answers are read, and survive a round trip |
//! | `webhook` | webhooks are read when their signature is valid, and not otherwise |
//! | `redaction` | no `Debug` shows a secret or personal data |
//! | `canary` | planted secrets appear in no text, log or panic, in any encoding |
//! | `tracing` | the span and events of a call |
//! | `blocking` | the blocking client |
//! | `outbox` | each reference is paid once, across crashes and days, with a file that says what it knows |
//! | `outbox_postgres` | the same on PostgreSQL: planned in a caller's transaction, paid once by any number of workers |
//! | `stories` | end-to-end scenarios, one per tag, which together carry out all 82 operations |
//! | `public_api` | snapshots that show each change of what users can name and call |
//! | `packages` | what is published says what it is and stands alone |
//! | `drift` | snapshots that turn red when the API changes, and a test of these snapshots |
//!
//! `support` holds what they share: fixtures, fakes and servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise and say why"
)]
#![forbid(unsafe_code)]

mod attack {
    mod found;
}
mod bad_input;
mod batches;
mod blocking;
mod canary;
#[allow(
    clippy::enum_variant_names,
    clippy::new_ret_no_self,
    clippy::needless_pass_by_value,
    reason = "names say what a program does, and a letter is carried out once"
)]
mod chaos;
mod config;
mod cross_check;
mod denied;
mod drift;
mod errors;
mod face;
mod flows;
mod given_away;
mod key_registry;
mod limits;
mod link_following;
mod look_up;
mod matrix;
mod operations;
mod options;
mod outbox;
mod outbox_postgres;
mod own_bodies;
mod packages;
mod pagination;
mod paid_twice;
mod payout_links;
mod payout_requests;
mod payouts;
mod proxy;
mod public_api;
mod reading;
mod readme;
mod redaction;
mod regressions;
mod retry;
mod shut_out;
mod stored;
mod stories;
mod support;
mod tls;
mod tracing;
mod transfers;
mod transport;
mod user_payouts;
mod users;
mod waiting;
mod webhook;
