//! Per-call options: timeout, retry policy, app, user address and headers.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use dots_api::AppId;
use http::{HeaderName, HeaderValue};

use crate::dots::Dots;
use crate::error::Error;
use crate::policy::key_registry::EarlierSends;
use crate::policy::retry::RetryPolicy;

/// The options of one call; unset ones come from the client.
#[derive(Clone, Default)]
pub(super) struct CallOptions {
    pub(super) timeout: Option<Duration>,
    pub(super) policy: Option<RetryPolicy>,
    pub(super) earlier: Option<EarlierSends>,
    pub(super) app: Option<AppId>,
    pub(super) user_ip: Option<IpAddr>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl CallOptions {
    /// Applies the options that are set to a client.
    ///
    /// # Errors
    /// Returns an error for an app or a header that a request cannot carry.
    pub(super) fn set_on(&self, dots: &mut Dots) -> Result<(), Error> {
        if let Some(timeout) = self.timeout {
            *dots = dots.with_timeout(timeout);
        }
        if let Some(policy) = &self.policy {
            *dots = dots.with_retry(policy.clone());
        }
        if let Some(sends) = self.earlier {
            *dots = dots.with_earlier(sends);
        }
        if let Some(app) = &self.app {
            *dots = dots.with_app(app)?;
        }
        if let Some(address) = self.user_ip {
            *dots = dots.with_user_ip(address)?;
        }
        for (name, value) in &self.headers {
            *dots = dots.with_header(name.clone(), value.clone())?;
        }
        Ok(())
    }
}

impl fmt::Debug for CallOptions {
    /// Shows header names only: a value may be a secret, and an address is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("policy", &self.policy)
            .field("earlier", &self.earlier)
            .field("app", &self.app)
            .field("has_user_ip", &self.user_ip.is_some())
            .field("headers", &headers)
            .finish()
    }
}
