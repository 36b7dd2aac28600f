//! The error type of the raw client.

use std::fmt;

use bytes::Bytes;
use serde::de::Error as _;
use serde_json::Value;

use crate::read_again::twice;
use crate::{ApiError, OperationMeta, Response, TransportError};

/// The error of a call: how far it came and what stopped it.
///
/// Neither `Debug` nor `Display` shows a body, a query or a header, which may hold personal data.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The base URL of the client cannot be used.
    InvalidBaseUrl {
        /// The reason.
        why: String,
    },
    /// The operation cannot be turned into a valid request; nothing was sent.
    InvalidRequest {
        /// The operation that was not sent.
        operation: &'static OperationMeta,
        /// The reason.
        why: String,
    },
    /// The transport returned no complete answer; Dots may have carried out the operation.
    Transport {
        /// The operation that was sent.
        operation: &'static OperationMeta,
        /// The error of the transport.
        source: TransportError,
    },
    /// The answer's status is not a success.
    Refused {
        /// The operation that was sent.
        operation: &'static OperationMeta,
        /// The answer, as bytes.
        response: Box<Response<Bytes>>,
        /// The answer in the API's error format, if it has that format.
        error: Option<Box<ApiError>>,
    },
    /// The answer is a success that cannot be read; Dots has probably carried out the operation.
    Unreadable {
        /// The operation that was sent.
        operation: &'static OperationMeta,
        /// The answer, as bytes.
        response: Box<Response<Bytes>>,
        /// The error of the parser.
        source: serde_json::Error,
    },
}

impl ClientError {
    pub(crate) fn invalid_request(operation: &'static OperationMeta, why: String) -> Self {
        Self::InvalidRequest { operation, why }
    }

    pub(crate) fn refused(operation: &'static OperationMeta, response: Response<Bytes>) -> Self {
        let error = api_error(&response.value).map(Box::new);
        Self::Refused { operation, response: Box::new(response), error }
    }
}

/// Parses an error of the API: an object with at least one of the fields of such an error.
///
/// Each field is read by itself, so that one of another type than documented does not lose the others. What is no text
/// where a text is documented is kept as JSON.
#[must_use]
pub fn api_error(body: &[u8]) -> Option<ApiError> {
    let answer = twice(body, value).ok()?;
    let fields = answer.as_object()?;
    let text = |name: &str| match fields.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let (error, error_code, message) = (text("error"), text("error_code"), text("message"));
    let success = fields.get("success").and_then(Value::as_bool);
    let says_something = error.is_some() || error_code.is_some() || message.is_some() || success.is_some();
    says_something.then_some(ApiError { error, error_code, message, success })
}

/// Reads JSON through [`str::parse`], which `serde_json` brings compiled.
fn value(json: &[u8]) -> serde_json::Result<Value> {
    std::str::from_utf8(json).map_err(serde_json::Error::custom)?.parse()
}

impl fmt::Display for ClientError {
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

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport { source, .. } => Some(source.as_ref()),
            Self::Unreadable { source, .. } => Some(source),
            Self::InvalidBaseUrl { .. } | Self::InvalidRequest { .. } | Self::Refused { .. } => None,
        }
    }
}
