//! The HTTP request of an operation, as it goes over the wire.

use std::fmt::{self, Debug, Display};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use url::Url;

use crate::{ClientError, IdempotencyKey, OperationMeta};

/// The characters that RFC 3986 allows unescaped in a path segment; all others are escaped.
const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The content type of all bodies but files.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An HTTP request for a [`Transport`](crate::Transport) to send.
///
/// The body is bytes, so that a retry can be byte-identical. `Debug` shows neither body nor query, which may hold
/// personal data.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The operation that the request is for, which names the method.
    pub operation: &'static OperationMeta,
    /// The full address, query included.
    pub url: Url,
    /// The headers; credentials are marked sensitive.
    pub headers: HeaderMap,
    /// The body, if the operation has one.
    pub body: Option<Bytes>,
    /// The timeout of the request, if the client sets one; otherwise the transport's default applies.
    pub timeout: Option<Duration>,
    /// The key under which Dots remembers the request, if its operation takes one.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The keys of the items of a batch.
    pub item_keys: Vec<IdempotencyKey>,
}

impl Request {
    /// Starts a request for `operation` below `base`, with `arguments` in the placeholders of its path template, in
    /// order.
    pub(crate) fn new(
        base: &Url,
        operation: &'static OperationMeta,
        arguments: &[&dyn Display],
    ) -> Result<Self, ClientError> {
        let mut url = base.clone();
        url.set_path(&filled_path(base.path(), operation, arguments)?);
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (body, timeout, idempotency_key, item_keys) = (None, None, None, Vec::new());
        Ok(Self { operation, url, headers, body, timeout, idempotency_key, item_keys })
    }

    /// Returns all keys by which Dots tells the request from another: its own and those of its items.
    pub fn keys(&self) -> impl Iterator<Item = &IdempotencyKey> {
        self.idempotency_key.iter().chain(&self.item_keys)
    }

    /// Adds the keys of its operation, which are noted when the request is sent.
    pub(crate) fn keyed(mut self, own: Option<IdempotencyKey>, items: Vec<IdempotencyKey>) -> Self {
        (self.idempotency_key, self.item_keys) = (own, items);
        self
    }

    /// Adds a query parameter.
    #[allow(dead_code, reason = "the document decides what stands in a query")]
    pub(crate) fn required(mut self, name: &str, value: &dyn Display) -> Self {
        self.url.query_pairs_mut().append_pair(name, &value.to_string());
        self
    }

    /// Adds a query parameter unless its value is absent.
    pub(crate) fn optional<T: Display>(self, name: &str, value: &Option<T>) -> Self {
        match value {
            Some(value) => self.required(name, value),
            None => self,
        }
    }

    /// Adds a query parameter for each element of a list, which may be absent.
    #[allow(dead_code, reason = "the document decides what stands in a query")]
    pub(crate) fn repeated<L: ListArgument>(self, name: &str, values: &L) -> Self {
        values.list().into_iter().flatten().fold(self, |request, value| request.required(name, value))
    }

    /// Adds one query parameter with commas between the elements of a list, unless the list is absent.
    #[allow(dead_code, reason = "the document decides what stands in a query")]
    pub(crate) fn joined<L: ListArgument>(self, name: &str, values: &L) -> Self {
        let texts = values.list().map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>());
        self.optional(name, &texts.map(|texts| texts.join(",")))
    }

    /// Sets a JSON body.
    pub(crate) fn json<T: Serialize>(self, body: &T) -> Result<Self, ClientError> {
        // Enough capacity for most bodies.
        let mut bytes = Vec::with_capacity(512);
        let written = serde_json::to_writer(&mut bytes, body);
        self.written(bytes, written)
    }

    /// Sets the JSON body that was written; apart from [`json`](Self::json), which is compiled for each type of body.
    fn written(self, body: Vec<u8>, written: serde_json::Result<()>) -> Result<Self, ClientError> {
        match written {
            Ok(()) => Ok(self.bytes(JSON, body.into())),
            Err(error) => {
                let why = format!("could not write the body: {error}");
                Err(ClientError::invalid_request(self.operation, why))
            }
        }
    }

    /// Sets a body of any type.
    pub(crate) fn bytes(mut self, content_type: HeaderValue, body: Bytes) -> Self {
        self.headers.insert(CONTENT_TYPE, content_type);
        self.body = Some(body);
        self
    }
}

/// A list in a query, which may be absent.
pub(crate) trait ListArgument {
    /// The type of its elements.
    type Item: Display;

    /// Returns the list, if there is one.
    #[allow(dead_code, reason = "the document decides what stands in a query")]
    fn list(&self) -> Option<&[Self::Item]>;
}

impl<T: Display> ListArgument for Vec<T> {
    type Item = T;

    fn list(&self) -> Option<&[T]> {
        Some(self)
    }
}

impl<T: Display> ListArgument for Option<Vec<T>> {
    type Item = T;

    fn list(&self) -> Option<&[T]> {
        self.as_deref()
    }
}

impl Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation.id)
            .field("method", &self.operation.method.as_str())
            .field("path", &self.operation.path)
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// Fills the arguments into the template.
///
/// An argument that would escape its segment (`..`, `a\..\b`, an empty id) is refused here, before anything is sent:
/// URL parsers resolve dots and turn `\` into `/`, and the request would reach another operation (path traversal).
fn filled_path(
    base: &str,
    operation: &'static OperationMeta,
    arguments: &[&dyn Display],
) -> Result<String, ClientError> {
    let base = base.trim_end_matches('/');
    if !operation.path.contains('{') {
        return Ok([base, operation.path].concat());
    }
    let mut path = base.to_owned();
    let mut arguments = arguments.iter();
    for segment in operation.path.split('/').skip(1) {
        path.push('/');
        let mut rest = segment;
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        {
            path.push_str(before);
            rest = after;
            let argument = arguments.next().map(ToString::to_string).unwrap_or_default();
            if !stays_in_its_segment(&argument) {
                let what = format!(
                    "`{name}` is not an id: `{}`",
                    argument.chars().take(64).collect::<String>().escape_debug()
                );
                return Err(ClientError::invalid_request(operation, what));
            }
            path.extend(utf8_percent_encode(&argument, PATH_SEGMENT));
        }
        path.push_str(rest);
    }
    Ok(path)
}

fn stays_in_its_segment(argument: &str) -> bool {
    let dots_only = argument.chars().all(|c| c == '.');
    !dots_only
        && argument.len() <= 256
        && !argument.contains(['/', '\\', '%', '?', '#', ';'])
        && !argument.contains(char::is_control)
}
