//! Upgrading: what may change with a new version, and what is kept from older ones.
//!
//! The changelog of the package lists what changed, newest first. Before 1.0 a new minor version may break.
//!
//! # What may change in any version
//! - A value of Dots that was `Unknown` may get a variant of its own. Compare such values by `as_str()`, and never match
//!   on `Unknown("some_value")`; the same holds for [`ErrorCode::Other`](crate::ErrorCode::Other).
//! - Structs and enums marked `#[non_exhaustive]` may get more fields and variants.
//! - The words of `Display` and `Debug`. Match on [`outcome`](crate::Error::outcome), [`kind`](crate::Error::kind) and
//!   [`code`](crate::Error::code), which are also what `serde` writes.
//!
//! # What never changes
//! - [`Outcome`](crate::Outcome) has three values.
//! - The key that a reference makes: see [`REFERENCE_NAMESPACE`](crate::REFERENCE_NAMESPACE). A new version that ran
//!   beside an old one would pay twice otherwise.
//!
//! # Stored requests and rollbacks
//! The text of a [`StoredRequest`](crate::StoredRequest) carries a version, and its body is sent verbatim. A newer version
//! of this crate may write a field that an older one does not know. The older one then refuses the text and names the
//! field: dropping it would send another payment. So after a rollback, rows of the newer version wait until it is back,
//! and nothing of them is lost. [`Evidence`](crate::Evidence) is treated alike.
