//! How far a request came that brought back no complete answer.
#![cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "no transport of ours is there to fail"))]

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use dots_api::{Response, TransportError};

use crate::error::ErrorKind;

/// Says why no complete answer came, and how far the request can have come.
#[derive(Debug)]
pub(crate) struct TransportFailure {
    pub reach: Reach,
    pub kind: ErrorKind,
    pub what: &'static str,
    pub source: Option<TransportError>,
    /// The answer with what was read of its body, if it had begun.
    pub begun: Option<Box<Response<Bytes>>>,
}

/// Says how far a request can have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It was not even tried.
    Nowhere,
    /// No connection was opened.
    NoConnection,
    /// It may have arrived.
    Perhaps,
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl Error for TransportFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn Error + 'static))
    }
}
