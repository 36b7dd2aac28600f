//! Text parsing and safe quotation in errors, shared by the scalars.

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use serde::Deserializer;
use serde::de::{Error, Unexpected, Visitor};

/// An excerpt of a refused text for an error message: its first 64 characters, in printable ASCII.
///
/// All other characters are escaped, so that line breaks and look-alike letters are visible. Backticks are escaped too,
/// so that the end of the text is the end of the quotation.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Excerpt(Box<str>);

impl Excerpt {
    const MAX_CHARS: usize = 64;

    pub(crate) fn of(text: &str) -> Self {
        let mut chars = text.chars();
        let mut shown: String = chars.by_ref().take(Self::MAX_CHARS).fold(String::new(), escaped);
        if chars.next().is_some() {
            shown.push_str("...");
        }
        Self(shown.into())
    }
}

fn escaped(mut shown: String, c: char) -> String {
    if c == '`' {
        shown.extend(c.escape_unicode());
    } else {
        shown.extend(c.escape_default());
    }
    shown
}

impl Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// Turns a type name into words for a message: `PayoutLinkId` becomes `payout link id`.
pub(crate) fn words(type_name: &str) -> String {
    let mut words = String::with_capacity(type_name.len() + 4);
    for letter in type_name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// Says whether a text is one or more ASCII digits, without a sign.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Deserializes a JSON text through [`FromStr`].
///
/// Serde's own message for a number in place of a text repeats the number, which may be a person's phone number; this
/// one does not. It calls `deserialize_any`, because `serde_json`, when asked for a text, reports a number with a
/// message of its own.
pub(crate) fn read<'de, D, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let mut value = None;
    let parse = &mut |text: &str| match text.parse() {
        Ok(read) => {
            value = Some(read);
            Ok(())
        }
        Err(error) => Err(T::Err::to_string(&error)),
    };
    deserializer.deserialize_any(TextVisitor { expected, parse })?;
    value.ok_or_else(|| D::Error::custom(expected))
}

/// One visitor for all types: what reads JSON is compiled once for each visitor, and is long.
struct TextVisitor<'a> {
    expected: &'static str,
    parse: &'a mut dyn FnMut(&str) -> Result<(), String>,
}

impl Visitor<'_> for TextVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        (self.parse)(text).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Err(E::invalid_type(Unexpected::Other("number"), &self))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Err(E::invalid_type(Unexpected::Other("number"), &self))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Err(E::invalid_type(Unexpected::Other("number"), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::{Excerpt, is_digits, words};

    #[test]
    fn a_type_name_becomes_words() {
        assert_eq!(words("BankAccountType"), "bank account type");
        assert_eq!(words("UserId"), "user id");
        assert_eq!(words(""), "");
    }

    #[test]
    fn a_refused_text_is_shown_in_printable_ascii() {
        assert_eq!(Excerpt::of("a b").to_string(), "`a b`");
        assert_eq!(Excerpt::of("\0\r\nX: y").to_string(), r"`\u{0}\r\nX: y`");
        assert_eq!(Excerpt::of("us\u{202e}er\u{200b}").to_string(), r"`us\u{202e}er\u{200b}`");
        assert_eq!(Excerpt::of("\u{443}").to_string(), r"`\u{443}`");
        assert_eq!(Excerpt::of("a` b").to_string(), r"`a\u{60} b`");
    }

    #[test]
    fn a_long_refused_text_is_cut_between_characters() {
        let shown = Excerpt::of(&"\u{20ac}".repeat(1 << 20)).to_string();
        assert_eq!(shown, format!("`{}...`", r"\u{20ac}".repeat(64)));
        assert_eq!(Excerpt::of(&"x".repeat(64)).to_string(), format!("`{}`", "x".repeat(64)));
    }

    #[test]
    fn only_ascii_digits_are_digits() {
        assert!(is_digits("007"));
        for text in ["", "+1", "-1", "1 ", "١٢", "１"] {
            assert!(!is_digits(text), "{text}");
        }
    }
}
