//! The transport trait: sends a [`Request`] to Dots and returns the raw answer.

use std::fmt::Debug;
use std::pin::Pin;

use bytes::Bytes;

use crate::{Request, Response, TransportError};

/// The future of one request and its answer.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

/// Sends a request **at most once** and returns the whole answer.
///
/// An implementation retries nothing, follows no redirect and keeps no copy of the request: the layers above decide
/// whether to retry, from what they know of the key and of the time. One that sends a request a second time may pay
/// twice.
///
/// `reqwest::Client` implements it, except in WebAssembly. `dots-api-ext` uses a hardened implementation, and tests use
/// one that answers from memory.
pub trait Transport: Debug + Send + Sync {
    /// Sends the request once and reads the answer to its end.
    fn send(&self, request: Request) -> Exchange<'_>;
}
