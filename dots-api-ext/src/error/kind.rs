//! The kinds of failure: what went wrong, beside what it means for the money.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Says what went wrong, so that a program can answer its own caller.
///
/// A kind says nothing about the money: ask [`Error::outcome`](super::Error::outcome) first. Any kind may come with any
/// outcome, because an earlier attempt of the call counts as well. The last column is the status with which a service of
/// yours can answer its own caller.
///
/// | kind | what happened | answer |
/// |---|---|---|
/// | [InvalidInput](Self::InvalidInput) | a value was refused before anything was sent | 422 |
/// | [Settings](Self::Settings) | a setting, a credential's form or the runtime is wrong | 500 |
/// | [Connect](Self::Connect) | no connection was opened | 503 |
/// | [Tls](Self::Tls) | the server's certificate or its TLS was refused | 502 |
/// | [ConnectionLost](Self::ConnectionLost) | the connection broke before the whole answer | 502 |
/// | [Timeout](Self::Timeout) | no answer came in time | 504 |
/// | [RateLimited](Self::RateLimited) | Dots asks for patience | 503, with Retry-After |
/// | [Unavailable](Self::Unavailable) | Dots failed, or is held to be down | 503 |
/// | [Conflict](Self::Conflict) | something else exists or is in progress under the key | 409 |
/// | [NotFound](Self::NotFound) | Dots does not know the object | 404 |
/// | [Refused](Self::Refused) | Dots refused the call for what it asks | 422 |
/// | [Unauthorized](Self::Unauthorized) | Dots refused the API key, or what it may do | 500 |
/// | [KeyExpired](Self::KeyExpired) | Dots may have forgotten the idempotency key, so it was not sent again | 409 |
/// | [Unreadable](Self::Unreadable) | the answer cannot be read, or is not in Dots' form | 502 |
/// | [Unknown](Self::Unknown) | none of these | 500 |
///
/// `Display` and `serde` write them in snake case, such as `rate_limited`.
///
/// # Examples
/// A service answers its caller. A conflict comes first, since another payment has the key; then an unknown outcome, since
/// its money may have moved:
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = dots_sandbox::Sandbox::start().await?;
/// # let dots = dots_api_ext::Dots::builder()
/// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
/// #     .environment(sandbox.url().parse()?)
/// #     .build()?;
/// use dots_api_ext::http::StatusCode;
/// use dots_api_ext::{Cents, Error, ErrorKind, Payee};
///
/// fn status_of(error: &Error) -> StatusCode {
///     match error.kind() {
///         ErrorKind::Conflict => StatusCode::CONFLICT,
///         // Accepted: the payment is looked into, and must not be made anew.
///         _ if error.may_have_moved_money() => StatusCode::ACCEPTED,
///         ErrorKind::InvalidInput | ErrorKind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
///         ErrorKind::NotFound => StatusCode::NOT_FOUND,
///         ErrorKind::KeyExpired => StatusCode::CONFLICT,
///         ErrorKind::Connect | ErrorKind::RateLimited | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
///         ErrorKind::Tls | ErrorKind::ConnectionLost | ErrorKind::Unreadable => StatusCode::BAD_GATEWAY,
///         ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
///         _ => StatusCode::INTERNAL_SERVER_ERROR,
///     }
/// }
///
/// // What a handler returns: `?` takes the errors of calls and of values alike.
/// struct Failed(Error);
///
/// impl<E: Into<Error>> From<E> for Failed {
///     fn from(error: E) -> Self {
///         Self(error.into())
///     }
/// }
///
/// async fn pay(dots: &dots_api_ext::Dots, dollars: &str, phone: &str, invoice: &str) -> Result<(), Failed> {
///     let payout = dots.send_payout(Cents::from_dollars(dollars)?, Payee::e164(phone)?);
///     payout.reference(invoice).await?;
///     Ok(())
/// }
///
/// let status = async |dollars, phone| match pay(&dots, dollars, phone, "invoice-881").await {
///     Ok(()) => StatusCode::OK,
///     Err(Failed(error)) => status_of(&error),
/// };
/// assert_eq!(status("1,000.00", "+12025550139").await, StatusCode::UNPROCESSABLE_ENTITY);
/// assert_eq!(status("10.00", "2025550139").await, StatusCode::UNPROCESSABLE_ENTITY);
/// assert_eq!(status("10.00", "+12025550139").await, StatusCode::OK);
/// assert_eq!(status("11.00", "+12025550139").await, StatusCode::CONFLICT);
/// # assert_eq!(sandbox.paid("2025550139"), 1_000);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value was refused before anything was sent.
    InvalidInput,
    /// A setting, a credential's form or the runtime is wrong.
    Settings,
    /// No connection was opened.
    Connect,
    /// The server's certificate or its TLS was refused.
    Tls,
    /// The connection broke before the whole answer was there.
    ConnectionLost,
    /// No answer came in time.
    Timeout,
    /// Dots asks for patience.
    RateLimited,
    /// Dots failed, or is held to be down after it failed.
    Unavailable,
    /// Something else exists or is in progress under the key; see [`Error::existing`](super::Error::existing).
    Conflict,
    /// Dots does not know the object.
    NotFound,
    /// Dots refused the call for what it asks.
    Refused,
    /// Dots refused the API key, or what it may do.
    Unauthorized,
    /// Dots may have forgotten the idempotency key, so it was not sent again.
    KeyExpired,
    /// The answer cannot be read, or is not in Dots' form.
    Unreadable,
    /// None of the others.
    Unknown,
}

impl ErrorKind {
    /// Returns the kind in snake case, such as `rate_limited`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Settings => "settings",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::ConnectionLost => "connection_lost",
            Self::Timeout => "timeout",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Conflict => "conflict",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Unauthorized => "unauthorized",
            Self::KeyExpired => "key_expired",
            Self::Unreadable => "unreadable",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
