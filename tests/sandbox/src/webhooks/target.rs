//! The target of a delivery: a loopback address, and never another machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::Uri;

use super::WebhookError;

/// A parsed URL; its host name is not looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Tried one after the other.
    pub(super) addresses: Vec<SocketAddr>,
    /// The `Host` header.
    pub(super) host: String,
    /// The path with its query.
    pub(super) path: String,
}

impl Target {
    /// Parses a URL.
    ///
    /// # Errors
    /// Refuses everything but plain HTTP to a loopback address.
    pub(super) fn read(url: &str) -> Result<Self, WebhookError> {
        let refuse = |reason| WebhookError::url(url, reason);
        let uri: Uri = url.parse().map_err(|_| refuse("it is not a URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(refuse(
                "it does not begin with `http://`; nothing leaves this machine, so nothing needs TLS",
            ));
        }
        let authority = uri.authority().ok_or_else(|| refuse("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(refuse("it carries credentials; the signature says who sends"));
        }
        let port = authority.port_u16().unwrap_or(80);
        let loopback = loopback(authority.host()).ok_or_else(|| {
            refuse("it is not of this machine; the sandbox delivers to 127.0.0.1, [::1] and localhost alone")
        })?;
        let addresses = loopback.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { addresses, host: authority.as_str().to_owned(), path })
    }
}

/// Returns the addresses of a loopback host. `localhost` is not looked up: a name can resolve to anything.
fn loopback(host: &str) -> Option<Vec<IpAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        return Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address: IpAddr = bare.parse().ok()?;
    address.is_loopback().then(|| vec![address])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn a_url_of_this_machine_is_taken_apart() {
        let target = Target::read("http://127.0.0.1:4020/hooks/dots?from=sandbox").unwrap();
        assert_eq!(target.addresses, ["127.0.0.1:4020".parse().unwrap()]);
        assert_eq!(
            (target.host.as_str(), target.path.as_str()),
            ("127.0.0.1:4020", "/hooks/dots?from=sandbox")
        );
        assert_eq!(Target::read("http://[::1]:9").unwrap().addresses, ["[::1]:9".parse().unwrap()]);
        let local = Target::read("http://localhost").unwrap();
        assert_eq!((local.addresses.len(), local.path.as_str()), (2, "/"));
    }

    #[test]
    fn nothing_leaves_this_machine() {
        for (url, reason) in [
            ("http://example.com/hook", "it is not of this machine"),
            ("http://10.0.0.1/hook", "it is not of this machine"),
            ("http://127.0.0.1.example.com/", "it is not of this machine"),
            ("http://localhost.example.com/", "it is not of this machine"),
            ("http://0.0.0.0:4020/", "it is not of this machine"),
            ("http://127.0.0.1:80@example.com/", "it carries credentials"),
            ("https://127.0.0.1/", "it does not begin with `http://`"),
            ("127.0.0.1:4020", "it does not begin with `http://`"),
            ("/hook", "it does not begin with `http://`"),
            ("not a url", "it is not a URL"),
        ] {
            let error = Target::read(url).unwrap_err().to_string();
            assert!(error.starts_with(&format!("cannot deliver to `{url}`: {reason}")), "{error}");
        }
    }
}
