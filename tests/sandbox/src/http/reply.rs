//! Replies as values: a body, or a refusal in the API's error shape.

use std::ops::Range;

use hyper::{Method, StatusCode, header};
use serde::Serialize;

use super::raw_response::WireFault;

/// The content type of nearly every body.
pub(crate) const JSON: &str = "application/json";

/// The initial capacity of a body, so that nearly none grows.
const USUAL_LENGTH: usize = 1024;

/// By how much a row of a list is longer than the first, so that the body of nearly no list grows twice.
const USUAL_DIFFERENCE: usize = 16;

/// The content type of plain text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// An answer, with what the transcript says about it.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(header::HeaderName, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Where the rows of a list are in the body, in their order.
    pub(crate) rows: Box<[Range<usize>]>,
    /// What happened, for the transcript, which replaces ids by stable names.
    pub(crate) note: String,
    /// What a fault did to the answer.
    pub(crate) fault: Option<Box<AppliedFault>>,
}

impl Reply {
    /// Builds a JSON answer; its fields are in the order of their declaration.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize, note: impl Into<String>) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_LENGTH);
        match serde_json::to_writer(&mut bytes, body) {
            Ok(()) => Self::bytes(status, JSON, bytes, note),
            Err(error) => Refusal::violation(format!("the answer could not be written: {error}")).into(),
        }
    }

    /// Builds a plain text answer, as real ones are where the document shows no body.
    pub(crate) fn text(status: StatusCode, text: &str, note: impl Into<String>) -> Self {
        Self::bytes(status, TEXT, text.as_bytes().to_vec(), note)
    }

    /// Builds an answer without a body.
    pub(crate) fn empty(status: StatusCode, note: impl Into<String>) -> Self {
        Self::bytes(status, JSON, Vec::new(), note)
    }

    /// Builds an answer of any content type.
    pub(crate) fn bytes(
        status: StatusCode,
        content_type: &'static str,
        body: Vec<u8>,
        note: impl Into<String>,
    ) -> Self {
        let (headers, rows) = (Vec::new(), Box::default());
        Self { status, headers, content_type, body, rows, note: note.into(), fault: None }
    }

    /// Builds the JSON answer of a list: a page that says whether the list goes on, or else a bare array.
    pub(crate) fn list<R: Serialize>(
        status: StatusCode,
        rows: impl IntoIterator<Item = R>,
        has_more: Option<bool>,
        note: impl Into<String>,
    ) -> Self {
        let rows = rows.into_iter();
        let (count, _) = rows.size_hint();
        let (mut body, mut places) =
            (Vec::with_capacity(USUAL_LENGTH), Vec::<Range<usize>>::with_capacity(count));
        body.extend_from_slice(if has_more.is_some() { b"{\"data\":[" } else { b"[" });
        for row in rows {
            if let [first] = places.as_slice() {
                // Rows of one list are about as long as each other.
                body.reserve(first.len().saturating_add(USUAL_DIFFERENCE).saturating_mul(count));
            }
            if !places.is_empty() {
                body.push(b',');
            }
            let start = body.len();
            if let Err(error) = serde_json::to_writer(&mut body, &row) {
                return Refusal::violation(format!("the answer could not be written: {error}")).into();
            }
            places.push(start..body.len());
        }
        body.extend_from_slice(match has_more {
            Some(true) => b"],\"has_more\":true}",
            Some(false) => b"],\"has_more\":false}",
            None => b"]",
        });
        Self { rows: places.into(), ..Self::bytes(status, JSON, body, note) }
    }
}

/// What a fault did to an answer.
#[derive(Clone, Debug)]
pub(crate) struct AppliedFault {
    /// What the transcript says about it.
    pub(crate) description: String,
    /// The fault below HTTP, if the answer is not sent as HTTP.
    pub(crate) wire: Option<WireFault>,
}

/// The error for a request that is not carried out; nothing has changed.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    /// Whether the answer shows the code.
    shows_code: bool,
    message: String,
    header: Option<(header::HeaderName, String)>,
}

impl Refusal {
    /// The request breaks the document, or a rule beyond it.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-input", message)
    }

    /// The wallet holds less than the payout needs.
    pub(crate) fn insufficient_funds(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "transaction-insufficient-funds", message)
    }

    /// The state of the object does not allow the request.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-transaction", message)
    }

    /// The idempotency key was used before, and the operation refuses repeats.
    pub(crate) fn known_key(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "invalid-transaction", message)
    }

    /// The request is well-formed and means nothing.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-input", message)
    }

    /// The same refusal, whose answer shows no code.
    pub(crate) fn without_code(self) -> Self {
        Self { shows_code: false, ..self }
    }

    /// Another request holds the resource.
    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "resource-busy", message)
    }

    /// The request has no credentials, or not the sandbox's.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
            .with(header::WWW_AUTHENTICATE, r#"Basic realm="dots-sandbox", charset="UTF-8""#)
    }

    /// The request is not allowed here at all.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// What the request names does not exist.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "no_such_resource", message)
    }

    /// The path exists, but not with this method.
    pub(crate) fn method(method: &Method, path: &str, allowed: String) -> Self {
        let message = format!("`{method}` is not an operation of `{path}`, which knows {allowed}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", message).with(header::ALLOW, allowed)
    }

    /// The body is larger than the limit. The connection closes, because the rest of the body is still arriving.
    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("the body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message).with(header::CONNECTION, "close")
    }

    /// The body does not have the content type that the operation takes.
    pub(crate) fn media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", message)
    }

    /// The operation exists, and the sandbox does not implement it.
    pub(crate) fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "not-played", message)
    }

    /// The sandbox itself would have broken the document.
    pub(crate) fn violation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "sandbox-violation", message)
    }

    /// The error code, as answers show it.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The error message.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, shows_code: true, message: message.into(), header: None }
    }

    fn with(mut self, name: header::HeaderName, value: impl Into<String>) -> Self {
        self.header = Some((name, value.into()));
        self
    }
}

/// The API's error shape.
#[derive(Serialize)]
struct ErrorBody<'r> {
    success: bool,
    message: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'r str>,
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let error_code = refusal.shows_code.then_some(refusal.code);
        let body = ErrorBody { success: false, message: &refusal.message, error_code };
        // Serializing three plain fields cannot fail; an empty body would still have the right status.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let note = match error_code {
            Some(code) => format!("{code}: {}", refusal.message),
            None => refusal.message,
        };
        let headers = refusal.header.into_iter().collect();
        Self { headers, ..Self::bytes(refusal.status, JSON, body, note) }
    }
}
