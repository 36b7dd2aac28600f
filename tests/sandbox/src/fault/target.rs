//! The target of a fault: which requests it matches.

use std::fmt;

use super::FaultError;
use crate::{
    http::Incoming,
    spec::{Operation, Spec},
    validation::{self, PREFIX},
};

/// The requests that a fault matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Target {
    #[default]
    Everything,
    /// An operation, by its id.
    Operation(String),
    /// All operations of a tag.
    Tag(String),
    /// A path below the prefix; `*` stands for one segment.
    Path(String),
}

/// What matching needs to know about a request.
#[derive(Debug)]
pub(crate) struct Candidate<'s> {
    operation: Option<&'s Operation>,
    path: &'s str,
    pub(crate) is_safe: bool,
}

impl<'s> Candidate<'s> {
    /// Reads a request. Returns nothing when it is not for the API.
    pub(crate) fn new(spec: &'s Spec, incoming: &'s Incoming) -> Option<Self> {
        let path = incoming.path.strip_prefix(PREFIX)?;
        let route = validation::route(spec, &incoming.method, &incoming.path).ok();
        Some(Self {
            operation: route.map(|(operation, _)| operation),
            path,
            is_safe: incoming.method.is_safe(),
        })
    }
}

impl Target {
    /// Reads `*`, the id of an operation, a tag or a path.
    pub(crate) fn read(text: &str) -> Result<Self, FaultError> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        if text.starts_with('/') {
            return Ok(Self::Path(text.to_owned()));
        }
        let spec = Spec::embedded().map_err(|error| FaultError::new(error.to_string()))?;
        if spec.operations.iter().any(|operation| operation.id == text) {
            return Ok(Self::Operation(text.to_owned()));
        }
        if spec.operations.iter().any(|operation| operation.tag == text) {
            return Ok(Self::Tag(text.to_owned()));
        }
        Err(FaultError::new(format!("`{text}` is neither an operation nor a tag; a path begins with `/`")))
    }

    pub(crate) fn fits(&self, candidate: &Candidate<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::Operation(id) => candidate.operation.is_some_and(|operation| operation.id == *id),
            Self::Tag(tag) => candidate.operation.is_some_and(|operation| operation.tag == *tag),
            Self::Path(path) => lies_on(path, candidate.path),
        }
    }
}

fn lies_on(template: &str, path: &str) -> bool {
    let (wanted, found): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let fits = |(wanted, found): (&&str, &&str)| *wanted == "*" || wanted == found;
    wanted.len() == found.len() && wanted.iter().zip(&found).all(fits)
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Operation(text) | Self::Tag(text) | Self::Path(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn a_target_is_everything_an_operation_a_tag_or_a_path() {
        assert_eq!(Target::read("*").unwrap(), Target::Everything);
        assert_eq!(Target::read("send_payout").unwrap(), Target::Operation("send_payout".to_owned()));
        assert_eq!(Target::read("payout-links").unwrap(), Target::Tag("payout-links".to_owned()));
        assert_eq!(Target::read("/v2/users/*").unwrap(), Target::Path("/v2/users/*".to_owned()));
        assert!(Target::read("sendpayout").is_err());
        assert!(lies_on("/v2/users/*", "/v2/users/1"));
        assert!(!lies_on("/v2/users/*", "/v2/users/1/address"));
    }
}
