//! Webhooks: what happened, told to whoever asked to be told, signed as Svix does it (references/webhooks).
//!
//! | file | is |
//! |---|---|
//! | `endpoint`, `target` | whom to tell: on this machine and nowhere else |
//! | `secret`, `signature` | the signing, written from the text of Standard Webhooks |
//! | `message` | the body of an event, in each form that the sources show |
//! | `dispatcher` | which deliveries are due; retries; everything that changes |
//! | `fault` | deliveries that go wrong because somebody asked for it |
//! | `delivery_lock`, `post` | carries due deliveries out, over HTTP |
//! | `log` | every attempt and what became of it |
//! | `face`, `routes` | the way in: for a test, and for `/_sandbox/webhooks` |
//!
//! Events lie in the state's outbox, which rings when there is a new one or the clock has moved. The lock on the world
//! is held while deliveries are chosen and while an outcome is noted, never while one is under way.

mod attempt;
mod dispatcher;
mod endpoint;
mod error;
mod fault;
mod log;
mod message;
mod secret;
mod send;
mod signature;
mod target;

pub(crate) use attempt::Attempt;
pub(crate) use dispatcher::{Dispatcher, Entry as WebhookEntry};
pub use endpoint::{Webhook, WebhookEndpoint, WebhookHeaders};
pub use error::WebhookError;
pub use fault::{WebhookFault, WebhookFaultScript};
pub use log::{Delivery, DeliveryOutcome};
pub(crate) use message::{check as check_payload, named as find_event};
pub(crate) use send::send;
