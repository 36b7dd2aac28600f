//! The guide, in the order of a user's day.
//!
//! | page | answers |
//! |---|---|
//! | [`first_payout`] | how do I pay one person, from a new program? |
//! | [`keys`] | what makes a repeat safe, and for how long? |
//! | [`errors`] | what does a failure mean for the money, and what do I answer my own caller? |
//! | [`many_payouts`] | how do I pay many people, and how many at once? |
//! | [`payroll`] | how do I pay a list each night, though the job may be killed in the middle? |
//! | [`users`] | how do I get from a name to a user who can be paid? |
//! | [`webhooks`] | how do I hear what became of a payout? |
//! | [`testing`] | how do I test my own program, lost answers and all, without an account? |
//! | [`production`] | what is to be checked before real money moves? |
//! | [`upgrading`] | what may change with a new version, and what is kept from older ones? |
//!
//! Each example runs against the offline sandbox. Links such as [references/idempotency] lead to Dots'
//! documentation.
//!
//! [references/idempotency]: https://docs.dots.dev/references/idempotency

pub mod errors;
pub mod first_payout;
pub mod keys;
pub mod many_payouts;
pub mod payroll;
pub mod production;
pub mod testing;
pub mod upgrading;
pub mod users;
pub mod webhooks;
