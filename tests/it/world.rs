//! What the tests share: a sandbox, a client that talks to it, and the payout that most stories are about.

use dots_api_ext::{Cents, Dots, DotsBuilder, Environment, IdempotencyKey, Payee, RetryPolicy};
use dots_sandbox::Sandbox;

/// Ten dollars.
pub(crate) const TEN_DOLLARS: Cents = Cents::new(1_000);

/// The phone number of [`somebody`], as the sandbox knows it.
pub(crate) const PHONE: &str = "2025550139";

/// A key, as text.
pub(crate) const KEY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

/// Starts a sandbox and a client of it.
pub(crate) async fn sandbox() -> (Sandbox, Dots) {
    let sandbox = Sandbox::start().await.unwrap();
    let dots = client_of(&sandbox.url());
    (sandbox, dots)
}

/// Makes a client of any address, with the sandbox's credentials.
pub(crate) fn client_of(url: &str) -> Dots {
    builder_for(url).build().unwrap()
}

/// Starts a client of any address, with the sandbox's credentials, that sends every call once: what one attempt proves is
/// seen best alone, and `retry` is about the rest.
pub(crate) fn builder_for(url: &str) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(url.parse::<Environment>().unwrap())
        .retry(RetryPolicy::never())
}

/// The person who is paid.
pub(crate) fn somebody() -> Payee {
    Payee::phone("1", PHONE)
}

/// The key of [`KEY`].
pub(crate) fn key() -> IdempotencyKey {
    KEY.parse().unwrap()
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
