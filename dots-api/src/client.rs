//! The raw client: a base URL, a transport and the headers that every request carries.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::key_record::Sender;
use crate::read_again::twice;
use crate::transport::{Exchange, Transport};
use crate::{ClientError, OperationMeta, Request, Response, TransportError, redact};

/// The optional request headers that the document declares, in lower case.
const DOCUMENTED_HEADERS: [&str; 2] = [APP_ID, "dots-user-ip"];

/// The header that names the app that an organization acts for.
const APP_ID: &str = "api-app-id";

/// Calls the operations of the API: one method per operation, one request per call.
///
/// It does not retry, does not interpret failures and does not limit how much it reads. Programs that move money should
/// use `dots-api-ext`, which does all three. Cloning is cheap.
///
/// # Examples
/// ```
/// # #[derive(Debug)]
/// # struct Memory;
/// # impl dots_api::Transport for Memory {
/// #     fn send(&self, _: dots_api::Request) -> dots_api::Exchange<'_> {
/// #         let body = r#"{"balance": 1000}"#.into();
/// #         Box::pin(async { Ok(dots_api::Response::new(http::StatusCode::OK, http::HeaderMap::new(), body)) })
/// #     }
/// # }
/// # #[cfg(not(feature = "organizations"))]
/// # fn main() {}
/// # #[cfg(feature = "organizations")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let transport = std::sync::Arc::new(Memory);
/// use dots_api::Client;
///
/// // The transport carries requests. With the feature `reqwest`, `Client::new` takes a `reqwest::Client`.
/// let credential = http::HeaderValue::from_static("Basic cGtfZGV2OnNrX2Rldg==");
/// let client = Client::with_transport("https://pls.senddotssandbox.com/api", transport)?
///     .with_header(http::header::AUTHORIZATION, credential);
/// let organization = client.get_organization().await?;
/// println!("{}", organization.value.balance.dollars());
/// # assert_eq!(organization.value.balance, dots_api::Cents::new(1_000));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    base: Arc<Url>,
    headers: Arc<HeaderMap>,
    timeout: Option<Duration>,
    transport: Arc<dyn Transport>,
    /// Where each key is noted that is sent; none where the owner of the client does that.
    record: Option<Sender>,
}

impl Client {
    /// Creates a client from a base URL, such as `https://pls.senddotssandbox.com/api`, and a transport.
    ///
    /// # Errors
    /// Returns an error when `base_url` is not an absolute HTTP URL, or carries a user name, a query or a fragment.
    pub fn with_transport(base_url: &str, transport: Arc<dyn Transport>) -> Result<Self, ClientError> {
        let refused = |why: &str| ClientError::InvalidBaseUrl { why: why.to_owned() };
        let base = Url::parse(base_url).map_err(|error| refused(&error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(refused("it must start with `https://` and name a host"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refused("it must not carry a user name or password"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refused("it must not carry a query or a fragment"));
        }
        let record = Some(Sender::to(&base));
        Ok(Self { base: Arc::new(base), headers: Arc::default(), timeout: None, transport, record })
    }

    /// Leaves it to the caller to note the keys that this client sends.
    #[doc(hidden)]
    #[must_use]
    pub fn without_key_record(mut self) -> Self {
        self.record = None;
        self
    }

    /// Returns a clone that adds this header to every request; `Debug` hides its value.
    ///
    /// A header that the document declares for some operations only, such as `Dots-User-IP`, is sent to those alone.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        if let (APP_ID, Ok(app)) = (name.as_str(), value.to_str()) {
            self.record = self.record.map(|record| record.for_app(app));
        }
        Arc::make_mut(&mut self.headers).insert(name, value);
        self
    }

    /// Returns a clone with this timeout for each request, from connecting to the last byte of the answer.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Returns the base URL.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.base
    }

    /// Starts building the request of an operation; `arguments` fill its path template in order.
    pub(crate) fn request(
        &self,
        operation: &'static OperationMeta,
        arguments: &[&dyn Display],
    ) -> Result<Request, ClientError> {
        Request::new(&self.base, operation, arguments)
    }

    /// Sends a request once, and reads the answer with `read`.
    ///
    /// # Errors
    /// Returns the error that the request is; and an error when no complete answer came back, when the answer is not a
    /// success, and when it cannot be read.
    pub fn fetch<T>(
        &self,
        request: Result<Request, ClientError>,
        read: fn(&[u8]) -> Result<T, serde_json::Error>,
    ) -> impl Future<Output = Result<Response<T>, ClientError>> + Send + use<'_, T> {
        // Before anything waits: a future that holds no request is small to move.
        let exchange = request.map(|request| (request.operation, self.exchange(request)));
        async move {
            let (operation, exchange) = exchange?;
            let answer = success(operation, exchange.await)?;
            match twice(&answer.value, read) {
                Ok(value) => {
                    Ok(Response { value, status: answer.status, headers: answer.headers, body: answer.value })
                }
                Err(source) => {
                    let source = redact::unreadable(&source);
                    Err(ClientError::Unreadable { operation, response: Box::new(answer), source })
                }
            }
        }
    }

    /// Notes the keys of a request and hands it to the transport.
    fn exchange(&self, mut request: Request) -> Exchange<'_> {
        let operation = request.operation;
        let undocumented =
            |name: &HeaderName| DOCUMENTED_HEADERS.contains(&name.as_str()) && !operation.takes_header(name);
        for (name, value) in self.headers.iter().filter(|(name, _)| !undocumented(name)) {
            request.headers.insert(name, value.clone());
        }
        request.timeout = self.timeout;
        if let Some(record) = self.record {
            request.keys().for_each(|key| record.note_sent(key, operation.id));
        }
        self.transport.send(request)
    }
}

/// Turns a status other than success into an error.
fn success(
    operation: &'static OperationMeta,
    outcome: Result<Response<Bytes>, TransportError>,
) -> Result<Response<Bytes>, ClientError> {
    let answer = outcome.map_err(|source| ClientError::Transport { operation, source })?;
    if answer.status.is_success() { Ok(answer) } else { Err(ClientError::refused(operation, answer)) }
}
