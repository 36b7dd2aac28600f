//! Patterns: the few regular expressions that the document has.

use std::fmt;

/// Digits, or decimal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// From so many digits to so many, alone or, unless they are, with other text around them.
    Digits { least: usize, most: usize, alone: bool },
    /// A number such as `-1000` or `1000.0000000000`.
    Decimal,
}

/// The regular expression of [`Pattern::Decimal`].
pub(super) const DECIMAL: &str = r"^-?[0-9]+(\.[0-9]+)?$";

impl Pattern {
    /// Reads a regular expression; nothing when it is another one.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text == DECIMAL {
            return Some(Self::Decimal);
        }
        let inner = text.strip_prefix('^').and_then(|text| text.strip_suffix('$'));
        let count = inner.unwrap_or(text).strip_prefix("[0-9]{")?.strip_suffix('}')?;
        let (least, most) = count.split_once(',').unwrap_or((count, count));
        Some(Self::Digits { least: least.parse().ok()?, most: most.parse().ok()?, alone: inner.is_some() })
    }

    /// Whether a text matches.
    pub(super) fn fits(&self, text: &str) -> bool {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match *self {
            Self::Digits { least, most, alone: true } => {
                (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
            }
            // So many digits can be found in any longer run of them.
            Self::Digits { least, .. } => {
                text.split(|character: char| !character.is_ascii_digit()).any(|run| run.len() >= least)
            }
            Self::Decimal => {
                let (whole, fraction) = match text.split_once('.') {
                    Some((whole, fraction)) => (whole, Some(fraction)),
                    None => (text, None),
                };
                is_digits(whole.strip_prefix('-').unwrap_or(whole)) && fraction.is_none_or(is_digits)
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Digits { least, most, alone } => {
                let count = if least == most { least.to_string() } else { format!("{least},{most}") };
                let (begin, end) = if alone { ("^", "$") } else { ("", "") };
                write!(f, "{begin}[0-9]{{{count}}}{end}")
            }
            Self::Decimal => f.write_str(DECIMAL),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn a_pattern_is_read_and_written_and_any_other_is_not() {
        for text in ["^[0-9]{1,3}$", "^[0-9]{9}$", "[0-9]{7,17}", "[0-9]{9}", DECIMAL] {
            assert_eq!(Pattern::read(text).unwrap().to_string(), text);
        }
        assert_eq!(Pattern::read("^[a-z]+$"), None);
    }

    #[test]
    fn digits_stand_alone_or_in_a_text() {
        let fits = |pattern: &str, text: &str| Pattern::read(pattern).unwrap().fits(text);
        assert!(fits("^[0-9]{1,3}$", "123") && !fits("^[0-9]{1,3}$", "1234") && !fits("^[0-9]{1,3}$", "+1"));
        assert!(fits("[0-9]{3}", "no. 1234") && !fits("[0-9]{3}", "12-34"));
    }
}
