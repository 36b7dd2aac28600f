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

/// Carries requests of one client.
#[derive(Debug)]
pub(crate) struct HardenedTransport {
    http: reqwest::Client,
    base: Url,
}

/// Says why no complete answer came, and whether the request can have left.
#[derive(Debug)]
pub(crate) struct Failure {
    pub sent: bool,
    pub status: Option<StatusCode>,
    pub what: &'static str,
    pub source: Option<reqwest::Error>,
}

impl HardenedTransport {
    /// Builds the HTTP client.
    pub(crate) fn new(environment: &Environment, timeout: Duration) -> Result<Self, Error> {
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
            .timeout(timeout)
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
            return Err(Failure::before("the address is not the operation's"));
        }
        let mut outgoing = reqwest::Request::new(request.operation.method.clone(), request.url);
        *outgoing.headers_mut() = request.headers;
        *outgoing.body_mut() = request.body.map(reqwest::Body::from);
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
    let too_long = || Failure::after(status, "the answer is longer than this client reads", None);
    if answer
        .content_length()
        .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit))
    {
        return Err(too_long());
    }
    let mut body = BytesMut::new();
    let cut = |error: reqwest::Error| Failure::after(status, "the answer was cut off", Some(error));
    while let Some(chunk) = answer.chunk().await.map_err(cut)? {
        if body.len() + chunk.len() > limit {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
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
    fn before(what: &'static str) -> Self {
        Self { sent: false, status: None, what, source: None }
    }

    fn after(status: StatusCode, what: &'static str, source: Option<reqwest::Error>) -> Self {
        Self { sent: true, status: Some(status), what, source: source.map(reqwest::Error::without_url) }
    }

    /// Only an error in building the request or opening the connection proves that nothing left.
    fn of_request(error: reqwest::Error) -> Self {
        let sent = !(error.is_connect() || error.is_builder());
        let what = match (sent, error.is_timeout()) {
            (false, _) => "could not connect",
            (true, true) => "no answer came in time",
            (true, false) => "the connection broke before the answer",
        };
        Self { sent, status: None, what, source: Some(error.without_url()) }
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
