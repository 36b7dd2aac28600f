//! HTTP as plain values: requests, replies, and what is sent below HTTP when a fault breaks it.

mod date;
mod incoming;
mod listener;
pub(crate) mod multipart;
mod origin;
mod raw_response;
mod reply;

pub(crate) use date::http_date;
pub(crate) use incoming::Incoming;
pub(crate) use listener::Listener;
pub use listener::listen_unused;
pub(crate) use origin::check_origin;
pub use raw_response::{Framing, Pace};
pub(crate) use raw_response::{RawResponse, WireFault};
pub(crate) use reply::{AppliedFault, JSON, Refusal, Reply, TEXT};
