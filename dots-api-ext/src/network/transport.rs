//! The HTTP transport: one attempt over the network, hardened.

#[cfg(not(feature = "_tls"))]
#[path = "transport/no_tls.rs"]
mod tls;
#[cfg(feature = "_tls")]
mod tls;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dots_api::{Exchange, OperationMeta, Request, Response, Transport, TransportError};
use http::StatusCode;
use tokio::runtime::Id;
use url::{Position, Url};

use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind};
use crate::network::config::{Environment, is_loopback};
use crate::network::failure::{Reach, TransportFailure};
use crate::runtime::{self, Alarm};

#[cfg(all(feature = "outbox-postgres", feature = "_tls"))]
pub(crate) use tls::Tls;
#[cfg(not(all(feature = "outbox-postgres", feature = "_tls")))]
use tls::Tls;
use tls::TlsConfig;

/// How much of a success is read, in bytes.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// How much is read of the results of a batch, in bytes.
///
/// They come in one answer, without pages: 5,000 rows of some 350 bytes, each with its metadata, and on request with
/// the item as it was handed in, which has the metadata once more. That passes the limit of other answers, and a batch
/// whose results nobody can read is a batch of which nobody knows who was paid. This is 6.7 KB for each row.
const RESULTS_LIMIT: usize = 32 * 1024 * 1024;

/// The operation that the limit above is for.
const RESULTS: &str = "get_payout_batch_results";

/// How much of an error is read, in bytes.
const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection is kept that is not used: far less than servers keep theirs, so that no payout meets one that
/// is just being closed and ends in doubt for it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// How long an exchange may take whose request does not say.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Says that the time of an exchange is over.
const LATE: &str = "no complete answer came in time";

/// How many runtimes have connections of their own; a program has few.
const POOLS: usize = 16;

/// Holds the settings of the network.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    pub tls: Tls,
    pub ignores_proxies: bool,
}

/// Carries requests of one client.
///
/// A connection belongs to the runtime that drives it, so each runtime has a pool of its own.
pub(crate) struct HardenedTransport {
    base: Url,
    /// What the HTTP client of a runtime is made of.
    network: Network,
    tls: TlsConfig,
    pools: Mutex<Vec<(Id, reqwest::Client)>>,
}

impl HardenedTransport {
    /// Creates the transport of an environment.
    pub(crate) fn new(environment: &Environment, network: &Network) -> Result<Self, Error> {
        let base = Url::parse(environment.base_url()).map_err(|error| unusable(&error.to_string()))?;
        let tls = network.tls.config(base.scheme() == "https")?;
        let (network, pools) = (network.clone(), Mutex::default());
        let transport = Self { base, network, tls, pools };
        // A mistake in the settings shows when the client is made.
        transport.build()?;
        Ok(transport)
    }

    /// Builds an HTTP client with everything switched off that could send a request twice, elsewhere or without end.
    ///
    /// It has no timeout of its own: the engine's alarm reads an answer that has arrived before it asks for the time,
    /// which `reqwest` does not.
    fn build(&self) -> Result<reqwest::Client, Error> {
        let is_https = self.base.scheme() == "https";
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Another crate of the program may have turned these on; a small answer could then become an endless one.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .https_only(is_https)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(concat!("dots-api-ext/", env!("CARGO_PKG_VERSION")));
        if self.network.ignores_proxies {
            builder = builder.no_proxy();
        }
        if is_loopback(&self.base) {
            // A proxy that is set for the outside must not see what stays on this machine, and whoever answers for
            // names must not send it elsewhere.
            let here = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
            builder = builder.no_proxy().resolve_to_addrs("localhost", &here.map(|ip| (ip, 0).into()));
        }
        let builder = self.tls.set_up(builder);
        builder.build().map_err(|error| unusable(&error.without_url().to_string()))
    }

