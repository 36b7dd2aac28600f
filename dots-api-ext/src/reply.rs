//! What a success gives.

use std::fmt::{self, Debug};
use std::ops::Deref;
use std::time::Duration;

use dots_api::{IdempotencyKey, OperationMeta, Response, Timestamp};
use http::HeaderMap;

use crate::call_stats::CallStats;

/// The headers in which a service names a request; Dots documents none, and whoever stands before it may set one.
const REQUEST_IDS: [&str; 4] = ["x-request-id", "request-id", "x-amzn-requestid", "cf-ray"];

/// Holds what Dots answered, and the key under which it will answer the same again.
///
/// It derefs to the answer, so `reply.status` is the status of the payout link.
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
/// use dots_api_ext::{Cents, Payee};
///
/// let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
/// println!("{} is {}", payout.id, payout.status);
/// println!("{} at attempt {}, in {:?}", payout.http_status(), payout.attempts(), payout.took());
/// println!("made anew: {}, under the key {:?}", !payout.may_be_repeat(), payout.idempotency_key());
///
/// let link = payout.into_inner();
/// # assert_eq!((link.amount, sandbox.paid("2025550139")), (Cents::new(1_000), 1_000));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Reply<T> {
    answer: Response<T>,
    operation: &'static OperationMeta,
    key: Option<IdempotencyKey>,
    stats: CallStats,
    may_be_repeat: bool,
}

impl<T> Reply<T> {
    pub(crate) fn new(
        answer: Response<T>,
        operation: &'static OperationMeta,
        key: Option<IdempotencyKey>,
        stats: CallStats,
        may_be_repeat: bool,
    ) -> Self {
        Self { answer, operation, key, stats, may_be_repeat }
    }

    /// Returns the id of the operation, such as `send_payout`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation.id
    }

    /// Returns the key that the call was made with; none for an operation that takes none.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        self.key
    }

    /// Returns the HTTP status, such as 201.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.answer.status.as_u16()
    }

    /// Returns how often the operation was sent, this time included.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.stats.attempts
    }

    /// Returns how long the call took, pauses included.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.stats.took
    }

    /// Says whether the answer may speak of what an earlier send of the same key did.
    ///
    /// `false` is certain: the key was made in this process and sent once. `true` means that Dots may have answered
    /// with the object that it had made before; no page names a sign by which such an answer could be told.
    #[must_use]
    pub fn may_be_repeat(&self) -> bool {
        self.may_be_repeat
    }

    /// Returns the id by which Dots, or a gateway before it, knows the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.answer.headers)
    }

    /// Returns the time that the answer gives as its own.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        self.answer.headers.get(http::header::DATE)?.to_str().ok()?.parse().ok()
    }

    /// Returns the bytes of the answer, as they came; they may name people.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.answer.body
    }

    /// Takes the answer out.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.answer.value
    }

    /// Keeps how the call went, and makes something else of the answer.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Reply<U> {
        let Self { answer, operation, key, stats, may_be_repeat } = self;
        Reply { answer: answer.map(make), operation, key, stats, may_be_repeat }
    }
}

/// Finds the id of a request in the headers of its answer.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    REQUEST_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok())
}

impl<T> Deref for Reply<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.answer.value
    }
}

impl<T: Debug> Debug for Reply<T> {
    /// Shows the answer and how it came about, and no header: a cookie is a secret too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("value", &self.answer.value)
            .field("http_status", &self.http_status())
            .field("idempotency_key", &self.key)
            .field("request_id", &self.request_id())
            .field("stats", &self.stats)
            .field("may_be_repeat", &self.may_be_repeat)
            .finish_non_exhaustive()
    }
}
