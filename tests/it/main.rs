//! The workspace's tests, in one binary, through the public API.
//!
//! | file | proves |
//! |---|---|
//! | `payouts` | sending a payout: once, however often it is asked for |
//! | `doubt` | a refusal proves nothing while the key is in doubt |
//! | `errors` | every failure says whether money may have moved, and says it well |
//! | `transport` | no redirect, no endless answer, no plain http, no escaped path |
//! | `limits` | what is read of an answer: as it came, up to a limit, in bounded memory |
//! | `proxy` | a proxy that is set for the outside sees nothing of what stays on this machine |
//! | `config` | settings: what is missing or malformed is named, and no secret shows |
//! | `operations` | all 82 operations can be called, the multipart one included |
//! | `reading` | answers that the document did not foresee are read, and survive a round trip |
//! | `redaction` | no secret and no personal datum shows in any `Debug` |
//! | `drift` | the snapshots that turn a change of the API into a red test, and the test of that test |
//!
//! `world` holds what they share: a sandbox and a client that talks to it. `wire` is a server of scripted bytes, for
//! answers that no sandbox gives. `sample` makes an instance of any operation and of any answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise and say why"
)]
#![forbid(unsafe_code)]

mod config;
mod doubt;
mod drift;
mod errors;
mod limits;
mod operations;
mod payouts;
mod proxy;
mod reading;
mod redaction;
mod sample;
mod transport;
mod wire;
mod world;
