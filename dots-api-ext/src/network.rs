//! The network: where Dots is, who calls, and one attempt over HTTP.

pub(crate) mod config;
pub(crate) mod credentials;
pub(crate) mod failure;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod transport;
