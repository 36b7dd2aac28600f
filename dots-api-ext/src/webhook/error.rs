//! The error type of webhook verification.

use std::borrow::Cow;
use std::fmt;

/// The error of a webhook that failed verification, or of an unusable secret.
///
/// It shows neither the secret nor anything of the body.
///
/// # Examples
/// ```
/// use dots_api_ext::webhook::{WebhookErrorKind, WebhookVerifier};
///
/// let error = WebhookVerifier::new("whsec_").unwrap_err();
/// assert_eq!(error.kind(), WebhookErrorKind::Secret);
/// assert_eq!(error.to_string(), "could not use a webhook secret: it holds `0` bytes; at least `16` are required");
/// ```
#[derive(Debug)]
pub struct WebhookError {
    kind: WebhookErrorKind,
    what: Cow<'static, str>,
    source: Option<serde_json::Error>,
}

/// What a [`WebhookError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WebhookErrorKind {
    /// The secret is malformed or too short to be secure.
    Secret,
    /// A header is missing or malformed, or holds too many signatures.
    Header,
    /// A header or the body is larger than anything that Dots sends.
    TooLarge,
    /// The delivery was signed too long ago, or in the future.
    Timestamp,
    /// No signature matches any of the secrets: a forgery, or the secret of another endpoint.
    Signature,
    /// The signature is valid, but the body is not JSON.
    Payload,
}

impl WebhookError {
    pub(super) fn new(kind: WebhookErrorKind, what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    pub(super) fn payload(source: serde_json::Error) -> Self {
        let what = "the signature is valid, but the body is not json".into();
        Self { kind: WebhookErrorKind::Payload, what, source: Some(source) }
    }

    /// Returns what the error is about.
    #[must_use]
    pub fn kind(&self) -> WebhookErrorKind {
        self.kind
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tried = match self.kind {
            WebhookErrorKind::Secret => "use a webhook secret",
            WebhookErrorKind::Payload => "read a webhook",
            _ => "verify a webhook",
        };
        write!(f, "could not {tried}: {}", self.what)
    }
}

impl std::error::Error for WebhookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
