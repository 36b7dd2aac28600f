//! Phone numbers in one text, as E.164 writes them: split into calling code and national number, and joined again.
//!
//! No calling code is the beginning of another one, so the digits alone say where the code ends. The codes are those
//! in the metadata of [libphonenumber](https://github.com/google/libphonenumber) 9.0.42. The authority is the ITU, by
//! its [list of assigned country codes](https://www.itu.int/pub/T-SP-E.164D), with which they were not compared.

use super::phone::{CountryCode, Mistake, PhoneError, PhoneNumber};
use super::text::is_digits;

/// The most digits of a number, with its calling code (E.164, 6.1).
const MAX_DIGITS: usize = 15;

/// The fewest digits after a calling code: the smallest length in the same metadata.
const MIN_NATIONAL: usize = 4;

/// The calling code of North America, whose numbers have ten digits each, and how many that are.
const NORTH_AMERICA: (&str, usize) = ("1", 10);

/// The calling codes of one and of two digits.
const SHORT: [u16; 46] = [
    1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57,
    58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// The calling codes of three digits.
const LONG: [u16; 169] = [
    211, 212, 213, 216, 218, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 235,
    236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255, 256,
    257, 258, 260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 290, 291, 297, 298, 299, 350, 351, 352, 353,
    354, 355, 356, 357, 358, 359, 370, 371, 372, 373, 374, 375, 376, 377, 378, 380, 381, 382, 383, 385, 386,
    387, 389, 420, 421, 423, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 590, 591, 592, 593, 594, 595,
    596, 597, 598, 599, 670, 672, 673, 674, 675, 676, 677, 678, 679, 680, 681, 682, 683, 685, 686, 687, 688,
    689, 690, 691, 692, 800, 808, 850, 852, 853, 855, 856, 870, 878, 880, 881, 882, 883, 886, 888, 960, 961,
    962, 963, 964, 965, 966, 967, 968, 970, 971, 972, 973, 974, 975, 976, 977, 979, 992, 993, 994, 995, 996,
    998,
];

impl PhoneNumber {
    /// Splits a phone number in international form (E.164), such as `+12025550139`, into the calling code and the rest.
    ///
    /// It takes a plus and digits alone, since a number that is read otherwise pays another person. What a calling code
    /// tells is checked: that it exists, and that a number of North America has ten digits. Only its network knows
    /// whether the number is in use.
    ///
    /// # Errors
    /// Returns an error that says what is wrong and does not repeat the number.
    ///
    /// # Examples
    /// ```
    /// use dots_api::PhoneNumber;
    ///
    /// let (country, number) = PhoneNumber::from_e164("+447700900123")?;
    /// assert_eq!((country.as_str(), number.as_str()), ("44", "7700900123"));
    /// assert_eq!(number.to_e164(&country)?, "+447700900123");
    ///
    /// let error = PhoneNumber::from_e164("07700 900123").unwrap_err();
    /// assert!(error.to_string().contains("it starts with `+` and the calling code"));
    /// # Ok::<(), dots_api::scalar::PhoneError>(())
    /// ```
    pub fn from_e164(text: &str) -> Result<(CountryCode, Self), PhoneError> {
        let (code, number) = split(text).map_err(PhoneError::international)?;
        Ok((code.parse()?, number.parse()?))
    }

    /// Writes a phone number in international form (E.164): a plus, the calling code and the number.
    ///
    /// # Errors
    /// Returns an error when the two parts make no such number, as when the number begins with another calling code
    /// than `country`, or has a length that no number has.
    ///
    /// # Examples
    /// See [`from_e164`](Self::from_e164).
    pub fn to_e164(&self, country: &CountryCode) -> Result<String, PhoneError> {
        let text = format!("+{country}{}", self.as_str());
        let (code, _) = split(&text).map_err(PhoneError::international)?;
        if code == country.as_str() {
            Ok(text)
        } else {
            Err(PhoneError::international(Mistake::NoCallingCode))
        }
    }
}

fn split(text: &str) -> Result<(&str, &str), Mistake> {
    let digits = text.strip_prefix('+').ok_or(Mistake::NoPlus)?;
    if !is_digits(digits) {
        return Err(Mistake::NotDigits);
    }
    let code_and_number = (1..=3).find_map(|length| {
        let (code, number) = digits.split_at_checked(length)?;
        is_calling_code(code).then_some((code, number))
    });
    let (code, number) = code_and_number.ok_or(Mistake::NoCallingCode)?;
    let (north_america, its_digits) = NORTH_AMERICA;
    match number.len() {
        count if code == north_america && count != its_digits => Err(Mistake::NorthAmerica),
        _ if digits.len() > MAX_DIGITS => Err(Mistake::TooLong),
        count if count < MIN_NATIONAL => Err(Mistake::TooShort),
        _ => Ok((code, number)),
    }
}

fn is_calling_code(text: &str) -> bool {
    let is_one = |code: u16| SHORT.contains(&code) || LONG.contains(&code);
    !text.starts_with('0') && text.parse().is_ok_and(is_one)
}

#[cfg(test)]
mod tests {
    use super::{LONG, PhoneNumber, SHORT};

    fn codes() -> impl Iterator<Item = String> {
        SHORT.iter().chain(&LONG).map(ToString::to_string)
    }

    #[test]
    fn no_calling_code_begins_another_one() {
        for code in codes() {
            let begun = codes().filter(|other| other.starts_with(&code)).count();
            assert_eq!(begun, 1, "{code}");
        }
        assert_eq!(codes().count(), 215);
    }

    #[test]
    fn each_calling_code_is_split_off_and_joined_again() {
        for code in codes() {
            let text = format!("+{code}2025550139");
            let (country, number) = PhoneNumber::from_e164(&text).unwrap();
            assert_eq!((country.as_str(), number.as_str()), (code.as_str(), "2025550139"));
            assert_eq!(number.to_e164(&country), Ok(text));
        }
    }

    #[test]
    fn what_is_no_international_number_is_refused_with_the_reason_and_never_repeated() {
        for (text, why) in [
            ("", "starts with `+`"),
            ("12027770139", "starts with `+`"),
            ("0012027770139", "starts with `+`"),
            (" +12027770139", "starts with `+`"),
            ("\u{ff0b}12027770139", "starts with `+`"),
            ("+", "only digits"),
            ("++12027770139", "only digits"),
            ("+1 202 777 0139", "only digits"),
            ("+1-202-777-0139", "only digits"),
            ("+44(0)7700900123", "only digits"),
            ("+12027770139\n", "only digits"),
            ("+1\u{662}027770139", "only digits"),
            ("+0442027770139", "no calling code"),
            ("+2102027770139", "no calling code"),
            ("+9992027770139", "no calling code"),
            ("+2", "no calling code"),
            ("+1202777013", "ten digits"),
            ("+120277701390", "ten digits"),
            ("+49123", "too few digits"),
            ("+35", "no calling code"),
            ("+358", "too few digits"),
            ("+4420277701391234", "more than 15 digits"),
        ] {
            let error = PhoneNumber::from_e164(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("777"), "{text}: {error}");
        }
    }

    #[test]
    fn parts_that_make_another_number_are_not_joined() {
        for (country, number) in [("4", "42025550139"), ("1", "202555013"), ("01", "2025550139"), ("44", "1")]
        {
            let number: PhoneNumber = number.parse().unwrap();
            let joined = number.to_e164(&country.parse().unwrap());
            assert!(joined.is_err_and(|error| !error.to_string().contains("2025550")), "{country}");
        }
    }
}
