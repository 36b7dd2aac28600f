//! The error: what was tried, why it failed, and whether money may have moved.

use std::fmt;

use bytes::Bytes;
use dots_api::{IdempotencyKey, OperationMeta};
use http::StatusCode;

/// The error of every call.
///
/// Ask [`delivery`](Self::delivery) first. `Debug` and `Display` show no body, no credential and no address; the
/// message that Dots wrote is shown shortened and escaped.
pub struct Error(Box<Inner>);

struct Inner {
    delivery: Delivery,
    what: String,
    operation: Option<&'static OperationMeta>,
    key: Option<IdempotencyKey>,
    answer: Option<Answer>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The answer that an error came from.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub code: Option<String>,
    pub message: Option<String>,
    pub body: Bytes,
}

/// Says whether the money of a failed call may have moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// Nothing left this machine.
    NotSent,
    /// Dots refused the call, which proves that it was not carried out.
    Rejected,
    /// The call may have been carried out; only the same idempotency key can tell.
    Unknown,
}

impl Error {
    /// Makes an error of something that was wrong before anything was sent.
    pub(crate) fn not_sent(what: impl Into<String>) -> Self {
        Self::new(Delivery::NotSent, what)
    }

    /// Makes an error.
    pub(crate) fn new(delivery: Delivery, what: impl Into<String>) -> Self {
        let what = what.into();
        Self(Box::new(Inner { delivery, what, operation: None, key: None, answer: None, source: None }))
    }

    /// Takes back what the error proves, because an earlier call with the same key may have been carried out.
    pub(crate) fn in_doubt(mut self) -> Self {
        self.0.delivery = Delivery::Unknown;
        self
    }

    /// Adds what was being sent.
    pub(crate) fn of(mut self, operation: &'static OperationMeta, key: Option<IdempotencyKey>) -> Self {
        self.0.operation = Some(operation);
        self.0.key = key;
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
    /// ```no_run
    /// # async fn pay(dots: dots_api_ext::Dots) {
    /// use dots_api_ext::{Cents, Delivery, Payee};
    ///
    /// match dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await {
    ///     Ok(payout) => println!("made {}", payout.id),
    ///     Err(error) if error.delivery() == Delivery::Unknown => {
    ///         println!("ask again with {:?}", error.idempotency_key());
    ///     }
    ///     Err(error) => println!("nothing was paid: {error}"),
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// Says whether money may have moved: [`delivery`](Self::delivery) is unknown and the operation does not only read.
    #[must_use]
    pub fn may_have_moved_money(&self) -> bool {
        let reads = self.0.operation.is_some_and(|operation| operation.method.is_safe());
        self.0.delivery == Delivery::Unknown && !reads
    }

    /// Returns the status of the answer, if one came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.answer.as_ref().map(|answer| answer.status.as_u16())
    }

    /// Returns the API's error code, such as `invalid-input` (references/error-codes).
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.answer.as_ref()?.code.as_deref()
    }

    /// Returns the message that Dots wrote.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.answer.as_ref()?.message.as_deref()
    }

    /// Returns the key to ask again with.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        self.0.key
    }

    /// Returns the id of the operation that failed, such as `send_payout`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// Returns what was read of the answer's body, at most 4 MiB; it may name people.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.0.answer.as_ref().map(|answer| answer.body.as_ref())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "`{}` failed: ", operation.id)?;
        }
        f.write_str(&self.0.what)?;
        if let Some(message) = self.message() {
            // No backticks around it: the message may hold some, and names the field in them.
            write!(f, ": {}", message.chars().take(200).flat_map(char::escape_debug).collect::<String>())?;
        }
        if self.may_have_moved_money() {
            f.write_str("; it may have been carried out")?;
            if let Some(key) = self.0.key {
                write!(f, ", ask again with the idempotency key `{key}`")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("delivery", &self.0.delivery)
            .field("what", &self.0.what)
            .field("operation", &self.operation())
            .field("idempotency_key", &self.0.key)
            .field("status", &self.status())
            .field("code", &self.code())
            .field("body_bytes", &self.body().map(<[u8]>::len))
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as &(dyn std::error::Error + 'static))
    }
}
