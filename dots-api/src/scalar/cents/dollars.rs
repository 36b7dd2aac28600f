//! Amounts that people write: dollars with a decimal point.

use super::{Cents, CentsError, Kind};
use crate::scalar::text::is_digits;

/// Why a text is not an amount in dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    Empty,
    Currency,
    Sign,
    Thousands,
    OtherDigits,
    FractionOfCent,
    NotANumber,
    OutOfRange,
}

impl Mistake {
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Empty => "it is empty",
            Self::Currency => "write it without a currency sign, such as `19.99`",
            Self::Sign => "write it without a sign, such as `19.99`, and negate the amount",
            Self::Thousands => {
                "write it without separators of thousands and with a decimal point, such as `1999.99`"
            }
            Self::OtherDigits => "only the digits `0` to `9` are read",
            Self::FractionOfCent => "a cent cannot be divided, so at most two digits follow the point",
            Self::NotANumber => "expected digits with a decimal point at most, such as `19.99`",
            Self::OutOfRange => "it is too large to be read without loss",
        }
    }
}

impl Cents {
    /// Reads an amount in dollars, such as `19.99`, `19.9` or `19`, exactly.
    ///
    /// It takes digits, and a point with one or two digits behind it. What people or programs may mean in two ways is
    /// refused: separators of thousands, a decimal comma, a sign, an exponent, a third decimal. So is anything but the
    /// digits `0` to `9`, such as Arabic-Indic digits.
    ///
    /// # Errors
    /// Returns an error that says what is wrong with the text.
    ///
    /// # Examples
    /// ```
    /// use dots_api::Cents;
    ///
    /// assert_eq!(Cents::from_dollars("19.99")?, Cents::new(1_999));
    /// assert_eq!(Cents::from_dollars("1234.5")?, Cents::new(123_450));
    ///
    /// let error = Cents::from_dollars("1,234.50").unwrap_err();
    /// assert!(error.to_string().contains("without separators of thousands"));
    /// # Ok::<(), dots_api::scalar::CentsError>(())
    /// ```
    pub fn from_dollars(text: &str) -> Result<Self, CentsError> {
        read(text).map_err(|mistake| CentsError::new(text, Kind::Dollars(mistake)))
    }
}

fn read(text: &str) -> Result<Cents, Mistake> {
    let (dollars, cents) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(dollars) || !is_digits(cents) {
        return Err(mistake(text));
    }
    let tens = match cents.len() {
        1 => 10,
        2 => 1,
        _ => return Err(Mistake::FractionOfCent),
    };
    let dollars: i64 = dollars.parse().map_err(|_| Mistake::OutOfRange)?;
    let cents: i64 = cents.parse().map_err(|_| Mistake::OutOfRange)?;
    let amount = dollars.checked_mul(100).and_then(|whole| whole.checked_add(cents.checked_mul(tens)?));
    amount.map(Cents::new).ok_or(Mistake::OutOfRange)
}

/// Names what is wrong with a text that is not digits around a point.
fn mistake(text: &str) -> Mistake {
    let has = |what: fn(char) -> bool| text.chars().any(what);
    match text {
        "" => Mistake::Empty,
        _ if has(|c| "$\u{20ac}\u{a3}\u{a5}\u{ff04}".contains(c)) => Mistake::Currency,
        _ if has(|c| c.is_numeric() && !c.is_ascii_digit()) => Mistake::OtherDigits,
        _ if text.starts_with(['+', '-', '\u{2212}', '(']) => Mistake::Sign,
        _ if text.matches('.').count() > 1 => Mistake::Thousands,
        // An apostrophe, an underscore and the spaces stand between thousands as well.
        _ if has(|c| ",'_\u{2019}\u{66c}".contains(c) || c.is_whitespace())
            && has(|c| c.is_ascii_digit()) =>
        {
            Mistake::Thousands
        }
        _ => Mistake::NotANumber,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cents;

    #[test]
    fn dollars_are_read_exactly() {
        for (text, cents) in [
            ("0", 0),
            ("0.00", 0),
            ("0.01", 1),
            ("0.1", 10),
            ("0.29", 29),
            ("1.1", 110),
            ("19.99", 1_999),
            ("19.9", 1_990),
            ("19", 1_900),
            ("1000000.57", 100_000_057),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(Cents::from_dollars(text), Ok(Cents::new(cents)), "{text}");
        }
        for cents in (0..20_000).chain([123_456_789, 9_007_199_254_740_993]) {
            let amount = Cents::new(cents);
            let dollars = amount.dollars().to_string();
            assert_eq!(dollars.strip_prefix('$').map(Cents::from_dollars), Some(Ok(amount)), "{dollars}");
        }
    }

    #[test]
    fn what_may_mean_something_else_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "it is empty"),
            ("$19.99", "without a currency sign"),
            ("19.99 \u{20ac}", "without a currency sign"),
            ("-19.99", "without a sign"),
            ("+19.99", "without a sign"),
            ("\u{2212}19.99", "without a sign"),
            ("(19.99)", "without a sign"),
            ("1,999.99", "without separators of thousands"),
            ("1.999.99", "without separators of thousands"),
            ("19,99", "without separators of thousands"),
            ("1 999.99", "without separators of thousands"),
            ("1'999.99", "without separators of thousands"),
            ("1_999.99", "without separators of thousands"),
            (" 19.99", "without separators of thousands"),
            ("\u{661}\u{669}.\u{669}\u{669}", "only the digits `0` to `9`"),
            ("\u{ff11}\u{ff19}.99", "only the digits `0` to `9`"),
            ("19.999", "a cent cannot be divided"),
            ("19.990", "a cent cannot be divided"),
            ("19.", "expected digits"),
            (".99", "expected digits"),
            (".", "expected digits"),
            ("1e3", "expected digits"),
            ("NaN", "expected digits"),
            ("0x10", "expected digits"),
            ("92233720368547758.08", "too large"),
            ("99999999999999999999", "too large"),
        ] {
            let error = Cents::from_dollars(text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("as dollars"), "{text}: {error}");
        }
    }
}
