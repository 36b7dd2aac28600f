//! The client id and the API key, which never show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// Holds what Dots knows an app or an organization by.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    client_id: String,
    api_key: SecretString,
}

impl Credentials {
    /// Checks and keeps a client id and an API key.
    ///
    /// `id_name` and `key_name` are the settings that an error names; the values are never part of it.
    pub(crate) fn new(
        client_id: String,
        api_key: SecretString,
        id_name: &str,
        key_name: &str,
    ) -> Result<Self, Error> {
        if client_id.trim().is_empty() {
            return Err(Error::settings(format!("could not use `{id_name}`: it is empty")));
        }
        if client_id.contains(':') || !is_plain(&client_id) {
            return Err(Error::settings(format!(
                "could not use `{id_name}`: a client id has no colon, space or control character"
            )));
        }
        if api_key.expose_secret().trim().is_empty() {
            return Err(Error::settings(format!("could not use `{key_name}`: it is empty")));
        }
        if !is_plain(api_key.expose_secret()) {
            return Err(Error::settings(format!(
                "could not use `{key_name}`: an api key has no space, line break or control character"
            )));
        }
        Ok(Self { client_id, api_key })
    }

    /// The account that business references are told apart by.
    pub(crate) fn account(&self) -> &str {
        &self.client_id
    }

    /// The value of the `Authorization` header: Basic, in standard base64 ([overview/authentication]).
    ///
    /// [overview/authentication]: https://docs.dots.dev/overview/authentication
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let pair = SecretString::from(format!("{}:{}", self.client_id, self.api_key.expose_secret()));
        let encoded = SecretString::from(format!("Basic {}", STANDARD.encode(pair.expose_secret())));
        let mut value = HeaderValue::try_from(encoded.expose_secret())
            .map_err(|_| Error::settings("could not make a header of the credentials"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic())
}
