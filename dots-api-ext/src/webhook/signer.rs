//! A webhook signer, to test a receiver.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::WebhookError;
use super::headers::HeaderFamily;
use super::key::Key;
use super::verifier::unix_seconds;

/// Signs deliveries as Dots does, to test your own receiver.
///
/// # Examples
/// ```
/// use std::time::SystemTime;
///
/// use dots_api_ext::webhook::{WebhookSigner, WebhookVerifier};
///
/// # fn main() -> Result<(), dots_api_ext::webhook::WebhookError> {
/// let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// let body = br#"{"event":"user.updated","user_id":"u1"}"#;
/// let headers = WebhookSigner::new(secret)?.sign("msg_1", SystemTime::now(), body);
///
/// let webhook = WebhookVerifier::new(secret)?.verify(&headers, body, SystemTime::now())?;
/// assert_eq!((webhook.id(), webhook.user_id().map(|id| id.as_str())), ("msg_1", Some("u1")));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct WebhookSigner {
    key: Key,
    family: HeaderFamily,
}

impl WebhookSigner {
    /// Creates a signer with the receiver's secret.
    ///
    /// # Errors
    /// Returns an error for the same secrets as [`WebhookVerifier::new`](super::WebhookVerifier::new).
    pub fn new(secret: impl AsRef<str>) -> Result<Self, WebhookError> {
        Ok(Self { key: Key::read(secret.as_ref())?, family: HeaderFamily::default() })
    }

    /// Sets the header names; `svix-…` by default.
    #[must_use]
    pub fn family(self, family: HeaderFamily) -> Self {
        Self { family, ..self }
    }

    /// Returns the three headers of a delivery with this message id and body, signed at `now`.
    #[must_use]
    pub fn sign(&self, id: &str, now: SystemTime, body: &[u8]) -> [(&'static str, String); 3] {
        let timestamp = unix_seconds(now).to_string();
        let mac = self.key.sign(id.as_bytes(), timestamp.as_bytes(), body);
        let [id_name, timestamp_name, signature_name] = self.family.names();
        let signature = format!("v1,{}", STANDARD.encode(mac));
        [(id_name, id.to_owned()), (timestamp_name, timestamp), (signature_name, signature)]
    }
}
