//! The `reqwest` transport. It is not available in WebAssembly, since an API key must not be used in a browser
//! ([overview/authentication]).
//!
//! [overview/authentication]: https://docs.dots.dev/overview/authentication

use std::sync::Arc;

use crate::{Client, ClientError, Exchange, Request, Response, Transport};

impl Client {
    /// Creates a client from a base URL and an HTTP client; in WebAssembly use
    /// [`with_transport`](Self::with_transport).
    ///
    /// # Errors
    /// Returns an error for the same base URLs as [`with_transport`](Self::with_transport).
    pub fn new(base_url: &str, http: reqwest::Client) -> Result<Self, ClientError> {
        Self::with_transport(base_url, Arc::new(http))
    }
}

impl Transport for reqwest::Client {
    fn send(&self, request: Request) -> Exchange<'_> {
        let mut outgoing = reqwest::Request::new(request.operation.method.clone(), request.url);
        *outgoing.headers_mut() = request.headers;
        *outgoing.body_mut() = request.body.map(reqwest::Body::from);
        *outgoing.timeout_mut() = request.timeout;
        let pending = self.execute(outgoing);
        Box::pin(async move {
            let mut answer = pending.await.map_err(reqwest::Error::without_url)?;
            let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
            let value = answer.bytes().await.map_err(reqwest::Error::without_url)?;
            Ok(Response::new(status, headers, value))
        })
    }
}
