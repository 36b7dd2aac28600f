//! Formats that the document uses and the JSON Schema library does not check.
//!
//! The library checks `uuid`, `date`, `date-time`, `email` and `uri` itself once format checking is on.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{civil, fmt::rfc2822};
use jsonschema::{Draft, Keyword, ValidationError, ValidationOptions, Validator};
use serde_json::{Number, Value, json};

/// The format of a time whose zone may be missing; the translation uses it in place of `date-time`.
pub(super) const LENIENT_DATE_TIME: &str = "date-time-zone-optional";

/// Turns format checking on and adds our own checks.
pub(super) fn register(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    options
        .should_validate_formats(true)
        .with_format(LENIENT_DATE_TIME, is_lenient_date_time)
        .with_format("http-date", is_http_date)
        .with_format("base64", is_base64)
        .with_keyword(WHOLE, |schema, unit, _| {
            let is_integer = schema.get("type").is_some_and(|kind| *kind != json!("number"));
            let is_cents = *unit == json!(CENTS);
            Ok(Box::new(Whole { is_integer, is_cents }))
        })
}

/// The keyword of a number that must be written as a whole one and fit into 64 bits; the translation adds it to integers
/// and amounts of requests.
pub(super) const WHOLE: &str = "x-whole";

/// The value of [`WHOLE`] for an amount; other numbers have another one.
pub(super) const CENTS: &str = "cents";

/// Checks the keyword [`WHOLE`].
struct Whole {
    /// Whether the type refuses fractions already.
    is_integer: bool,
    is_cents: bool,
}

impl Whole {
    fn objection(&self, number: &Number) -> Option<&'static str> {
        let value = number.as_f64().unwrap_or_default();
        if number.is_i64() || self.is_integer && value.fract() != 0.0 {
            None
        } else if value.abs() >= TOO_LARGE {
            Some("is too large")
        } else if self.is_cents {
            Some("must be whole cents, written without a fraction")
        } else {
            Some("must be a whole number, written without a fraction")
        }
    }
}

/// The first number that does not fit into 64 bits with a sign.
const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

impl<'i> Keyword<'i> for Whole {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        let Value::Number(number) = instance else { return Ok(()) };
        self.objection(number).map_or(Ok(()), |objection| Err(ValidationError::custom(objection)))
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        !matches!(instance, Value::Number(number) if self.objection(number).is_some())
    }
}

/// Whether a text has the format `email`; schemas use the same check.
pub(crate) fn is_email(text: &str) -> bool {
    static EMAIL: LazyLock<Option<Validator>> = LazyLock::new(|| {
        register(jsonschema::options())
            .with_draft(Draft::Draft202012)
            .build(&json!({ "format": "email" }))
            .ok()
    });
    EMAIL.as_ref().is_some_and(|email| email.is_valid(&json!(text)))
}

fn is_lenient_date_time(text: &str) -> bool {
    // A civil time parses with and without the `T`; real bodies have the `T`.
    text.parse::<jiff::Timestamp>().is_ok() || (text.contains('T') && text.parse::<civil::DateTime>().is_ok())
}

/// RFC 9110 writes dates as `Thu, 11 Jul 2024 12:31:33 GMT` and allows no other zone.
fn is_http_date(text: &str) -> bool {
    text.ends_with(" GMT") && rfc2822::DateTimeParser::new().parse_timestamp(text).is_ok()
}

fn is_base64(text: &str) -> bool {
    STANDARD.decode(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lenient_time_may_lack_its_zone_and_nothing_else() {
        assert!(is_lenient_date_time("2024-07-11T12:31:33.479437"));
        assert!(is_lenient_date_time("2024-07-11T12:31:33Z"));
        assert!(is_lenient_date_time("2024-07-11T12:31:33+02:00"));
        assert!(!is_lenient_date_time("2024-07-11"));
        assert!(!is_lenient_date_time("2024-07-11 12:31:33"));
        assert!(!is_lenient_date_time("2024-02-30T12:31:33"));
        assert!(!is_lenient_date_time("yesterday"));
    }

    #[test]
    fn an_http_date_is_in_gmt() {
        assert!(is_http_date("Thu, 11 Jul 2024 12:31:33 GMT"));
        assert!(!is_http_date("Thu, 11 Jul 2024 12:31:33 +0200"));
        assert!(!is_http_date("2024-07-11T12:31:33Z"));
    }

    #[test]
    fn an_email_has_a_name_and_a_host() {
        assert!(is_email("jsmith@example.com"));
        assert!(!is_email("jsmith"));
        assert!(!is_email("jsmith@"));
    }

    #[test]
    fn base64_is_the_standard_alphabet_with_padding() {
        assert!(is_base64("aW52b2ljZQ=="));
        assert!(!is_base64("not base64!"));
    }
}
