//! One attempt: how it ended, and the error that it would be if it were the last.

use bytes::Bytes;
use dots_api::{ApiError, Response};
use http::StatusCode;
use std::time::{Duration, SystemTime};

use crate::error::{Answer, Error, ErrorCode, Outcome};
use crate::network::failure::{Reach, TransportFailure};
use crate::policy::cross_check::Difference;
use crate::policy::retry::{Ending, Refusal, Shape, asked_to_wait};
use crate::reply::request_id;

/// Holds an attempt that gave no success.
pub(crate) struct FailedAttempt {
    pub ending: Ending,
    pub error: Error,
    pub retry_after: Option<Duration>,
}

impl FailedAttempt {
    /// A success that speaks of another payment, which `difference` names.
    pub(crate) fn by_difference<T>(answer: Response<T>, difference: Difference) -> Self {
        let what = format!("Dots answered with status `{}` and {difference}", answer.status.as_u16());
        let kept = kept(answer.status, &answer.headers, None, answer.body);
        Self::with(Ending::OtherPayment, unknown(what).with_answer(kept))
    }

    /// What the raw client could not read as a success.
    pub(crate) fn of(error: dots_api::Error, now: SystemTime) -> Self {
        use dots_api::Error as Raw;
        match error {
            Raw::Refused { response, error, .. } => refused(*response, error.map(|error| *error), now),
            Raw::Unreadable { response, source, .. } => {
                let status = response.status;
                let what =
                    format!("Dots answered with status `{}`, and the answer cannot be read", status.as_u16());
                let kept = kept(status, &response.headers, None, response.value);
                Self::with(Ending::Unreadable, unknown(what).with_answer(kept).because(source))
            }
            Raw::Transport { source, .. } => match source.downcast::<TransportFailure>() {
                Ok(failure) => broken(*failure, now),
                Err(source) => {
                    Self::with(Ending::NoAnswer, unknown("no complete answer came back").because(source))
                }
            },
            Raw::InvalidRequest { why, .. } | Raw::InvalidBaseUrl { why, .. } => {
                Self::with(Ending::Unsendable, Error::not_sent(why))
            }
            // A way to fail that the raw client has learned since proves nothing.
            error => Self::with(Ending::NoAnswer, unknown("the raw client failed").because(error)),
        }
    }

    fn with(ending: Ending, error: Error) -> Self {
        Self { ending, error, retry_after: None }
    }
}

fn refused(response: Response<Bytes>, error: Option<ApiError>, now: SystemTime) -> FailedAttempt {
    let status = response.status;
    let retry_after = asked_to_wait(&response.headers, now);
    let refusal = Refusal::of(status, shape(error.as_ref()), retry_after.is_some());
    let kept = kept(status, &response.headers, error, response.value);
    let error = unknown(format!("Dots answered with status `{}`", status.as_u16())).with_answer(kept);
    FailedAttempt { ending: Ending::Refused(refusal), error, retry_after }
}

/// Whose error it is: a gateway on the way may well write a `message`, but no `success` and no code.
fn shape(error: Option<&ApiError>) -> Shape {
    match error {
        Some(ApiError { error_code: Some(code), .. })
            if matches!(ErrorCode::from(code.as_str()), ErrorCode::ResourceBusy) =>
        {
            Shape::DotsInUse
        }
        Some(error) if error.success == Some(false) || error.error_code.is_some() => Shape::Dots,
        Some(_) | None => Shape::Anyones,
    }
}

fn broken(failure: TransportFailure, now: SystemTime) -> FailedAttempt {
    let TransportFailure { reach, what, source, begun } = failure;
    let error = unknown(what);
    let error = match source {
        Some(source) => error.because(source),
        None => error,
    };
    let Some(begun) = begun else {
        return FailedAttempt::with(
            match reach {
                Reach::Nowhere => Ending::Unsendable,
                Reach::NoConnection => Ending::NoConnection,
                Reach::Perhaps => Ending::NoAnswer,
            },
            error,
        );
    };
    let (status, retry_after) = (begun.status, asked_to_wait(&begun.headers, now));
    let ending = match Refusal::of(status, Shape::Anyones, retry_after.is_some()) {
        _ if status.is_success() => Ending::NoAnswer,
        // Their statuses alone say that Dots is busy or failed, whatever is missing of their bodies.
        refusal @ (Refusal::TooMany
        | Refusal::Conflict
        | Refusal::InUse
        | Refusal::NotNow
        | Refusal::Unavailable
        | Refusal::Failed) => Ending::Refused(refusal),
        // Half a refusal is no proof.
        Refusal::AtTheDoor | Refusal::Hopeless | Refusal::Elsewhere | Refusal::Plain => Ending::NoAnswer,
    };
    let error = error.with_answer(kept(status, &begun.headers, None, begun.value));
    FailedAttempt { ending, error, retry_after }
}

fn kept(status: StatusCode, headers: &http::HeaderMap, error: Option<ApiError>, body: Bytes) -> Answer {
    let (code, message) =
        error.map_or((None, None), |error| (error.error_code.map(Into::into), error.message.or(error.error)));
    Answer { status, code, message, request_id: request_id(headers).map(str::to_owned), body }
}

/// An error whose delivery the decision on the attempt will set.
fn unknown(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Outcome::Unknown, what)
}
