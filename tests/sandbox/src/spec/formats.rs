//! The formats of texts that the document uses.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, civil, fmt::rfc2822};

/// The format of a time whose zone may be missing; the translation uses it in place of `date-time`.
pub(super) const LENIENT_DATE_TIME: &str = "date-time-zone-optional";

/// The keyword of a number that must be written as a whole one and fit into 64 bits; the translation adds it to integers
/// and amounts of requests.
pub(super) const WHOLE: &str = "x-whole";

/// The value of [`WHOLE`] for an amount; other numbers have another one.
pub(super) const CENTS: &str = "cents";

/// A format that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Base64,
    Date,
    DateTime,
    Email,
    HttpDate,
    LenientDateTime,
    Uri,
    Uuid,
}

impl Format {
    /// Finds a format by its name; any other one is a hint, and not checked.
    pub(super) fn read(name: &str) -> Option<Self> {
        Some(match name {
            "base64" => Self::Base64,
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "email" => Self::Email,
            "http-date" => Self::HttpDate,
            LENIENT_DATE_TIME => Self::LenientDateTime,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }

    /// Whether a text has the format.
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Base64 => STANDARD.decode(text).is_ok(),
            Self::Date => text.len() == 10 && text.parse::<civil::Date>().is_ok(),
            Self::DateTime => is_date_time(text),
            Self::Email => is_email(text),
            Self::HttpDate => is_http_date(text),
            Self::LenientDateTime => is_lenient_date_time(text),
            Self::Uri => is_uri(text),
            Self::Uuid => is_uuid(text),
        }
    }
}

/// RFC 3339: a date, a time and a zone, without the extensions that the parser of times knows.
fn is_date_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let offset = bytes.get(bytes.len().saturating_sub(6)..).unwrap_or_default();
    let has_zone = matches!(bytes, [.., b'Z' | b'z']) || matches!(offset, [b'+' | b'-', _, _, b':', _, _]);
    let has_seconds = bytes.get(16) == Some(&b':');
    has_zone && has_seconds && matches!(bytes.get(10), Some(b'T' | b't')) && text.parse::<Timestamp>().is_ok()
}

fn is_lenient_date_time(text: &str) -> bool {
    // A civil time parses with and without the `T`; real bodies have the `T`.
    text.parse::<Timestamp>().is_ok() || (text.contains('T') && text.parse::<civil::DateTime>().is_ok())
}

/// RFC 9110 writes dates as `Thu, 11 Jul 2024 12:31:33 GMT` and allows no other zone.
fn is_http_date(text: &str) -> bool {
    text.ends_with(" GMT") && rfc2822::DateTimeParser::new().parse_timestamp(text).is_ok()
}

/// Whether a text is an e-mail address: a name of dotted words, and a host.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let is_mark = |character: char| "!#$%&'*+-/=?^_`{|}~".contains(character);
    let is_word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|one| one.is_ascii_alphanumeric() || is_mark(one) || !one.is_ascii())
    };
    let is_label = |label: &str| {
        let inside = label.chars().all(|one| one.is_ascii_alphanumeric() || one == '-' || !one.is_ascii());
        (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_short = name.len() <= 64 && host.len() <= 254;
    is_short && name.split('.').all(is_word) && host.split('.').all(is_label)
}

/// An absolute URI: a scheme, and then only characters that URIs have.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte);
    let mut parts = rest.split('%');
    let first = parts.next().unwrap_or_default();
    let is_escaped = |part: &str| {
        let (code, after) = part.as_bytes().split_at_checked(2).unwrap_or_default();
        code.len() == 2 && code.iter().all(u8::is_ascii_hexdigit) && after.iter().copied().all(is_plain)
    };
    let is_rest = first.bytes().all(is_plain) && parts.all(is_escaped);
    is_scheme && is_rest
}

/// Eight, four, four, four and twelve hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
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
    fn a_time_has_a_zone_and_no_extension() {
        for good in ["2024-07-11T12:31:33Z", "2024-07-11t12:31:33.5z", "2024-07-11T12:31:33+02:00"] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in [
            "2024-07-11T12:31:33",
            "2024-07-11 12:31:33Z",
            "2024-07-11T12:31:33+02",
            "2024-07-11T12:31Z",
            "2024-07-11T12:31:33Z[UTC]",
            "2024-13-11T12:31:33Z",
        ] {
            assert!(!is_date_time(bad), "{bad}");
        }
    }

    #[test]
    fn an_http_date_is_in_gmt() {
        assert!(is_http_date("Thu, 11 Jul 2024 12:31:33 GMT"));
        assert!(!is_http_date("Thu, 11 Jul 2024 12:31:33 +0200"));
        assert!(!is_http_date("2024-07-11T12:31:33Z"));
    }

    #[test]
    fn an_email_has_a_name_and_a_host() {
        assert!(is_email("jsmith@example.com") && is_email("j.o+tag@localhost"));
        for bad in [
            "jsmith",
            "jsmith@",
            "@example.com",
            "j..s@example.com",
            "j s@example.com",
            "jo@-a.com",
            "jo@a..b",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn a_uri_is_absolute() {
        assert!(is_uri("https://example.com/a?b=%20c") && is_uri("mailto:jo@example.com"));
        for bad in ["example", "/a", "https://exa mple.com", "https://a/%zz", "1http://a"] {
            assert!(!is_uri(bad), "{bad}");
        }
    }

    #[test]
    fn base64_is_the_standard_alphabet_with_padding() {
        assert!(Format::Base64.fits("aW52b2ljZQ=="));
        assert!(!Format::Base64.fits("not base64!"));
    }
}
