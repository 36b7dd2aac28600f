//! Errors and replies made by hand, for fakes in tests of your own (feature `test-util`).
//!
//! The offline sandbox, a `dots-sandbox` in your test's process, needs none of this: it answers over HTTP and fails as
//! you tell it. These are for programs that hide the client behind a trait of their own, and have a fake of that.

use std::time::Duration;

use bytes::Bytes;
use dots_api::{IdempotencyKey, Operation, Response};
use http::{HeaderMap, StatusCode};

use crate::call_stats::CallStats;
use crate::error::{Advice, Answer, Error, ErrorCode, ErrorKind, Outcome};
use crate::reply::Reply;

/// Builds an [`Error`] as a call would return it.
///
/// # Examples
/// ```
/// use dots_api_ext::dots_api::SendPayout;
/// use dots_api_ext::fake::FakeError;
/// use dots_api_ext::{Error, ErrorKind, Outcome};
///
/// /// What a program asks of Dots.
/// trait Payments {
///     fn pay(&self, cents: i64) -> Result<(), Error>;
/// }
///
/// /// A Dots that never answers.
/// struct Silent;
///
/// impl Payments for Silent {
///     fn pay(&self, _: i64) -> Result<(), Error> {
///         let key = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().expect("a key");
///         let error = FakeError::new(Outcome::Unknown, ErrorKind::Timeout).of::<SendPayout>();
///         Err(error.with_idempotency_key(key).retryable(true).build())
///     }
/// }
///
/// let error = Silent.pay(1_000).unwrap_err();
/// assert!(error.may_have_moved_money() && error.is_retryable());
/// assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("send_payout")));
/// assert!(error.to_string().contains("retry with the idempotency key `3c90c3cc-"));
/// ```
#[derive(Debug)]
#[must_use = "`build` makes the error"]
pub struct FakeError {
    error: Error,
    answer: Option<(u16, Option<ErrorCode>, Option<String>)>,
    advice: Advice,
}

impl FakeError {
    /// Starts an error with what it means for the money, and what went wrong.
    pub fn new(outcome: Outcome, kind: ErrorKind) -> Self {
        let error = Error::new(outcome, "a fake error").of_kind(kind);
        Self {
            error: error.after(CallStats { attempts: 1, took: Duration::ZERO }),
            answer: None,
            advice: Advice::default(),
        }
    }

    /// Names the operation that failed.
    pub fn of<O: Operation>(mut self) -> Self {
        let key = self.error.idempotency_key();
        self.error = self.error.of(O::META, key);
        self
    }

    /// Sets the key to retry with.
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.error = self.error.with_key(key);
        self
    }

    /// Sets the status of the answer; one that HTTP does not have counts as no answer.
    pub fn status(mut self, status: u16) -> Self {
        let (_, code, message) = self.answer.take().unwrap_or_default();
        self.answer = Some((status, code, message));
        self
    }

    /// Sets what Dots calls the mistake, and what it says about it; unless a status is set, it is 400.
    pub fn refusal(mut self, code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        let status = self.answer.map_or(400, |(status, ..)| status);
        self.answer = Some((status, Some(code.into()), Some(message.into())));
        self
    }

    /// Sets whether the same call, later and with the same key, is safe and may help.
    pub fn retryable(mut self, is_retryable: bool) -> Self {
        self.advice.is_retryable = is_retryable;
        self
    }

    /// Sets how long Dots asks to wait.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.advice.retry_after = Some(wait);
        self
    }

    /// Makes the failure evidence that the operation was carried out.
    pub fn probably_paid(mut self) -> Self {
        self.advice.is_probably_paid = true;
        self
    }

    /// Makes the error.
    #[must_use]
    pub fn build(self) -> Error {
        let error = self.error.with_advice(self.advice);
        let answer = self.answer.and_then(|(status, code, message)| {
            let status = StatusCode::from_u16(status).ok()?;
            Some(Answer { status, code, message, request_id: None, body: Bytes::new() })
        });
        match answer {
            Some(answer) => error.with_answer(answer),
            None => error,
        }
    }
}

/// Makes the reply to an operation with this answer: status 200, one attempt, and no key.
///
/// # Examples
/// Types of answers are read from JSON, as Dots writes it:
/// ```
/// use dots_api_ext::dots_api::SendPayout;
/// use dots_api_ext::{Cents, fake};
///
/// let link = serde_json::from_str(r#"{"id": "3c90c3cc", "amount": 1000, "status": "created"}"#)?;
/// let reply = fake::reply::<SendPayout>(link);
/// assert_eq!((reply.operation(), reply.amount), ("send_payout", Cents::new(1_000)));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn reply<O: Operation>(answer: O::Output) -> Reply<O::Output> {
    let response = Response::new(StatusCode::OK, HeaderMap::new(), answer);
    Reply::new(response, O::META, None, CallStats { attempts: 1, took: Duration::ZERO }, false)
}
