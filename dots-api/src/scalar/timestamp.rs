//! Timestamps, in the three forms that Dots writes.

use std::fmt::{self, Debug, Display};
use std::str::FromStr;
use std::time::SystemTime;

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::schema::named_schema;
use super::text::{self, Excerpt};

/// A timestamp with nanosecond precision, from the year 0 to 9999-12-30T22:00:00Z.
///
/// Dots writes times in three forms, and all of them are read: RFC 3339 with a zone (`2024-07-11T12:31:33Z`), the same
/// without a zone (`2024-07-11T12:31:33.479437`), which is taken as UTC, and RFC 1123 (`Thu, 11 Jul 2024 12:31:33
/// GMT`). A timestamp is written as RFC 3339 in UTC, with all significant digits of the second.
///
/// # Examples
/// ```
/// use dots_api::Timestamp;
///
/// let created: Timestamp = "2024-07-11T12:31:33.479437".parse()?;
/// assert_eq!(created.to_string(), "2024-07-11T12:31:33.479437Z");
/// assert_eq!(created, "2024-07-11T14:31:33.479437+02:00".parse()?);
/// assert_eq!(created.unix_seconds(), 1_720_701_093);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The start of the year 0; RFC 3339 cannot express an earlier time.
    const FIRST_SECOND: i64 = -62_167_219_200;

    /// The maximum length of a time in any of the three forms.
    const MAX_TEXT: usize = 64;

    /// Creates a timestamp from the seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Returns an error for a time before the year 0 or after 9999-12-30T22:00:00Z.
    ///
    /// # Examples
    /// ```
    /// use dots_api::Timestamp;
    ///
    /// let time = Timestamp::from_unix_seconds(1_720_701_093)?;
    /// assert_eq!(time.to_string(), "2024-07-11T12:31:33Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, TimestampError> {
        in_range(jiff::Timestamp::from_second(seconds))
    }

    /// Creates a timestamp from the microseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Returns an error for a time before the year 0 or after 9999-12-30T22:00:00Z.
    pub fn from_unix_micros(micros: i64) -> Result<Self, TimestampError> {
        in_range(jiff::Timestamp::from_microsecond(micros))
    }

    /// Returns the whole seconds since 1970-01-01T00:00:00Z; negative before, rounded towards zero.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// Returns the whole microseconds since 1970-01-01T00:00:00Z; negative before, rounded towards zero.
    #[must_use]
    pub fn unix_micros(self) -> i64 {
        self.0.as_microsecond()
    }
}

fn in_range(time: Result<jiff::Timestamp, jiff::Error>) -> Result<Timestamp, TimestampError> {
    time.ok()
        .filter(|time| time.as_second() >= Timestamp::FIRST_SECOND)
        .map(Timestamp)
        .ok_or(TimestampError(Kind::OutOfRange))
}

impl Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Parses a time in one of the three forms.
    ///
    /// # Errors
    /// Returns an error for a text in another form, for a day or a time of day that does not exist, and for a day
    /// without a time.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let unreadable = || TimestampError(Kind::Unreadable(Excerpt::of(text)));
        if !text.is_ascii() || text.len() > Self::MAX_TEXT {
            return Err(unreadable());
        }
        let time = if text.starts_with(|first: char| first.is_ascii_digit()) {
            rfc3339(text).ok_or_else(unreadable)?
        } else {
            rfc1123(text).ok_or_else(unreadable)?
        };
        in_range(Ok(time))
    }
}

/// Parses RFC 3339 with an optional zone.
///
/// The library accepts more of ISO 8601, and parses a text without a zone only as a civil time, where it ignores any
/// offset; so the form is checked first.
fn rfc3339(text: &str) -> Option<jiff::Timestamp> {
    let (_, time) = text.split_at_checked("2024-07-11".len())?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    if time.contains('[') {
        return None;
    }
    if time.contains(['Z', 'z', '+', '-']) {
        return text.parse().ok();
    }
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// Parses RFC 1123 with an unambiguous zone.
///
/// The library follows RFC 2822, which treats every unknown zone name as UTC: `CEST` would be read two hours late.
fn rfc1123(text: &str) -> Option<jiff::Timestamp> {
    let (_, zone) = text.rsplit_once(' ')?;
    if !matches!(zone, "GMT" | "UTC") && !zone.starts_with(['+', '-']) {
        return None;
    }
    Some(rfc2822::parse(text).ok()?.timestamp())
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(time: SystemTime) -> Result<Self, TimestampError> {
        in_range(time.try_into())
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        time.0.into()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer, "a point in time as text")
    }
}

named_schema!(
    Timestamp,
    schemars::json_schema!({
        "description": "A point in time, in RFC 3339.",
        "type": "string",
        "format": "date-time"
    })
);

/// The error of a text or a number that is not a timestamp.
///
/// # Examples
/// ```
/// use dots_api::Timestamp;
///
/// let error = "yesterday".parse::<Timestamp>().unwrap_err();
/// assert!(error.to_string().starts_with("could not read `yesterday` as a point in time"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampError(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Unreadable(Excerpt),
    OutOfRange,
}

impl Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Unreadable(value) => write!(
                f,
                "could not read {value} as a point in time: expected a text like `2024-07-11T12:31:33Z` \
                 or `Thu, 11 Jul 2024 12:31:33 GMT`"
            ),
            Kind::OutOfRange => {
                f.write_str("could not hold a point in time before the year 0 or after 9999-12-30T22:00:00Z")
            }
        }
    }
}

