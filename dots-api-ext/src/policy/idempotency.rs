//! Idempotency keys from business references.

use std::borrow::Cow;

use dots_api::{AppId, IdempotencyKey};
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};
use uuid::{Uuid, uuid};

/// The namespace of keys that are derived from business references.
///
/// A key is the UUID version 5 of this namespace over four lines, the last without a line end: the client id, the id of
/// the app that an organization acts for or nothing, the operation's id such as `send_payout`, and the reference in
/// Unicode's normalization form C. So any program can compute it again, in any language. An item of a batch has
/// `payout_batch_item` for its operation.
pub const REFERENCE_NAMESPACE: Uuid = uuid!("0d5f2c1e-6f0b-5b1c-9a55-7c3f0e9a41d6");

/// How many characters a reference may have.
const LONGEST: usize = 255;

/// Whose reference it is: the account, and the app that an organization acts for, if any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub account: &'a str,
    pub app: Option<&'a AppId>,
}

/// Derives the key of a reference: the same account, app, operation and reference give the same key, on every machine.
pub(crate) fn key_of_reference(
    scope: Scope<'_>,
    operation: &str,
    reference: &str,
) -> Result<IdempotencyKey, String> {
    let reference = checked(reference)?;
    let app = scope.app.map_or("", AppId::as_str);
    let name = format!("{}\n{app}\n{operation}\n{reference}", scope.account);
    IdempotencyKey::from_uuid(Uuid::new_v5(&REFERENCE_NAMESPACE, name.as_bytes()))
        .map_err(|error| error.to_string())
}

/// Writes a reference in normalization form C, the one form in which an outbox keeps it.
pub(crate) fn canonical(reference: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(reference)
}

/// Returns the reference in normalization form C, in which texts that look the same because an accent is composed or
/// not are the same; refuses what two people cannot see.
pub(crate) fn checked(reference: &str) -> Result<Cow<'_, str>, String> {
    let refused = |why: &str| Err(format!("the reference must be 1 to {LONGEST} visible characters: {why}"));
    if reference.is_ascii() {
        // Nothing to normalize, which most references are.
        return match reference {
            "" => refused("it is empty"),
            text if text.len() > LONGEST => refused("it is longer"),
            text if text.contains(|c: char| c.is_ascii_control()) => refused("it holds a control character"),
            text if text.trim() != text => refused("it begins or ends with a space"),
            text => Ok(text.into()),
        };
    }
    if let Some(c) = reference.chars().find(|c| !is_visible(*c)) {
        return refused(&format!("it holds U+{:04X}", u32::from(c)));
    }
    let reference = canonical(reference);
    if reference.chars().count() > LONGEST {
        return refused("it is longer");
    }
    if reference.trim() != reference {
        return refused("it begins or ends with a space");
    }
    Ok(reference)
}

/// Whether a character can be seen, or is the ordinary space.
fn is_visible(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let is_hidden = matches!(
        category,
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::Unassigned
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
    );
    // The blank of braille, and what stands for an object or a character that is not there.
    let is_blank = matches!(c, '\u{2800}' | '\u{fffc}' | '\u{fffd}');
    let is_space = c != ' ' && CodePointSetData::new::<WhiteSpace>().contains(c);
    !is_hidden && !is_blank && !is_space && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

#[cfg(test)]
mod tests;
