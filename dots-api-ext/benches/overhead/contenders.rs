//! The same two calls, made in several ways: a payout, and a list of transfers, a page of a hundred at a time.
//!
//! All of them send the same bytes, with a fresh key in each payout, and read answers into the same types, so that what
//! differs is what each does around that.

use std::time::Duration;

use dots_api::{Client, ListTransfers, PayoutLink, PhonePayee, SendPayout, SendPayoutRequest, TransferPage};
use dots_api_ext::{Cents, Dots, Environment, Payee};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

use crate::served::ROWS;

const CREDENTIAL: HeaderValue = HeaderValue::from_static("Basic cGtfZGV2X3NhbmRib3g6c2tfZGV2X3NhbmRib3g=");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const AGENT: &str = "dots-api-ext/0.1.0";
const PAYOUT: &str = "/v2/payouts/send-payout";
const TRANSFERS: &str = "/v2/transfers?limit=100";

/// The names of those that send payouts.
pub(crate) const PAYERS: [&str; 5] = ["hyper", "reqwest", "dots-api", "run", "send_payout"];

/// The names of those that read lists.
pub(crate) const READERS: [&str; 6] = ["hyper", "reqwest", "dots-api", "run", "pages", "items"];

/// The contender that the others are compared with.
pub(crate) const BASELINE: &str = "reqwest";

/// One way to make the calls.
pub(crate) enum Contender {
    /// hyper-util's client, with nothing around it.
    Hyper { http: legacy::Client<HttpConnector, Full<Bytes>>, base: String },
    /// What a careful person would write with reqwest.
    Reqwest { http: reqwest::Client, base: String },
    /// The raw client.
    Raw(Client),
    /// `Dots::run`.
    Run(Dots),
    /// `Dots::send_payout`.
    Sugar(Dots),
    /// `Dots::list` by `pages`.
    Pages(Dots),
    /// `Dots::list` by `items`.
    Items(Dots),
}

impl Contender {
    /// Makes the contender of that name.
    pub(crate) fn new(name: &str, url: &str) -> Self {
        match name {
            "hyper" => {
                let mut connector = HttpConnector::new();
                connector.set_nodelay(true);
                let http = legacy::Client::builder(TokioExecutor::new()).build(connector);
                Self::Hyper { http, base: url.to_owned() }
            }
            "reqwest" => Self::Reqwest { http: reqwest_client(), base: url.to_owned() },
            "dots-api" => {
                let client = Client::new(url, reqwest_client()).expect("a good address");
                Self::Raw(client.with_header(AUTHORIZATION, CREDENTIAL))
            }
            "run" => Self::Run(dots(url)),
            "send_payout" => Self::Sugar(dots(url)),
            "pages" => Self::Pages(dots(url)),
            "items" => Self::Items(dots(url)),
            other => panic!("no contender `{other}`: they are {PAYERS:?} and {READERS:?}"),
        }
    }

    /// Sends a payout and reads the answer.
    pub(crate) async fn pay(&self) -> PayoutLink {
        match self {
            Self::Hyper { http, base } => {
                by_hyper(http, Method::POST, format!("{base}{PAYOUT}"), body()).await
            }
            Self::Reqwest { http, base } => {
                let bytes = serde_json::to_vec(&request()).expect("a body");
                let request = http.post(format!("{base}{PAYOUT}")).header(CONTENT_TYPE, JSON).body(bytes);
                by_reqwest(request).await
            }
            Self::Raw(client) => client.send_payout(request()).await.expect("an answer").value,
            Self::Run(dots) => dots.run(SendPayout::new(request())).await.expect("an answer").into_inner(),
            Self::Sugar(dots) => {
                let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"));
                payout.await.expect("an answer").into_inner()
            }
            Self::Pages(_) | Self::Items(_) => panic!("it only reads lists"),
        }
    }

