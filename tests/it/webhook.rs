//! Webhooks: deliveries are read when their signature is valid, and not otherwise.
//!
//! | file | proves |
//! |---|---|
//! | `vectors` | signatures that Svix and Standard Webhooks have published |
//! | `proof` | each check, on both sides of its limit |
//! | `forgery` | forged and corrupted deliveries, tens of thousands of them |
//! | `bodies` | signed but odd bodies: byte order marks, halves of characters, huge numbers |
//! | `events` | the sandbox's deliveries of all 27 events, in each form that the sources show |
//! | `ids` | which objects an event names, with its name and without |
//! | `notifier` | a verified webhook ends the pause of a wait |
//! | `once` | stores that are asked asynchronously, and what a receiver answers |
//! | `seen` | a message is handled once, however often it is delivered |
//! | `story` | a payout's webhook is delivered, verified, and the payout fetched |

mod bodies;
mod events;
mod forgery;
mod ids;
mod notifier;
mod once;
mod proof;
mod seen;
mod story;
mod vectors;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dots_api_ext::webhook::{
    VerifiedWebhook, WebhookErrorKind, WebhookHeaders, WebhookSigner, WebhookVerifier,
};
use dots_sandbox::{Sandbox, SandboxBuilder, WebhookEndpoint};

use crate::support::wire::{Answer, Received, Wire};

/// The secret of the vector that Svix publishes.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The secret of the vector of Standard Webhooks.
const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

/// When the deliveries of these tests are signed, in seconds since 1970.
const SENT: u64 = 1_614_265_330;

const BODY: &[u8] = br#"{"event":"transfer.updated","transfer_id":"t1"}"#;

type Headers = [(&'static str, String); 3];

fn verifier() -> WebhookVerifier {
    WebhookVerifier::new(SECRET).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The headers of a genuine delivery.
fn signed(body: &[u8]) -> Headers {
    WebhookSigner::new(SECRET).unwrap().sign(ID, at(SENT), body)
}

/// Verifies at the time of signing, and returns the reason of a failure.
fn outcome(
    headers: &(impl WebhookHeaders + ?Sized),
    body: &[u8],
) -> Result<VerifiedWebhook, WebhookErrorKind> {
    verifier().verify(headers, body, at(SENT)).map_err(|error| error.kind())
}

impl WebhookHeaders for Received {
    fn header(&self, name: &str) -> Option<&[u8]> {
        Received::header(self, name).map(str::as_bytes)
    }
}

/// A receiver that accepts everything, and a sandbox that delivers everything to it.
async fn telling(receiver: &Wire, builder: SandboxBuilder) -> Sandbox {
    let endpoint = WebhookEndpoint::new(receiver.url()).secret(SECRET);
    builder.webhook(endpoint).start().await.unwrap()
}

async fn receiver() -> Wire {
    Wire::start([Answer::json("200 OK", "{}")]).await
}
