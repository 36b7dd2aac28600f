//! `Retry-After`: how long an answer asks to wait.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use httpdate::parse_http_date;

/// Returns how long the answer asks to wait: seconds or an HTTP date in any of its three forms (RFC 9110, sections
/// 5.6.7 and 10.2.3). Some servers write seconds with a fraction, or the header twice; then the longest counts.
///
/// Anything else asks for nothing, and so does a date that has passed. A date is measured from the `Date` of the same
/// answer where there is one, so that a wrong clock here makes no difference.
pub(crate) fn asked_to_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let from = headers.get(DATE).and_then(|date| parse_http_date(date.to_str().ok()?).ok()).unwrap_or(now);
    let texts = headers.get_all(RETRY_AFTER).iter().filter_map(|value| value.to_str().ok());
    let waits = texts.filter_map(|text| match parse_http_date(text.trim()) {
        Ok(until) => until.duration_since(from).ok(),
        Err(_) => text.split(',').filter_map(|part| seconds(part.trim())).max(),
    });
    waits.max().filter(|wait| !wait.is_zero())
}

/// Reads seconds, with a fraction or without.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    // More digits than a number has: as long as can be, which the policy cuts to its longest.
    let whole = Duration::from_secs(whole.parse().unwrap_or(u64::MAX));
    let nanos: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Some(whole.saturating_add(Duration::from_nanos(nanos.parse().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{DATE, Duration, RETRY_AFTER, SystemTime, asked_to_wait};

    /// Asks at 2024-07-11T12:31:33Z; in milliseconds.
    fn asked(retry_after: &[&'static str], date: Option<&'static str>) -> Option<u128> {
        let mut headers = HeaderMap::new();
        for value in retry_after {
            headers.append(RETRY_AFTER, HeaderValue::from_static(value));
        }
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_static(date));
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_720_701_093);
        asked_to_wait(&headers, now).map(|wait| wait.as_millis())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        for (text, millis) in [
            ("7", 7_000),
            (" 120 ", 120_000),
            ("2.5", 2_500),
            ("3.0", 3_000),
            ("0.25", 250),
            ("2, 2", 2_000),
            ("1,7", 7_000),
            ("Thu, 11 Jul 2024 12:31:43 GMT", 10_000),
            ("Thursday, 11-Jul-24 12:31:43 GMT", 10_000),
            ("Thu Jul 11 12:31:43 2024", 10_000),
        ] {
            assert_eq!(asked(&[text], None), Some(millis), "{text}");
        }
        assert_eq!(asked(&["2", "5"], None), Some(5_000));
        assert_eq!(asked(&["soon", "5"], None), Some(5_000));
    }

    #[test]
    fn a_date_is_measured_from_the_answers_own() {
        let date = Some("Thu, 11 Jul 2024 13:00:00 GMT");
        assert_eq!(asked(&["Thu, 11 Jul 2024 13:00:30 GMT"], date), Some(30_000));
        assert_eq!(asked(&["Thu, 11 Jul 2024 12:59:00 GMT"], date), None);
    }

    #[test]
    fn what_is_neither_asks_for_nothing() {
        for text in [
            "",
            "-1",
            "1e9",
            "soon",
            "1.",
            ".5",
            "1.5.5",
            "0",
            "0.0",
            ",",
            "1 s",
            "2024-07-11T12:31:43Z",
            "Thu, 01 Jan 1970 00:00:00 GMT",
        ] {
            assert_eq!(asked(&[text], None), None, "{text}");
        }
    }

    #[test]
    fn a_number_beyond_all_numbers_asks_for_as_long_as_can_be() {
        assert!(asked(&["99999999999999999999"], None) >= Some(u128::from(u64::MAX) * 1_000));
        assert!(asked(&["99999999999999999999.9"], None) >= Some(u128::from(u64::MAX) * 1_000));
        assert!(asked(&["Fri, 01 Jan 9999 00:00:00 GMT"], None) > Some(200_000_000_000_000));
    }
}
