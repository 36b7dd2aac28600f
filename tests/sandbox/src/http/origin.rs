//! The same-origin check (against CSRF and DNS rebinding): the pages and the control API serve this machine alone.

use hyper::{
    Method,
    header::{HOST, HeaderName, ORIGIN},
};

use super::{Incoming, Refusal};

/// The header with which browsers tell where a request comes from, beside `Origin`.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses foreign host names that resolve to this machine, and requests that a page from elsewhere makes.
///
/// A program such as curl sends neither header, and passes.
///
/// # Errors
/// Refuses with 403.
pub(crate) fn check_origin(incoming: &Incoming) -> Result<(), Refusal> {
    let header = |name| incoming.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = header(&HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !["127.0.0.1", "localhost", "[::1]"].contains(&name) {
        return Err(Refusal::forbidden("the sandbox's own routes answer to 127.0.0.1 and localhost alone"));
    }
    if incoming.method == Method::GET || incoming.method == Method::HEAD {
        return Ok(());
    }
    let is_ours = match header(&ORIGIN) {
        Some(origin) => origin.strip_prefix("http://") == Some(host),
        None => header(&FETCH_SITE).is_none_or(|site| ["same-origin", "none"].contains(&site)),
    };
    let refusal = || Refusal::forbidden("a page from elsewhere must not change anything in the sandbox");
    is_ours.then_some(()).ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::{HeaderMap, header::HeaderValue};

    use super::*;

    fn passes(method: Method, headers: &[(HeaderName, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let headers = HeaderMap::from_iter(headers);
        let incoming =
            Incoming { method, path: "/_sandbox".to_owned(), query: None, headers, body: Bytes::new() };
        check_origin(&incoming).is_ok()
    }

    #[test]
    fn programs_and_the_sandboxs_own_pages_pass() {
        let host = (HOST, "127.0.0.1:4010");
        assert!(passes(Method::POST, std::slice::from_ref(&host)));
        assert!(passes(Method::POST, &[host.clone(), (ORIGIN, "http://127.0.0.1:4010")]));
        assert!(passes(Method::POST, &[host.clone(), (FETCH_SITE, "same-origin")]));
        assert!(passes(Method::GET, &[host, (ORIGIN, "https://evil.example")]));
        assert!(passes(Method::POST, &[(HOST, "[::1]:80")]));
    }

    #[test]
    fn pages_from_elsewhere_and_other_names_do_not() {
        let host = (HOST, "127.0.0.1:4010");
        for origin in ["https://evil.example", "null", "http://127.0.0.1:4011", "http://localhost:4010", ""] {
            assert!(!passes(Method::POST, &[host.clone(), (ORIGIN, origin)]), "{origin}");
        }
        assert!(!passes(Method::POST, &[host, (FETCH_SITE, "cross-site")]));
        assert!(!passes(Method::GET, &[(HOST, "evil.example")]));
        assert!(!passes(Method::GET, &[]));
    }
}
