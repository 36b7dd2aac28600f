//! Webhooks: how a program hears what became of a payout (feature `webhook`).
//!
//! Dots sends an event when a link, a transfer or a user changes ([references/webhooks]). A receiver does four things:
//!
//! 1. **Verify** the signature over the raw bytes, with `WebhookVerifier`. Answer 400 if it fails. A body that a
//!    framework has parsed and written again does not verify.
//! 2. **Handle each message once**, with `handle_once` and a store of ids: in memory, or a table of yours.
//! 3. **Ask Dots** for the object that the event names. An event is a hint: it may be late, out of order or repeated.
//! 4. **Answer within 15 seconds.** After a 2xx, Dots never sends the message again.
//!
//! The example of `webhook::handle_once` is such a receiver with axum, in ten lines that run. The
//! example program `receive_webhook` of this crate shows one with everything that can go wrong.
//!
//! A program that only waits for one object needs no receiver: `wait_for_payout_link` and its siblings read until the
//! status is there. A receiver can wake them: `notifier.notify_all(webhook.ids())`.
//!
//! [references/webhooks]: https://docs.dots.dev/references/webhooks
