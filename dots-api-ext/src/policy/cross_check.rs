//! The cross check: whether an answer speaks of the payment, or the object, that was asked for.
//!
//! Dots answers a key that it knows with what the first request made ([references/idempotency]), and a request may be
//! mixed up on the way. Such an answer is a success of something else.
//!
//! [references/idempotency]: https://docs.dots.dev/references/idempotency

use std::any::Any;
use std::fmt;

use dots_api::{Cents, IdempotencyKey, Operation, PayoutLink, SendPayout, Transfer, UserId};
use uuid::Uuid;

use super::idempotency::REFERENCE_NAMESPACE;

/// What an operation asks for, or what an answer says was done; what it leaves out is `None`.
#[derive(Debug, Default)]
struct Payment<'a> {
    amount: Option<Cents>,
    /// The sign of the amount says which way the money goes, in the answer as well.
    is_signed: bool,
    user: Option<&'a UserId>,
    country_code: Option<&'a str>,
    phone: Option<&'a str>,
    email: Option<&'a str>,
    /// None also for a key that an answer writes in a way that no page tells of.
    key: Option<IdempotencyKey>,
}

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
    let (asked, said) = (asked(operation)?, said(answer)?);
    if let Some((asked, said)) = asked.amount.zip(said.amount)
        && asked.get().unsigned_abs() != said.get().unsigned_abs()
    {
        return Some(Difference::Amount { asked });
    }
    if asked.is_signed && differ(asked.amount, said.amount, |asked, said| asked == said) {
        return Some(Difference::Direction);
    }
    let is_same_id = |asked: &UserId, said: &UserId| asked.as_str().eq_ignore_ascii_case(said.as_str());
    let is_other = differ(asked.user, said.user, is_same_id)
        || differ(asked.country_code, said.country_code, is_same_number)
        || differ(asked.phone, said.phone, is_same_number)
        || differ(asked.email, said.email, is_same_email);
    if is_other {
        return Some(Difference::Recipient);
    }
    differ(asked.key, said.key, |asked, said| asked == said).then_some(Difference::Key)
}

/// Tells one payment from another: by the operation, the cents and who is paid; by its body where that says neither.
pub(crate) fn fingerprint<O: Operation>(operation: &O, body: &str) -> Uuid {
    let payment = asked(operation).filter(|payment| payment.amount.is_some());
    let text = payment.map_or_else(|| body.to_owned(), |payment| payment.to_line());
    Uuid::new_v5(&REFERENCE_NAMESPACE, format!("1\n{}\n{text}", O::META.id).as_bytes())
}

impl Payment<'_> {
    /// Writes what is paid to whom in one spelling.
    fn to_line(&self) -> String {
        let digits = |text: Option<&str>| -> String {
            text.unwrap_or_default().chars().filter(char::is_ascii_digit).collect()
        };
        let cents = self.amount.map_or(0, Cents::get);
        let user = self.user.map(|user| user.as_str().to_ascii_lowercase()).unwrap_or_default();
        let (country, phone) = (digits(self.country_code), digits(self.phone));
        let email = self.email.map(str::to_ascii_lowercase).unwrap_or_default();
        format!("{cents}\n{user}\n{country}\n{phone}\n{email}")
    }
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

fn asked(operation: &dyn Any) -> Option<Payment<'_>> {
    if let Some(SendPayout { body, .. }) = operation.downcast_ref() {
        return Some(Payment {
            amount: Some(body.amount),
            user: body.user_id.as_ref(),
            country_code: body.payee.as_ref().map(|payee| payee.country_code.as_str()),
            phone: body.payee.as_ref().map(|payee| payee.phone_number.as_str()),
            ..Payment::default()
        });
    }
    #[cfg(feature = "all-tags")]
    return every_tag::asked(operation);
    #[cfg(not(feature = "all-tags"))]
    None
}

fn said(answer: &dyn Any) -> Option<Payment<'_>> {
    if let Some(link) = answer.downcast_ref::<PayoutLink>() {
        let payee = link.payee.as_ref();
        return Some(Payment {
            amount: Some(link.amount),
            user: link.claimed_user_id.as_ref(),
            country_code: payee.and_then(|payee| payee.country_code.as_deref()),
            phone: payee.and_then(|payee| payee.phone_number.as_deref()),
            email: payee.and_then(|payee| payee.email.as_deref()),
            ..Payment::default()
        });
    }
    if let Some(transfer) = answer.downcast_ref::<Transfer>() {
        let (amount, user) = (Some(transfer.amount), transfer.user_id.as_ref());
        return Some(Payment { amount, user, ..Payment::default() });
    }
    #[cfg(feature = "all-tags")]
    return every_tag::said(answer);
    #[cfg(not(feature = "all-tags"))]
    None
}

