//! Evidence: what is known of a call that is over, as a value to be stored.

use std::time::Duration;

use dots_api::IdempotencyKey;
use dots_api::read_again::twice;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Outcome};
use crate::reply::Reply;

/// Holds what is known of a call that is over, to be stored beside what was paid.
///
/// [`Error::evidence`] and [`Reply::evidence`] make it. It holds no secret. Only a message that Dots wrote may name a
/// person; it is kept shortened, as the error's `Display` shows it.
///
/// `serde` writes a map with the field names below. A map with a field that this version of the crate does not know is
/// refused, so that an older program drops nothing.
///
/// # Examples
/// ```
/// # use dots_api_ext::{Dots, RetryPolicy};
/// # use dots_sandbox::{Fault, Sandbox, When};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = Sandbox::start().await?;
/// # let dots = Dots::builder()
/// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
/// #     .environment(sandbox.url().parse()?)
/// #     .retry(RetryPolicy::none())
/// #     .build()?;
/// # sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
/// use dots_api_ext::{Cents, Evidence, Outcome, Payee};
///
/// let evidence = match dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await {
///     Ok(payout) => payout.evidence(),
///     Err(error) => error.evidence(),
/// };
/// let row: Evidence = serde_json::from_str(&serde_json::to_string(&evidence)?)?;
/// // The connection broke: the payout may have been made, and the row says under which key.
/// assert_eq!((row.outcome, row.idempotency_key), (Some(Outcome::Unknown), evidence.idempotency_key));
/// # assert!(row.idempotency_key.is_some());
/// # assert_eq!(sandbox.paid("2025550139"), 1_000);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The id of the operation, such as `send_payout`; none for an error that is of no operation.
    pub operation: Option<String>,
    /// What the call proves if it failed; none if it succeeded.
    pub outcome: Option<Outcome>,
    /// The key under which it was sent.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The id of what Dots made or found, if the call succeeded and the answer has one.
    pub object_id: Option<String>,
    /// Whether the answer may speak of what an earlier send made, or the failure is evidence that one paid.
    pub may_be_of_earlier_send: bool,
    /// The HTTP status of the last answer.
    pub http_status: Option<u16>,
    /// What Dots calls the mistake.
    pub error_code: Option<String>,
    /// The error in words.
    pub error: Option<String>,
    /// The id by which Dots, or a gateway before it, knows the request.
    pub request_id: Option<String>,
    /// How often the call was sent.
    pub attempts: u32,
    /// Whether making the same call again with the same key is safe and may help.
    pub is_retryable: bool,
    /// The seconds to wait before that, if Dots asks for some; rounded up.
    pub retry_after_seconds: Option<u64>,
}

impl Error {
    /// Returns what is known of the call, as a value to be stored.
    ///
    /// # Examples
    /// See [`Evidence`].
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence {
            operation: self.operation().map(str::to_owned),
            outcome: Some(self.outcome()),
            idempotency_key: self.idempotency_key(),
            object_id: None,
            may_be_of_earlier_send: self.is_probably_paid(),
            http_status: self.status(),
            error_code: self.code().map(ToString::to_string),
            error: Some(self.to_string()),
            request_id: self.request_id().map(str::to_owned),
            attempts: self.attempts(),
            is_retryable: self.is_retryable(),
            retry_after_seconds: self.retry_after().map(whole_seconds),
        }
    }
}

impl<T> Reply<T> {
    /// Returns what is known of the call, as a value to be stored.
    ///
    /// # Examples
    /// See [`Evidence`].
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence {
            operation: Some(self.operation().to_owned()),
            outcome: None,
            idempotency_key: self.idempotency_key(),
            object_id: object_id(self.body()),
            may_be_of_earlier_send: self.may_be_repeat(),
            http_status: Some(self.http_status()),
            error_code: None,
            error: None,
            request_id: self.request_id().map(str::to_owned),
            attempts: self.attempts(),
            is_retryable: false,
            retry_after_seconds: None,
        }
    }
}

/// Returns the time in seconds, and a part of one as a whole.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// Returns the id of the object that an answer is.
fn object_id(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Object {
        id: String,
    }
    twice(body, |body| serde_json::from_slice::<Object>(body)).ok().map(|object| object.id)
}
