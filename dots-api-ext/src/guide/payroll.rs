//! A payroll: a list that a nightly job pays, whatever kills the job (feature `outbox-sqlite`).
//!
//! The module `outbox` keeps a SQLite file that knows each payout by its reference. A job plans the whole
//! list, and works until nothing is left. Killed at any point and started again with the same list, it goes on.
//!
//! | when | call |
//! |---|---|
//! | once, when the job is set up | `Outbox::create` |
//! | each night | `Outbox::open`, `plan_all`, `work` |
//! | in the morning | `review`: what a person has to decide |
//! | each night, onto another disk | `backup` |
//!
//! **Never create the file in the job.** A file that is missing is an alarm: it holds what was paid, and a new one would
//! pay the list again. `open` refuses to create one, and its error says what to do.
//!
//! ```
//! # #[cfg(not(feature = "outbox-sqlite"))]
//! # fn main() {}
//! # #[cfg(feature = "outbox-sqlite")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = dots_sandbox::Sandbox::start().await?;
//! # let dots = dots_api_ext::Dots::builder()
//! #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
//! #     .environment(sandbox.url().parse()?)
//! #     .build()?;
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("payroll.sqlite");
//! use std::path::Path;
//!
//! use dots_api_ext::outbox::{Outbox, Run, State};
//! use dots_api_ext::{Cents, Dots, Payee};
//!
//! /// Pays a list of `employee,phone,dollars`; true if all of it is paid.
//! async fn night(dots: &Dots, file: &Path, run: &str, list: &str) -> Result<bool, Box<dyn std::error::Error>> {
//!     let outbox = Outbox::open(file, dots).await?;
//!     let mut rows = Vec::new();
//!     for line in list.lines() {
//!         let [employee, phone, dollars] = line.split(',').collect::<Vec<_>>()[..] else {
//!             return Err(format!("`{line}` has not three fields").into());
//!         };
//!         let payout = dots.send_payout(Cents::from_dollars(dollars)?, Payee::e164(phone)?).memo("Payroll");
//!         rows.push((employee.to_owned(), payout));
//!     }
//!     // With the totals that the accounts say, a list that was cut off is refused.
//!     let run = Run::new(run).expect_total(2, Cents::new(251_050));
//!     let plan = outbox.plan_all(run, rows).await?;
//!     println!("{} new, {} known, {} in all", plan.new, plan.known, plan.total.dollars());
//!
//!     let done = outbox.work().concurrency(8).await?;
//!     if let Some(reason) = done.stopped {
//!         println!("stopped: {reason:?}; what was not sent stays planned");
//!     }
//!     for status in outbox.review().await? {
//!         println!("for a person: {} is {}, {:?}", status.reference, status.state, status.note);
//!     }
//!     let tally = outbox.tally(Some(&plan.run)).await?;
//!     let paid = tally.totals.iter().filter(|(state, ..)| *state == State::Settled).map(|(_, count, _)| count);
//!     let is_all_paid = tally.ties_out() && paid.sum::<u64>() == tally.planned.0;
//!     outbox.close().await;
//!     Ok(is_all_paid)
//! }
//!
//! let list = "17,+12025550139,1200.00\n18,+12025550140,1310.50";
//! Outbox::create(&file, &dots).await?.close().await;
//! assert!(night(&dots, &file, "2026-11", list).await?);
//! // Once more, by mistake.
//! assert!(night(&dots, &file, "2026-11", list).await?);
//! assert_eq!((sandbox.paid("2025550139"), sandbox.paid("2025550140")), (120_000, 131_050));
//! # Ok(()) }
//! ```
//!
//! The name of the run is part of each reference, `2026-11/17`, so an employee number may come again next month.
//! `work` ends when nothing can be sent now; `Summary::next_due` says when to work again, such as after 15 minutes for a
//! payout whose answer was lost. In a service that runs all the time, `work().until(shutdown)` goes on.
//!
//! One payout at a time, such as in a handler of a service, is `outbox.pay_once("invoice-881", payout)`.
