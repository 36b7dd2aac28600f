//! Keys from business references.

use dots_api::IdempotencyKey;
use uuid::{Uuid, uuid};

/// The namespace of keys that are derived from business references.
///
/// A key is the UUID version 5 of this namespace over `account`, a line feed and `reference`, so that anybody can
/// compute it again, in any language.
pub const REFERENCE_NAMESPACE: Uuid = uuid!("0d5f2c1e-6f0b-5b1c-9a55-7c3f0e9a41d6");

/// Derives the key of a reference: the same account and reference give the same key, on every machine.
pub(crate) fn key_of_reference(account: &str, reference: &str) -> Result<IdempotencyKey, String> {
    let long = reference.chars().count() > 255;
    let odd = reference.is_empty() || reference.trim() != reference || reference.contains(char::is_control);
    if long || odd {
        return Err(
            "the reference must be one to 255 characters of printable text, without space around it".into()
        );
    }
    let name = format!("{account}\n{reference}");
    IdempotencyKey::from_uuid(Uuid::new_v5(&REFERENCE_NAMESPACE, name.as_bytes()))
        .map_err(|error| error.to_string())
}
