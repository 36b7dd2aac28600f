//! What a success gives.

use std::fmt::Debug;
use std::ops::Deref;

use dots_api::IdempotencyKey;
use http::StatusCode;

/// Holds what Dots answered, and the key under which it will answer the same again.
///
/// It derefs to the answer, so `receipt.status` is the status of the payout link.
#[derive(Clone, Debug)]
pub struct Receipt<T> {
    value: T,
    http_status: StatusCode,
    key: Option<IdempotencyKey>,
}

impl<T> Receipt<T> {
    pub(crate) fn new(value: T, http_status: StatusCode, key: Option<IdempotencyKey>) -> Self {
        Self { value, http_status, key }
    }

    /// Returns the key that the call was made with; none for an operation that takes none.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        self.key
    }

    /// Returns the HTTP status, such as 201.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.http_status.as_u16()
    }

    /// Takes the answer out.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Receipt<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
