//! Convenience methods for common operations: one file per tag of the API, and `prepared` for what they share.

#[cfg(feature = "all-tags")]
pub(crate) mod flows;
pub(crate) mod payee;
#[cfg(feature = "all-tags")]
pub(crate) mod payout_batches;
#[cfg(feature = "all-tags")]
pub(crate) mod payout_links;
#[cfg(feature = "all-tags")]
pub(crate) mod payout_requests;
pub(crate) mod payouts;
pub(crate) mod prepared;
pub(crate) mod stored;
#[cfg(feature = "all-tags")]
pub(crate) mod transfers;
pub(crate) mod user_payouts;
#[cfg(feature = "all-tags")]
pub(crate) mod users;
