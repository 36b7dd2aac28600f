//! Test your own program: the offline sandbox in your tests, with lost answers, refusals and a clock.
//!
//! Add `dots-sandbox` as a development dependency. Each `Sandbox::start()` is a Dots of its own, on a free port of this
//! machine, with $1,000,000.00 in its wallet. It checks each request and each of its own answers against the document of
//! the API, so a test that passes has sent what Dots takes.
//!
//! # What was paid
//! Ask the world, not the program: `paid` a phone number or a user id, the `balance` of the wallet, the number of
//! `links`, the `requests` that came, and the `transcript` of all that happened.
//!
//! # A lost answer
//! ```
//! use dots_api_ext::{Cents, Dots, Outcome, Payee, RetryPolicy};
//! use dots_sandbox::{Fault, Sandbox, When};
//!
//! /// The program under test.
//! async fn pay_invoice(dots: &Dots, invoice: &str) -> Result<(), dots_api_ext::Error> {
//!     let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).reference(invoice);
//!     payout.await.map(drop)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let credentials = sandbox.credentials();
//! let dots = Dots::builder()
//!     .credentials(credentials.client_id, credentials.api_key)
//!     .environment(sandbox.url().parse()?)
//!     .retry(RetryPolicy::none())
//!     .build()?;
//!
//! // Dots pays, and the connection breaks before the answer.
//! let lost = sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
//! let error = pay_invoice(&dots, "invoice-881").await.unwrap_err();
//! assert_eq!((error.outcome(), lost.fired()), (Outcome::Unknown, 1));
//!
//! // The program is run again.
//! pay_invoice(&dots, "invoice-881").await?;
//! assert_eq!(sandbox.paid("2025550139"), 1_000);
//! assert_eq!(sandbox.links(), 1);
//! # Ok(()) }
//! ```
//!
//! `When::Before` breaks the call before anything was paid. Other faults: `Fault::NoAnswer`, `TooManyRequests`,
//! `Unauthorized`, `CutAnswer`, `WrongAmount`; `.times(2)` and `.always()` repeat one. The README of the sandbox lists
//! them all.
//!
//! # Time
//! In a test, the sandbox's clock stands still until the test advances it, so a test runs the same each time. Something
//! that takes time, such as a payout that arrives or a webhook that is sent again, happens when the test calls
//! `sandbox.advance(Duration::from_secs(60))`. **A `wait_for_…` of a status that needs time waits for ever otherwise.**
//! Give the client a [`Clock`](crate::Clock) of your own, and a day of backoff takes no time either. The clock of the
//! program `dots-sandbox` runs, unless `--stopped-clock` stops it; `sandbox.run_clock()` does the same in a test.
//!
//! # Codes
//! The sandbox sends no messages. The verification code of each user is `123456`, and the answer of the call that sends
//! it says so.
//!
//! # Webhooks
//! `Sandbox::builder().webhook(url)` delivers signed events to your receiver; `sandbox.deliver().await` returns when all
//! that are due were attempted. `WebhookSigner` signs a body of your own, for a test without a sandbox.
//!
//! # A `reqwest` of your own
//! A test that calls your service with its own `reqwest` panics with "no rustls crypto provider": this crate turns on
//! TLS in `reqwest` without a provider, for all clients of the program. Turn on `ring` of `rustls` in your development
//! dependencies and call `rustls::crypto::ring::default_provider().install_default()` first, or give `reqwest` its
//! feature `rustls`.
//!
//! # A fake of your own trait
//! A program that hides the client behind a trait can return errors and replies from its fake: the feature `test-util`
//! has the module `fake`, which makes both: `fake::FakeError::new(Outcome::Unknown, ErrorKind::Timeout).build()` and
//! `fake::reply`.
//!
//! # What no test can tell
//! Dots' documentation leaves questions open, such as what a repeated key gets from each operation. The sandbox answers
//! each in the way that the pages suggest, and in every other way when you ask it: see the table of idempotency keys in
//! its README. Run your tests with `key_repeat(KeyRepeat::Reject)` as well.
