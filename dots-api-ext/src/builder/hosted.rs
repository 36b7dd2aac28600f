//! What a client takes from the machine that it runs on, unless it is given: a network and a clock.

use std::sync::Arc;
use std::time::Duration;

use dots_api::Transport;

use super::DotsBuilder;
use crate::clock::{Clock, SystemClock};
use crate::config::Environment;
use crate::error::Error;
use crate::transport::{Cryptography, HardenedTransport};

/// Holds the settings of the network.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    cryptography: Cryptography,
}

impl Machine {
    /// Makes what carries requests over the network.
    pub(super) fn transport(
        self,
        environment: &Environment,
        timeout: Duration,
    ) -> Result<Arc<dyn Transport>, Error> {
        Ok(Arc::new(HardenedTransport::new(environment, timeout, self.cryptography)?))
    }

    /// Returns the machine's clock.
    pub(super) fn clock() -> Result<Arc<dyn Clock>, Error> {
        Ok(Arc::new(SystemClock))
    }
}

impl DotsBuilder {
    /// Sets the cryptography of TLS, such as one that your auditors have approved.
    ///
    /// Unless set, it is that of the feature `rustls-ring` or `rustls-aws-lc-rs`; with neither of them, that which the
    /// process has installed.
    #[cfg(feature = "rustls-no-provider")]
    #[must_use]
    pub fn crypto_provider(mut self, provider: Arc<rustls::crypto::CryptoProvider>) -> Self {
        self.machine.cryptography = Some(provider);
        self
    }
}
