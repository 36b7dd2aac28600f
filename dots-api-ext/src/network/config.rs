//! Where Dots is: its sandbox, production, or an address of your own.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

use crate::error::Error;

/// Dots' own test environment ([overview/environments]).
///
/// [overview/environments]: https://docs.dots.dev/overview/environments
const SANDBOX: &str = "https://pls.senddotssandbox.com/api";

/// The environment in which money is real ([overview/environments]).
///
/// [overview/environments]: https://docs.dots.dev/overview/environments
const PRODUCTION: &str = "https://api.dots.dev/api";

/// Says where calls go; never to production unless you say so.
///
/// # Examples
/// ```
/// use dots_api_ext::Environment;
///
/// let local: Environment = "http://127.0.0.1:4010/api".parse()?;
/// assert_eq!("production".parse::<Environment>()?, Environment::Production);
/// assert!("http://api.dots.dev/api".parse::<Environment>().is_err());
/// # Ok::<(), dots_api_ext::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// Dots' sandbox, where nothing is paid.
    #[default]
    Sandbox,
    /// Production, where everything is.
    Production,
    /// Another address, such as a local sandbox's; made by parsing, which refuses unsafe ones.
    Custom(BaseUrl),
}

/// Holds an address that is safe to send credentials to: `https`, or `http` on this machine.
///
/// # Examples
/// ```
/// use dots_api_ext::{BaseUrl, Environment};
///
/// let local: BaseUrl = "http://127.0.0.1:4010/api".parse()?;
/// assert_eq!(Environment::Custom(local).base_url(), "http://127.0.0.1:4010/api");
/// assert!("https://example.com/api?token=1".parse::<BaseUrl>().is_err());
/// # Ok::<(), dots_api_ext::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(Url);

impl Environment {
    /// Returns the base URL.
    #[must_use]
    pub fn base_url(&self) -> &str {
        match self {
            Self::Sandbox => SANDBOX,
            Self::Production => PRODUCTION,
            Self::Custom(base) => base.0.as_str(),
        }
    }

    /// Returns the environment with this address, which was checked before.
    pub(crate) fn at(base: &Url) -> Self {
        let is = |known: &str| base.as_str() == known;
        match () {
            () if is(SANDBOX) => Self::Sandbox,
            () if is(PRODUCTION) => Self::Production,
            () => Self::Custom(BaseUrl(base.clone())),
        }
    }
}

impl fmt::Display for Environment {
    /// Writes what [`FromStr`] reads: `sandbox`, `production` or the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
            Self::Custom(base) => base.0.as_str(),
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.as_str())
    }
}

impl FromStr for Environment {
    type Err = Error;

    /// Reads `sandbox`, `production` or a URL.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "sandbox" => Ok(Self::Sandbox),
            "production" => Ok(Self::Production),
            url => url.parse().map(Self::Custom),
        }
    }
}

impl FromStr for BaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // The text itself stays out of the message: a URL with a password in it is the commonest mistake here.
        let refused = |why: &str| Error::settings(format!("could not use the environment: {why}"));
        // A letter that only looks Latin names another host, and a parser mends spaces and backslashes in silence.
        if text.contains(|c: char| !c.is_ascii_graphic() || c == '\\') {
            return Err(refused("a URL must be plain ASCII, without spaces and backslashes"));
        }
        let url = Url::parse(text)
            .map_err(|_| refused("it must be `sandbox`, `production` or a URL such as `https://host/api`"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("a URL must not carry a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("a URL must not carry a query or a fragment"));
        }
        match url.scheme() {
            "https" if url.host().is_some() => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => Err(refused("plain `http` is for this machine only, use `https`")),
            _ => Err(refused("a URL must start with `https://`")),
        }
    }
}

/// Says whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
