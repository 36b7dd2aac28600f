//! Webhooks: signature verification, typed events and deduplication.
//!
//! Dots has its webhooks delivered by Svix ([references/webhooks]). A [`WebhookVerifier`] takes the headers and the raw
//! body of a delivery and returns a [`VerifiedWebhook`]. There is no other way to create one, so no unverified payload
//! is ever parsed.
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
//! Deliveries can be lost, duplicated, late or out of order. So
//! 1. verify first; answer 400 if verification fails;
//! 2. deduplicate: record [`VerifiedWebhook::id`] in [`SeenEvents`], in the same transaction as the effect. For a
//!    message that was handled before answer 200, for one that is being handled answer 503, and do nothing else in
//!    either case;
//! 3. fetch the current state from Dots by id ([`payout_link_id`](VerifiedWebhook::payout_link_id) and its siblings),
//!    allow only valid state transitions in your own records, and never make a payment because a webhook said so;
//! 4. do the same for a [`WebhookEvent::Unknown`] that names an id, and answer 200 to one that names none: Dots adds
//!    events, and several come without a name ([references/webhooks]).
//!
//! Dots waits 15 seconds for a 2xx ([references/webhooks]), and never sends a message again after a 2xx. So before you
//! answer, finish handling the message or put it into a durable queue.
//!
//! [`handle_once`] does the bookkeeping of step 2, and its example is a whole receiver with axum.
//!
//! # What is checked
//! A delivery has to have
//! - one of the two header families (`svix-…`, `webhook-…`), each header at most [`MAX_HEADER`] bytes
//! - a body of at most [`MAX_BODY`] bytes
//! - a timestamp within 300 seconds of `now`, before or after
//! - at most [`MAX_SIGNATURES`] signatures, one of which is an HMAC-SHA256 (`v1`) with one of the secrets, compared in
//!   constant time
//!
//! Verification needs no network, no async runtime and no clock: `now` is an argument, so tests need not wait.
//!
//! [references/webhooks]: https://docs.dots.dev/references/webhooks

mod error;
mod fields;
mod handling;
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
pub use handling::{AsyncSeenEvents, handle_once};
pub use headers::{HeaderFamily, HeaderLines, MAX_HEADER, WebhookHeaders};
pub use seen::{GIVEN_UP_AFTER, MemorySeenEvents, Seen, SeenEvents, SeenEventsFull};
pub use signer::WebhookSigner;
pub use verified::VerifiedWebhook;
pub use verifier::{MAX_BODY, MAX_SIGNATURES, WebhookVerifier};
