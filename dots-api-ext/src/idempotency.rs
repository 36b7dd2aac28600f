//! Keys from business references, and what a refusal proves for each kind of operation.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dots_api::scalar::IdempotencyKeyError;
use dots_api::{Idempotency, IdempotencyKey, OperationMeta};
use http::StatusCode;
use uuid::{Uuid, uuid};

use crate::error::Delivery;

/// The namespace of keys that are derived from business references.
///
/// A key is the UUID version 5 of this namespace over `account`, a line feed and `reference`, so that anybody can
/// compute it again, in any language.
pub const REFERENCE_NAMESPACE: Uuid = uuid!("0d5f2c1e-6f0b-5b1c-9a55-7c3f0e9a41d6");

/// Derives the key of a reference: the same account and reference give the same key, on every machine.
pub(crate) fn key_of_reference(
    account: &str,
    reference: &str,
) -> Result<IdempotencyKey, IdempotencyKeyError> {
    let name = format!("{account}\n{reference}");
    IdempotencyKey::from_uuid(Uuid::new_v5(&REFERENCE_NAMESPACE, name.as_bytes()))
}

/// Remembers the keys of one client whose calls have not been settled.
///
/// A refusal is proof that nothing was paid only if no earlier call with the same key can have paid.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<HashSet<IdempotencyKey>>);

impl Doubts {
    /// Notes that a call with this key is about to leave; says whether an earlier one is in doubt.
    ///
    /// The note stands while the call is under way, so that a call which is dropped leaves its key in doubt.
    pub(crate) fn raise(&self, key: IdempotencyKey) -> bool {
        !self.keys().insert(key)
    }

    /// Forgets a key whose call was settled.
    pub(crate) fn settle(&self, key: IdempotencyKey) {
        self.keys().remove(&key);
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<IdempotencyKey>> {
        // A set of keys is whole after every step, so a panic elsewhere leaves nothing half-done in it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says what an answer that is no success proves about a single attempt.
pub(crate) fn delivery_of_refusal(
    operation: &OperationMeta,
    status: StatusCode,
    in_api_shape: bool,
) -> Delivery {
    if never_reaches_the_operation(status) {
        return Delivery::Rejected;
    }
    match status.as_u16() {
        // Timed out at Dots, or another call with the key is under way.
        408 | 409 => Delivery::Unknown,
        // The address is wrong, or something that is not Dots answered: nothing is known of the call.
        404 if !in_api_shape => Delivery::Unknown,
        400..=499 => match operation.idempotency {
            Idempotency::ReturnsExisting | Idempotency::Unkeyed => Delivery::Rejected,
            // A known key is refused in the same shape as a bad request, so the refusal may be the echo of a payment
            // that an earlier send of the same key made.
            _ => Delivery::Unknown,
        },
        // A redirect is not followed and says nothing; a failure of the server can come after the payment.
        _ => Delivery::Unknown,
    }
}

/// Statuses that stand for the door, not for the operation behind it.
fn never_reaches_the_operation(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 403 | 405 | 406 | 411 | 413 | 414 | 415 | 417 | 429 | 431)
}
