//! Test fixtures, fakes and servers. A test uses these modules and its own submodules, never another test.
//!
//! | file | holds |
//! |---|---|
//! | `world` | a sandbox and a client that talks to it |
//! | `clock` | a fake clock |
//! | `waiting` | clocks for tests that wait |
//! | `operator` | actions of people outside the API: claim a link, approve a payout |
//! | `wire` | a scripted TCP server, for answers that the sandbox cannot give |
//! | `tls_front` | a TLS server in front of a sandbox |
//! | `listener` | captures the logs of libraries |
//! | `mini` | a Dots in memory, as unkind as its documentation allows |
//! | `canaries` | values that must show nowhere |
//! | `sample` | an instance of any operation, answer and event |

pub(crate) mod canaries;
pub(crate) mod clock;
pub(crate) mod listener;
pub(crate) mod mini;
pub(crate) mod operator;
pub(crate) mod sample;
pub(crate) mod tls_front;
pub(crate) mod waiting;
pub(crate) mod wire;
pub(crate) mod world;
