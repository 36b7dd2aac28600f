//! The verifier: raw bytes in, a proven webhook out.

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

/// The most bytes of a body, 1 MiB; set the limit of your HTTP server to it as well.
pub const MAX_BODY: usize = 1 << 20;

/// The most signatures of one delivery; a sender needs one for each secret that is being changed.
pub const MAX_SIGNATURES: usize = 16;

/// How far the time of a delivery may be from now: what Svix' own libraries allow.
const TOLERANCE: Duration = Duration::from_secs(300);

/// The length of the base64 of 32 bytes.
const ENCODED: usize = 44;

/// Proves that a delivery was sent by whoever knows the endpoint's secret, and sent just now.
///
/// Make one at the start of the program and share it. Its `Debug` shows no secret.
///
/// # Examples
/// While a secret is being changed, both are good:
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
    /// Takes the secret of an endpoint as the dashboard shows it, `whsec_` and base64.
    ///
    /// # Errors
    /// Returns an error for a secret that is not base64 or that holds fewer than 16 bytes: under an empty secret,
    /// everybody could sign.
    pub fn new(secret: impl AsRef<str>) -> Result<Self, WebhookError> {
        Ok(Self { keys: vec![Key::read(secret.as_ref())?], tolerance: TOLERANCE })
    }

    /// Takes one more secret; a delivery that is signed with any of them is good.
    ///
    /// # Errors
    /// Returns an error where [`new`](Self::new) does.
    pub fn add_secret(mut self, secret: impl AsRef<str>) -> Result<Self, WebhookError> {
        self.keys.push(Key::read(secret.as_ref())?);
        Ok(self)
    }

    /// Sets how far the time of a delivery may be from now, before and after; 300 seconds unless set.
    ///
    /// Whole seconds count. Whoever records a delivery can send it again for so long, so keep this short and
    /// [`SeenEvents`](super::SeenEvents) long.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// Proves a delivery and reads its event.
    ///
    /// `body` is what came over the wire, byte for byte: parsed and written again, it would not verify.
    ///
    /// # Errors
    /// Returns an error for a delivery that is not proven; [`WebhookError::kind`] says why, and the answer to each is
    /// 400. An event that this version does not know is no error.
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

    /// Checks everything but what the body says.
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
        let offered = signatures(envelope.signatures)?;
        let mut is_proven = Choice::from(0);
        for key in &self.keys {
            // The time is signed as it was written, not as it is understood.
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

    /// Reads the time of a delivery and refuses one that is far from now.
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

/// The whole seconds since 1970, fewer than none before; a clock that is further off counts as that far.
pub(super) fn unix_seconds(time: SystemTime) -> i64 {
    let clamped = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => clamped(after.as_secs()),
        Err(before) => clamped(before.duration().as_secs()).saturating_neg(),
    }
}

/// The signatures of the one version that there is for secrets; other versions, and what is none, prove nothing.
fn signatures(header: &[u8]) -> Result<Vec<[u8; 32]>, WebhookError> {
    let all = || header.split(|byte| *byte == b' ').filter(|one| !one.is_empty());
    let count = all().count();
    if count > MAX_SIGNATURES {
        let what = format!("it has `{count}` signatures; at most `{MAX_SIGNATURES}` are allowed");
        return Err(WebhookError::new(WebhookErrorKind::Header, what));
    }
    Ok(all().filter_map(|one| decoded(one.strip_prefix(b"v1,")?)).collect())
}

/// Decodes a signature; only one way of writing it is good.
fn decoded(encoded: &[u8]) -> Option<[u8; 32]> {
    // The decoder wants room for three bytes in each four letters, padding included.
    let mut bytes = [0; ENCODED / 4 * 3];
    let length = STANDARD.decode_slice(encoded, &mut bytes).ok()?;
    bytes.get(..length)?.try_into().ok()
}
