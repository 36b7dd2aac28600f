//! HTTP responses, and the error of a transport that returned none.

use std::fmt::{self, Debug};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// The error of a transport, kept as the `source()` of [`ClientError::Transport`](crate::ClientError::Transport).
pub type TransportError = Box<dyn std::error::Error + Send + Sync>;

/// An answer of Dots: status, headers and parsed body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The parsed body.
    pub value: T,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The raw body that `value` was parsed from.
    pub body: Bytes,
}

impl<T> Response<T> {
    /// Creates an answer; for implementations of [`Transport`](crate::Transport).
    #[must_use]
    pub const fn new(status: StatusCode, headers: HeaderMap, value: T) -> Self {
        Self { value, status, headers, body: Bytes::new() }
    }

    /// Makes another value of this one; the rest stays.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Response<U> {
        let Self { value, status, headers, body } = self;
        Response { value: make(value), status, headers, body }
    }
}

impl<T> Debug for Response<T> {
    /// Shows the status only, since a body may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status.as_u16()).finish_non_exhaustive()
    }
}
