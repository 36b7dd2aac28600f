//! Webhooks: events, delivered to endpoints and signed as Svix does it ([references/webhooks]).
//!
//! | file | holds |
//! |---|---|
//! | `endpoint`, `target` | the endpoints: on this machine and nowhere else |
//! | `secret`, `signature` | the signing, written from the text of Standard Webhooks |
//! | `message` | the body of an event, in each form that the sources show |
//! | `dispatcher` | which deliveries are due, retries, and all mutable state |
//! | `fault` | faults of deliveries |
//! | `attempt`, `send` | one attempt, made over HTTP |
//! | `log` | every attempt and its outcome |
//!
//! Events wait in the state's outbox, which wakes the delivery worker of `simulator` when there is a new event or the
//! clock has moved. The lock on the world is held while attempts are chosen and while a result is recorded, never while
//! an attempt is in progress.
//!
//! [references/webhooks]: https://docs.dots.dev/references/webhooks

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
