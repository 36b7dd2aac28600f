//! Keys: what makes a repeat safe, and for how long.
//!
//! An idempotency key is a UUID that marks one intent to pay. Of two calls with one key, Dots carries out the first and
//! answers the second with what the first made, or refuses it ([references/idempotency]). The key is set before the first
//! send, so a program that has lost an answer can send again.
//!
//! | you have | use | after a restart |
//! |---|---|---|
//! | an id of your own, such as an invoice number | a [reference](crate::Prepared::reference) | the same key again |
//! | a column for a key in your own table | [that key](crate::Prepared::with_idempotency_key) | the same key again |
//! | neither | the fresh key that every call gets | another key: **pays again** |
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = dots_sandbox::Sandbox::start().await?;
//! # let dots = dots_api_ext::Dots::builder()
//! #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
//! #     .environment(sandbox.url().parse()?)
//! #     .build()?;
//! use dots_api_ext::{Cents, Payee};
//!
//! let pay = || dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).reference("invoice-881");
//! let (first, second) = (pay().await?, pay().await?);
//! assert_eq!(first.id, second.id);
//! assert!(second.may_be_repeat());
//! assert_eq!(sandbox.paid("2025550139"), 1_000);
//! # Ok(()) }
//! ```
//!
//! # The 24 hours
//! **Dots forgets a key after 24 hours. After that, the same key or reference pays again.** The client refuses a key
//! that it knows to be older than 20 hours ([`RetryPolicy::key_window`](crate::RetryPolicy::key_window)), but a program
//! that was restarted does not know how old a key is. Say what your own records tell with
//! [`earlier`](crate::Prepared::earlier), or look the payment up (`Dots::look_up`) before you send it again. The outbox
//! of [payroll](super::payroll) remembers references for ever.
//!
//! # What a refusal proves
//! When Dots refuses a call under a fresh key, nothing was paid: no other process can have sent the key. **A fresh key that
//! has left the program as a text or as a UUID may have been sent by another process, so a refusal proves nothing where
//! known keys are refused, and the outcome is `Unknown`.** It leaves by `to_string`, `as_uuid` and `serde`, and in a
//! request that the program builds or stores; `{:?}` in a log only shows it. Say
//! [`EarlierSends::Never`](crate::EarlierSends::Never) if your table proves that the key was never sent.
//!
//! # What a repeat gets
//! - `send_payout` and `create_payout_link` get the link that the first call made.
//! - `create_transfer`, `create_payout` and `create_payout_batch` are refused: after a lost answer, that is evidence of the
//!   payment.
//! - 38 operations take no key. A repeat makes another object: look first, then call.
//!
//! The same reference for another amount is a mistake of one of the two calls. The error is a
//! [`Conflict`](crate::ErrorKind::Conflict), and [`Error::existing`](crate::Error::existing) says what was paid. The same
//! reference for another person is one that may not show: where the answer names no payee, it is a success, and the
//! first person was paid.
//!
//! # What separates keys
//! A reference makes another key for each client id, each app of an organization and each operation. **So paying one
//! invoice by two kinds of operation pays it twice.** A clone of a prepared call keeps its key, whatever is changed on
//! it: make a new call for each payee.
//!
//! [references/idempotency]: https://docs.dots.dev/references/idempotency
