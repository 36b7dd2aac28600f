//! HTTP responses, and the errors of transports that bring none.

use std::fmt::{self, Debug};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// An error of a transport, kept whole as the `source()` of [`Error::Transport`](crate::Error::Transport).
pub type TransportError = Box<dyn std::error::Error + Send + Sync>;

/// Holds an answer of Dots: its status, its headers and what its body says.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The body, read.
    pub value: T,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came, where `value` was read from it.
    pub body: Bytes,
}

impl<T> Response<T> {
    /// Puts an answer together, as a [`Transport`] does.
    #[must_use]
    pub const fn new(status: StatusCode, headers: HeaderMap, value: T) -> Self {
        Self { value, status, headers, body: Bytes::new() }
    }
}

impl<T> Debug for Response<T> {
    /// Shows the status only: bodies name people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status.as_u16()).finish_non_exhaustive()
    }
}
