//! Amounts of money in cents.

mod dollars;

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::schema::named_schema;
use super::text::{Excerpt, is_digits};

/// An amount of money in cents, hundredths of a US dollar.
///
/// The sign carries meaning: a transfer of `-1000` moves $10.00 from the app to the user, one of `1000` from the user
/// to the app. Arithmetic is checked, because an amount that overflows is a wrong amount. [`Cents::new`] is the only
/// conversion from a number, so that the unit is always visible; [`Cents::from_dollars`] reads a text such as `19.99`.
///
/// # Reading and writing
/// An amount is written as a JSON integer, and in JSON of your own only an integer is read: `"19.99"` or `19.0` may
/// mean dollars. Answers of Dots are read leniently. It answers with numbers on some routes and with text such as
/// `"-1000"` or `"1000.0000000000"` on others, so the fields of its answers take all of these. A fraction of a cent is
/// never read, nor a number with a decimal point, such as `1000.0`, beyond ten billion dollars, where its last digits
/// are not certain.
///
/// A text that you parse yourself must have either no decimal point or at least four zeros behind it: `10.00` and
/// `10.000` are how people write ten dollars and ten thousand, and would be paid as ten cents.
///
/// # Examples
/// ```
/// use dots_api::Cents;
///
/// let fee = Cents::new(25);
/// let amount: Cents = "1000".parse()?;
/// assert_eq!(amount.checked_sub(fee), Some(Cents::new(975)));
/// assert_eq!(amount.to_string(), "1000");
/// assert_eq!(amount.dollars().to_string(), "$10.00");
/// assert!("10.005".parse::<Cents>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(i64);

impl Cents {
    /// Zero cents.
    pub const ZERO: Self = Self(0);

    /// A text with fewer zeros after the decimal point may mean dollars or thousands.
    const FEWEST_ZEROS: usize = 4;

    /// The largest amount that is read from a float, a number with a decimal point: ten billion dollars.
    ///
    /// `serde_json` may be off in the last bits of a float: it reads `9007199254740991.0` as one less. Up to this limit
    /// those bits are worth less than a thousandth of a cent, so a misread number has a fraction and is refused, and
    /// never becomes another whole number.
    const MAX_FROM_FLOAT: u64 = 1_000_000_000_000;

    /// Creates an amount from a number of cents.
    #[must_use]
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// Returns the number of cents.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Says whether the amount is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0.is_negative()
    }

    /// Adds an amount; `None` on overflow.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        wrap(self.0.checked_add(other.0))
    }

    /// Subtracts an amount; `None` on overflow.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        wrap(self.0.checked_sub(other.0))
    }

    /// Multiplies the amount by a count; `None` on overflow.
    #[must_use]
    pub const fn checked_mul(self, times: i64) -> Option<Self> {
        wrap(self.0.checked_mul(times))
    }

    /// Negates the amount; `None` on overflow.
    #[must_use]
    pub const fn checked_neg(self) -> Option<Self> {
        wrap(self.0.checked_neg())
    }

    /// Returns the absolute amount; `None` on overflow.
    #[must_use]
    pub const fn checked_abs(self) -> Option<Self> {
        wrap(self.0.checked_abs())
    }

    /// Sums any number of amounts; `None` on overflow.
    ///
    /// # Examples
    /// ```
    /// use dots_api::Cents;
    ///
    /// let rows = [Cents::new(1_000), Cents::new(250)];
    /// assert_eq!(Cents::checked_sum(rows), Some(Cents::new(1_250)));
    /// assert_eq!(Cents::checked_sum([]), Some(Cents::ZERO));
    /// ```
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Formats the amount in dollars, for people: `$10.00`, `-$0.05`.
    ///
    /// For programs, use the plain `Display`, which writes the cents: `1000`, `-5`.
    ///
    /// # Examples
    /// ```
    /// use dots_api::Cents;
    ///
    /// println!("you will receive {}", Cents::new(1_000).dollars());
    /// ```
    pub fn dollars(self) -> impl Display {
        Dollars(self)
    }
}

const fn wrap(cents: Option<i64>) -> Option<Cents> {
    match cents {
        Some(cents) => Some(Cents(cents)),
        None => None,
    }
}

struct Dollars(Cents);

impl Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0.is_negative() { "-" } else { "" };
        let cents = self.0.0.unsigned_abs();
        f.pad(&format!("{sign}${}.{:02}", cents / 100, cents % 100))
    }
}

impl Display for Cents {
    /// Writes the number of cents, as it is sent to Dots.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cents {
    type Err = CentsError;

    /// Reads a number of cents, such as `1000`, `-1000` or `1000.0000000000`.
    ///
    /// # Errors
    /// Returns an error for a fraction of a cent, for what looks like dollars, for anything but ASCII digits with
    /// a leading `-`, and for an amount that 64 bits do not hold.
    fn from_str(text: &str) -> Result<Self, CentsError> {
        let zeros = text.split_once('.').map(|(_, fraction)| fraction.len());
        match parse(text) {
            Ok(_) if zeros.is_some_and(|zeros| zeros < Self::FEWEST_ZEROS) => Err(Kind::LooksLikeDollars),
            result => result,
        }
        .map_err(|kind| CentsError::new(text, kind))
    }
}

