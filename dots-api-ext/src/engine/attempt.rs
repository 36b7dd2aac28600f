//! One attempt: whether it is a success, or else how it ended and the error that it would be if it were the last.

use std::any::TypeId;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use dots_api::{ApiError, Operation, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use crate::engine::denial::denies;
use crate::error::{Answer, Error, ErrorCode, ErrorKind, Outcome};
use crate::network::failure::{Reach, TransportFailure};
use crate::policy::cross_check::{self, Difference};
use crate::policy::retry::{AttemptEnd, Effect, Origin, asked_to_wait};
use crate::reply::request_id;

/// The fields by which an object is a success and no error.
const OF_A_SUCCESS: [&str; 3] = ["id", "data", "amount"];

/// Holds an attempt that gave no success.
pub(crate) struct FailedAttempt {
    pub end: AttemptEnd,
    pub error: Error,
    pub retry_after: Option<Duration>,
}

/// Why the answer to an operation is no success of it, though its status says so.
pub(crate) enum Objection {
    /// It says so itself.
    ByItsOwnWords,
    /// It speaks of something else.
    Difference(Difference),
}

/// Returns what stands against taking an answer for the success of an operation, if something does.
pub(crate) fn objection<O: Operation>(operation: &O, answer: &Response<O::Output>) -> Option<Objection> {
    let is_named = operation.ids(&answer.value).answered != Some("");
    let has_content = TypeId::of::<O::Output>() != TypeId::of::<()>();
    if !is_named || denies(&answer.body, has_content) {
        return Some(Objection::ByItsOwnWords);
    }
    cross_check::mismatch(operation, &answer.value).map(Objection::Difference)
}

impl FailedAttempt {
    /// An attempt whose time is over.
    pub(crate) fn timed_out() -> Self {
        Self::with(AttemptEnd::NoAnswer, unknown("no answer came in time").of_kind(ErrorKind::Timeout))
    }

    /// An answer that something stands against.
    pub(crate) fn not_believed<T>(answer: Response<T>, objection: &Objection) -> Self {
        let status = answer.status.as_u16();
        let (end, what, error) = match objection {
            Objection::ByItsOwnWords => {
                let what = format!("Dots answered with status `{status}`, and the answer is no success");
                (AttemptEnd::Unreadable, what, dots_api::api_error(&answer.body))
            }
            Objection::Difference(difference) => {
                let what = format!("Dots answered with status `{status}` and {difference}");
                (AttemptEnd::Mismatch, what, None)
            }
        };
        let kept = kept(answer.status, &answer.headers, error, answer.body);
        Self::with(end, unknown(what).with_answer(kept))
    }

    /// What the raw client could not read as a success.
    pub(crate) fn of(error: dots_api::ClientError, effect: Effect, now: SystemTime) -> Self {
        use dots_api::ClientError as Raw;
        match error {
            Raw::Refused { response, error, .. } => {
                refused(*response, error.map(|error| *error), effect, now)
            }
            Raw::Unreadable { response, source, .. } => {
                let status = response.status;
                let what =
                    format!("Dots answered with status `{}`, and the answer cannot be read", status.as_u16());
                let error = dots_api::api_error(&response.value);
                let kept = kept(status, &response.headers, error, response.value);
                Self::with(AttemptEnd::Unreadable, unknown(what).with_answer(kept).because(source))
            }
            Raw::Transport { source, .. } => match source.downcast::<TransportFailure>() {
                Ok(failure) => broken(*failure, effect, now),
                Err(source) => {
                    Self::with(AttemptEnd::NoAnswer, unknown("no complete answer came back").because(source))
                }
            },
            Raw::InvalidRequest { why, .. } | Raw::InvalidBaseUrl { why, .. } => {
                Self::with(AttemptEnd::Unsendable, Error::not_sent(why))
            }
            // A way to fail that the raw client has learned since proves nothing.
            error => Self::with(AttemptEnd::NoAnswer, unknown("the raw client failed").because(error)),
        }
    }

    fn with(end: AttemptEnd, error: Error) -> Self {
        Self { end, error, retry_after: None }
    }
}

fn refused(
    response: Response<Bytes>,
    error: Option<ApiError>,
    effect: Effect,
    now: SystemTime,
) -> FailedAttempt {
    let status = response.status;
    let retry_after = asked_to_wait(&response.headers, now);
    let end = AttemptEnd::of(status, origin(&response.value), retry_after.is_some(), effect);
    let kept = kept(status, &response.headers, error, response.value);
    let what = if status == StatusCode::UNAUTHORIZED {
        // Who refused them is not proven; the likeliest reason is the API key all the same.
        "the credentials were refused with status `401`".into()
    } else {
        format!("Dots answered with status `{}`", status.as_u16())
    };
    FailedAttempt { end, error: unknown(what).with_answer(kept), retry_after }
}

/// Whose words a body holds. A gateway may well write a `message`, but no `success` and no code of Dots.
fn origin(body: &[u8]) -> Origin {
    let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(body) else { return Origin::Anyone };
    let code = fields.get("error_code").and_then(Value::as_str).map(ErrorCode::from);
    let is_failure = fields.get("success") == Some(&Value::Bool(false));
    let is_success = fields.get("success") == Some(&Value::Bool(true))
        || OF_A_SUCCESS.iter().any(|name| fields.contains_key(*name));
    match code {
        // What contradicts itself proves nothing.
        _ if is_success && !is_failure => Origin::Anyone,
        Some(ErrorCode::ResourceBusy) => Origin::DotsLocked,
        Some(code) if !matches!(code, ErrorCode::Other(_)) => Origin::Dots,
        _ if is_failure => Origin::Dots,
        _ => Origin::Json,
    }
}

fn broken(failure: TransportFailure, effect: Effect, now: SystemTime) -> FailedAttempt {
    let TransportFailure { reach, kind, what, source, begun } = failure;
    let error = unknown(what);
    let error = match source {
        Some(source) => error.because(source),
        None => error,
    };
    let Some(begun) = begun else {
        let end = match reach {
            Reach::Nowhere => AttemptEnd::Unsendable,
            Reach::NoConnection => AttemptEnd::NotConnected,
            Reach::Perhaps => AttemptEnd::NoAnswer,
        };
        return FailedAttempt::with(end, error.of_kind(kind));
    };
    let (status, retry_after) = (begun.status, asked_to_wait(&begun.headers, now));
    let end = match AttemptEnd::of(status, Origin::Anyone, retry_after.is_some(), effect) {
        // Their statuses alone say that Dots is busy or failed, whatever is missing of their bodies.
        end @ (AttemptEnd::RateLimitedElsewhere
        | AttemptEnd::Conflict
        | AttemptEnd::TimedOut
        | AttemptEnd::Unavailable
        | AttemptEnd::ServerError) => end,
        // Half a refusal is no proof.
        _ => AttemptEnd::NoAnswer,
    };
    let error = if end == AttemptEnd::NoAnswer { error.of_kind(kind) } else { error };
    let error = error.with_answer(kept(status, &begun.headers, None, begun.value));
    FailedAttempt { end, error, retry_after }
}

fn kept(status: StatusCode, headers: &HeaderMap, error: Option<ApiError>, body: Bytes) -> Answer {
    let (code, message) =
        error.map_or((None, None), |error| (error.error_code.map(Into::into), error.message.or(error.error)));
    Answer { status, code, message, request_id: request_id(headers).map(str::to_owned), body }
}

/// An error whose outcome the decision on the attempt will set.
fn unknown(what: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Outcome::Unknown, what)
}
