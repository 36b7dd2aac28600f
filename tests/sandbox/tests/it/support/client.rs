//! A sandbox with an HTTP client, and the invariant that must hold at the end of every test.

use std::ops::Deref;

use dots_sandbox::{Sandbox, SandboxBuilder};
use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

/// Cents in the wallet by default.
pub(crate) const FUNDS: i64 = 1_000_000;

/// A running sandbox and a client that knows its credentials.
pub(crate) struct TestSandbox {
    sandbox: Sandbox,
    http: reqwest::Client,
    funds: i64,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    /// Checks that this is an error in the API's shape, and returns `status code message`.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        let fields: Vec<&str> = self.body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields.len(), 3, "{}", self.text);
        assert_eq!(self.body["success"], false);
        let text = |field: &str| self.body[field].as_str().unwrap().to_owned();
        format!("{} {} {}", self.status, text("error_code"), text("message"))
    }

    /// Checks the status and returns the body.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }
}

/// A request that is being built; [`send`](Request::send) sends it.
pub(crate) struct Request<'s> {
    sandbox: &'s TestSandbox,
    request: reqwest::RequestBuilder,
    authorization: Option<String>,
}

impl Request<'_> {
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.body(body), ..self }
    }

    pub(crate) fn authorization(self, value: Option<&str>) -> Self {
        Self { authorization: value.map(str::to_owned), ..self }
    }

    pub(crate) async fn send(self) -> Answer {
        let request = match self.authorization {
            Some(value) => self.request.header("authorization", value),
            None => self.request,
        };
        let answer = self.sandbox.http.execute(request.build().unwrap()).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let is_json = headers.get("content-type").is_some_and(|value| value == "application/json");
        let body = if is_json { serde_json::from_str(&text).unwrap() } else { Value::Null };
        Answer { status, headers, text, body }
    }
}

impl TestSandbox {
    pub(crate) async fn start() -> Self {
        Self::with_funds(FUNDS).await
    }

    pub(crate) async fn with_funds(funds: i64) -> Self {
        Self::with(funds, Sandbox::builder()).await
    }

    /// A sandbox with these funds and other settings.
    pub(crate) async fn with(funds: i64, builder: SandboxBuilder) -> Self {
        let sandbox = builder.funds(funds).start().await.unwrap();
        // Built with the whole workspace, reqwest has TLS without a provider, and requires one even for plain HTTP.
        // Only the first test can install it; the error of the others is harmless.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { sandbox, http, funds }
    }

    /// Begins a request with valid credentials; the path is below the base URL.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request<'_> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{path}", self.sandbox.url()));
        Request { sandbox: self, request, authorization: Some(self.sandbox.credentials().authorization()) }
    }

    /// Sends a request to the control API, which needs no credentials.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}/_sandbox/{path}", self.sandbox.url().trim_end_matches("/api"));
        let request = Request { sandbox: self, request: self.http.request(method, url), authorization: None };
        match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.request("POST", path).json(&body).send().await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.request("PATCH", path).json(&body).send().await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.request("PUT", path).json(&body).send().await
    }

    /// Walks a list to its end and returns its rows.
    pub(crate) async fn walk(&self, list: &str, limit: usize) -> Vec<Value> {
        self.walk_as(&self.sandbox.app_id(), list, limit).await
    }

    /// Walks a list of an app.
    async fn walk_as(&self, app: &str, list: &str, limit: usize) -> Vec<Value> {
        let id = |row: &Value| row["id"].as_str().map_or_else(|| row["id"].to_string(), str::to_owned);
        let mut rows: Vec<Value> = Vec::new();
        loop {
            let cursor = rows.last().map(|row| format!("&starting_after={}", id(row)));
            let path = format!("{list}?limit={limit}{}", cursor.unwrap_or_default());
            let page = self.request("GET", &path).header("Api-App-Id", app).send().await.expect(200);
            rows.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return rows;
            }
        }
    }

    /// Returns what banks paid for payables whose ACH payment is pending or completed.
    async fn pulled_for_payables(&self) -> i64 {
        let is_paid =
            |row: &Value| row["status"] == "payment_initiated" || row["status"] == "payment_completed";
        let payables = self.walk("/v2/accounts-payable/payables", 100).await;
        let pulled = payables.iter().filter(|row| row["funding_source"] == "ach" && is_paid(row));
        pulled.map(|row| row["amount"].as_i64().unwrap()).sum()
    }

    /// Returns what came from banks less what went back to them, as the transfers of all apps tell it.
    async fn entered(&self) -> i64 {
        let mut entered = 0;
        for app in self.get("/v2/apps?limit=100").await.expect(200).as_array().unwrap() {
            let transfers = self.walk_as(app["id"].as_str().unwrap(), "/v2/transfers", 100).await;
            for transfer in transfers {
                let status = transfer["status"].as_str().unwrap();
                let counts = match transfer["type"].as_str().unwrap() {
                    "refill" | "payment" => status == "completed",
                    // A withdrawal has no user, and leaves the wallet at once.
                    "payout" => transfer["user_id"].is_null() && ["pending", "completed"].contains(&status),
                    _ => false,
                };
                let amount = &transfer["amount"];
                let cents = amount.as_str().map_or_else(|| amount.as_i64(), |text| text.parse().ok());
                entered += if counts { cents.unwrap() } else { 0 };
            }
        }
        entered
    }

    /// Stops in the middle of a test.
    pub(crate) async fn stop(self) {
        self.sandbox.shutdown().await;
    }

    /// Ends a test: no cent was made or lost, and the sandbox did not break its document.
    pub(crate) async fn end(self) {
        let links = self.walk("/v2/payout-links", 100).await;
        let open = ["created", "delivery_pending", "sent", "delivered", "delivery_failed"];
        let paid = links.iter().filter(|link| open.iter().any(|status| link["status"] == *status));
        let paid: i64 = paid.map(|link| link["amount"].as_i64().unwrap()).sum();
        let audit = self.sandbox.audit();
        assert!(audit.balanced, "{:?}", audit.errors);
        assert_eq!((audit.inside + audit.outside, audit.links), (0, paid));
        let held = audit.apps + audit.users + audit.links + audit.rails + audit.payees + audit.fees;
        let options = self.control("GET", "options", None).await.expect(200);
        let begun_with = self.funds + options["organization_funds"].as_i64().unwrap();
        let held = held + audit.organization;
        assert_eq!(
            held,
            begun_with + self.entered().await + self.pulled_for_payables().await,
            "money was made or lost"
        );
        assert_eq!(self.sandbox.links(), links.len());
        assert_eq!(self.sandbox.violations(), Vec::<String>::new());
        self.sandbox.shutdown().await;
    }
}

impl Deref for TestSandbox {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}
