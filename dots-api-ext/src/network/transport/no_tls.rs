//! What `tls` has, without TLS: plain `http` on this machine, and nothing else.

use crate::error::Error;

/// Stands where the settings of TLS would.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tls;

/// Stands where a configuration of TLS would.
#[derive(Clone, Copy, Debug)]
pub(super) struct TlsConfig;

impl Tls {
    /// Refuses what would need TLS.
    pub(super) fn config(&self, is_used: bool) -> Result<TlsConfig, Error> {
        if is_used {
            return Err(Error::settings(
                "could not build the http client: `https` needs the feature `rustls-ring`, `rustls-aws-lc-rs` or \
                 `rustls-no-provider`",
            ));
        }
        Ok(TlsConfig)
    }
}

impl TlsConfig {
    /// Leaves an HTTP client as it is.
    pub(super) fn set_up(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder
    }
}

/// Whether the reason of an error is TLS: never.
pub(super) fn is_at_fault(_: &(dyn std::error::Error + 'static)) -> bool {
    false
}