/// Reads an amount with any number of zeros behind the point.
fn parse(text: &str) -> Result<Cents, Kind> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(whole.strip_prefix('-').unwrap_or(whole)) || !is_digits(fraction) {
        return Err(Kind::NotANumber);
    }
    if fraction.bytes().any(|digit| digit != b'0') {
        return Err(Kind::DividedCent);
    }
    whole.parse().map(Cents).map_err(|_| Kind::OutOfRange)
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Cents {
    /// Reads a JSON integer, and nothing else: the body may be the caller's own.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CentsVisitor)
    }
}

fn in_range<E: de::Error>(cents: u64) -> Result<Cents, E> {
    i64::try_from(cents)
        .map(Cents)
        .map_err(|_| E::custom(CentsError::new(&cents.to_string(), Kind::OutOfRange)))
}

struct CentsVisitor;

impl Visitor<'_> for CentsVisitor {
    type Value = Cents;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of cents")
    }

    fn visit_i64<E: de::Error>(self, cents: i64) -> Result<Cents, E> {
        Ok(Cents(cents))
    }

    fn visit_u64<E: de::Error>(self, cents: u64) -> Result<Cents, E> {
        in_range(cents)
    }

    fn visit_f64<E: de::Error>(self, cents: f64) -> Result<Cents, E> {
        Err(E::custom(CentsError::new(&format!("{cents:?}"), Kind::NotAnInteger)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cents, E> {
        Err(E::custom(CentsError::new(text, Kind::TextForInteger)))
    }
}

/// An amount of an answer of Dots, which writes amounts in several forms.
pub(crate) struct AnsweredCents(pub(crate) Cents);

impl<'de> Deserialize<'de> for AnsweredCents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnsweredVisitor).map(Self)
    }
}

struct AnsweredVisitor;

impl Visitor<'_> for AnsweredVisitor {
    type Value = Cents;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of cents")
    }

    fn visit_i64<E: de::Error>(self, cents: i64) -> Result<Cents, E> {
        Ok(Cents(cents))
    }

    fn visit_u64<E: de::Error>(self, cents: u64) -> Result<Cents, E> {
        in_range(cents)
    }

    /// Reads a number that was written with a point or an exponent, such as `1000.0` or `1e3`.
    ///
    /// `Display` writes every digit of a float and never an exponent, so that the text can be judged like any
    /// other and nothing is rounded here.
    fn visit_f64<E: de::Error>(self, cents: f64) -> Result<Cents, E> {
        let text = cents.to_string();
        match parse(&text) {
            Ok(cents) if cents.0.unsigned_abs() > Cents::MAX_FROM_FLOAT => Err(Kind::OutOfRange),
            result => result,
        }
        .map_err(|kind| E::custom(CentsError::new(&text, kind)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cents, E> {
        parse(text).map_err(|kind| E::custom(CentsError::new(text, kind)))
    }
}

named_schema!(
    Cents,
    schemars::json_schema!({
        "description": "An amount of money in cents, hundredths of a US dollar.",
        "type": "integer",
        "format": "int64"
    })
);

/// The error of a text that is not an amount.
///
/// # Examples
/// ```
/// use dots_api::Cents;
///
/// let error = "10.005".parse::<Cents>().unwrap_err();
/// assert!(error.to_string().contains("a cent cannot be divided"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CentsError {
    value: Excerpt,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    NotANumber,
    DividedCent,
    LooksLikeDollars,
    NotAnInteger,
    OutOfRange,
    TextForInteger,
    Dollars(dollars::Mistake),
}

impl CentsError {
    fn new(value: &str, kind: Kind) -> Self {
        Self { value: Excerpt::of(value), kind }
    }
}

impl Display for CentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.kind {
            Kind::NotANumber => "expected digits with at most a leading `-`; `1000` is $10.00",
            Kind::DividedCent => "a cent cannot be divided; `1000` is $10.00",
            Kind::LooksLikeDollars => "it looks like dollars or thousands; `1000` is $10.00",
            Kind::NotAnInteger | Kind::TextForInteger => "write an integer, such as `1999` for $19.99",
            Kind::OutOfRange => "it is too large to be read without loss",
            Kind::Dollars(mistake) => {
                return write!(f, "could not read {} as dollars: {}", self.value, mistake.why());
            }
        };
        // The value comes first: redaction replaces the first quotation.
        let form = if self.kind == Kind::TextForInteger { "the text " } else { "" };
        write!(f, "could not read {form}{} as cents: {why}", self.value)
    }
}

impl std::error::Error for CentsError {}

#[cfg(test)]
mod tests;
