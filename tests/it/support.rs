//! Test fixtures, fakes and servers. A test uses these modules and its own submodules, never another test.
//!
//! | file | holds |
//! |---|---|
//! | `world` | a sandbox and a client that talks to it |
//! | `clock` | a clock that tests move |
//! | `waiting` | clocks for tests that wait |
//! | `operator` | what people outside the API do: claim a link, approve a payout |
//! | `wire` | a server of scripted bytes, for answers that the sandbox never gives |
//! | `tls_front` | a TLS server in front of a sandbox |
//! | `listener` | a listener to what libraries log |
//! | `canaries` | values that must show nowhere |
//! | `sample` | an instance of any operation, answer and event |

pub(crate) mod canaries;
pub(crate) mod clock;
pub(crate) mod listener;
pub(crate) mod operator;
pub(crate) mod sample;
pub(crate) mod tls_front;
pub(crate) mod waiting;
pub(crate) mod wire;
pub(crate) mod world;
