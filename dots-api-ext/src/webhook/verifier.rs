//! Webhook signature verification: raw bytes in, a verified event out.
//!
//! # Why this code is ours
//! `WebhookVerifier::verify` is the only way to a `VerifiedWebhook`. The HMAC comes from the crates `hmac` and `sha2`,
//! the comparison from `subtle`; the rest is ours. The events are generated: one struct per payload, and one enum over
//! them, which keeps payloads that it cannot read.
//!
//! An event that is parsed before it is verified is an instruction from anyone. Of the two crates that verify such
//! webhooks, `standardwebhooks` accepts an empty secret, with which anyone can sign, and panics on a timestamp that
//! overflows; `svix` is correct and brings about eighty dependencies. Neither limits how much it reads. Generated
//! events turn a change of the document into a red snapshot.
//!
//! Considered: reading a payload without a name as the first type that fits. Five events about a user have the same
//! fields, and reporting a verified identity where a payout method was added is worse than `Unknown`. So an event name
//! is inferred only if no other event could have those fields.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dots_api::Timestamp;
use subtle::{Choice, ConstantTimeEq as _};

use super::error::{WebhookError, WebhookErrorKind};
use super::headers::{Envelope, WebhookHeaders};
use super::inference;
use super::key::Key;
use super::verified::VerifiedWebhook;

/// The maximum size of a body, 1 MiB; set your HTTP server's limit to it as well.
pub const MAX_BODY: usize = 1 << 20;

/// The maximum number of signatures of one delivery; a sender needs several only while a secret is rotated.
pub const MAX_SIGNATURES: usize = 16;

/// The default tolerance between the timestamp of a delivery and now, as in Svix' own libraries.
const TOLERANCE: Duration = Duration::from_secs(300);

/// The length of the base64 of 32 bytes.
const ENCODED: usize = 44;

/// Verifies that a delivery was signed with the endpoint's secret, and recently.
///
/// Create it at program start and share it. Its `Debug` shows no secret.
///
/// # Examples
/// While a secret is being rotated, accept both:
/// ```
/// use dots_api_ext::webhook::WebhookVerifier;
///
/// # fn main() -> Result<(), dots_api_ext::webhook::WebhookError> {
/// let verifier = WebhookVerifier::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?
///     .add_secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct WebhookVerifier {
    keys: Vec<Key>,
    tolerance: Duration,
}

impl WebhookVerifier {
    /// Creates a verifier with the secret of an endpoint as the dashboard shows it: `whsec_` and base64.
    ///
    /// # Errors
    /// Returns an error for a secret that is not base64 or has fewer than 16 bytes: with an empty secret, anyone could
    /// sign.
    pub fn new(secret: impl AsRef<str>) -> Result<Self, WebhookError> {
        Ok(Self { keys: vec![Key::read(secret.as_ref())?], tolerance: TOLERANCE })
    }

    /// Adds a secret; a delivery that is signed with any of them is accepted.
    ///
    /// # Errors
    /// Returns an error for the same secrets as [`new`](Self::new).
    pub fn add_secret(mut self, secret: impl AsRef<str>) -> Result<Self, WebhookError> {
        self.keys.push(Key::read(secret.as_ref())?);
        Ok(self)
    }

    /// Sets the tolerance between the timestamp of a delivery and now, in both directions; 300 seconds by default.
    ///
    /// Only whole seconds count. An attacker who records a delivery can replay it for this long, so keep the tolerance
    /// short and the retention of [`SeenEvents`](super::SeenEvents) long.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// Verifies a delivery and reads its event.
    ///
    /// Pass the raw body, byte for byte: a body that was parsed and serialized again does not verify.
    ///
    /// # Errors
    /// Returns an error for a delivery that fails verification. Answer it with 400; [`WebhookError::kind`] says why it
    /// failed. An event that this version does not know is not an error.
    pub fn verify<H>(
        &self,
        headers: &H,
        body: &[u8],
        now: SystemTime,
    ) -> Result<VerifiedWebhook, WebhookError>
    where
        H: WebhookHeaders + ?Sized,
    {
        let (id, timestamp) = self.prove(headers, body, now)?;
        let event = inference::read(body)?;
        Ok(VerifiedWebhook::new(id, timestamp, event, body))
    }

