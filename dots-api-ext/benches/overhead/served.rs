//! A plain hyper server of one payout link and a list without end, in a process of its own, so that what it costs is in
//! no figure.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The argument by which this program is told to be the server.
const SERVE: &str = "serve";

/// Rows on a page.
pub(crate) const ROWS: usize = 100;

/// A server that is running; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Served {
    /// The base URL of the API.
    pub(crate) url: String,
    child: Child,
}

impl Served {
    /// Starts this program once more, as the server.
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(program)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let output = child.stdout.take().expect("it was piped");
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url).expect("the server prints its address");
        Self { url: url.trim().to_owned(), child }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It ends with its input; a server that is gone already has done what it was to do.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Becomes the server if the arguments say so, until the input ends; says whether it was one.
pub(crate) fn serve_if_asked() -> bool {
    if std::env::args().nth(1).as_deref() != Some(SERVE) {
        return false;
    }
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(serve());
    });
    let mut nothing = Vec::new();
    std::io::stdin().read_to_end(&mut nothing).expect("an input that ends");
    true
}

async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}/api", listener.local_addr().expect("an address"));
    std::io::stdout().flush().expect("somebody reads");
    let answers = Arc::new(Answers::new());
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).expect("a socket takes the option");
        let answers = Arc::clone(&answers);
        let service = service_fn(move |request| answer(request, Arc::clone(&answers)));
        tokio::spawn(
            async move { http1::Builder::new().serve_connection(TokioIo::new(stream), service).await },
        );
    }
}

async fn answer(
    request: Request<Incoming>,
    answers: Arc<Answers>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_payout = request.method() == Method::POST;
    let body = if is_payout { answers.link.clone() } else { answers.page(request.uri().query()) };
    // Whoever measures sends the whole body.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = if is_payout { StatusCode::CREATED } else { StatusCode::OK };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// What the server sends.
struct Answers {
    link: Bytes,
    /// A page, before and behind the number of its last row; the other rows are the same on every page.
    page: (String, String),
}

impl Answers {
    fn new() -> Self {
        let rows: Vec<String> = (1..=ROWS).map(row).collect();
        let page = format!(r#"{{"data":[{}],"has_more":true}}"#, rows.join(","));
        let number = format!("{ROWS:012x}");
        let (before, behind) = page.split_once(&number).expect("a last row");
        Self { link: link().into(), page: (before.to_owned(), behind.to_owned()) }
    }

    /// The page behind a row: a list that begins again would be refused for that.
    fn page(&self, query: Option<&str>) -> Bytes {
        let after = query.and_then(|query| query.split_once("starting_after=")?.1.get(24..36));
        let after = after.map_or(0, |number| u64::from_str_radix(number, 16).expect("a row of this list"));
        let (before, behind) = &self.page;
        format!("{before}{:012x}{behind}", after + 100).into()
    }
}

/// A payout link with the fields of the documented sample (apireference/payouts/send-a-payout).
fn link() -> String {
    r#"{"id":"3c90c3cc-0d44-4b50-8888-8dd25736052a","created":"2024-07-11T12:31:33.000Z",
    "link":"https://my.dots.dev/flow/3c90c3cc-0d44-4b50-8888-8dd25736052b","amount":1000,"status":"created",
    "payee":{"first_name":null,"last_name":null,"email":null,"country_code":"1","phone_number":"2025550139"},
    "delivery":{"method":"sms","email":null,"country_code":"1","phone_number":"2025550139"},"tax_exempt":false,
    "claimed_user_id":null,"flow_id":"3c90c3cc-0d44-4b50-8888-8dd25736052b","metadata":null}"#
        .to_owned()
}

/// A transfer.
fn row(number: usize) -> String {
    format!(
        r#"{{"id":"3c90c3cc-0d44-4b50-8888-{number:012x}","created":"2024-07-11T12:31:33.000Z",
        "user_id":"3c90c3cc-0d44-4b50-8888-8dd25736052c","type":"payout","status":"completed","amount":"1000",
        "external_data":{{"platform":"paypal","account_id":"a1","external_id":"e{number}"}},
        "metadata":{{"invoice":"881"}},"transactions":[]}}"#
    )
}
