//! What a client takes from the machine that it runs on, unless it is given: a network and a clock.

use std::sync::Arc;

use dots_api::Transport;

use super::DotsBuilder;
use crate::error::Error;
use crate::network::config::Environment;
use crate::network::transport::{HardenedTransport, Network};
use crate::policy::clock::{Clock, SystemClock};

/// Holds the settings of the network.
#[derive(Clone, Debug, Default)]
pub(super) struct Platform {
    network: Network,
}

impl Platform {
    /// Makes what carries requests over the network.
    pub(super) fn transport(&self, environment: &Environment) -> Result<Arc<dyn Transport>, Error> {
        Ok(Arc::new(HardenedTransport::new(environment, &self.network)?))
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
        self.platform.network.tls.cryptography = Some(provider);
        self
    }

    /// Trusts one more root certificate besides the platform's, such as that of your company's own authority; several
    /// when it is called several times, or given a text of several.
    ///
    /// It takes PEM or DER; [`build`](Self::build) refuses anything else. Whoever holds the root's key can stand
    /// between you and Dots, and read the API key. Android takes no root from a program.
    #[cfg(feature = "_tls")]
    #[must_use]
    pub fn root_certificate(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.platform.network.tls.roots.add(certificate.into());
        self
    }

    /// Goes past the proxy that the machine's variables name, `HTTPS_PROXY` or `ALL_PROXY`.
    ///
    /// Unless set, calls to the outside go through it, by `CONNECT`: it sees where a call goes and nothing of what it
    /// says. Calls to this machine never do.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.platform.network.ignores_proxies = true;
        self
    }
}
