//! Calendar dates without a time.

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::schema::named_schema;
use super::text::{self, is_digits};

/// A calendar date in the years 0 to 9999, such as a date of birth.
///
/// It is written as `2024-07-11`, the full date of RFC 3339, and read in that form alone. `Debug` prints the date;
/// types with a date of birth hide that field. The error never repeats the text, which may be a date of birth.
///
/// # Examples
/// ```
/// use dots_api::Date;
///
/// let day = Date::new(1990, 2, 28)?;
/// assert_eq!(day, "1990-02-28".parse()?);
/// assert_eq!((day.year(), day.month(), day.day()), (1990, 2, 28));
/// assert!(Date::new(1990, 2, 29).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Creates a date from a year, a month (1 to 12) and a day of the month (from 1).
    ///
    /// # Errors
    /// Returns an error for a date that does not exist.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        let no_such_day = DateError(Kind::NoSuchDay);
        let (Ok(year), Ok(month), Ok(day)) = (year.try_into(), month.try_into(), day.try_into()) else {
            return Err(no_such_day);
        };
        jiff::civil::Date::new(year, month, day).map(Self).map_err(|_| no_such_day)
    }

    /// Returns the year, from 0 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.0.year().unsigned_abs()
    }

    /// Returns the month, from 1 for January to 12 for December.
    #[must_use]
    pub fn month(self) -> u8 {
        self.0.month().unsigned_abs()
    }

    /// Returns the day of the month, from 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.0.day().unsigned_abs()
    }
}

impl Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

impl Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Reads a day written as `2024-07-11`.
    ///
    /// # Errors
    /// Returns an error for any other form, and for a date that does not exist.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let (year, month, day) = parts(text).ok_or(DateError(Kind::Form))?;
        Self::new(year, month, day)
    }
}

fn parts(text: &str) -> Option<(u16, u8, u8)> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let sized = |part: &str, len| part.len() == len && is_digits(part);
    if !(sized(year, 4) && sized(month, 2) && sized(day, 2)) {
        return None;
    }
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer, "a date as text")
    }
}

named_schema!(
    Date,
    schemars::json_schema!({
        "description": "A day of the calendar, as `YYYY-MM-DD`.",
        "type": "string",
        "format": "date"
    })
);

/// The error of a text or of numbers that are not a date; it does not repeat them.
///
/// # Examples
/// ```
/// use dots_api::Date;
///
/// let error = "28.02.1990".parse::<Date>().unwrap_err();
/// assert_eq!(error.to_string(), "could not read a date: expected year, month and day as `YYYY-MM-DD`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateError(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Form,
    NoSuchDay,
}

impl Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Form => "could not read a date: expected year, month and day as `YYYY-MM-DD`",
            Kind::NoSuchDay => "could not make a date: there is no such day in the calendar",
        })
    }
}

impl std::error::Error for DateError {}

#[cfg(test)]
mod tests {
    use super::{Date, DateError, Kind};

    #[test]
    fn a_day_is_read_and_written_alike() {
        for text in ["0000-01-01", "1990-01-01", "2024-02-29", "9999-12-31"] {
            let date: Result<Date, _> = text.parse();
            assert_eq!(date.clone().map(|date| date.to_string()).as_deref(), Ok(text));
            let json = format!("\"{text}\"");
            assert_eq!(date.clone().map(|date| serde_json::to_string(&date).ok()), Ok(Some(json.clone())));
            assert_eq!(serde_json::from_str(&json).ok(), date.ok());
        }
    }

    #[test]
    fn another_form_is_refused() {
        for text in [
            "",
            "-",
            "--",
            "1990",
            "1990-1-1",
            "90-01-01",
            "19900101",
            "01/02/1990",
            "28.02.1990",
            "1990-01-01T00:00:00Z",
            " 1990-01-01",
            "1990-01-01 ",
            "-1990-01-01",
            "+199-01-01",
            "1990-01-+1",
            "١٩٩٠-01-01",
            "1990-01-01-01",
        ] {
            assert_eq!(text.parse::<Date>(), Err(DateError(Kind::Form)), "{text}");
        }
    }

    #[test]
    fn a_day_outside_the_calendar_is_refused() {
        for (year, month, day) in [
            (2023, 2, 29),
            (1900, 2, 29),
            (2024, 4, 31),
            (2024, 0, 1),
            (2024, 1, 0),
            (2024, 13, 1),
            (2024, 1, 255),
            (10_000, 1, 1),
        ] {
            assert_eq!(Date::new(year, month, day), Err(DateError(Kind::NoSuchDay)));
        }
        assert_eq!("2023-02-29".parse::<Date>(), Err(DateError(Kind::NoSuchDay)));
    }

    #[test]
    fn no_message_repeats_a_date_of_birth() {
        for json in [r#""1990-02-31""#, r#""31.02.1990""#, "19900231", "1990.0231", "-19900231"] {
            let message = serde_json::from_str::<Date>(json).map_err(|error| error.to_string());
            assert!(message.is_err_and(|message| !message.contains("1990")), "{json}");
        }
    }

    #[test]
    fn days_are_ordered_and_debug_prints_the_day() {
        assert!(Date::new(2024, 1, 31).ok() < Date::new(2024, 2, 1).ok());
        assert_eq!(format!("{:?}", Date::new(2024, 7, 1)), "Ok(2024-07-01)");
    }
}
