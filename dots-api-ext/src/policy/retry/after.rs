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
mod tests;
