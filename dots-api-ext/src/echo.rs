//! Whether an answer speaks of the payment that was asked for.
//!
//! A key that was used for another payment gets that payment's answer (references/idempotency), and so does a request
//! that was mixed up on the way. Such an answer is a success of something else.

use std::any::Any;

use dots_api::{Cents, Operation, PayoutLink, SendPayout, Transfer, UserId};

/// What an operation asks for, or what an answer says was done; what it leaves out is `None`.
#[derive(Debug, Default)]
struct Payment<'a> {
    amount: Option<Cents>,
    user: Option<&'a UserId>,
    phone: Option<&'a str>,
}

/// Names the part of an answer that differs from what was asked for.
///
/// What an answer leaves out is no difference, and neither is the sign of an amount: which way it points in an answer is
/// not documented for every operation.
pub(crate) fn mismatch<O: Operation>(operation: &O, answer: &O::Output) -> Option<&'static str> {
    let (asked, said) = (asked(operation)?, said(answer)?);
    let cents = |payment: &Payment<'_>| payment.amount.map(|amount| amount.get().unsigned_abs());
    if differ(cents(&asked), cents(&said), |asked, said| asked == said) {
        return Some("another amount");
    }
    let same_user = differ(asked.user, said.user, |asked, said| asked == said);
    let same_phone = differ(asked.phone, said.phone, is_same_phone);
    (same_user || same_phone).then_some("another recipient")
}

fn differ<T>(asked: Option<T>, said: Option<T>, is_same: impl Fn(T, T) -> bool) -> bool {
    asked.zip(said).is_some_and(|(asked, said)| !is_same(asked, said))
}

/// Compares by digits: an answer may write the country code in front, or only the last digits.
fn is_same_phone(asked: &str, said: &str) -> bool {
    digits_from_the_end(asked).zip(digits_from_the_end(said)).all(|(asked, said)| asked == said)
}

fn digits_from_the_end(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().rev().filter(u8::is_ascii_digit)
}

fn asked(operation: &dyn Any) -> Option<Payment<'_>> {
    if let Some(SendPayout { body, .. }) = operation.downcast_ref() {
        let phone = body.payee.as_ref().map(|payee| payee.phone_number.as_str());
        return Some(Payment { amount: Some(body.amount), user: body.user_id.as_ref(), phone });
    }
    #[cfg(feature = "all-tags")]
    return every_tag::asked(operation);
    #[cfg(not(feature = "all-tags"))]
    None
}

fn said(answer: &dyn Any) -> Option<Payment<'_>> {
    if let Some(link) = answer.downcast_ref::<PayoutLink>() {
        let phone = link.payee.as_ref().and_then(|payee| payee.phone_number.as_deref());
        return Some(Payment { amount: Some(link.amount), user: link.claimed_user_id.as_ref(), phone });
    }
    if let Some(transfer) = answer.downcast_ref::<Transfer>() {
        return Some(Payment { amount: Some(transfer.amount), user: transfer.user_id.as_ref(), phone: None });
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
        CreateOrganizationTransfer, CreatePayment, CreatePayout, CreatePayoutLink, CreateTransfer,
        DepositAppFunds, PayoutRequest, PhoneNumber, SubmitPayoutRequest, WithdrawAppFunds,
    };

    use super::Payment;

    pub(super) fn asked(operation: &dyn Any) -> Option<Payment<'_>> {
        let amount = |amount| Some(Payment { amount: Some(amount), ..Payment::default() });
        if let Some(CreatePayoutLink { body, .. }) = operation.downcast_ref() {
            let phone =
                body.payee.as_ref().and_then(|payee| payee.phone_number.as_ref()).map(PhoneNumber::as_str);
            return Some(Payment { amount: Some(body.amount), user: body.user_id.as_ref(), phone });
        }
        if let Some(CreateTransfer { body, .. }) = operation.downcast_ref() {
            return Some(Payment { amount: Some(body.amount), user: Some(&body.user_id), phone: None });
        }
        if let Some(CreatePayout { body, .. }) = operation.downcast_ref() {
            return Some(Payment { amount: Some(body.amount), user: Some(&body.user_id), phone: None });
        }
        if let Some(CreateOrganizationTransfer { body, .. }) = operation.downcast_ref() {
            return amount(body.amount);
        }
        if let Some(DepositAppFunds { body, .. }) = operation.downcast_ref() {
            return amount(body.amount);
        }
        if let Some(WithdrawAppFunds { body, .. }) = operation.downcast_ref() {
            return amount(body.amount);
        }
        if let Some(SubmitPayoutRequest { body, .. }) = operation.downcast_ref() {
            return amount(body.amount);
        }
        if let Some(CreatePayment { body, .. }) = operation.downcast_ref() {
            return amount(body.amount);
        }
        None
    }

    pub(super) fn said(answer: &dyn Any) -> Option<Payment<'_>> {
        let request = answer.downcast_ref::<PayoutRequest>()?;
        let phone = request.payee.as_ref().and_then(|payee| payee.phone_number.as_deref());
        Some(Payment { amount: Some(request.amount), user: None, phone })
    }
}
