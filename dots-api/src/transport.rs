//! The seam to the network: whatever can carry a [`Request`] to Dots and bring the answer's bytes back.

use std::fmt::Debug;
use std::pin::Pin;

use bytes::Bytes;

use crate::{Request, Response, TransportError};

/// The future of one exchange.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

/// Carries a request and brings back the whole answer.
///
/// `reqwest::Client` is one, but not in WebAssembly. `dots-api-ext` puts a hardened one in its place, tests one that
/// answers from memory.
pub trait Transport: Debug + Send + Sync {
    /// Sends the request once and reads the answer to its end.
    fn send(&self, request: Request) -> Exchange<'_>;
}
