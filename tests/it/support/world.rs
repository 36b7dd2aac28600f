//! Fixtures: a sandbox, a client of it, and the payout that most tests use.

use dots_api::{Operation, UserId};
use dots_api_ext::{
    Cents, Dots, DotsBuilder, Environment, Error, IdempotencyKey, Outcome, Payee, Phone, Prepared,
    RetryPolicy,
};
use dots_sandbox::Sandbox;
use serde_json::Value;

/// The balance of a new sandbox's wallet, in cents.
pub(crate) const FULL_WALLET: i64 = 100_000_000;

/// Ten dollars.
pub(crate) const TEN_DOLLARS: Cents = Cents::new(1_000);

/// The phone number of [`somebody`], as the sandbox knows it.
pub(crate) const PHONE: &str = "2025550139";

/// A key, as text.
pub(crate) const KEY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

/// Starts a sandbox and creates a client of it.
pub(crate) async fn sandbox() -> (Sandbox, Dots) {
    let sandbox = Sandbox::start().await.unwrap();
    let dots = client_of(&sandbox.url());
    (sandbox, dots)
}

/// Creates a client of any address, with the sandbox's credentials.
pub(crate) fn client_of(url: &str) -> Dots {
    builder_for(url).build().unwrap()
}

/// Configures a client of any address, with the sandbox's credentials and without retries, to test what a single
/// attempt proves; `retry` tests the rest.
pub(crate) fn builder_for(url: &str) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(url.parse::<Environment>().unwrap())
        .retry(RetryPolicy::none())
}

/// The payee.
pub(crate) fn somebody() -> Payee {
    Payee::phone("1", PHONE)
}

/// The key of [`KEY`].
pub(crate) fn key() -> IdempotencyKey {
    KEY.parse().unwrap()
}

/// The phone of [`somebody`].
pub(crate) fn phone() -> Phone {
    Phone::new("1", PHONE)
}

/// Creates a user with the phone number of [`somebody`].
pub(crate) async fn user(dots: &Dots) -> UserId {
    dots.create_user("Jo", "Doe", "jo@example.com", phone()).await.unwrap().id.clone()
}

/// The body of the sandbox's last request.
pub(crate) fn last_body(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.requests().last().unwrap().body).unwrap()
}

/// Awaits a call that must fail before anything is sent.
pub(crate) async fn refused_unsent<O: Operation>(call: Prepared<O>) -> Error {
    let error = call.await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    assert!(!error.may_have_moved_money(), "{error}");
    assert_eq!(error.operation(), Some(O::META.id), "{error}");
    error
}

/// Everything that an error shows: its text, its `Debug`, and the text and the `Debug` of every cause.
pub(crate) fn everything_shown(error: &(dyn std::error::Error + 'static)) -> String {
    let mut shown = format!("{error}\n{error:?}\n{error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        shown.push_str(&format!("\n{error}\n{error:?}"));
        cause = error.source();
    }
    shown
}
