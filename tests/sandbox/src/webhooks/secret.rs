//! Signing secrets, shared by the sandbox and the receiver.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::WebhookError;
use crate::state::Ids;

const PREFIX: &str = "whsec_";

/// The series of the bytes from which secrets are drawn.
const SERIES: u64 = u64::MAX;

/// A signing secret: `whsec_` and the base64 of 24 to 64 bytes.
#[derive(Clone)]
pub(super) struct Secret {
    text: String,
    keyed: Hmac<Sha256>,
}

impl Secret {
    /// Parses a secret as a dashboard shows it.
    ///
    /// # Errors
    /// Returns an error that says what is wrong, without repeating the secret.
    pub(super) fn read(text: &str) -> Result<Self, WebhookError> {
        let encoded =
            text.strip_prefix(PREFIX).ok_or(WebhookError::secret("it does not begin with `whsec_`"))?;
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| WebhookError::secret("what follows `whsec_` is not base64 with padding"))?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(WebhookError::secret("it must hold 24 to 64 bytes"));
        }
        let keyed = Hmac::new_from_slice(&bytes)
            .map_err(|_| WebhookError::secret("it does not have the length of a key"))?;
        Ok(Self { text: text.to_owned(), keyed })
    }

    /// Draws the secret of an endpoint that was given none; it repeats with the seed.
    pub(super) fn drawn(ids: Ids, number: u64) -> Result<Self, WebhookError> {
        let halves = [number.wrapping_mul(2), number.wrapping_mul(2).wrapping_add(1)];
        let bytes: Vec<u8> = halves.iter().flat_map(|half| ids.bytes(SERIES, *half)).take(24).collect();
        Self::read(&format!("{PREFIX}{}", STANDARD.encode(bytes)))
    }

    /// Returns the secret in the form that the receiver needs.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Signs the concatenation of the parts.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut keyed = self.keyed.clone();
        for part in parts {
            keyed.update(part);
        }
        keyed.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(whsec_…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn a_secret_is_24_to_64_bytes_behind_its_prefix_and_an_error_never_repeats_it() {
        let short = format!("{PREFIX}{}", STANDARD.encode([7; 23]));
        let long = format!("{PREFIX}{}", STANDARD.encode([7; 65]));
        for wrong in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqr*", &short, &long] {
            let error = Secret::read(wrong).unwrap_err().to_string();
            assert!(error.starts_with("a signing secret cannot be used: "), "{error}");
            assert!(!error.contains(wrong.trim_start_matches(PREFIX)), "{error}");
        }
        let right = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(right.text(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assert_eq!(format!("{right:?}"), "Secret(whsec_…)");
    }

    #[test]
    fn drawn_secrets_differ_and_repeat_with_the_seed() {
        let drawn = |seed, number| Secret::drawn(Ids::new(seed), number).unwrap().text().to_owned();
        assert_eq!(drawn(1, 0), drawn(1, 0));
        assert_ne!(drawn(1, 0), drawn(1, 1));
        assert_ne!(drawn(1, 0), drawn(2, 0));
    }
}