impl std::error::Error for TimestampError {}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Timestamp, TimestampError};

    fn rewritten(text: &str) -> Result<String, TimestampError> {
        text.parse().map(|time: Timestamp| time.to_string())
    }

    #[test]
    fn the_three_forms_of_dots_are_read() {
        for (text, written) in [
            ("2024-07-11T12:31:33Z", "2024-07-11T12:31:33Z"),
            ("2024-07-11t12:31:33z", "2024-07-11T12:31:33Z"),
            ("2024-07-11T12:31:33+00:00", "2024-07-11T12:31:33Z"),
            ("2024-07-11T05:31:33.5-07:00", "2024-07-11T12:31:33.5Z"),
            ("2024-07-11T12:31:33.479437", "2024-07-11T12:31:33.479437Z"),
            ("2024-07-11 12:31:33.479437", "2024-07-11T12:31:33.479437Z"),
            ("2024-07-11T12:31:33", "2024-07-11T12:31:33Z"),
            ("Thu, 11 Jul 2024 12:31:33 GMT", "2024-07-11T12:31:33Z"),
            ("Thu, 11 Jul 2024 05:31:33 -0700", "2024-07-11T12:31:33Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("9999-12-30T22:00:00", "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(rewritten(text).as_deref(), Ok(written), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_point_in_time_is_refused() {
        let long = format!("2024-07-11T12:31:33.{}Z", "0".repeat(1 << 20));
        for text in [
            "",
            "T",
            "now",
            "1720701093",
            "2024-07-11",
            "2024-07-11T",
            "12:31:33",
            "20240711T123133Z",
            "2024-07-11T12:31:33+99:00",
            "2024-07-11T12:31:33[Europe/Paris]",
            "2024-07-11T12:31:33Z[UTC]",
            "2024-13-11T12:31:33Z",
            "2024-02-30T12:31:33Z",
            "2023-02-29T12:31:33",
            "2024-07-11T25:31:33Z",
            "2024-07-11T12:61:33Z",
            "2024-07-11T12:31:33Zx",
            "2024-07-11T12:31:33 ",
            "-2024-07-11T12:31:33Z",
            "+2024-07-11T12:31:33Z",
            "Fri, 11 Jul 2024 12:31:33 GMT",
            "Thu, 11 Jul 2024 12:31:33 CEST",
            "Thu, 11 Jul 2024 12:31:33",
            "Thu, 11 Jul 2024",
            "\u{20ac}".repeat(20).as_str(),
            "٢٠٢٤-07-11T12:31:33Z",
            &long,
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{}", text.escape_debug());
        }
    }

    #[test]
    fn a_time_before_the_year_0_is_refused() {
        let message =
            "could not hold a point in time before the year 0 or after 9999-12-30T22:00:00Z".to_owned();
        let before = rewritten("0000-01-01T00:00:00+05:00").map_err(|error| error.to_string());
        assert_eq!(before, Err(message));
        assert!(Timestamp::from_unix_seconds(Timestamp::FIRST_SECOND - 1).is_err());
        assert!(Timestamp::from_unix_seconds(i64::MIN).is_err());
        assert!(Timestamp::from_unix_seconds(i64::MAX).is_err());
        assert!(Timestamp::from_unix_micros(i64::MIN).is_err());
    }

    #[test]
    fn what_is_written_is_read_back_to_the_nanosecond() {
        for text in ["2024-07-11T12:31:33.123456789Z", "9999-12-30T22:00:00Z", "1969-12-31T23:59:59.999999Z"]
        {
            let time: Result<Timestamp, _> = text.parse();
            let json = time.clone().map(|time| serde_json::to_string(&time).unwrap_or_default());
            assert_eq!(json, Ok(format!("\"{text}\"")));
            assert_eq!(serde_json::from_str(&format!("\"{text}\"")).ok(), time.ok());
        }
    }

    #[test]
    fn system_time_converts_both_ways() {
        let system = SystemTime::UNIX_EPOCH + Duration::from_micros(1_720_701_093_479_437);
        let time = Timestamp::try_from(system);
        assert_eq!(time, "2024-07-11T12:31:33.479437Z".parse());
        assert_eq!(time.clone().map(Timestamp::unix_micros), Ok(1_720_701_093_479_437));
        assert_eq!(time.clone(), Timestamp::from_unix_micros(1_720_701_093_479_437));
        assert_eq!(time.map(SystemTime::from), Ok(system));
    }

    #[test]
    fn later_is_greater_and_debug_prints_the_text() {
        let earlier: Result<Timestamp, _> = "2024-07-11T12:31:33Z".parse();
        let later: Result<Timestamp, _> = "2024-07-11T12:31:33.000001Z".parse();
        assert!(earlier.clone().ok() < later.ok());
        assert_eq!(format!("{earlier:?}"), "Ok(2024-07-11T12:31:33Z)");
    }

    #[test]
    fn a_number_is_no_timestamp() {
        let message = serde_json::from_str::<Timestamp>("1720701093").map_err(|error| error.to_string());
        let expected = "invalid type: number, expected a point in time as text at line 1 column 10";
        assert_eq!(message, Err(expected.to_owned()));
    }
}
