//! Client for the [Dots](https://dots.dev) payouts API, with an outbox that pays each invoice once, across crashes and
//! years.
//!
//! The raw client, [`dots_api`], is generated from the API's document. This crate adds money safety: every call that
//! takes an idempotency key has one, a call is retried only where that cannot pay twice, and every error says whether
//! money may have moved. The client never follows redirects, and an id cannot escape its path segment.
//!
//! The outbox (feature `outbox-sqlite`) records each payout in a file before it is sent. A program that is killed and
//! started again, or asked for the same reference next year, pays once; what cannot be known is listed for a person.
//! Without it, nothing on disk remembers what was paid. Dots remembers an idempotency key for 24 hours: within that time
//! a restarted program can repeat its payouts by their references, and each is paid once. **After that the same reference
//! pays again**: look it up first (`Dots::look_up`), or keep your own records ([`StoredRequest`]).
//!
//! ```
//! use dots_api_ext::{Cents, Dots, Error, Payee};
//!
//! async fn pay(dots: &Dots) -> Result<(), Error> {
//!     let payout = dots
//!         .send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
//!         .memo("Invoice 881")
//!         .reference("invoice-881")
//!         .await?;
//!     println!("{} is {}", payout.id, payout.status);
//!     Ok(())
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     let sandbox = dots_sandbox::Sandbox::start().await?;
//! #     let dots = Dots::builder()
//! #         .credentials("pk_dev_sandbox", "sk_dev_sandbox")
//! #         .environment(sandbox.url().parse()?)
//! #         .build()?;
//! #     pay(&dots).await?;
//! #     pay(&dots).await?;
//! #     assert_eq!(sandbox.paid("2025550139"), 1_000);
//! #     Ok(())
//! # }
//! ```
//!
//! [`Dots::from_env`] creates the client from environment variables, [`Dots::builder`] from settings in code.
//!
//! The [guide] goes through a user's day: a first payout, keys, errors, many payouts, a payroll, users, webhooks, tests of
//! your own, production, upgrading.
//!
//! # When a call fails
//! First ask the error for its outcome: [`Error::outcome`].
//!
//! | outcome | means | do |
//! |---|---|---|
//! | [NotSent](Outcome::NotSent) | nothing left this machine | fix the input or the connection, call again |
//! | [Rejected](Outcome::Rejected) | Dots refused, and this call paid nothing | read [the message](Error::message), fix the request, call again |
//! | [Unknown](Outcome::Unknown) | it may have been paid | send again with [the same key](Error::idempotency_key), never with a new one; if the operation takes no key, look it up first |
//!
//! Then ask for its kind, [`Error::kind`]: what went wrong, as a value to match on. The table of [`ErrorKind`] gives a
//! status for each, with which a service of your own can answer.
//!
//! When you see an error, the client has already retried as its [`RetryPolicy`] says. It remembers which keys are in
//! doubt: once a call ended `Unknown`, or was dropped in flight, a later refusal of the same key stays `Unknown` until an
//! answer settles it. [`Error::is_probably_paid`] says when a refusal is evidence of the payment.
//!
//! # Where things are
//! [`Dots`] is the client; [`Dots::run`] sends any of the API's operations. Common operations have methods of their own:
//! required values are arguments, optional ones are setters. Each returns a [`Prepared`] call; awaiting it sends it.
//!
//! - Pay a person: [`send_payout`](Dots::send_payout)
//! - Pay a list once, whatever kills the program: the module `outbox`; [`guide::payroll`] has a whole job
//! - Pay by a payout link: [`create_payout_link`](Dots::create_payout_link),
//!   [`fetch_payout_link`](Dots::fetch_payout_link), [`redeliver_payout_link`](Dots::redeliver_payout_link),
//!   [`cancel_payout_link`](Dots::cancel_payout_link)
//! - Create and verify a user: [`create_user`](Dots::create_user), [`fetch_user`](Dots::fetch_user),
//!   [`send_verification_code`](Dots::send_verification_code), [`verify_user`](Dots::verify_user)
//! - Set up payout methods: [`add_payout_method`](Dots::add_payout_method),
//!   [`list_payout_methods`](Dots::list_payout_methods), [`create_flow`](Dots::create_flow),
//!   [`fetch_flow`](Dots::fetch_flow)
//! - Submit tax forms and an address: [`submit_w9`](Dots::submit_w9), [`submit_w8ben`](Dots::submit_w8ben),
//!   [`set_user_address`](Dots::set_user_address)
//! - Move money into and out of a user's wallet: [`transfer_to_user`](Dots::transfer_to_user),
//!   [`transfer_from_user`](Dots::transfer_from_user), [`fetch_transfer`](Dots::fetch_transfer)
//! - Pay out of a user's wallet, or from the app's money with `fund`: [`pay_from_wallet`](Dots::pay_from_wallet)
//! - Pay thousands of users: [`create_payout_batch`](Dots::create_payout_batch),
//!   [`watch_payout_batch`](Dots::watch_payout_batch), [`fetch_payout_batch`](Dots::fetch_payout_batch),
//!   [`fetch_payout_batch_results`](Dots::fetch_payout_batch_results)
//! - Request an approval first: [`submit_payout_request`](Dots::submit_payout_request),
//!   [`fetch_payout_request`](Dots::fetch_payout_request)
//! - Wait for a status: [`wait_for_payout_link`](Dots::wait_for_payout_link),
//!   [`wait_for_transfer`](Dots::wait_for_transfer), [`wait_for_payout_batch`](Dots::wait_for_payout_batch),
//!   [`wait_for_payout_request`](Dots::wait_for_payout_request)
//! - Keep requests and results in your own table: [`Prepared::into_stored`], [`Dots::send_stored`],
//!   [`Error::evidence`], [`Reply::evidence`]
//!
//! [`Dots::list`] reads any list to its end, by [`Pages`] or by [`Items`], forward and backward. `Dots::look_up`
//! reconciles: it finds what a lost call created. A success returns a [`Reply`]. [`dots_api`] is re-exported for its
//! operations and types.
//!
//! # Features
//! - `all-tags` (default): every operation of the API; without it, what the tag `payouts` needs: `send_payout`
//!   and `pay_from_wallet`.
//! - `outbox-sqlite`: the module `outbox`, a durable list of payouts in a SQLite file, each recorded before it is sent;
//!   `outbox` has its rules without the file.
//! - `outbox-postgres`: the same in a PostgreSQL database, for several machines.
//! - `webhook`: the module `webhook`, which verifies the signature of a delivery and reads its event.
//! - `rustls-ring` (default): TLS by rustls with ring and the platform's certificate store.
//! - `rustls-aws-lc-rs`: the same with aws-lc-rs.
//! - `rustls-no-provider`: the same with your own crypto provider, passed to `DotsBuilder::crypto_provider` or installed
//!   for the process. It is the one feature that shows types of `rustls` 0.23, and re-exports that crate.
//! - `blocking`: a client for programs without an async runtime, in `blocking`.
//! - `tracing`: a span for each call and an event for each attempt, without secrets and personal data; see below.
//! - `schemars`: JSON Schema for every type of the API.
//! - `test-util`: the module `fake`, which makes errors and replies by hand, for fakes in tests of your own.
//!
//! # Compatibility
//! Before 1.0, a new minor version may break; from then on, only a major one. These count as compatible: a field, a
//! variant or a method more where the type is `#[non_exhaustive]` or the trait is sealed; a value of Dots that was
//! `Unknown` and gets a variant of its own (compare such values by `as_str()`); the words of `Display` and `Debug`.
//! `Outcome` never gets a fourth value. A stored request or evidence with a field that a version does not know is
//! refused, and the error names the field: an older version drops nothing.
//!
//! Types of other crates in signatures: `http` 1 and `uuid` 1, which are re-exported, `bytes` 1, `serde` 1 and
//! [`dots_api`]; of crates before their first major version only the trait `Stream` of `futures-core` 0.3, which
//! lists and batches implement.
//!
//! All three TLS features enable `rustls-no-provider` of `reqwest` and pass it a provider. Another `reqwest` client in
//! the same program without a TLS feature must install a provider first, as `reqwest` documents.
//!
//! The client trusts the platform's certificate store, and roots added by `DotsBuilder::root_certificate`. Calls to
//! other machines use the proxy in `HTTPS_PROXY` or `ALL_PROXY`, unless `DotsBuilder::no_proxy` says otherwise; calls to
//! this machine bypass it.
//!
//! # What it needs
//! Calls over the network need a tokio runtime with `enable_time` and `enable_io`, as `#[tokio::main]` makes one. A `Dots`
//! can be used on several runtimes. With a transport and a clock of your own, any executor does.
//!
//! # WebAssembly
//! For `wasm32-unknown-unknown`, the types, `webhook` and [`Dots`] work, but there is no network and no clock: set both
//! [`DotsBuilder::transport`] and [`DotsBuilder::clock`]; the features `rustls-…` do nothing. An API key must not be used
//! in a browser ([overview/authentication]).
//!
//! # Tracing
//! With the feature `tracing`, each call is a span `call` of the target `dots_api_ext` at level `INFO`, and each
//! attempt an event in it: `DEBUG` when it was answered, `WARN` when it failed. The names are OpenTelemetry's for HTTP
//! clients.
//!
//! - `otel.name`, `otel.kind` (span): such as `POST /v2/payouts/send-payout`, `client`
//! - `http.request.method`, `url.template` (span): such as `POST`, `/v2/payouts/send-payout`
//! - `server.address`, `server.port` (span): the address of Dots
//! - `dots.operation`, `dots.idempotency_key` (span): such as `send_payout`, and the key if the operation takes one
//! - `http.response.status_code` (span and event): the status, if an answer came
//! - `http.request.resend_count` (span and event): how often the request was sent before; absent from the span when it
//!   was sent once
//! - `error.type`, `dots.outcome` (span and event): of a failure: the status or a short name, and [`Outcome`] in lower
//!   case
//! - `otel.status_code` (span): `ERROR` for a call that failed
//! - `dots.pause_ms` (event): the pause before the next attempt, if there is one
//!
//! None of them holds an object id, a query, a header, a body or a message of Dots. The HTTP libraries below this one
//! write their own logs, which name the host.
//!
//! [overview/authentication]: https://docs.dots.dev/overview/authentication
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(feature = "blocking", not(target_arch = "wasm32")))]
pub mod blocking;
mod builder;
mod call_stats;
mod calls;
mod deadline;
mod dots;
mod engine;
mod error;
mod evidence;
#[cfg(feature = "test-util")]
pub mod fake;
pub mod guide;
#[cfg(feature = "all-tags")]
mod look_up;
mod network;
#[cfg(feature = "outbox")]
pub mod outbox;
mod pagination;
mod policy;
mod reply;
#[cfg(not(target_arch = "wasm32"))]
mod runtime;
#[cfg(target_arch = "wasm32")]
#[path = "runtime/none.rs"]
mod runtime;
#[cfg(feature = "all-tags")]
mod waiting;
#[cfg(feature = "webhook")]
pub mod webhook;

