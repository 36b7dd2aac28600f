//! What the payouts of a world are: their names, keys and requests.

use dots_api_ext::outbox::Entry;
use dots_api_ext::{Cents, IdempotencyKey};
use uuid::Uuid;

/// What a store keeps of a payout; the first two may pay the same amount to the same payee.
pub(super) fn entry(number: usize, are_alike: bool) -> Entry {
    let who = if are_alike && number == 1 { 0 } else { number };
    Entry {
        reference: name(number),
        run: None,
        operation: "send_payout".to_owned(),
        cents: Cents::new(1),
        fingerprint: Uuid::from_u128(u128::try_from(who).unwrap_or_default()),
        key: key(number, 0),
        request: request(number, 0),
    }
}

pub(super) fn name(number: usize) -> String {
    format!("payout/{number}")
}

pub(super) fn key(number: usize, generation: u32) -> IdempotencyKey {
    let number = u128::try_from(number).unwrap_or_default();
    let bits = ((number + 1) << 96) | (u128::from(generation) + 1);
    IdempotencyKey::from_uuid(uuid::Builder::from_custom_bytes(bits.to_be_bytes()).into_uuid())
        .unwrap_or_default()
}

pub(super) fn request(number: usize, generation: u32) -> String {
    format!("request {generation} of {number}")
}