    /// Reads so many pages of transfers, each after the last row of the one before, and keeps none.
    pub(crate) async fn read(&self, pages: usize) {
        match self {
            Self::Pages(dots) => {
                let mut list = dots.list(ListTransfers::new()).pages();
                for _ in 0..pages {
                    let page = list.next().await;
                    assert!(matches!(page, Some(Ok(_))), "{page:?}");
                }
            }
            Self::Items(dots) => {
                let mut list = dots.list(ListTransfers::new()).items();
                for _ in 0..pages * ROWS {
                    let row = list.next().await;
                    assert!(matches!(row, Some(Ok(_))), "{row:?}");
                }
            }
            _ => {
                let mut after = None::<String>;
                for _ in 0..pages {
                    let page = self.page(after.as_deref()).await;
                    after = page.data.last().map(|transfer| transfer.id.to_string());
                }
            }
        }
    }

    /// Reads a page of transfers, the one after a row if there is one.
    async fn page(&self, after: Option<&str>) -> TransferPage {
        match self {
            Self::Hyper { http, base } => {
                by_hyper(http, Method::GET, page_url(base, after), Full::default()).await
            }
            Self::Reqwest { http, base } => by_reqwest(http.get(page_url(base, after))).await,
            Self::Raw(client) => {
                let mut list = ListTransfers::new().limit(100);
                list.starting_after = after.map(|id| id.parse().expect("an id"));
                client.list_transfers(list).await.expect("an answer").value
            }
            Self::Run(dots) | Self::Sugar(dots) | Self::Pages(dots) | Self::Items(dots) => {
                let mut list = ListTransfers::new().limit(100);
                if let Some(id) = after {
                    list = list.starting_after(id.parse().expect("an id"));
                }
                dots.run(list).await.expect("an answer").into_inner()
            }
        }
    }
}

/// The client that a careful person builds: the settings are those of dots-api-ext.
fn reqwest_client() -> reqwest::Client {
    // As in dots-api-ext, no certificates are read for a server on this machine; they take everybody the same time.
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("versions that the provider has")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(60))
        .user_agent(AGENT)
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .expect("a client")
}

fn dots(url: &str) -> Dots {
    let environment: Environment = url.parse().expect("a good address");
    let builder = Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox").environment(environment);
    builder.build().expect("a client")
}

fn request() -> SendPayoutRequest {
    let payee = PhonePayee::new("1".parse().expect("a code"), "2025550139".parse().expect("a number"));
    SendPayoutRequest::new(Cents::new(1_000)).payee(payee)
}

fn body() -> Full<Bytes> {
    Full::new(serde_json::to_vec(&request()).expect("a body").into())
}

fn page_url(base: &str, after: Option<&str>) -> String {
    match after {
        Some(id) => format!("{base}{TRANSFERS}&starting_after={id}"),
        None => format!("{base}{TRANSFERS}"),
    }
}

async fn by_reqwest<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> T {
    let request = request.header(AUTHORIZATION, CREDENTIAL).header(ACCEPT, JSON);
    let answer = request.send().await.expect("an answer").error_for_status().expect("a success");
    serde_json::from_slice(&answer.bytes().await.expect("a whole answer")).expect("the promised JSON")
}

async fn by_hyper<T: DeserializeOwned>(
    http: &legacy::Client<HttpConnector, Full<Bytes>>,
    method: Method,
    url: String,
    body: Full<Bytes>,
) -> T {
    let mut request = Request::builder().uri(url).header(AUTHORIZATION, CREDENTIAL).header(ACCEPT, JSON);
    request = request.header(USER_AGENT, AGENT);
    if method == Method::POST {
        request = request.header(CONTENT_TYPE, JSON);
    }
    let answer =
        http.request(request.method(method).body(body).expect("a request")).await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
    let bytes = answer.into_body().collect().await.expect("a whole answer").to_bytes();
    serde_json::from_slice(&bytes).expect("the promised JSON")
}
