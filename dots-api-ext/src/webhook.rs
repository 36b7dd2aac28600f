//! Webhooks: what Dots tells unasked, believed only when it is signed.
//!
//! Dots has its webhooks delivered by Svix (references/webhooks). A [`WebhookVerifier`] takes the headers and the raw
//! bytes of a delivery and gives a [`VerifiedWebhook`]; there is no other way to one, so nothing unproven is read.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use dots_api_ext::webhook::{WebhookEvent, WebhookSigner, WebhookVerifier};
//!
//! # fn main() -> Result<(), dots_api_ext::webhook::WebhookError> {
//! # let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
//! let verifier = WebhookVerifier::new(secret)?;
//! # let body = br#"{"event":"transfer.updated","transfer_id":"t1"}"#;
//! # let headers = WebhookSigner::new(secret)?.sign("msg_1", SystemTime::now(), body);
//!
//! // In a handler: the headers as they came, and the bytes of the body before anything has parsed them.
//! let webhook = verifier.verify(&headers, body, SystemTime::now())?;
//! match webhook.event() {
//!     WebhookEvent::TransferCompleted(it) => println!("{} has arrived", it.transfer_id),
//!     other => println!("heard of {:?}", other.name()),
//! }
//! # Ok(()) }
//! ```
//!
//! # A webhook is a hint
//! Deliveries get lost, come twice, come late and overtake one another. So
//! 1. verify before anything else; answer 400 to what does not verify;
//! 2. note [`VerifiedWebhook::id`] in [`SeenEvents`], in the same transaction as what you do about it; answer 200 to
//!    what was done before and 503 to what is under way, and do nothing;
//! 3. ask Dots for the truth by id ([`payout_link_id`](VerifiedWebhook::payout_link_id) and its neighbours), move your
//!    own records only along steps that make sense, and never pay somebody because a webhook said so;
//! 4. ask by id about a [`WebhookEvent::Unknown`] too, and answer 200 where it names nothing: Dots adds events, and
//!    several come without a name (references/webhooks).
//!
//! Dots waits 15 seconds for a 2xx (references/webhooks), and a 2xx is the last that you hear of a message. So what you
//! do about it has to be done by then, or to be in a queue that outlives the process.
//!
//! # What is checked
//! Either family of headers (`svix-…`, `webhook-…`), each at most [`MAX_HEADER`] bytes; a body of at most
//! [`MAX_BODY`] bytes; a time within 300 seconds of `now`, before and after; at most [`MAX_SIGNATURES`] signatures, of
//! which one has to be an HMAC-SHA256 (`v1`) under one of the secrets, compared in constant time. The clock is yours:
//! `now` is an argument, so that tests need not wait.
//!
//! Verification needs no network, no runtime and no clock.

mod error;
mod fields;
mod headers;
mod ids;
mod inference;
mod key;
mod seen;
mod signer;
mod verified;
mod verifier;

#[doc(no_inline)]
pub use dots_api::{UnknownWebhookEvent, WebhookEvent};
pub use error::{WebhookError, WebhookErrorKind};
pub use headers::{HeaderFamily, MAX_HEADER, WebhookHeaders};
pub use seen::{GIVEN_UP_AFTER, MemorySeenEvents, Seen, SeenEvents, SeenEventsFull};
pub use signer::WebhookSigner;
pub use verified::VerifiedWebhook;
pub use verifier::{MAX_BODY, MAX_SIGNATURES, WebhookVerifier};
