//! The error: what was tried, why it failed, and whether money may have moved.

mod code;
mod existing;
mod kind;
mod of_values;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use dots_api::{IdempotencyKey, OperationMeta};
use http::StatusCode;
use serde::{Deserialize, Serialize};

pub use code::ErrorCode;
pub use existing::Existing;
pub use kind::ErrorKind;

use crate::call_stats::CallStats;

/// The status that refuses credentials.
const UNAUTHORIZED: u16 = 401;

/// The error of every call.
///
/// Ask [`outcome`](Self::outcome) first, then [`kind`](Self::kind). `Debug` and `Display` show no body, no credential and
/// no address; the message that Dots wrote is shown shortened and escaped. An `Error` is one pointer wide.
///
/// The errors of values, such as an amount or a phone number that cannot be read, convert into it: `?` makes them
/// [`NotSent`](Outcome::NotSent), of the kind [`InvalidInput`](ErrorKind::InvalidInput).
pub struct Error(Box<Inner>);

struct Inner {
    outcome: Outcome,
    kind: Option<ErrorKind>,
    what: Cow<'static, str>,
    operation: Option<&'static OperationMeta>,
    key: Option<IdempotencyKey>,
    answer: Option<Answer>,
    stats: CallStats,
    advice: Advice,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The answer that an error came from.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub code: Option<ErrorCode>,
    pub message: Option<String>,
    pub request_id: Option<String>,
    pub body: Bytes,
}

/// What a caller is told to do about an error.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Advice {
    pub is_retryable: bool,
    pub is_probably_paid: bool,
    pub retry_after: Option<Duration>,
}

/// Says whether the money of a failed call may have moved.
///
/// There are three answers and there will be no fourth, so a `match` over them needs no catch-all arm that could take
/// an unknown payment for one that was not made.
///
/// `Display` and `serde` write `not_sent`, `rejected` and `unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing left this machine.
    NotSent,
    /// Dots refused the call, which proves that it was not carried out.
    Rejected,
    /// The call may have been carried out: retry with its idempotency key, or look it up.
    Unknown,
}