pub use builder::DotsBuilder;
pub use calls::payee::{Payee, Phone};
#[cfg(feature = "all-tags")]
pub use calls::payout_batches::{BatchItem, BatchItemStatus, SettledItems, UnsettledError};
#[cfg(feature = "all-tags")]
pub use calls::payout_links::LinkDelivery;
pub use calls::payouts::OutgoingPayout;
pub use calls::prepared::{CallFuture, Keyed, Prepared};
pub use calls::stored::StoredRequest;
pub use calls::user_payouts::PayoutRail;
#[cfg(feature = "all-tags")]
pub use calls::users::{Address, PayoutMethod, W8benForm, W8benSigner, W9Form};
pub use dots::Dots;
pub use dots_api;
#[doc(no_inline)]
pub use dots_api::{Cents, IdempotencyKey, Metadata, Operation, PhoneError, UserId};
pub use error::{Error, ErrorCode, ErrorKind, Existing, Outcome};
pub use evidence::Evidence;
pub use http;
#[cfg(feature = "all-tags")]
pub use look_up::{Found, LookUp, LookingUp, Match};
pub use network::config::{BaseUrl, Environment};
pub use pagination::{Items, List, Pages};
pub use policy::clock::Clock;
pub use policy::idempotency::REFERENCE_NAMESPACE;
pub use policy::key_registry::EarlierSends;
pub use policy::retry::{RetryPolicy, RetrySettings};
pub use reply::Reply;
pub use runtime::Alarm;
#[cfg(all(feature = "rustls-no-provider", not(target_arch = "wasm32")))]
pub use rustls;
pub use uuid;
#[cfg(feature = "all-tags")]
pub use waiting::{Notifier, Wait, WaitError, Waitable};

/// The example of the package's README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
