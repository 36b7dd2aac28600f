//! The router: from a method and a path to an operation of the document.

use std::{borrow::Cow, collections::BTreeMap};

use hyper::Method;
use percent_encoding::percent_decode_str;

use crate::{
    http::Refusal,
    spec::{Operation, Segment, Spec},
};

/// The prefix of every path, as on the real host.
pub(crate) const PREFIX: &str = "/api";

/// An operation and its path parameters.
pub(crate) type Route<'s> = (&'s Operation, BTreeMap<String, String>);

/// Finds the operation that a request addresses.
///
/// # Errors
/// Refuses an unknown path with 404 and a known path with another method with 405.
pub(crate) fn route<'s>(spec: &'s Spec, method: &Method, path: &str) -> Result<Route<'s>, Refusal> {
    let segments = split(path)?;
    let mut found: Vec<&'s Operation> =
        spec.operations.iter().filter(|operation| fits(&operation.segments, &segments)).collect();
    // A literal path such as `…/upload-from-file` wins over the template beside it, `…/{payable_id}`.
    let fewest = found.iter().map(|operation| operation.path_parameters().count()).min();
    found.retain(|operation| Some(operation.path_parameters().count()) == fewest);
    if found.is_empty() {
        return Err(Refusal::missing(format!("no operation has the path `{path}`")));
    }
    let allowed = || found.iter().map(|operation| operation.method.as_str()).collect::<Vec<_>>().join(", ");
    let matching = found.iter().find(|operation| operation.method == *method);
    let operation = matching.ok_or_else(|| Refusal::method(method, path, allowed()))?;
    Ok((operation, values(&operation.segments, &segments)))
}

/// Removes the prefix and decodes each segment on its own, so that an encoded slash does not split a segment.
fn split(path: &str) -> Result<Vec<Cow<'_, str>>, Refusal> {
    let rest = path.strip_prefix(PREFIX).filter(|rest| rest.starts_with('/')).ok_or_else(|| {
        Refusal::missing(format!("no operation has the path `{path}`; every path starts with `{PREFIX}`"))
    })?;
    // Samples in Dots' guides end a path with a slash.
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let decode = |segment| percent_decode_str(segment).decode_utf8();
    let decoded: Result<Vec<_>, _> = rest.split('/').skip(1).map(decode).collect();
    decoded.map_err(|_| Refusal::invalid(format!("the path `{path}` is not UTF-8")))
}

/// Whether a path matches a template. Paths differ most at their ends, so the comparison begins there.
fn fits(template: &[Segment], path: &[Cow<'_, str>]) -> bool {
    template.len() == path.len()
        && template.iter().zip(path).rev().all(|(segment, text)| match segment {
            Segment::Literal(literal) => literal == text,
            Segment::Parameter(_) => !text.is_empty(),
        })
}

/// Returns the path parameters.
fn values(template: &[Segment], path: &[Cow<'_, str>]) -> BTreeMap<String, String> {
    let named = template.iter().zip(path).filter_map(|(segment, text)| match segment {
        Segment::Literal(_) => None,
        Segment::Parameter(name) => Some((name.clone(), text.clone().into_owned())),
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

    use super::*;

    fn find(method: &Method, path: &str) -> Result<(String, BTreeMap<String, String>), String> {
        let spec = Spec::embedded().unwrap();
        let route = route(&spec, method, path);
        route.map(|(operation, values)| (operation.id.clone(), values)).map_err(|refusal| {
            let reply = crate::http::Reply::from(refusal);
            format!("{} {}", reply.status.as_u16(), reply.note)
        })
    }

    #[test]
    fn a_path_finds_its_operation_and_its_values() {
        let (id, values) = find(&Method::GET, "/api/v2/users/u%2F1").unwrap();
        assert_eq!(id, "get_user");
        assert_eq!(values["user_id"], "u/1");
    }

    #[test]
    fn a_literal_path_wins_over_a_template() {
        assert_eq!(
            find(&Method::POST, "/api/v2/accounts-payable/payables/upload-from-file").unwrap().0,
            "create_payable_from_file"
        );
        assert_eq!(find(&Method::PATCH, "/api/v2/accounts-payable/payables/p1").unwrap().0, "update_payable");
    }

    #[test]
    fn an_unknown_path_is_404() {
        for path in
            ["/", "/api", "/api/", "/api/v2", "/api/v2/users//", "/api/v3/users", "/v2/users", "/apiv2/users"]
        {
            let error = find(&Method::GET, path).unwrap_err();
            assert!(error.starts_with("404 no_such_resource"), "{path}: {error}");
        }
    }

    #[test]
    fn a_known_path_with_another_method_is_405_and_names_the_others() {
        let error = find(&Method::PUT, "/api/v2/users").unwrap_err();
        assert_eq!(
            error,
            "405 method-not-allowed: `PUT` is not an operation of `/api/v2/users`, which knows GET, POST"
        );
    }
}