impl Outcome {
    /// Returns the outcome in lower case, such as `not_sent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Error {
    /// Makes an error of something that was wrong before anything was sent.
    pub(crate) fn not_sent(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Outcome::NotSent, what)
    }

    /// Makes an error.
    pub(crate) fn new(outcome: Outcome, what: impl Into<Cow<'static, str>>) -> Self {
        let (what, stats, advice) = (what.into(), CallStats::default(), Advice::default());
        let (kind, operation, key, answer, source) = (None, None, None, None, None);
        Self(Box::new(Inner { outcome, kind, what, operation, key, answer, stats, advice, source }))
    }

    /// Makes an error of what is wrong with the program's settings or its runtime.
    pub(crate) fn settings(what: impl Into<Cow<'static, str>>) -> Self {
        Self::not_sent(what).of_kind(ErrorKind::Settings)
    }

    /// Says what went wrong.
    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = Some(kind);
        self
    }

    /// Returns what went wrong as far as it was said so far.
    pub(crate) fn known_kind(&self) -> Option<ErrorKind> {
        self.0.kind
    }

    /// Says what the error proves, which depends on the attempts before it as well.
    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        if let (Outcome::Rejected, Some(status)) = (outcome, self.status()) {
            let what = if status == UNAUTHORIZED { "the credentials" } else { "it" };
            self.0.what = format!("Dots refused {what} with status `{status}`").into();
        }
        self
    }

    /// Adds how the call went.
    pub(crate) fn after(mut self, stats: CallStats) -> Self {
        self.0.stats = stats;
        self
    }

    /// Adds what may help.
    pub(crate) fn with_advice(mut self, advice: Advice) -> Self {
        self.0.advice = advice;
        self
    }

    /// Says that the call ends with this error though another attempt was to follow, and what may help instead.
    pub(crate) fn stopped(mut self, advice: Advice) -> Self {
        let Advice { is_probably_paid, retry_after, .. } = self.0.advice;
        let retry_after = advice.retry_after.or(retry_after);
        self.0.advice = Advice { is_probably_paid, retry_after, ..advice };
        self
    }

    /// Adds what was being sent.
    pub(crate) fn of(mut self, operation: &'static OperationMeta, key: Option<IdempotencyKey>) -> Self {
        self.0.operation = Some(operation);
        self.0.key = key;
        self
    }

    /// Sets the key to retry with.
    #[cfg(feature = "test-util")]
    pub(crate) fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.0.key = Some(key);
        self
    }

    /// Adds the answer.
    pub(crate) fn with_answer(mut self, answer: Answer) -> Self {
        self.0.answer = Some(answer);
        self
    }

    /// Adds the cause.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Says whether the operation may have been carried out.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// use dots_api_ext::{Cents, Outcome, Payee};
    ///
    /// match dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await {
    ///     Ok(payout) => println!("made {}", payout.id),
    ///     Err(error) => match error.outcome() {
    ///         Outcome::NotSent | Outcome::Rejected => println!("nothing was paid: {error}"),
    ///         Outcome::Unknown => println!("retry with the key {:?}", error.idempotency_key()),
    ///     },
    /// }
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Says what went wrong, such as that Dots was not reached or refused the call.
    ///
    /// It does not say what became of the money; [`outcome`](Self::outcome) does.
    ///
    /// # Examples
    /// See [`ErrorKind`], whose table gives an HTTP status for each.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        let unsaid =
            if self.0.outcome == Outcome::NotSent { ErrorKind::InvalidInput } else { ErrorKind::Unknown };
        self.0.kind.unwrap_or(unsaid)
    }

    /// Returns what is known of the object that exists in place of the one that was asked for, if the error is a
    /// [`Conflict`](ErrorKind::Conflict) and its answer shows one.
    ///
    /// # Examples
    /// See [`Existing`].
    #[must_use]
    pub fn existing(&self) -> Option<Existing> {
        (self.kind() == ErrorKind::Conflict).then(|| self.body().and_then(Existing::of)).flatten()
    }

    /// Says whether money may have moved: [`outcome`](Self::outcome) is unknown and the operation does not only read.
    #[must_use]
    pub fn may_have_moved_money(&self) -> bool {
        let reads = self.0.operation.is_some_and(|operation| operation.method.is_safe());
        self.0.outcome == Outcome::Unknown && !reads
    }

    /// Returns the status of the answer, if one came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.answer.as_ref().map(|answer| answer.status.as_u16())
    }

    /// Returns what Dots calls the mistake, if it says ([references/error-codes]).
    ///
    /// [references/error-codes]: https://docs.dots.dev/references/error-codes
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.answer.as_ref()?.code.as_ref()
    }

    /// Returns the message that Dots wrote.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.answer.as_ref()?.message.as_deref()
    }

    /// Returns the key to retry with.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        self.0.key
    }

    /// Says whether making the same call again, later and with the same key, is safe and may help.
    ///
    /// It is when something broke or was busy; not when Dots refused the call for what it asks, nor when an operation
    /// that takes no key may have been carried out.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.advice.is_retryable
    }

    /// Returns how long Dots, or this client for Dots' sake, asks to wait before the next call.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.advice.retry_after
    }

    /// Returns how often the operation was sent, the attempts counted that opened no connection.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.stats.attempts
    }

    /// Says whether the failure is evidence that the operation **was** carried out.
    ///
    /// Some operations refuse a key that they know ([apireference/transfers/create-a-transfer]). When an attempt was lost
    /// and the next one is refused, the likeliest reason is that the lost one was carried out.
    /// [`outcome`](Self::outcome) stays unknown, because the refusal may have another reason; `Dots::look_up` looks
    /// for what was made.
    ///
    /// [apireference/transfers/create-a-transfer]: https://docs.dots.dev/apireference/transfers/create-a-transfer
    #[must_use]
    pub fn is_probably_paid(&self) -> bool {
        self.0.advice.is_probably_paid
    }

    /// Returns the id by which Dots, or a gateway before it, knows the request; worth having when asking Dots about it.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.as_ref()?.request_id.as_deref()
    }

    /// Returns the id of the operation that failed, such as `send_payout`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// Returns what was read of the answer's body; it may name people. At most 4 MiB of a success are read, or 32 MiB
    /// of the results of a payout batch, and 64 KiB of an error.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.0.answer.as_ref().map(|answer| answer.body.as_ref())
    }
}

/// The beginning of a text that Dots, or somebody before it, wrote; nothing in it can break out of its line.
fn excerpt(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "`{}` failed: ", operation.id)?;
        }
        f.write_str(&self.0.what)?;
        if let Some(message) = self.message() {
            // No backticks around it: the message may hold some, and names the field in them.
            write!(f, ": {}", excerpt(message))?;
        }
        if self.may_have_moved_money() {
            let how_likely = if self.is_probably_paid() { "; it was probably" } else { "; it may have been" };
            write!(f, "{how_likely} carried out")?;
            let settles_by_asking = self.is_retryable() && !self.is_probably_paid();
            // Shown and not given away, as by `Debug`: it stands here only where the call may have been carried out, and
            // no refusal of a key in doubt proves anything.
            match self.0.key.as_ref().map(IdempotencyKey::inner) {
                Some(key) if settles_by_asking => write!(f, ", retry with the idempotency key `{key}`")?,
                Some(key) => {
                    write!(f, " under the idempotency key `{key}`, look it up before you send anything")?;
                }
                None => f.write_str(", look it up before you send anything")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("outcome", &self.0.outcome)
            .field("kind", &self.kind())
            .field("what", &self.0.what)
            .field("operation", &self.operation())
            .field("idempotency_key", &self.0.key)
            .field("status", &self.status())
            .field("code", &self.code().map(|code| excerpt(code.as_str())))
            .field("request_id", &self.request_id().map(excerpt))
            .field("body_bytes", &self.body().map(<[u8]>::len))
            .field("attempts", &self.0.stats.attempts)
            .field("advice", &self.0.advice)
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as &(dyn std::error::Error + 'static))
    }
}
