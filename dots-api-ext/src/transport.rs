//! One attempt over the network, with everything switched off that could send it twice, elsewhere or without end.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dots_api::{Exchange, OperationMeta, Request, Response, Transport};
use http::StatusCode;
use url::Url;

use crate::config::Environment;
use crate::error::Error;

/// How much of a success is read, in bytes.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// How much of an error is read, in bytes.
const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an exchange may take, unless the client says otherwise: longer than a payout takes at Dots.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// Carries requests of one client.
#[derive(Debug)]
pub(crate) struct HardenedTransport {
    http: reqwest::Client,
    base: Url,
}

/// Says why no complete answer came, and how far the request can have come.
#[derive(Debug)]
pub(crate) struct Failure {
    pub reach: Reach,
    pub what: &'static str,
    pub source: Option<reqwest::Error>,
    /// The status and what was read of the body, if the answer had begun.
    pub begun: Option<(StatusCode, Bytes)>,
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

impl HardenedTransport {
    /// Builds the HTTP client.
    pub(crate) fn new(environment: &Environment) -> Result<Self, Error> {
        let unusable = |what: String| Error::not_sent(format!("could not build the http client: {what}"));
        let base = Url::parse(environment.base_url()).map_err(|error| unusable(error.to_string()))?;
        let tls = cfg!(any(feature = "rustls-ring", feature = "rustls-aws-lc-rs"));
        if base.scheme() == "https" && !tls {
            return Err(unusable("`https` needs the feature `rustls-ring` or `rustls-aws-lc-rs`".to_owned()));
        }
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(base.scheme() == "https")
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent(concat!("dots-api-ext/", env!("CARGO_PKG_VERSION")));
        if environment.is_loopback() {
            // A proxy that is set for the outside must not see what stays on this machine.
            builder = builder.no_proxy();
        }
        #[cfg(any(feature = "rustls-ring", feature = "rustls-aws-lc-rs"))]
        {
            builder = builder.tls_backend_preconfigured(tls_config()?);
        }
        let http = builder.build().map_err(|error| unusable(error.without_url().to_string()))?;
        Ok(Self { http, base })
    }

    async fn attempt(&self, request: Request) -> Result<Response<Bytes>, Failure> {
        if !is_address_of(&self.base, request.operation, &request.url) {
            return Err(Failure::new(Reach::Nowhere, "the address is not the operation's", None));
        }
        let mut outgoing = reqwest::Request::new(request.operation.method.clone(), request.url);
        *outgoing.headers_mut() = request.headers;
        *outgoing.body_mut() = request.body.map(reqwest::Body::from);
        *outgoing.timeout_mut() = request.timeout;
        let answer = self.http.execute(outgoing).await.map_err(Failure::of_request)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let value = read_body(answer, status).await?;
        Ok(Response::new(status, headers, value))
    }
}

impl Transport for HardenedTransport {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move { Ok(self.attempt(request).await?) })
    }
}

/// Reads a body up to its limit, as it arrives.
async fn read_body(mut answer: reqwest::Response, status: StatusCode) -> Result<Bytes, Failure> {
    let limit = if status.is_success() { BODY_LIMIT } else { ERROR_BODY_LIMIT };
    let too_long =
        |body: BytesMut| Failure::after(status, body, "the answer is longer than this client reads", None);
    let announced = answer.content_length().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced.is_some_and(|length| length > limit) {
        return Err(too_long(BytesMut::new()));
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or_default());
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(too_long(body)),
            Ok(Some(chunk)) if body.is_empty() && announced == Some(chunk.len()) => return Ok(chunk),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body.freeze()),
            Err(error) => return Err(Failure::after(status, body, "the answer was cut off", Some(error))),
        }
    }
}

/// Says whether a URL is the one that the operation's template describes, segment by segment.
///
/// The raw client checks the ids that it puts into paths; this is the second lock on the same door.
fn is_address_of(base: &Url, operation: &OperationMeta, url: &Url) -> bool {
    let same_origin = base.origin() == url.origin() && url.username().is_empty() && url.password().is_none();
    let Some(path) = url.path().strip_prefix(base.path().trim_end_matches('/')) else { return false };
    let (mut wanted, mut found) = (operation.path.split('/'), path.split('/'));
    same_origin
        && loop {
            match (wanted.next(), found.next()) {
                (None, None) => break true,
                (Some(template), Some(segment)) if template.starts_with('{') && !segment.is_empty() => {}
                (Some(template), Some(segment)) if template == segment => {}
                _ => break false,
            }
        }
}

/// TLS by rustls, with the platform's certificate store and no choice left to the process.
#[cfg(any(feature = "rustls-ring", feature = "rustls-aws-lc-rs"))]
fn tls_config() -> Result<rustls::ClientConfig, Error> {
    #[cfg(feature = "rustls-ring")]
    let provider = rustls::crypto::ring::default_provider();
    #[cfg(all(feature = "rustls-aws-lc-rs", not(feature = "rustls-ring")))]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(provider))
        .with_safe_default_protocol_versions()
        .and_then(rustls_platform_verifier::BuilderVerifierExt::with_platform_verifier)
        .map(rustls::ConfigBuilder::<rustls::ClientConfig, _>::with_no_client_auth)
        .map_err(|error| Error::not_sent("could not set up tls").because(error))
}

impl Failure {
    fn new(reach: Reach, what: &'static str, source: Option<reqwest::Error>) -> Self {
        Self { reach, what, source: source.map(reqwest::Error::without_url), begun: None }
    }

    fn after(status: StatusCode, body: BytesMut, what: &'static str, source: Option<reqwest::Error>) -> Self {
        Self { begun: Some((status, body.freeze())), ..Self::new(Reach::Perhaps, what, source) }
    }

    /// Only an error in building the request or opening the connection proves that nothing left.
    fn of_request(error: reqwest::Error) -> Self {
        let (reach, what) = match (error.is_builder(), error.is_connect(), error.is_timeout()) {
            (true, _, _) => (Reach::Nowhere, "the request cannot be built"),
            (false, true, _) => (Reach::NoConnection, "could not connect"),
            (false, false, true) => (Reach::Perhaps, "no answer came in time"),
            (false, false, false) => (Reach::Perhaps, "the connection broke before the answer"),
        };
        Self::new(reach, what, Some(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
