//! The signing key: a decoded webhook secret.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::error::{WebhookError, WebhookErrorKind};

/// The prefix of a secret in the dashboard; like Svix, this SDK also accepts a secret without it.
const PREFIX: &str = "whsec_";

/// The minimum length of a secret; Svix generates 24 bytes. With an empty secret, anyone could sign.
const FEWEST: usize = 16;

/// A keyed hash, so that the key is processed once and not for each delivery.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    /// Reads a secret in the form that the dashboard shows.
    pub(super) fn read(secret: &str) -> Result<Self, WebhookError> {
        let refused = |what: String| WebhookError::new(WebhookErrorKind::Secret, what);
        if let Some(mistake) = mistake_in(secret) {
            return Err(refused(mistake.to_owned()));
        }
        // The decoder's own error would reveal a character of the secret.
        let bytes = STANDARD
            .decode(secret.strip_prefix(PREFIX).unwrap_or(secret))
            .map_err(|_| refused(format!("it is not `{PREFIX}` and base64 with padding")))?;
        if bytes.len() < FEWEST {
            return Err(refused(format!(
                "it holds `{}` bytes; at least `{FEWEST}` are required",
                bytes.len()
            )));
        }
        let keyed = Hmac::new_from_slice(&bytes)
            .map_err(|_| refused("a key of this length is not possible".to_owned()))?;
        Ok(Self(keyed))
    }

    /// Signs a delivery: HMAC-SHA256 over `id.timestamp.body`.
    pub(super) fn sign(&self, id: &[u8], timestamp: &[u8], body: &[u8]) -> [u8; 32] {
        let mut keyed = self.0.clone();
        for part in [id, b".", timestamp, b".", body] {
            keyed.update(part);
        }
        keyed.finalize().into_bytes().into()
    }
}

/// Names a common mistake in copying a secret.
fn mistake_in(secret: &str) -> Option<&'static str> {
    let is_quoted = |quote: char| secret.trim().starts_with(quote) || secret.trim().ends_with(quote);
    if secret.trim().is_empty() {
        Some("it is empty")
    } else if ['"', '\'', '`'].into_iter().any(is_quoted) {
        Some("it stands in quotation marks, which are no part of it")
    } else if secret.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Some("it holds a space or a line end, which are no part of it")
    } else if secret.starts_with("v1,") || secret.starts_with("v1a,") {
        Some("it is a signature, and not the secret of the endpoint")
    } else if secret.starts_with("sk_") || secret.starts_with("pk_") {
        Some("it is a credential of the API, and not the secret of the endpoint")
    } else {
        None
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}
