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
