//! Errors: what a failure means for the money, and what to answer.
//!
//! # Ask for the outcome first
//! [`Error::outcome`](crate::Error::outcome) has three values:
//!
//! | outcome | the money | do |
//! |---|---|---|
//! | [NotSent](crate::Outcome::NotSent) | has not moved: nothing left this machine | correct the input or the connection, call again |
//! | [Rejected](crate::Outcome::Rejected) | has not moved: Dots refused this call | read the [message](crate::Error::message), correct the request, call again |
//! | [Unknown](crate::Outcome::Unknown) | may have moved | send again with the same key, or look it up if the message says so; **never with a new key** |
//!
#![doc = include_str!("outcome.svg")]
//!
//! By then the client has retried: up to three attempts with the same key and the same bytes, where that cannot pay
//! twice. [`is_retryable`](crate::Error::is_retryable) says whether another call may help, and
//! [`retry_after`](crate::Error::retry_after) when.
//!
//! # Then for the kind
//! [`Error::kind`](crate::Error::kind) says what went wrong, and the table of [`ErrorKind`](crate::ErrorKind) gives the
//! status with which a service can answer its own caller; its example is the whole handler. A conflict and an unknown
//! outcome come before the other kinds: a caller who hears "bad gateway" will try again under another id.
//!
//! # And keep it
//! [`Error::evidence`](crate::Error::evidence) is all of it as a value for your table: outcome, key, status, code,
//! attempts. Outcome, kind and code are written by `Display` and `serde` in the same words.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use dots_sandbox::{Fault, Sandbox, When};
//! # let sandbox = Sandbox::start().await?;
//! # let dots = dots_api_ext::Dots::builder()
//! #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
//! #     .environment(sandbox.url().parse()?)
//! #     .retry(dots_api_ext::RetryPolicy::none())
//! #     .build()?;
//! # sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
//! use dots_api_ext::{Cents, ErrorKind, Outcome, Payee};
//!
//! // Paid, and the answer is lost on the way.
//! let pay = || dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).reference("invoice-881");
//! let error = pay().await.unwrap_err();
//! assert_eq!((error.outcome(), error.kind()), (Outcome::Unknown, ErrorKind::ConnectionLost));
//!
//! // The same reference again settles it.
//! pay().await?;
//! assert_eq!(sandbox.paid("2025550139"), 1_000);
//! # Ok(()) }
//! ```
