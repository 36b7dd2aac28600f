//! What is refused before anything is sent, in the words of the error.
//!
//! Dots judges its own limits. Checked here is what it would refuse in a puzzling way, and what it might not refuse at
//! all. No message repeats a contact or a number of an account.

use std::str::FromStr;

use dots_api::Cents;
use dots_api::scalar::IdError;

/// Nothing, or why something is refused.
pub(crate) type Check = Result<(), String>;

/// Refuses an amount that pays nobody or takes instead of giving.
pub(crate) fn above_zero(amount: Cents) -> Result<Cents, String> {
    if amount > Cents::ZERO {
        Ok(amount)
    } else {
        Err(format!("the amount must be above zero, not `{amount}` cents"))
    }
}

/// Refuses an id that was read from elsewhere and cannot be one.
///
/// What Dots answers is kept whatever it looks like, and the raw client stops only what would lead a path elsewhere. An
/// id of an account is not checked: it is documented to be opaque.
pub(crate) fn id<I: FromStr<Err = IdError> + AsRef<str>>(id: &I) -> Result<I, String> {
    id.as_ref().parse().map_err(|error: IdError| error.to_string())
}

/// Refuses what cannot be an e-mail address.
#[cfg(feature = "all-tags")]
pub(crate) fn email(text: &str) -> Check {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    match text.split_once('@') {
        Some((name, host))
            if !name.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(odd) =>
        {
            Ok(())
        }
        _ => Err("an e-mail address has one `@`, text on both sides of it and no space".to_owned()),
    }
}

/// Refuses a text that is empty, longer than Dots documents, or not printable.
#[cfg(feature = "all-tags")]
pub(crate) fn text(what: &str, text: &str, longest: usize) -> Check {
    if text.chars().count() <= longest && printable(what, text).is_ok() {
        Ok(())
    } else {
        Err(format!("the {what} must be 1 to {longest} printable characters"))
    }
}

/// Refuses a text that is empty or not printable; how long it may be is for Dots to say, which documents no limit.
#[cfg(feature = "all-tags")]
pub(crate) fn printable(what: &str, text: &str) -> Check {
    if !text.trim().is_empty() && !text.contains(char::is_control) {
        Ok(())
    } else {
        Err(format!("the {what} must be printable characters, and at least one"))
    }
}

/// Refuses what has not so many digits or holds anything else.
#[cfg(feature = "all-tags")]
pub(crate) fn digits(what: &str, text: &str, count: std::ops::RangeInclusive<usize>) -> Check {
    if count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let (least, most) = count.into_inner();
    let range = if least == most { format!("{most}") } else { format!("{least} to {most}") };
    Err(format!("the {what} must be {range} digits"))
}
