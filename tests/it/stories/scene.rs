//! The stage of a story: a sandbox, a client of it, and events outside the API.

use std::cell::RefCell;
use std::time::Duration;

use dots_api::{
    AddPayoutMethod, AddPayoutMethodRequest, AddPayoutMethodRequestPlatform, Cents, CreateUser,
    CreateUserRequest, CreateUserRequestFields, GetUser, UserId,
};
use dots_api_ext::{Dots, Error};
use dots_sandbox::{Sandbox, SandboxBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::world::client_of;

/// The initial balance of the app's wallet.
pub(super) const FUNDS: i64 = 100_000_000;

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A sandbox, a client of it, and a log of all events outside the API.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) sandbox: Sandbox,
    pub(super) dots: Dots,
    /// The events outside the API, each with the number of requests before it.
    asides: RefCell<Vec<(usize, String)>>,
}

impl Scene {
    /// Starts in a new world.
    pub(super) async fn opens() -> Self {
        Self::opens_with(Sandbox::builder()).await
    }

    /// Starts in a new world with other settings.
    pub(super) async fn opens_with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let dots = client_of(&sandbox.url());
        Self { sandbox, dots, asides: RefCell::default() }
    }

    /// Advances the clock.
    pub(super) fn later(&self, duration: Duration) {
        let (count, unit) = match duration.as_secs() {
            seconds if seconds % 86_400 == 0 => (seconds / 86_400, "day"),
            seconds if seconds % 3_600 == 0 => (seconds / 3_600, "hour"),
            seconds if seconds % 60 == 0 => (seconds / 60, "minute"),
            seconds => (seconds, "second"),
        };
        self.aside(&format!("{count} {unit}{} later", if count == 1 { "" } else { "s" }));
        self.sandbox.advance(duration);
    }

    /// Triggers an event outside the API, by a route of the sandbox's own.
    pub(super) async fn happens(&self, what: &str, route: &str, body: Value) {
        self.aside(what);
        let (status, answer) = self.control(route, &body).await;
        assert_eq!(status, 200, "{what}: {answer}");
    }

    /// Tries an event that cannot happen, and returns why not.
    pub(super) async fn cannot_happen(&self, what: &str, route: &str, body: Value) -> String {
        let (status, answer) = self.control(route, &body).await;
        assert!((400..500).contains(&status), "{what}: {answer}");
        self.aside(&format!("{what}, and cannot: {status}"));
        answer["message"].as_str().unwrap().to_owned()
    }

    /// Creates a user with PayPal as the payout method.
    pub(super) async fn knows(&self, first_name: &str, last_name: &str, phone_number: &str) -> UserId {
        let email = format!("{}@example.com", first_name.to_lowercase());
        let (code, number) = ("1".parse().unwrap(), phone_number.parse().unwrap());
        let person = CreateUserRequest::new(CreateUserRequestFields {
            first_name: first_name.into(),
            last_name: last_name.into(),
            email: email.clone(),
            country_code: code,
            phone_number: number,
        });
        let user = self.dots.run(CreateUser::new(person)).await.unwrap();
        let paypal = AddPayoutMethodRequest::new(AddPayoutMethodRequestPlatform::Paypal).email(email);
        self.dots.run(AddPayoutMethod::new(user.id.clone(), paypal)).await.unwrap();
        user.id.clone()
    }

    /// Reads a user's wallet.
    pub(super) async fn wallet(&self, user: &UserId) -> Cents {
        let user = self.dots.run(GetUser::new(user.clone())).await.unwrap();
        user.wallet.as_ref().and_then(|wallet| wallet.amount).unwrap()
    }

    /// Ends the story: checks that no cent was created or lost and that the sandbox followed its document. Returns the
    /// transcript.
    pub(super) async fn ends(self) -> String {
        let audit = self.sandbox.audit();
        assert!(audit.balanced, "{:?}", audit.errors);
        assert_eq!(audit.inside + audit.outside, 0);
        assert_eq!(self.sandbox.violations(), Vec::<String>::new());
        let transcript = self.sandbox.transcript();
        let mut lines: Vec<String> = transcript.lines().map(str::to_owned).collect();
        assert!(!lines.iter().any(|line| line.contains("-> 5")), "{transcript}");
        for (place, aside) in self.asides.into_inner().into_iter().rev() {
            lines.insert(place, format!("({aside})"));
        }
        self.sandbox.shutdown().await;
        lines.join("\n")
    }

    fn aside(&self, text: &str) {
        self.asides.borrow_mut().push((self.sandbox.requests().len(), text.to_owned()));
    }

    /// Calls the sandbox directly; these routes are not part of the API, so the client does not know them.
    async fn control(&self, route: &str, body: &Value) -> (u16, Value) {
        let base = self.sandbox.url();
        let host = base.trim_start_matches("http://").trim_end_matches("/api");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "POST /_sandbox/{route} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap())
    }
}

/// The outcome, status and code of a refusal, such as `Rejected 400 invalid-input`.
pub(super) fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    let error = outcome.unwrap_err();
    format!("{:?} {} {}", error.outcome(), error.status().unwrap(), error.code().unwrap())
}
