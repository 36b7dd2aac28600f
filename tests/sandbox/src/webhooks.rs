//! Webhooks: what happened, told to whoever asked to be told, signed as Svix does it (references/webhooks).
//!
//! | file | is |
//! |---|---|
//! | `endpoint`, `target` | whom to tell: on this machine and nowhere else |
//! | `secret`, `signature` | the signing, written from the text of Standard Webhooks |
//! | `message` | the body of an event, in each form that the sources show |
//! | `dispatch` | which deliveries are due; retries; everything that changes |
//! | `fault` | deliveries that go wrong because somebody asked for it |
//! | `courier`, `post` | carries due deliveries out, over HTTP |
//! | `log` | every attempt and what became of it |
//! | `face`, `routes` | the way in: for a test, and for `/_sandbox/webhooks` |
//!
//! Events lie in the state's outbox, which rings when there is a new one or the clock has moved. The lock on the world
//! is held while deliveries are chosen and while an outcome is noted, never while one is under way.

mod courier;
mod dispatch;
mod endpoint;
mod error;
mod face;
mod fault;
mod log;
mod message;
mod post;
pub(crate) mod routes;
mod secret;
mod settings;
mod signature;
mod target;

pub(crate) use courier::{Courier, deliver, run};
pub(crate) use dispatch::{Dispatch, Fact as WebhookFact};
pub use endpoint::{Webhook, WebhookEndpoint, WebhookHeaders};
pub use error::WebhookError;
pub use face::Webhooks;
pub(crate) use face::add_missing;
pub use fault::{WebhookFault, WebhookFaultScript};
pub use log::{Delivery, DeliveryOutcome};
pub use settings::{WebhookClock, WebhookEventKey, WebhookForm};
pub(crate) use settings::{WebhookSettings, WebhookSettingsPatch};
