//! An offline stand-in for the Dots payouts API.
//!
//! The sandbox embeds the API's OpenAPI document and holds both sides to it: it refuses a request that breaks the
//! document, and when one of its own answers does, the test that received the answer fails. It simulates a stateful API:
//! a payout debits a wallet, a repeated idempotency key returns the link that it created, a canceled link returns its
//! money. `README.md` says what it simulates and what it assumes.
//!
//! ```
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = dots_sandbox::Sandbox::start().await?;
//! // Point any client, in any language, at `sandbox.url()` with `sandbox.credentials()`; then assert:
//! assert_eq!(sandbox.balance(), 100_000_000);
//! assert_eq!(sandbox.paid("2025550139"), 0);
//! assert_eq!(sandbox.transcript(), "");
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story()).unwrap();
//! ```
//!
//! A request passes these rooms, in this order. Nothing changes before the handler's decision is committed:
//!
//! | room | asks |
//! |---|---|
//! | `server` | is this HTTP, and is its body small enough? |
//! | `pages`, `control` | is it for a page, or for the control API beside the Dots API? |
//! | `simulator` | takes it from here to the commit; holds all mutable state under one lock |
//! | `fault` | does a fault fire, before the commit or after it? |
//! | `validation` | who sends it, which operation is it, and does the document allow it? |
//! | `simulator::in_flight` | is another request with the same idempotency key in flight? |
//! | `simulator::idempotency` | was the key used before, and what does a repeat get? |
//! | `handlers`, `plan` | what would change, and what would the answer be? |
//! | `validation` | does the document allow the answer? |
//! | `state` | the change, in one place |
//! | `journal` | the change is in the state file, if there is one, before the lock is released |
//! | `webhooks` | which events are delivered, to which endpoints, and when are they retried? |
//!
//! A room uses only rooms further down in the list of modules. `http` holds requests and replies as values, `spec` the
//! document, `options` the settings. To implement an operation, add a line to the table of its tag in `handlers`: a
//! generic resource is that one line, and a custom handler builds a `plan` of ids, objects, money, events and tasks.
//! Money moves in the double-entry ledger of `state` and nowhere else.

#![forbid(unsafe_code)]

// In reading order, from the handle to the values: each room uses only rooms further down.
mod sandbox;
mod server;

mod pages;

mod control;
mod simulator;
mod webhooks;

mod handlers;
mod plan;

mod fault;
mod validation;

mod state;

mod journal;
mod spec;

mod http;
mod options;

pub use fault::{ErrorBody, Fault, FaultError, FaultRule, Faults, Lag, RetryAfter, When};
#[doc(hidden)]
pub use http::listen_unused;
pub use http::{Framing, Pace};
pub use journal::StateFile;
pub use options::{
    KeyChangedBody, KeyInflight, KeyRefusal, KeyRepeat, KeyRepeatFor, KeyScope, KeyTtlFrom, StoreErrors,
    WebhookClock, WebhookEventKey, WebhookForm,
};
pub use sandbox::{Injection, Sandbox, SandboxBuilder, StartError};
pub use simulator::{ReceivedRequest, Webhooks};
pub use state::Audit;
pub use validation::Credentials;
pub use webhooks::{
    Delivery, DeliveryOutcome, Webhook, WebhookEndpoint, WebhookError, WebhookFault, WebhookFaultScript,
    WebhookHeaders,
};
