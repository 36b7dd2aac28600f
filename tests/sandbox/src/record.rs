//! What came in and what became of it, in the order in which it was decided.
//!
//! Everything is kept for as long as the sandbox lives.

use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use uuid::Uuid;

use crate::{check::Incoming, router::PREFIX};

/// A request as the sandbox received it, without the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// The method, in capitals.
    pub method: String,
    /// The path below `/api`, still encoded, without the query.
    pub path: String,
    /// The query without its question mark, still encoded.
    pub query: Option<String>,
    /// The headers, sorted by their lower-case names; `authorization` is left out.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there was none, and when it was too large to be read.
    pub body: String,
}

/// One request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: ReceivedRequest,
    pub(crate) key: Option<Uuid>,
    pub(crate) status: StatusCode,
    pub(crate) note: String,
}

impl ReceivedRequest {
    pub(crate) fn new(incoming: &Incoming) -> Self {
        Self {
            method: incoming.method.to_string(),
            path: incoming.path.strip_prefix(PREFIX).unwrap_or(&incoming.path).to_owned(),
            query: incoming.query.clone(),
            headers: headers(&incoming.headers),
            body: String::from_utf8_lossy(&incoming.body).into_owned(),
        }
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| *name != AUTHORIZATION)
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect();
    headers.sort();
    headers
}
