//! Why a call did not give what its operation promises.

use std::fmt;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::read_again::twice;
use crate::{ApiError, OperationMeta, Response, TransportError};

/// Says how far a call came and what stopped it.
///
/// Neither `Debug` nor `Display` shows a body, a query or a header: they may name people.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The base URL of the client cannot be used.
    InvalidBaseUrl {
        /// What is wrong with it.
        why: String,
    },
    /// The operation makes no valid request; nothing was sent.
    InvalidRequest {
        /// The operation that was to be sent.
        operation: &'static OperationMeta,
        /// What is wrong with it.
        why: String,
    },
    /// The transport brought no complete answer; Dots may have carried the operation out.
    Transport {
        /// The operation that was sent.
        operation: &'static OperationMeta,
        /// What the transport says.
        source: TransportError,
    },
    /// The answer's status is not a success.
    Refused {
        /// The operation that was sent.
        operation: &'static OperationMeta,
        /// The answer, as bytes.
        response: Box<Response<Bytes>>,
        /// The answer in the API's error shape, where it has that shape.
        error: Option<Box<ApiError>>,
    },
    /// The answer is a success that cannot be read; Dots has probably carried the operation out.
    Unreadable {
        /// The operation that was sent.
        operation: &'static OperationMeta,
        /// The answer, as bytes.
        response: Box<Response<Bytes>>,
        /// Where reading it stopped.
        source: serde_json::Error,
    },
}

impl Error {
    pub(crate) fn invalid_request(operation: &'static OperationMeta, why: String) -> Self {
        Self::InvalidRequest { operation, why }
    }

    pub(crate) fn refused(operation: &'static OperationMeta, response: Response<Bytes>) -> Self {
        let error = api_error(&response.value).map(Box::new);
        Self::Refused { operation, response: Box::new(response), error }
    }
}

/// Reads an error of the API: an object that says at least one of the things that such an error says.
///
/// Each field is read by itself, so that one of another type than documented does not lose the others. What is no text
/// where a text is documented is kept as JSON.
#[must_use]
pub fn api_error(body: &[u8]) -> Option<ApiError> {
    let mut fields: Map<String, Value> = twice(body, |json| serde_json::from_slice(json)).ok()?;
    let mut text = |name: &str| match fields.remove(name)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    let (error, error_code, message) = (text("error"), text("error_code"), text("message"));
    let success = fields.get("success").and_then(Value::as_bool);
    let says_something = error.is_some() || error_code.is_some() || message.is_some() || success.is_some();
    says_something.then_some(ApiError { error, error_code, message, success })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidBaseUrl { why } => write!(f, "could not use the base url: {why}"),
            Self::InvalidRequest { operation, why } => write!(f, "could not send `{}`: {why}", operation.id),
            Self::Transport { operation, .. } => {
                write!(f, "no complete answer to `{}` came back", operation.id)
            }
            Self::Refused { operation, response, .. } => {
                write!(f, "`{}` was answered with status {}", operation.id, response.status.as_u16())
            }
            Self::Unreadable { operation, response, .. } => {
                write!(
                    f,
                    "the answer to `{}` with status {} could not be read",
                    operation.id,
                    response.status.as_u16()
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport { source, .. } => Some(source.as_ref()),
            Self::Unreadable { source, .. } => Some(source),
            Self::InvalidBaseUrl { .. } | Self::InvalidRequest { .. } | Self::Refused { .. } => None,
        }
    }
}