    /// Returns the HTTP client of the runtime that this is called in.
    fn pool(&self) -> Result<reqwest::Client, TransportFailure> {
        let Some((id, _)) = runtime::current() else {
            return Err(failure(Reach::Nowhere, ErrorKind::Settings, "there is no tokio runtime here", None));
        };
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, http)) = pools.iter().find(|(of, _)| *of == id) {
            return Ok(http.clone());
        }
        let http = self.build().map_err(|error| {
            let source: TransportError = Box::new(error);
            TransportFailure {
                reach: Reach::Nowhere,
                kind: ErrorKind::Settings,
                what: "no http client could be made",
                source: Some(source),
                begun: None,
            }
        })?;
        // The runtime that was used least lately goes; its calls that are under way keep their client.
        pools.insert(0, (id, http.clone()));
        pools.truncate(POOLS);
        Ok(http)
    }

    /// Makes the request that goes out.
    fn outgoing(&self, request: Request) -> Result<reqwest::Request, TransportFailure> {
        if !is_address_of(&self.base, request.operation, &request.url) {
            return Err(failure(
                Reach::Nowhere,
                ErrorKind::InvalidInput,
                "the address is not the operation's",
                None,
            ));
        }
        let mut outgoing = reqwest::Request::new(request.operation.method.clone(), request.url);
        *outgoing.headers_mut() = request.headers;
        *outgoing.body_mut() = request.body.map(reqwest::Body::from);
        Ok(outgoing)
    }
}

impl fmt::Debug for HardenedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HardenedTransport").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Transport for HardenedTransport {
    fn send(&self, request: Request) -> Exchange<'_> {
        let (operation, timeout) = (request.operation, request.timeout.unwrap_or(TIMEOUT));
        let pending = self.outgoing(request).and_then(|outgoing| Ok(self.pool()?.execute(outgoing)));
        Box::pin(async move {
            let pending = pending?;
            if !operation.method.is_safe() {
                listen().await;
            }
            let alarm: Alarm<'_> = Box::pin(tokio::time::sleep(timeout));
            let mut deadline = Deadline::new(alarm);
            let head = deadline.within(pending).await;
            let head = head.ok_or_else(|| failure(Reach::Perhaps, ErrorKind::Timeout, LATE, None))?;
            let mut answer = head.map_err(of_request)?;
            let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
            match read_body(answer, operation, status, &mut deadline).await {
                Ok(value) => Ok(Response::new(status, headers, value)),
                Err(Cut { body, kind, what, source }) => {
                    let begun = Some(Box::new(Response::new(status, headers, body.into())));
                    Err(TransportFailure { begun, ..failure(Reach::Perhaps, kind, what, source) }.into())
                }
            }
        })
    }
}

/// Hears what has happened to the connections while their runtime was not driven.
///
/// The first turn of the runtime hears which of them the server has closed, and the second drops those. Without, a
/// payout could go into a closed connection and end in doubt.
async fn listen() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}

fn unusable(what: &str) -> Error {
    Error::settings(format!("could not build the http client: {what}"))
}

/// What was read of a body that could not be read to its end.
struct Cut {
    body: Vec<u8>,
    kind: ErrorKind,
    what: &'static str,
    source: Option<reqwest::Error>,
}

/// Reads a body up to its limit, as it arrives; of one that is longer, what fits is kept.
async fn read_body(
    mut answer: reqwest::Response,
    operation: &OperationMeta,
    status: StatusCode,
    deadline: &mut Deadline<Alarm<'_>>,
) -> Result<Bytes, Cut> {
    let limit = match status.is_success() {
        true if operation.id == RESULTS => RESULTS_LIMIT,
        true => BODY_LIMIT,
        false => ERROR_BODY_LIMIT,
    };
    let announced = answer.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    let mut body = Vec::new();
    loop {
        let mut piece = match deadline.within(answer.chunk()).await {
            None => return Err(Cut { body, kind: ErrorKind::Timeout, what: LATE, source: None }),
            Some(Ok(Some(piece))) => piece,
            Some(Ok(None)) => return Ok(body.into()),
            Some(Err(error)) => {
                let (kind, what) = (ErrorKind::ConnectionLost, "the answer was cut off");
                return Err(Cut { body, kind, what, source: Some(error) });
            }
        };
        let room = limit.saturating_sub(body.len());
        // Most answers come in one piece, which needs no copy.
        if piece.len() == announced && piece.len() <= room && body.is_empty() {
            return Ok(piece);
        }
        let is_too_long = piece.len() > room;
        piece.truncate(room);
        make_room(&mut body, piece.len(), announced, limit);
        body.extend_from_slice(&piece);
        if is_too_long {
            let (kind, what) = (ErrorKind::Unreadable, "the answer is longer than this client reads");
            return Err(Cut { body, kind, what, source: None });
        }
    }
}

