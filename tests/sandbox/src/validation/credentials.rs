//! Authentication: one fixed pair of credentials, and never real ones.

use std::sync::LazyLock;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use hyper::header::{AUTHORIZATION, HeaderMap};

use crate::http::Refusal;

/// The credentials that the sandbox accepts; they are fixed, public and worth nothing elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The user name of HTTP Basic: `pk_dev_sandbox`.
    pub client_id: &'static str,
    /// The password of HTTP Basic: `sk_dev_sandbox`.
    pub api_key: &'static str,
}

impl Credentials {
    /// The only valid pair.
    pub(crate) const SANDBOX: Self = Self { client_id: "pk_dev_sandbox", api_key: "sk_dev_sandbox" };

    /// Returns the value of the `Authorization` header for these credentials.
    pub fn authorization(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.client_id, self.api_key)))
    }
}

/// Checks the credentials of a request.
///
/// Real credentials are refused before anything else is looked at, with a message that never repeats them: they mean
/// that a production client is pointed at a test server, and its owner should hear it at once.
pub(crate) fn authenticate(headers: &HeaderMap) -> Result<(), Refusal> {
    let header = headers
        .get(AUTHORIZATION)
        .ok_or_else(|| Refusal::unauthorized("the `Authorization` header is missing"))?;
    // Nearly every request sends exactly this.
    static EXPECTED: LazyLock<String> = LazyLock::new(|| Credentials::SANDBOX.authorization());
    if header.as_bytes() == EXPECTED.as_bytes() {
        return Ok(());
    }
    let (client_id, api_key) = header.to_str().ok().and_then(decode).ok_or_else(|| {
        Refusal::unauthorized("the `Authorization` header is not `Basic base64(client_id:api_key)`")
    })?;
    if [&client_id, &api_key].iter().any(|text| text.starts_with("pk_prod_") || text.starts_with("sk_prod_"))
    {
        return Err(Refusal::forbidden(
            "these look like production credentials; this is the offline sandbox, do not send them here",
        ));
    }
    if (client_id.as_str(), api_key.as_str())
        != (Credentials::SANDBOX.client_id, Credentials::SANDBOX.api_key)
    {
        return Err(Refusal::unauthorized(format!(
            "the credentials are not the sandbox's: use `{}` and `{}`",
            Credentials::SANDBOX.client_id,
            Credentials::SANDBOX.api_key
        )));
    }
    Ok(())
}

fn decode(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    // Dots' text asks for the URL-safe alphabet, and its samples use the standard one.
    let bytes = STANDARD.decode(encoded).or_else(|_| URL_SAFE.decode(encoded)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (client_id, api_key) = text.split_once(':')?;
    Some((client_id.to_owned(), api_key.to_owned()))
}
