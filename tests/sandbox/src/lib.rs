//! An offline stand-in for the Dots payouts API.
//!
//! The sandbox embeds the API's document and holds both sides to it: a request that the document forbids is refused,
//! and an answer of the sandbox itself that the document forbids is a failure of the test that asked for it. What it
//! plays has state: a payout debits a wallet, a repeated key finds the link it made, a canceled link gives the money
//! back. `README.md` says what it plays and what it assumes.
//!
//! ```
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = dots_sandbox::Sandbox::start().await?;
//! // Point any client, in any language, at `sandbox.url()` with `sandbox.credentials()`; then look at the world:
//! assert_eq!(sandbox.balance(), 100_000_000);
//! assert_eq!(sandbox.paid("2025550139"), 0);
//! assert_eq!(sandbox.transcript(), "");
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story()).unwrap();
//! ```
//!
//! A request passes these rooms, in this order; nothing changes before the last of them:
//!
//! | room | asks |
//! |---|---|
//! | `server` | is this HTTP, and is its body small enough? |
//! | `fault` | does something go wrong with it, before the commit or after it? |
//! | `credentials` | who asks? |
//! | `router` | which operation of the document is it? |
//! | `check` | does the document allow the request? |
//! | `in_flight` | is another request with the same key under way? |
//! | `idempotency` | is the key known, and what does that mean? |
//! | `handlers` | what would change, and what would the answer be? |
//! | `check` | does the document allow the answer? |
//! | `state` | the change, in one place, under one lock |
//! | `world_guard` | the change is in the state file, where there is one, before the lock is given back |
//! | `record` | what came in and what became of it |
//!
//! To play an operation, add a line to the table of its tag in `handlers`. Plain storage is that one line, carried out by
//! `resources`; a rule is a handler that puts a `plan` together: ids, objects, money, events, what happens later. Money
//! moves in a double-entry `ledger` and nowhere else. `control` answers `/_sandbox/…`, the routes beside the API.
//! `webhooks` reads the events that were emitted and tells whoever wants to know. `journal` keeps the world in a file.

#![forbid(unsafe_code)]

mod control;
mod fault;
mod handlers;
mod http;
mod journal;
mod options;
mod pages;
mod plan;
mod sandbox;
mod server;
mod simulator;
mod spec;
mod state;
mod validation;
mod webhooks;

pub use fault::{ErrorBody, Fault, FaultError, FaultRule, Faults, Lag, RetryAfter, When};
pub use http::{Framing, Pace};
pub use journal::StateFile;
pub use options::{
    KeyChangedBody, KeyInflight, KeyRepeat, StoreErrors, WebhookClock, WebhookEventKey, WebhookForm,
};
pub use sandbox::{Injection, Sandbox, SandboxBuilder, StartError};
pub use simulator::{ReceivedRequest, Webhooks};
pub use state::Audit;
pub use validation::Credentials;
pub use webhooks::{
    Delivery, DeliveryOutcome, Webhook, WebhookEndpoint, WebhookError, WebhookFault, WebhookFaultScript,
    WebhookHeaders,
};
