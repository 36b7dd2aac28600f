//! Pay people through [Dots](https://dots.dev), and never pay them twice.
//!
//! The raw client, `dots-api`, is generated from the API's document. This crate makes it safe with money: every call
//! has an idempotency key, every failure says whether money may have moved, and nothing that could send a payout
//! twice or elsewhere (redirects, hidden retries, odd URLs) is possible.
//!
//! ```no_run
//! # async fn pay() -> Result<(), dots_api_ext::Error> {
//! use dots_api_ext::{Cents, Dots, Payee};
//!
//! let dots = Dots::from_env()?;
//! let payout = dots
//!     .send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
//!     .memo("Invoice 881")
//!     .reference("invoice-881")
//!     .await?;
//! println!("{} is {}", payout.id, payout.status);
//! # Ok(()) }
//! ```
//!
//! # When a call fails
//! Ask the error one question first: [`Error::delivery`].
//!
//! | answer | means | do |
//! |---|---|---|
//! | [`NotSent`](Delivery::NotSent) | nothing left this machine | mend the input or the connection, call again |
//! | [`Rejected`](Delivery::Rejected) | Dots refused, and nothing was paid | read [`Error::message`], mend, call again |
//! | [`Unknown`](Delivery::Unknown) | it may have been paid | ask again with the same [`Error::idempotency_key`], never with a new one; an operation that takes no key has to be looked up first |
//!
//! A client remembers which of its keys are in doubt: once a call ended `Unknown`, or was dropped on its way, a later
//! refusal of the same key stays `Unknown` until an answer settles it.
//!
//! # Where things are
//! [`Dots`] is the client; [`Dots::run`] sends any of the API's operations, [`Dots::send_payout`] is sugar for the
//! commonest. [`Receipt`] is what a success gives. [`dots_api`] is re-exported for its operations and types.
//!
//! # Features
//! - `all-tags` (default): every operation of the API; without it, what sending payouts needs.
//! - `rustls-ring` (default): TLS by rustls with ring and the platform's certificate store.
//! - `rustls-aws-lc-rs`: the same with aws-lc-rs.
//!
//! Both turn on `rustls-no-provider` of `reqwest` and hand it a provider of their own. Another `reqwest` client in the
//! same program that brings no TLS feature of its own has to install a provider first, as `reqwest` documents.
#![forbid(unsafe_code)]

mod attempt;
mod builder;
mod call;
mod checks;
mod clock;
mod config;
mod credentials;
mod dots;
mod doubt;
mod echo;
mod error;
#[cfg(feature = "all-tags")]
mod flows;
mod gate;
mod idempotency;
mod payee;
#[cfg(feature = "all-tags")]
mod payout_batches;
#[cfg(feature = "all-tags")]
mod payout_links;
#[cfg(feature = "all-tags")]
mod payout_requests;
mod payouts;
mod prepared;
mod receipt;
mod retry;
#[cfg(feature = "all-tags")]
mod transfers;
mod transport;
mod user_payouts;
#[cfg(feature = "all-tags")]
mod users;
#[cfg(feature = "all-tags")]
mod waiting;

pub use builder::DotsBuilder;
pub use clock::Clock;
pub use config::Environment;
pub use dots::Dots;
pub use dots_api;
#[doc(no_inline)]
pub use dots_api::{Cents, IdempotencyKey, Metadata, Operation, UserId};
pub use error::{Delivery, Error, ErrorCode};
pub use idempotency::REFERENCE_NAMESPACE;
pub use payee::{Payee, Phone};
#[cfg(feature = "all-tags")]
pub use payout_batches::{BatchItem, BatchItemOutcome};
#[cfg(feature = "all-tags")]
pub use payout_links::LinkDelivery;
pub use payouts::OutgoingPayout;
pub use prepared::{Keyed, Prepared};
pub use receipt::Receipt;
pub use retry::RetryPolicy;
pub use user_payouts::PayoutRail;
#[cfg(feature = "all-tags")]
pub use users::{Address, PayoutMethod, W8benForm, W8benSigner, W9Form};
#[cfg(feature = "all-tags")]
pub use waiting::{Nudges, Wait, WaitError, Waitable};

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
