//! What `Retry-After` asks for.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use dots_api::Timestamp;

/// Returns how long the answer asks to wait: seconds or an HTTP date (RFC 9110, section 10.2.3).
///
/// What is neither asks for nothing, and so does a date that has passed. A date is measured from the `Date` of the same
/// answer where there is one, so that a wrong clock here makes no difference.
pub(crate) fn asked_to_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has: as long as can be, which the policy cuts to its longest.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX))).filter(|wait| !wait.is_zero());
    }
    let until = http_date(text)?;
    let from = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?)).unwrap_or(now);
    until.duration_since(from).ok().filter(|wait| !wait.is_zero())
}

fn http_date(text: &str) -> Option<SystemTime> {
    // RFC 3339 would be read as well, and is no HTTP date.
    let starts_with_a_day = text.starts_with(|first: char| first.is_ascii_alphabetic());
    starts_with_a_day.then(|| text.parse::<Timestamp>().ok().map(SystemTime::from)).flatten()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{DATE, Duration, RETRY_AFTER, SystemTime, asked_to_wait};

    /// Asks at 2024-07-11T12:31:33Z.
    fn asked(retry_after: &'static str, date: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry_after));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_static(date));
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_720_701_093);
        asked_to_wait(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(asked("7", None), Some(7));
        assert_eq!(asked(" 120 ", None), Some(120));
        assert_eq!(asked("Thu, 11 Jul 2024 12:31:43 GMT", None), Some(10));
    }

    #[test]
    fn a_date_is_measured_from_the_answers_own() {
        let date = Some("Thu, 11 Jul 2024 13:00:00 GMT");
        assert_eq!(asked("Thu, 11 Jul 2024 13:00:30 GMT", date), Some(30));
        assert_eq!(asked("Thu, 11 Jul 2024 12:59:00 GMT", date), None);
    }

    #[test]
    fn what_is_neither_asks_for_nothing() {
        for text in
            ["", "-1", "1e9", "soon", "1.5", "0", "2024-07-11T12:31:43Z", "Thu, 01 Jan 1970 00:00:00 GMT"]
        {
            assert_eq!(asked(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_number_beyond_all_numbers_asks_for_as_long_as_can_be() {
        assert_eq!(asked("99999999999999999999", None), Some(u64::MAX));
        assert!(asked("Fri, 01 Jan 9999 00:00:00 GMT", None) > Some(200_000_000_000));
    }
}
