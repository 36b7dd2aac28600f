//! Tests: which amounts are read, refused and written.

use super::{AnsweredCents, Cents, CentsError};

/// Reads an amount of an answer.
fn read(json: &str) -> Result<Cents, String> {
    serde_json::from_str(json).map(|AnsweredCents(cents)| cents).map_err(|error| error.to_string())
}

/// Reads an amount of JSON that the caller wrote.
fn read_own(json: &str) -> Result<Cents, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn the_callers_own_json_holds_integers_of_cents() {
    for (json, cents) in
        [("0", 0), ("-1000", -1_000), ("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN)]
    {
        assert_eq!(read_own(json), Ok(Cents::new(cents)), "{json}");
    }
    for (json, message) in [
        (
            r#""19.99""#,
            "could not read the text `19.99` as cents: write an integer, such as `1999` for $19.99",
        ),
        (r#""10""#, "could not read the text `10` as cents: write an integer, such as `1999` for $19.99"),
        (r#""1000.0000000000""#, "could not read the text `1000.0000000000` as cents: write an integer"),
        (r#""""#, "could not read the text `` as cents"),
        ("19.99", "could not read `19.99` as cents: write an integer, such as `1999` for $19.99"),
        ("10.0", "could not read `10.0` as cents: write an integer, such as `1999` for $19.99"),
        ("1e3", "could not read `1000.0` as cents"),
        ("9223372036854775808", "it is too large to be read without loss"),
        ("null", "expected a whole number of cents"),
        ("true", "expected a whole number of cents"),
        ("[1]", "expected a whole number of cents"),
        ("{}", "expected a whole number of cents"),
    ] {
        let error = read_own(json).err();
        assert!(error.as_ref().is_some_and(|error| error.contains(message)), "{json}: {error:?}");
    }
}

#[test]
fn whole_cents_are_read_from_text() {
    for (text, cents) in [
        ("0", 0),
        ("-0", 0),
        ("1000", 1_000),
        ("-1000", -1_000),
        ("-1", -1),
        ("007", 7),
        ("1000.0000000000", 1_000),
        ("-1000.0000000000", -1_000),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ] {
        assert_eq!(text.parse(), Ok(Cents::new(cents)), "{text}");
        assert_eq!(read(&format!("\"{text}\"")), Ok(Cents::new(cents)), "{text}");
    }
}

#[test]
fn text_that_is_no_amount_is_refused_everywhere() {
    let long = "9".repeat(1 << 20);
    let words = "- . -. +1 --1 1. .0 1.0.0 1.0- 1- NaN nan inf -inf 1e3 1E3 0.001 1.005 10.005 1,000 1_000 $10 0x10 \
                 9223372036854775808 -9223372036854775809 ١٢ １";
    for text in words.split(' ').chain(["", " ", " 1", "1 ", "1\0", "1\u{200b}", &long]) {
        assert!(text.parse::<Cents>().is_err(), "{}", text.escape_debug());
        let json = serde_json::Value::from(text);
        assert!(serde_json::from_value::<AnsweredCents>(json).is_err(), "{}", text.escape_debug());
    }
}

#[test]
fn dollars_and_thousands_are_refused_from_people_and_read_from_dots() {
    for text in ["10.0", "10.00", "10.000", "-10.00"] {
        let message = text.parse::<Cents>().map_err(|error| error.to_string());
        let expected =
            format!("could not read `{text}` as cents: it looks like dollars or thousands; `1000` is $10.00");
        assert_eq!(message, Err(expected));
    }
    assert_eq!(read(r#""1000.00""#), Ok(Cents::new(1_000)));
}

#[test]
fn json_numbers_are_read_when_they_are_whole() {
    for (json, cents) in [
        ("1000", 1_000),
        ("-1000", -1_000),
        ("1000.0", 1_000),
        ("-1000.00", -1_000),
        ("-0.0", 0),
        ("1e3", 1_000),
        ("1000.0000000000", 1_000),
        ("1000000000000.0", 1_000_000_000_000),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ] {
        assert_eq!(read(json), Ok(Cents::new(cents)), "{json}");
    }
}

#[test]
fn json_that_is_no_amount_is_refused() {
    for json in [
        "999999999999.999",
        "10.5",
        "0.001",
        "1.005",
        "1e-3",
        "1e300",
        "1e400",
        "9223372036854775808",
        "18446744073709551615",
        "1000000000001.0",
        "9007199254740991.0",
        "null",
        "true",
        "[]",
        "{}",
        "[1]",
    ] {
        assert!(read(json).is_err(), "{json}");
    }
}

#[test]
fn a_float_without_a_value_is_refused() {
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, F64Deserializer};

    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let deserializer: F64Deserializer<Error> = float.into_deserializer();
        assert!(AnsweredCents::deserialize(deserializer).is_err(), "{float}");
    }
}

#[test]
fn the_message_quotes_the_text_and_says_what_is_wrong() {
    let message = |text: &str| text.parse::<Cents>().map_err(|error: CentsError| error.to_string());
    assert_eq!(
        message("10.005"),
        Err("could not read `10.005` as cents: a cent cannot be divided; `1000` is $10.00".into())
    );
    assert_eq!(
        message("1e3"),
        Err("could not read `1e3` as cents: expected digits with at most a leading `-`; `1000` is $10.00"
            .into())
    );
    assert_eq!(
        message("9223372036854775808"),
        Err("could not read `9223372036854775808` as cents: it is too large to be read without loss".into())
    );
}

#[test]
fn an_amount_is_written_as_a_json_integer() {
    for cents in [0, -5, 1_000, i64::MIN, i64::MAX] {
        let json = serde_json::to_string(&Cents::new(cents)).map_err(|error| error.to_string());
        assert_eq!(json, Ok(cents.to_string()));
    }
}

#[test]
fn an_amount_prints_its_cents_and_reads_them_back() {
    for cents in [0, -5, 1_000, i64::MIN, i64::MAX] {
        assert_eq!(Cents::new(cents).to_string().parse(), Ok(Cents::new(cents)));
    }
    assert_eq!(format!("{:>6}|{:?}", Cents::new(-5), Cents::new(1_000)), "    -5|Cents(1000)");
}

#[test]
fn dollars_are_for_people() {
    for (cents, dollars) in [
        (0, "$0.00"),
        (5, "$0.05"),
        (-5, "-$0.05"),
        (1_000, "$10.00"),
        (-123_456, "-$1234.56"),
        (i64::MIN, "-$92233720368547758.08"),
    ] {
        assert_eq!(Cents::new(cents).dollars().to_string(), dollars);
    }
    assert_eq!(format!("{:>8}", Cents::new(1_000).dollars()), "  $10.00");
}

#[test]
fn arithmetic_stops_at_the_edge_instead_of_wrapping() {
    let (least, most, one) = (Cents::new(i64::MIN), Cents::new(i64::MAX), Cents::new(1));
    assert_eq!(most.checked_add(one), None);
    assert_eq!(least.checked_sub(one), None);
    assert_eq!(most.checked_mul(2), None);
    assert_eq!(least.checked_neg(), None);
    assert_eq!(least.checked_abs(), None);
    assert_eq!(Cents::checked_sum([most, one]), None);
}

#[test]
fn arithmetic_counts_cents() {
    let ten = Cents::new(1_000);
    assert_eq!(ten.checked_add(Cents::new(-1)), Some(Cents::new(999)));
    assert_eq!(ten.checked_sub(Cents::new(1_001)), Some(Cents::new(-1)));
    assert_eq!(ten.checked_mul(3), Some(Cents::new(3_000)));
    assert_eq!(ten.checked_neg(), Some(Cents::new(-1_000)));
    assert_eq!(Cents::new(-1).checked_abs(), Some(Cents::new(1)));
    assert!(Cents::new(-1).is_negative() && !Cents::ZERO.is_negative());
    assert_eq!(Cents::checked_sum([ten, ten]), Some(Cents::new(2_000)));
}
