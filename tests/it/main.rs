//! The workspace's tests, in one binary, through the public API.
//!
//! | file | proves |
//! |---|---|
//! | `readme` | the program that README.md shows pays once, run after run |
//! | `payouts` | sending a payout: once, however often it is asked for |
//! | `retry` | what breaks is asked again where that cannot pay twice, politely and not for ever |
//! | `matrix` | every fault against every kind of operation: nobody is paid twice, no payment is denied |
//! | `regressions` | what other clients get wrong and only one test of this one would notice |
//! | `look_up` | what a lost call made is found again |
//! | `payout_links` | a link pays once and only where it may be claimed |
//! | `payout_requests` | nothing is paid before somebody approves |
//! | `users` | from a name to a verified user with a tax form and a payout method |
//! | `flows` | the pages that lead a user through steps |
//! | `transfers` | money between app and user, with the sign where it belongs |
//! | `user_payouts` | paying out of a user's wallet, funded or not |
//! | `batches` | thousands of payouts in one call, each once |
//! | `waiting` | looking until it has happened, without sleeping |
//! | `options` | the options of one call reach that call alone, and every call that takes a key has one |
//! | `bad_input` | what cannot be right is refused with nothing sent |
//! | `key_registry` | a refusal proves nothing while the key is in doubt |
//! | `cross_check` | an answer that speaks of another payment is no success |
//! | `link_following` | nothing that an answer says leads elsewhere |
//! | `errors` | every failure says whether money may have moved, and says it well |
//! | `transport` | no redirect, no endless answer, no plain http, no escaped path |
//! | `limits` | what is read of an answer: as it came, up to a limit, in bounded memory |
//! | `tls` | over TLS, only a server that proves who it is hears anything |
//! | `proxy` | a proxy that is set for the outside sees nothing of what stays on this machine, nor of what goes past it |
//! | `config` | settings: what is missing or malformed is named, and no secret shows |
//! | `pagination` | lists are read to their end, both ways, and never for ever |
//! | `operations` | all 82 operations can be called, the multipart one included |
//! | `reading` | answers that the document did not foresee are read, and survive a round trip |
//! | `webhook` | what Dots tells unasked is read when it is signed, and not otherwise |
//! | `redaction` | no secret and no personal datum shows in any `Debug` |
//! | `canary` | planted secrets show in no text, log or panic, in no form |
//! | `tracing` | what a call tells a tracing subscriber |
//! | `blocking` | the client for programs that are not async |
//! | `stories` | what people want of the API, one story per tag, and that together they carry out all 82 operations |
//! | `drift` | the snapshots that turn a change of the API into a red test, and the test of that test |
//!
//! `support` holds what they share.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise and say why"
)]
#![forbid(unsafe_code)]

mod bad_input;
mod batches;
mod blocking;
mod canary;
mod config;
mod cross_check;
mod drift;
mod errors;
mod flows;
mod key_registry;
mod limits;
mod link_following;
mod look_up;
mod matrix;
mod operations;
mod options;
mod pagination;
mod payout_links;
mod payout_requests;
mod payouts;
mod proxy;
mod reading;
mod readme;
mod redaction;
mod regressions;
mod retry;
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
