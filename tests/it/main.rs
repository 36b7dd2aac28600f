//! The workspace's tests, in one binary, through the public API.
//!
//! | file | proves |
//! |---|---|
//! | `payouts` | sending a payout: once, however often it is asked for |
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
//! | `doubt` | a refusal proves nothing while the key is in doubt |
//! | `errors` | every failure says whether money may have moved, and says it well |
//! | `transport` | no redirect, no endless answer, no plain http, no escaped path |
//! | `config` | settings: what is missing or malformed is named, and no secret shows |
//! | `operations` | all 82 operations can be called, the multipart one included |
//! | `reading` | answers that the document did not foresee are read, and survive a round trip |
//! | `redaction` | no secret and no personal datum shows in any `Debug` |
//! | `drift` | the snapshots that turn a change of the API into a red test, and the test of that test |
//!
//! `world` holds what they share: a sandbox and a client that talks to it. `operator` is what people
//! outside the API do. `wire` is a server of scripted bytes, for answers that no sandbox gives. `sample` makes an instance of any operation and of any answer.
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
mod config;
mod doubt;
mod drift;
mod errors;
mod flows;
mod operations;
mod operator;
mod options;
mod payout_links;
mod payout_requests;
mod payouts;
mod reading;
mod redaction;
mod sample;
mod transfers;
mod transport;
mod user_payouts;
mod users;
mod waiting;
mod wire;
mod world;
