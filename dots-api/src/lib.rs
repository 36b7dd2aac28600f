//! Raw client for the [Dots](https://dots.dev) payouts API: every operation and every type of its document, and
//! nothing that decides for you.
//!
//! # What it is
//! - [`Client`] has one method per operation, with the operation's arguments in order.
//! - [`Operation`] values such as `SendPayout` are the same calls as values: what an operation must have is an
//!   argument of `new`, what it may have is a method, and a clone sends the same request with the same
//!   [`IdempotencyKey`] again. [`OperationMeta`] says what the document says of each.
//! - [`CursorList`] is what the lists that are read page by page have in common.
//! - The types are read leniently: unknown fields, unknown values of enums, nulls and absent fields never turn an
//!   answer into an error, because the payout behind it may have been made.
//!
//! Everything under [`generated`] is written by `cargo xtask regen` from `openapi/`; the rest is written by hand.
//!
//! # What it is not
//! It sends each call once. It does not retry, bound what it reads, or know whether money moved when a call fails.
//! `dots-api-ext` does all that; use it to pay people.
//!
//! # One call
//! ```
//! # #[derive(Debug)]
//! # struct Memory;
//! # impl dots_api::Transport for Memory {
//! #     fn send(&self, _: dots_api::Request) -> dots_api::Exchange<'_> {
//! #         let body = r#"{"id": "3c90c3cc-0d44-4b50-8888-8dd25736052a", "amount": 1000, "status": "created"}"#.into();
//! #         Box::pin(async { Ok(dots_api::Response::new(http::StatusCode::OK, http::HeaderMap::new(), body)) })
//! #     }
//! # }
//! # #[cfg(not(feature = "payouts"))]
//! # fn main() {}
//! # #[cfg(feature = "payouts")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let transport = std::sync::Arc::new(Memory);
//! # let credential = http::HeaderValue::from_static("Basic cGtfZGV2OnNrX2Rldg==");
//! use dots_api::{Cents, Client, PhonePayee, SendPayoutRequest};
//!
//! // `Client::new` takes a `reqwest::Client` for what carries the requests.
//! let client = Client::with_transport("https://pls.senddotssandbox.com/api", transport)?
//!     .with_header(http::header::AUTHORIZATION, credential);
//! let payee = PhonePayee::new("1".parse()?, "2025550139".parse()?);
//! let answer = client.send_payout(SendPayoutRequest::new(Cents::new(1_000)).payee(payee)).await?;
//! println!("{} is {}", answer.value.id, answer.value.status);
//! # assert_eq!(answer.value.amount, Cents::new(1_000));
//! # Ok(()) }
//! ```
//!
//! What must be there cannot be left out; without the amount this does not compile:
//! ```compile_fail
//! let body = dots_api::SendPayoutRequest::new();
//! ```
//! and with it, it does:
//! ```
//! # #[cfg(feature = "payouts")]
//! let body = dots_api::SendPayoutRequest::new(dots_api::Cents::new(1_000));
//! ```
//!
//! # Features
//! - One per tag of the API (`users`, `payouts`, `payout-links`, …), all on by default. `default-features = false,
//!   features = ["payouts"]` compiles what payouts need.
//! - `webhooks`: the payload of each event that Dots tells of unasked, and the enum `WebhookEvent` over them.
//! - `schemars`: JSON Schema for every type.
//! - `rustls`, `rustls-no-provider`: choices of `reqwest`, passed through. None is on by default: the HTTP client is
//!   yours. None links OpenSSL.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(feature = "all-tags"),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        unused_variables,
        reason = "each tag uses its part of the runtime"
    )
)]

mod client;
mod error;
#[allow(
    clippy::doc_markdown,
    clippy::too_many_arguments,
    unused_imports,
    reason = "the document writes the prose and the parameter lists, and a file's imports serve all features at once"
)]
#[rustfmt::skip]
pub mod generated;
#[doc(hidden)]
pub mod key_record;
mod meta;
#[cfg(not(target_arch = "wasm32"))]
mod network;
mod open_enum;
mod operation;
mod page;
#[cfg(feature = "accounts-payable")]
mod payable_upload;
mod read;
#[doc(hidden)]
pub mod read_again;
mod redact;
mod request;
mod response;
pub mod scalar;
mod transport;
#[cfg(feature = "webhooks")]
mod webhook_event;

pub use client::Client;
pub use error::Error;
#[doc(hidden)]
pub use error::api_error;
#[doc(no_inline)]
pub use generated::*;
pub use meta::{Idempotency, OperationMeta, Pagination};
pub use open_enum::UnknownValue;
pub use operation::{AnswerIds, Operation, OperationVisitor};
pub use page::{CursorList, CursorListVisitor, Paging};
#[cfg(feature = "accounts-payable")]
pub use payable_upload::CreatePayableFromFile;
pub use request::Request;
pub use response::{Response, TransportError};
#[doc(no_inline)]
pub use scalar::*;
pub use transport::{Exchange, Transport};
#[cfg(feature = "webhooks")]
pub use webhook_event::UnknownWebhookEvent;

/// The date of the Dots documentation that this crate follows.
pub const SPEC_VERSION: &str = "2026-07-16";