    /// Verifies everything but the content of the body.
    fn prove<H>(&self, headers: &H, body: &[u8], now: SystemTime) -> Result<(String, Timestamp), WebhookError>
    where
        H: WebhookHeaders + ?Sized,
    {
        if body.len() > MAX_BODY {
            let what = format!("the body has `{}` bytes; at most `{MAX_BODY}` are allowed", body.len());
            return Err(WebhookError::new(WebhookErrorKind::TooLarge, what));
        }
        let envelope = Envelope::open(headers)?;
        let timestamp = self.recent(envelope.timestamp, now)?;
        let offered = signatures(&envelope.signatures)?;
        let mut is_proven = Choice::from(0);
        for key in &self.keys {
            // The signature covers the timestamp as text, not as a number.
            let expected = key.sign(envelope.id.as_bytes(), envelope.timestamp, body);
            for signature in &offered {
                is_proven |= expected.ct_eq(signature);
            }
        }
        if !bool::from(is_proven) {
            let what = "no signature was made with the secret of this endpoint";
            return Err(WebhookError::new(WebhookErrorKind::Signature, what));
        }
        Ok((envelope.id.to_owned(), timestamp))
    }

    /// Reads the timestamp of a delivery and refuses one outside the tolerance.
    fn recent(&self, text: &[u8], now: SystemTime) -> Result<Timestamp, WebhookError> {
        let refused = |what: String| WebhookError::new(WebhookErrorKind::Timestamp, what);
        let sent: i64 = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| refused("its time is not a number of seconds".to_owned()))?;
        let now = unix_seconds(now);
        let distance = now.abs_diff(sent);
        let allowed = self.tolerance.as_secs();
        if distance > allowed {
            let side = if sent < now { "before" } else { "after" };
            return Err(refused(format!(
                "it was signed `{distance}s` {side} now; at most `{allowed}s` are allowed"
            )));
        }
        Timestamp::from_unix_seconds(sent).map_err(|_| refused("its time is out of range".to_owned()))
    }
}

/// The whole seconds since 1970, negative before, saturating.
pub(super) fn unix_seconds(time: SystemTime) -> i64 {
    let clamped = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => clamped(after.as_secs()),
        Err(before) => clamped(before.duration().as_secs()).saturating_neg(),
    }
}

/// The `v1` signatures, the version for secrets, of all lines; other versions and malformed ones are ignored.
///
/// A space divides two signatures, and a comma a version from its signature. A proxy that makes one line of several
/// puts a comma between those as well.
fn signatures(lines: &[&[u8]]) -> Result<Vec<[u8; 32]>, WebhookError> {
    let mut offered = Vec::new();
    for group in lines.iter().flat_map(|line| line.split(|byte| *byte == b' ')) {
        let mut parts = group.split(|byte| *byte == b',').filter(|part| !part.is_empty());
        while let Some(version) = parts.next() {
            offered.push((version, parts.next()));
        }
    }
    if offered.len() > MAX_SIGNATURES {
        let what = format!("it has `{}` signatures; at most `{MAX_SIGNATURES}` are allowed", offered.len());
        return Err(WebhookError::new(WebhookErrorKind::Header, what));
    }
    let of_version_1 = offered.into_iter().filter(|(version, _)| *version == b"v1");
    Ok(of_version_1.filter_map(|(_, signature)| decoded(signature?)).collect())
}

/// Decodes a signature; only the canonical encoding is accepted.
fn decoded(encoded: &[u8]) -> Option<[u8; 32]> {
    // The decoder needs three bytes for every four characters, padding included.
    let mut bytes = [0; ENCODED / 4 * 3];
    let length = STANDARD.decode_slice(encoded, &mut bytes).ok()?;
    bytes.get(..length)?.try_into().ok()
}
