//! The cross check: whether an answer speaks of the payment, or the object, that was asked for.
//!
//! Dots answers a key that it knows with what the first request made ([references/idempotency]), and a request may be
//! mixed up on the way. Such an answer is a success of something else.
//!
//! [references/idempotency]: https://docs.dots.dev/references/idempotency

use std::fmt;

use dots_api::{Cents, Operation, PaymentParts};
use uuid::Uuid;

use super::idempotency::REFERENCE_NAMESPACE;

/// Names the part of an answer that differs from what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// The amount, which is not the one that was asked for, in cents.
    Amount { asked: Cents },
    /// The money goes the other way.
    Direction,
    /// Who is paid, which no message repeats.
    Recipient,
    /// The key of a batch.
    Key,
    /// The id of the object.
    Object,
}

/// Finds the part of an answer that differs from what was asked for.
///
/// What an answer leaves out is no difference. The sign of an amount is one where its page shows which way it points in
/// an answer: for transfers between app and user ([guides/flow-payouts]), and for no other operation.
///
/// [guides/flow-payouts]: https://docs.dots.dev/guides/flow-payouts
pub(crate) fn mismatch<O: Operation>(operation: &O, answer: &O::Output) -> Option<Difference> {
    let ids = operation.ids(answer);
    if differ(ids.asked, ids.answered, str::eq_ignore_ascii_case) {
        return Some(Difference::Object);
    }
    let said = O::paid(answer)?;
    // No page tells of a key that is none of ours in form.
    let key = said.key.and_then(|key| key.parse().ok());
    if differ(operation.idempotency_key(), key, |asked, said| asked == said) {
        return Some(Difference::Key);
    }
    let asked = operation.pays()?;
    if let Some((asked, said)) = asked.amount.zip(said.amount)
        && asked.get().unsigned_abs() != said.get().unsigned_abs()
    {
        return Some(Difference::Amount { asked });
    }
    if asked.signed && differ(asked.amount, said.amount, |asked, said| asked == said) {
        return Some(Difference::Direction);
    }
    let is_other = differ(asked.user, said.user, str::eq_ignore_ascii_case)
        || differ(asked.country_code, said.country_code, is_same_number)
        || differ(asked.phone, said.phone, is_same_number)
        || differ(asked.email, said.email, is_same_email);
    is_other.then_some(Difference::Recipient)
}

/// Tells one payment from another: by the operation, the cents and who is paid; by its body where that says neither.
pub(crate) fn fingerprint<O: Operation>(operation: &O, body: &str) -> Uuid {
    let payment = operation.pays().filter(|payment| payment.amount.is_some());
    let text = payment.map_or_else(|| body.to_owned(), |payment| line(&payment));
    Uuid::new_v5(&REFERENCE_NAMESPACE, format!("1\n{}\n{text}", O::META.id).as_bytes())
}

/// Writes what is paid to whom in one spelling.
fn line(payment: &PaymentParts<'_>) -> String {
    let digits = |text: Option<&str>| -> String {
        text.unwrap_or_default().chars().filter(char::is_ascii_digit).collect()
    };
    let cents = payment.amount.map_or(0, Cents::get);
    let user = payment.user.map(str::to_ascii_lowercase).unwrap_or_default();
    let (country, phone) = (digits(payment.country_code), digits(payment.phone));
    let email = payment.email.map(str::to_ascii_lowercase).unwrap_or_default();
    format!("{cents}\n{user}\n{country}\n{phone}\n{email}")
}

fn differ<T>(asked: Option<T>, said: Option<T>, is_same: impl Fn(T, T) -> bool) -> bool {
    asked.zip(said).is_some_and(|(asked, said)| !is_same(asked, said))
}

/// Compares numbers from their ends: an answer may write the country code in front, or only the last digits. What it
/// masks may be any digit. The zero before a national number is not part of an international one.
fn is_same_number(asked: &str, said: &str) -> bool {
    let national = asked.trim_start_matches('0');
    let mut digits = digits_from_the_end(national).zip(digits_from_the_end(said));
    asked == said || digits.all(|(asked, said)| asked == said || said == MASK)
}

/// What stands for a digit that an answer does not show.
const MASK: char = '*';

fn digits_from_the_end(text: &str) -> impl Iterator<Item = char> {
    text.chars().rev().filter_map(|c| match c {
        '*' | 'x' | 'X' | '#' | '\u{2022}' | '\u{25cf}' => Some(MASK),
        digit => digit.is_ascii_digit().then_some(digit),
    })
}

/// Compares e-mail addresses; what an answer masks may be anything.
fn is_same_email(asked: &str, said: &str) -> bool {
    let (asked, said) = (asked.to_ascii_lowercase(), said.to_ascii_lowercase());
    match said.split_once(MASK).zip(said.rsplit_once(MASK)) {
        None => asked == said,
        Some(((start, _), (_, end))) => asked.starts_with(start) && asked.ends_with(end),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // What an answer holds in its place may be anything, a number of an account as well.
            Self::Amount { asked } => write!(f, "another amount than `{asked}`"),
            Self::Direction => f.write_str("an amount that goes the other way"),
            Self::Recipient => f.write_str("another recipient"),
            Self::Key => f.write_str("another idempotency key"),
            Self::Object => f.write_str("another object than the one that was asked for"),
        }
    }
}
