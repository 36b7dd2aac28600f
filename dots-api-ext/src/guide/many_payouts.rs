//! Many payouts: which call, and how many at once.
//!
//! - **People by phone number:** [`send_payout`](crate::Dots::send_payout) for each, several at once.
//! - **A list that has to be paid once, though the job may be killed:** the outbox; see [payroll](super::payroll).
//! - **Users of your app, up to 5,000 at once:** `create_payout_batch`. `watch_payout_batch` is a stream of the results.
//!
//! A batch takes users only: Dots' batches know no phone numbers ([apireference/payout-batches/create-a-payout-batch]).
//!
//! # How many calls at once
//! Dots documents no limit. Eight to sixteen at a time are a guess to start with, not measured against Dots. When Dots
//! answers 429, all clones of a client wait as long as it says and then spread their requests, so more tasks do not get
//! more through. Use one client and its clones; two clients know nothing of each other's limits.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = dots_sandbox::Sandbox::start().await?;
//! # let dots = dots_api_ext::Dots::builder()
//! #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
//! #     .environment(sandbox.url().parse()?)
//! #     .build()?;
//! use std::sync::Arc;
//!
//! use dots_api_ext::{Cents, Payee};
//! use tokio::sync::Semaphore;
//! use tokio::task::JoinSet;
//!
//! let rows: Vec<(String, i64)> = (0..40).map(|row| (format!("20255501{row:02}"), 1_000 + row)).collect();
//! let (at_once, mut payouts) = (Arc::new(Semaphore::new(8)), JoinSet::new());
//! for (phone, cents) in rows {
//!     let payout = dots.send_payout(Cents::new(cents), Payee::phone("1", &phone)).reference(format!("march/{phone}"));
//!     let at_once = Arc::clone(&at_once);
//!     payouts.spawn(async move {
//!         let _turn = at_once.acquire().await;
//!         (phone, payout.await)
//!     });
//! }
//! while let Some((phone, paid)) = payouts.join_next().await.transpose()? {
//!     // Store this before anything else: `evidence` of a reply or of an error.
//!     let evidence = paid.map_or_else(|error| error.evidence(), |link| link.evidence());
//!     println!("{phone}: {:?} {:?}", evidence.object_id, evidence.outcome);
//! }
//! assert_eq!((sandbox.links(), sandbox.paid("2025550107")), (40, 1_007));
//! # Ok(()) }
//! ```
//!
//! # A run that can be resumed
//! The outbox writes each row down before it is sent, and what came of it before you are told: see
//! [payroll](super::payroll). To keep such a table yourself, see [`StoredRequest`](crate::StoredRequest); a run that is
//! started again within 20 hours then sends the rows without a result again, with the same references.
//!
//! [apireference/payout-batches/create-a-payout-batch]: https://docs.dots.dev/apireference/payout-batches/create-a-payout-batch