/// Makes room for a piece of a body: for all that was announced, or else for eight times what was there, and for no
/// more than the limit. A buffer that doubles by itself holds three times the limit while it is copied for the last
/// time.
fn make_room(body: &mut Vec<u8>, piece: usize, announced: usize, limit: usize) {
    let needed = body.len().saturating_add(piece);
    if needed > body.capacity() {
        let unannounced = || body.capacity().saturating_mul(8).max(ERROR_BODY_LIMIT);
        let wanted = if announced >= needed { announced } else { unannounced() };
        body.reserve_exact(wanted.min(limit).max(needed).saturating_sub(body.len()));
    }
}

/// Says whether a URL is the one that the operation's template describes, segment by segment.
///
/// The raw client checks the ids that it puts into paths; this is the second lock on the same door.
fn is_address_of(base: &Url, operation: &OperationMeta, url: &Url) -> bool {
    // The base carries no user name and no password, so neither does a URL that begins alike.
    let same_origin = base[..Position::BeforePath] == url[..Position::BeforePath];
    let path = url.path().strip_prefix(base.path().trim_end_matches('/'));
    same_origin && path.is_some_and(|path| path == operation.path || fills(operation.path, path))
}

/// Says whether a path is a template with something in each of its places.
fn fills(template: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => break true,
            (Some(place), Some(segment)) if place.starts_with('{') && !segment.is_empty() => {}
            (Some(name), Some(segment)) if name == segment => {}
            _ => break false,
        }
    }
}

/// Says how far a request came that ended in an error of the HTTP client.
///
/// Only an error in building the request or opening the connection proves that nothing left.
fn of_request(error: reqwest::Error) -> TransportFailure {
    let (reach, kind, what) = match (error.is_builder(), error.is_connect(), error.is_timeout()) {
        (true, _, _) => (Reach::Nowhere, ErrorKind::InvalidInput, "the request cannot be built"),
        (false, true, _) if tls::is_at_fault(&error) => {
            (Reach::NoConnection, ErrorKind::Tls, "could not connect")
        }
        (false, true, _) => (Reach::NoConnection, ErrorKind::Connect, "could not connect"),
        (false, false, true) => (Reach::Perhaps, ErrorKind::Timeout, "no answer came in time"),
        (false, false, false) => {
            (Reach::Perhaps, ErrorKind::ConnectionLost, "the connection broke before the answer")
        }
    };
    failure(reach, kind, what, Some(error))
}

/// Takes the address out of the error, which may name people in its query.
fn failure(
    reach: Reach,
    kind: ErrorKind,
    what: &'static str,
    source: Option<reqwest::Error>,
) -> TransportFailure {
    TransportFailure {
        reach,
        kind,
        what,
        source: source.map(|error| error.without_url().into()),
        begun: None,
    }
}

#[cfg(all(test, feature = "all-tags"))]
mod tests {
    use dots_api::{GetOrganization, GetUser, Operation};

    use super::{Url, is_address_of};

    /// Says whether `url` is an address of an operation below `https://dots.example/api`.
    fn is_of<O: Operation>(url: &str) -> bool {
        let parsed = |text: &str| Url::parse(text).ok();
        let base = parsed("https://dots.example/api");
        base.zip(parsed(url)).is_some_and(|(base, url)| is_address_of(&base, O::META, &url))
    }

    #[test]
    fn the_address_of_an_operation_is_its_template_below_the_base() {
        assert!(is_of::<GetUser>("https://dots.example/api/v2/users/u1"));
        assert!(is_of::<GetUser>("https://dots.example:443/api/v2/users/%2e%2eu1?limit=1"));
        assert!(is_of::<GetOrganization>(&format!("https://dots.example/api{}", GetOrganization::META.path)));
    }

    #[test]
    fn no_other_place_is_the_address_of_an_operation() {
        for url in [
            "https://dots.example/api/v2/users/..",
            r"https://dots.example/api/v2/users/a\..\b\c",
            "https://dots.example/api/v2/users/",
            "https://dots.example/api/v2/users//",
            "https://dots.example/api/v2/users",
            "https://dots.example/api/v2/users/u1/",
            "https://dots.example/api/v2/users/u1/flow",
            "https://dots.example/api/v2/transfers/u1",
            "https://dots.example/v2/users/u1",
            "https://dots.example/apis/v2/users/u1",
            "http://dots.example/api/v2/users/u1",
            "https://dots.example:444/api/v2/users/u1",
            "https://dots.example.org/api/v2/users/u1",
            "https://jo@dots.example/api/v2/users/u1",
            "https://jo:doe@dots.example/api/v2/users/u1",
        ] {
            assert!(!is_of::<GetUser>(url), "{url}");
        }
    }
}
