//! A first payout: one person, by phone number.
//!
//! You need no account: the offline sandbox, a development dependency, answers as Dots does.
//!
//! ```toml
//! [dependencies]
//! dots-api-ext = "0.1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//!
//! [dev-dependencies]
//! dots-sandbox = "0.1"
//! ```
//!
//! ```
//! use dots_api_ext::{Cents, Dots, Payee};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = dots_sandbox::Sandbox::start().await?;
//! let dots = Dots::builder()
//!     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
//!     .environment(sandbox.url().parse()?)
//!     .build()?;
//!
//! let payout = dots.send_payout(Cents::from_dollars("10.00")?, Payee::e164("+12025550139")?);
//! let link = payout.memo("Invoice 881").reference("invoice-881").await?;
//! println!("{} is {}, to be collected at {:?}", link.id, link.status, link.link);
//!
//! assert_eq!(sandbox.paid("2025550139"), 1_000);
//! # Ok(()) }
//! ```
//!
//! Three things to know:
//!
//! - **The amount is in cents.** `Cents::new(1_000)` is $10.00. `Cents::from_dollars` reads the text of a form or a
//!   spreadsheet, and refuses what can be read in two ways. `{}` prints cents, and `amount.dollars()` prints `$10.00`.
//! - **The payee is a phone number or a user of your app.** `Payee::e164` takes a number as people store it,
//!   `Payee::phone("1", "2025550139")` its two parts, `Payee::user(id)` a user.
//! - **Awaiting sends.** `send_payout` builds a [`Prepared`](crate::Prepared) call; its setters are the optional fields
//!   of the operation, then the options of the call. Nothing leaves before `.await`.
//!
//! A person with a payout method at Dots is paid by it. Any other gets a link, by text message, and collects the money
//! on its page. The status of the link says how far that is:
//!
#![doc = include_str!("payout_link.svg")]
//!
//! A dashed line is a way in which the money comes back, or never leaves. What of it Dots documents, and what is an
//! assumption, says the README of the sandbox.
//!
//! `Dots::wait_for_payout_link` and [webhooks](super::webhooks) tell you when it changes.
//!
//! With an account, replace the builder by [`Dots::from_env`](crate::Dots::from_env), which reads the variables
//! `DOTS_CLIENT_ID`, `DOTS_API_KEY` and `DOTS_ENVIRONMENT`. Dots' own sandbox is the default; `production` has to be
//! named.
