//! Redaction: what `Debug` shows in place of a secret or personal data.

use std::fmt::{self, Debug};

/// Implements `Debug` for a struct. A field that is marked shows whether it is set, and never its value.
macro_rules! debug {
    ($name:ident { $($field:ident $(: $how:ident)?),* $(,)? }) => {
        impl std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &$crate::redact::shown!(&self.$field $(, $how)?)))*
                    .finish()
            }
        }
    };
}

/// What is shown of a field: its value, or what a function of this module gives for it.
macro_rules! shown {
    ($value:expr) => {
        $value
    };
    ($value:expr, $how:ident) => {
        $crate::redact::$how($value)
    };
}

pub(crate) use {debug, shown};

/// A redacted value: `***` if it is set, `None` if it is not.
///
/// A log often has to show whether a tax number was sent, and never which one.
pub(crate) struct Redacted(bool);

/// Redacts a required field.
pub(crate) const fn redacted<T>(_: &T) -> Redacted {
    Redacted(true)
}

/// Redacts an optional field.
pub(crate) const fn redacted_option<T>(value: &Option<T>) -> Redacted {
    Redacted(value.is_some())
}

impl Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "***" } else { "None" })
    }
}

/// Removes the offending value from a JSON error, and keeps the expectation and the position.
///
/// Serde repeats the value that it could not read, which may be a person's phone number.
pub(crate) fn unreadable(error: &serde_json::Error) -> serde_json::Error {
    let text = error.to_string();
    // These messages quote a field name of ours; all others quote the value, if anything.
    let names_a_field = ["missing field", "duplicate field"].iter().any(|start| text.starts_with(start));
    let text = if names_a_field { text } else { without_first_quotation(&text) };
    // The new error takes its line and column from the end of the text.
    serde::de::Error::custom(text)
}

/// Replaces the first quoted text, in quotes or backticks, by three stars; quotes inside it are escaped.
fn without_first_quotation(text: &str) -> String {
    let Some((start, quote)) = text.char_indices().find(|(_, c)| matches!(c, '"' | '`')) else {
        return text.to_owned();
    };
    let (before, quoted) = text.split_at(start);
    let mut escaped = false;
    let mut rest = quoted.chars();
    rest.next();
    for c in rest.by_ref() {
        if c == quote && !escaped {
            break;
        }
        escaped = c == '\\' && !escaped;
    }
    format!("{before}`***`{}", rest.as_str())
}

#[cfg(test)]
mod tests {
    struct Person {
        name: &'static str,
        tin: String,
        ssn: Option<String>,
    }

    super::debug!(Person { name, tin: redacted, ssn: redacted_option });

    #[test]
    fn debug_shows_that_a_value_is_there_and_not_what_it_is() {
        let mut person = Person { name: "Jo", tin: "900112222".into(), ssn: Some("123456789".into()) };
        assert_eq!(format!("{person:?}"), "Person { name: \"Jo\", tin: ***, ssn: *** }");
        person.ssn = None;
        assert_eq!(format!("{person:?}"), "Person { name: \"Jo\", tin: ***, ssn: None }");
    }

    #[test]
    fn an_error_of_reading_keeps_its_words_and_its_place_and_loses_the_value() {
        let read = |json| serde_json::from_str::<(bool, crate::Cents)>(json);
        for (json, message) in [
            (r#"["a\" b", 1]"#, "invalid type: string `***`, expected a boolean at line 1 column 8"),
            ("[555, 1]", "invalid type: integer `***`, expected a boolean at line 1 column 4"),
            (
                r#"[true, "a`b"]"#,
                "could not read the text `***` as cents: write an integer, such as `1999` for $19.99 \
                 at line 1 column 12",
            ),
            ("[null, 1]", "invalid type: null, expected a boolean at line 1 column 5"),
            ("[true", "EOF while parsing a list at line 1 column 5"),
        ] {
            let error = read(json).map_err(|error| super::unreadable(&error).to_string());
            assert_eq!(error, Err(message.to_owned()));
        }
    }
}