/// The operations that the feature `payouts` alone does not bring.
#[cfg(feature = "all-tags")]
mod every_tag {
    use std::any::Any;

    use dots_api::{
        Cents, CountryCode, CreateOrganizationTransfer, CreatePayable, CreatePayment, CreatePayout,
        CreatePayoutBatch, CreatePayoutLink, CreateTransfer, DepositAppFunds, Payable, PayoutBatch,
        PayoutRequest, PhoneNumber, SubmitPayoutRequest, UpdatePayable, WithdrawAppFunds,
    };

    use super::Payment;

    pub(super) fn asked(operation: &dyn Any) -> Option<Payment<'_>> {
        if let Some(CreatePayoutLink { body, .. }) = operation.downcast_ref() {
            let payee = body.payee.as_ref();
            return Some(Payment {
                amount: Some(body.amount),
                user: body.user_id.as_ref(),
                country_code: payee.and_then(|payee| payee.country_code.as_ref()).map(CountryCode::as_str),
                phone: payee.and_then(|payee| payee.phone_number.as_ref()).map(PhoneNumber::as_str),
                email: payee.and_then(|payee| payee.email.as_deref()),
                ..Payment::default()
            });
        }
        if let Some(CreateTransfer { body, .. }) = operation.downcast_ref() {
            let (amount, user) = (Some(body.amount), Some(&body.user_id));
            return Some(Payment { amount, is_signed: true, user, ..Payment::default() });
        }
        if let Some(CreatePayout { body, .. }) = operation.downcast_ref() {
            let (amount, user) = (Some(body.amount), Some(&body.user_id));
            return Some(Payment { amount, user, ..Payment::default() });
        }
        if let Some(CreatePayment { body, .. }) = operation.downcast_ref() {
            let (amount, user) = (Some(body.amount), body.user_id.as_ref());
            return Some(Payment { amount, user, ..Payment::default() });
        }
        if let Some(SubmitPayoutRequest { body, .. }) = operation.downcast_ref() {
            let payee = body.payee.as_ref();
            return Some(Payment {
                amount: Some(body.amount),
                user: body.user_id.as_ref(),
                country_code: payee.map(|payee| payee.country_code.as_str()),
                phone: payee.map(|payee| payee.phone_number.as_str()),
                ..Payment::default()
            });
        }
        if let Some(CreatePayoutBatch { body, .. }) = operation.downcast_ref() {
            return Some(Payment { key: Some(body.idempotency_key), ..Payment::default() });
        }
        amount_alone(operation).map(|amount| Payment { amount: Some(amount), ..Payment::default() })
    }

    /// The amount of an operation that names nobody.
    fn amount_alone(operation: &dyn Any) -> Option<Cents> {
        if let Some(CreateOrganizationTransfer { body, .. }) = operation.downcast_ref() {
            return Some(body.amount);
        }
        if let Some(DepositAppFunds { body, .. }) = operation.downcast_ref() {
            return Some(body.amount);
        }
        if let Some(WithdrawAppFunds { body, .. }) = operation.downcast_ref() {
            return Some(body.amount);
        }
        if let Some(CreatePayable { body, .. }) = operation.downcast_ref() {
            return body.amount;
        }
        let UpdatePayable { body, .. } = operation.downcast_ref()?;
        body.amount
    }

    pub(super) fn said(answer: &dyn Any) -> Option<Payment<'_>> {
        if let Some(request) = answer.downcast_ref::<PayoutRequest>() {
            let payee = request.payee.as_ref();
            return Some(Payment {
                amount: Some(request.amount),
                user: request.user.as_ref().map(|user| &user.id),
                country_code: payee.and_then(|payee| payee.country_code.as_deref()),
                phone: payee.and_then(|payee| payee.phone_number.as_deref()),
                ..Payment::default()
            });
        }
        if let Some(payable) = answer.downcast_ref::<Payable>() {
            return Some(Payment { amount: payable.amount, ..Payment::default() });
        }
        let batch = answer.downcast_ref::<PayoutBatch>()?;
        let key = batch.idempotency_key.as_deref().and_then(|key| key.parse().ok());
        Some(Payment { key, ..Payment::default() })
    }
}
