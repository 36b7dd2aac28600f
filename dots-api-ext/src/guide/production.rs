//! Going to production: what to check before real money moves.
//!
//! - [ ] **The environment is named.** `DOTS_ENVIRONMENT=production`; the default is Dots' sandbox.
//!   [`Dots::environment`](crate::Dots::environment) says which one it is: log it at the start.
//! - [ ] **The API key comes from a secret store**, by [`Dots::from_variables`](crate::Dots::from_variables). No error,
//!   no `Debug` and no span of this crate shows it.
//! - [ ] **Each payment has a reference or a stored key**, and the row is written before the first send. See
//!   [keys](super::keys).
//! - [ ] **`Unknown` has a way of its own** in the code, the alarms and the runbook. It is not a failure: it is a payment
//!   that may have been made. See [errors](super::errors).
//! - [ ] **Nothing is sent again after 24 hours** without a look at Dots. The outbox of [payroll](super::payroll) keeps
//!   this rule by itself; its file is on a local disk, is backed up, and is created once.
//! - [ ] **One client for the process**, cloned where it is needed. It spreads requests and holds them back for all.
//! - [ ] **The process may live through a deployment.** Let calls in flight end; a dropped call leaves its key in doubt.
//! - [ ] **The clock is right.** A difference of more than five minutes makes keys too old to be sent, and webhooks too
//!   old to be read.
//! - [ ] **Webhooks verify the raw body**, and a message is recorded in the transaction of its effect. See
//!   [webhooks](super::webhooks).
//! - [ ] **Spans go somewhere**: the feature `tracing` gives one for each call and an event for each attempt. Watch
//!   `dots.outcome = unknown`.
//! - [ ] **Limits of yours**: the most that one call and one day may pay. This crate has none.
//! - [ ] **A first payment by hand**, of one cent to yourself, with production's credentials.
//!
//! ```
//! # #[cfg(not(feature = "rustls-ring"))]
//! # fn main() {}
//! # #[cfg(feature = "rustls-ring")]
//! # fn main() -> Result<(), dots_api_ext::Error> {
//! use dots_api_ext::{Dots, Environment};
//!
//! let dots = Dots::builder()
//!     .credentials("pk_dev_example", "sk_dev_example")
//!     .environment("production".parse()?)
//!     .build()?;
//! assert_eq!(dots.environment(), Environment::Production);
//! println!("calls go to {}", dots.environment());
//! # Ok(()) }
//! ```
