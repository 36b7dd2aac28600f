//! What `native` has, where there is no machine to take it from: WebAssembly.

use std::sync::Arc;

use dots_api::Transport;

use crate::error::Error;
use crate::network::config::Environment;
use crate::policy::clock::Clock;

/// Stands where the settings of the network would.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Platform;

impl Platform {
    /// Says that a transport must be given.
    pub(super) fn transport(&self, _: &Environment) -> Result<Arc<dyn Transport>, Error> {
        Err(missing())
    }

    /// Says that a clock must be given; that of the standard library panics here.
    pub(super) fn clock() -> Result<Arc<dyn Clock>, Error> {
        Err(missing())
    }
}

fn missing() -> Error {
    Error::settings(
        "could not make a client: WebAssembly has no network and no clock, so `transport` and `clock` must be set",
    )
}
