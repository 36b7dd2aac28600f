//! The engine: sends one call, attempt by attempt, and reports what came of it.
//!
//! - [`call`]: lease the key, wait for admission, send, retry, report
//! - [`attempt`]: what one attempt brought back, and the error that it is
//! - [`admission`]: the circuit breakers and the pacer of a client, joined
//! - `give_up`: why a call sends nothing more
//! - `trace`: with the feature `tracing`, what a call tells a tracing subscriber

pub(crate) mod admission;
pub(crate) mod attempt;
pub(crate) mod call;
mod denial;
mod give_up;
#[cfg(feature = "tracing")]
mod trace;
