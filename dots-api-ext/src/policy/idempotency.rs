//! Keys from business references.

use dots_api::{AppId, IdempotencyKey};
use uuid::{Uuid, uuid};

/// The namespace of keys that are derived from business references.
///
/// A key is the UUID version 5 of this namespace over four lines without an end of the last: the client id, the id of
/// the app that an organization acts for or nothing, the operation's id such as `send_payout`, and the reference. So
/// anybody can compute it again, in any language. An item of a batch has `payout_batch_item` for its operation.
pub const REFERENCE_NAMESPACE: Uuid = uuid!("0d5f2c1e-6f0b-5b1c-9a55-7c3f0e9a41d6");

/// Derives the key of a reference: the same account, app, operation and reference give the same key, on every machine.
pub(crate) fn key_of_reference(
    account: &str,
    app: Option<&AppId>,
    operation: &str,
    reference: &str,
) -> Result<IdempotencyKey, String> {
    let long = reference.chars().count() > 255;
    let odd = reference.is_empty() || reference.trim() != reference || reference.contains(char::is_control);
    if long || odd {
        return Err(
            "the reference must be one to 255 characters of printable text, without space around it".into()
        );
    }
    let app = app.map_or("", AppId::as_str);
    let name = format!("{account}\n{app}\n{operation}\n{reference}");
    IdempotencyKey::from_uuid(Uuid::new_v5(&REFERENCE_NAMESPACE, name.as_bytes()))
        .map_err(|error| error.to_string())
}
