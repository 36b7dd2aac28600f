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
    let is_space = c != ' ' && CodePointSetData::new::<WhiteSpace>().contains(c);
    !is_hidden && !is_space && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

#[cfg(test)]
mod tests {
    use super::{Scope, key_of_reference};

    fn key(reference: &str) -> Result<String, String> {
        key_of_reference(Scope { account: "pk_dev", app: None }, "send_payout", reference)
            .map(|key| key.to_string())
    }

    #[test]
    fn texts_that_look_the_same_have_one_key() {
        for (composed, decomposed) in [
            ("caf\u{e9}", "cafe\u{301}"),
            ("\u{1e69}", "s\u{323}\u{307}"),
            ("\u{1e69}", "s\u{307}\u{323}"),
            ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"),
            ("\u{212b}ngstr\u{f6}m", "\u{c5}ngstro\u{308}m"),
            ("\u{212a}\u{37e}\u{1fef}", "K;`"),
        ] {
            assert!(key(composed).is_ok());
            assert_eq!(key(composed), key(decomposed), "{composed}");
        }
        // Signs that only look alike are other signs, and stay so.
        assert_ne!(key("\u{2460}"), key("1"));
        assert_ne!(key("\u{430}"), key("a"));
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for hidden in [
            "\u{200b}",
            "\u{feff}",
            "\u{200d}",
            "\u{200c}",
            "\u{ad}",
            "\u{2060}",
            "\u{202e}",
            "\u{a0}",
            "\u{3000}",
            "\u{2028}",
            "\u{85}",
            "\0",
            "\n",
            "\t",
            "\u{7f}",
            "\u{e000}",
            "\u{378}",
            "\u{fe0f}",
            "\u{115f}",
            "\u{3164}",
            "\u{e0001}",
            "\u{10ffff}",
            "\u{180e}",
            "\u{34f}",
            "\u{61c}",
        ] {
            for text in [
                format!("invoice-881{hidden}"),
                format!("{hidden}a"),
                format!("a{hidden}b"),
                hidden.to_owned(),
            ] {
                let error = key(&text).unwrap_err();
                assert!(!error.contains(hidden), "{error}");
            }
        }
        for odd in ["", " ", " a", "a ", "\u{e9} ", &"x".repeat(256), &"\u{e9}".repeat(256)] {
            assert!(key(odd).is_err(), "{odd:?}");
        }
        for good in
            ["a", "a b", &"x".repeat(255), &"\u{e9}".repeat(255), "\u{1f600}", "\u{645}\u{627}\u{631}\u{633}"]
        {
            assert!(key(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn an_ascii_reference_keeps_the_key_that_it_always_had() {
        assert_eq!(key("invoice-881").unwrap(), KEPT);
    }

    /// Computed by Python's `uuid.uuid5`.
    const KEPT: &str = "6de2f29e-690d-5ffd-b076-1f12db77c845";
}
