//! What `tls` has, without TLS: plain `http` on this machine, and nothing else.

use crate::error::Error;

/// Stands where the settings of TLS would.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tls;

impl Tls {
    /// Refuses what would need TLS.
    pub(super) fn set_up(
        &self,
        builder: reqwest::ClientBuilder,
        is_used: bool,
    ) -> Result<reqwest::ClientBuilder, Error> {
        if is_used {
            return Err(Error::not_sent(
                "could not build the http client: `https` needs the feature `rustls-ring`, `rustls-aws-lc-rs` or \
                 `rustls-no-provider`",
            ));
        }
        Ok(builder)
    }
}
