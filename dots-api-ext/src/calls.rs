//! Convenience methods for common operations: one file per tag of the API, and `prepared` for what they share.
//!
//! Rustdoc shows the methods of [`Dots`](crate::Dots) and [`Prepared`](crate::Prepared) in the order of these modules:
//! what all calls share, then the tags in the order of the list on the first page of the crate. The empty lines keep
//! rustfmt from sorting them.

pub(crate) mod prepared;
pub(crate) mod stored;

pub(crate) mod payouts;

#[cfg(feature = "all-tags")]
pub(crate) mod payout_links;

#[cfg(feature = "all-tags")]
pub(crate) mod users;

#[cfg(feature = "all-tags")]
pub(crate) mod flows;

#[cfg(feature = "all-tags")]
pub(crate) mod transfers;
pub(crate) mod user_payouts;

#[cfg(feature = "all-tags")]
pub(crate) mod payout_batches;
#[cfg(feature = "all-tags")]
pub(crate) mod payout_requests;

pub(crate) mod payee;
