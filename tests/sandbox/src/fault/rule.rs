//! A fault rule: a fault, its target, how often it fires, and on which side of the commit.

use std::str::FromStr;

use super::{Fault, FaultError, When, target::Target};

/// A fault, the requests that it targets and how often it fires; by default once, for any request.
///
/// Read from text such as `reset`, `503:html:after@send_payout*2` or `no-answer@payout-links*always`: the fault's name,
/// `before` or `after` the commit, an operation, a tag or a path, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    pub(crate) fault: Fault,
    pub(crate) when: When,
    pub(crate) target: Target,
    /// How often it fires; `None` until it is cleared.
    pub(crate) limit: Option<usize>,
}

impl FaultRule {
    /// Refuses a fault that could never be ended from outside, because clients could not reach the sandbox.
    pub(crate) fn endable(self) -> Result<Self, FaultError> {
        match (&self.fault, self.limit) {
            (Fault::ConnectionRefused { lasting: None }, _) => Err(FaultError::new(
                "`connection-refused` needs a time, such as `connection-refused:5s`: a client could never end it",
            )),
            (Fault::ResetOnAccept, None) => {
                Err(FaultError::new("`reset-on-accept` needs a number: a client could never end it"))
            }
            _ => Ok(self),
        }
    }
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> Self {
        // A lag applies to each new row, for as long as the fault says.
        let limit = if matches!(fault, Fault::ListLag(_)) { None } else { Some(1) };
        Self { when: fault.usually(), fault, target: Target::Everything, limit }
    }
}

impl FromStr for FaultRule {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (rest, limit) = times(text);
        let (rest, target) = match rest.rsplit_once('@') {
            Some((rest, target)) => (rest, Target::read(target)?),
            None => (rest, Target::Everything),
        };
        let (name, when) = match rest.rsplit_once(':') {
            Some((name, "before")) => (name, Some(When::Before)),
            Some((name, "after")) => (name, Some(When::After)),
            _ => (rest, None),
        };
        let usual = Self::from(name.parse::<Fault>()?);
        let (when, limit) = (when.unwrap_or(usual.when), limit.unwrap_or(usual.limit));
        Self { when, target, limit, ..usual }.endable()
    }
}

/// Splits off how often the fault fires; a `*` that is followed by anything else belongs to a path.
fn times(text: &str) -> (&str, Option<Option<usize>>) {
    match text.rsplit_once('*') {
        Some((rest, "always")) => (rest, Some(None)),
        Some((rest, number)) => match number.parse() {
            Ok(number) => (rest, Some(Some(number))),
            Err(_) => (text, None),
        },
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::{fault::ErrorBody, http::Framing};

    fn read(text: &str) -> FaultRule {
        text.parse().unwrap()
    }

    #[test]
    fn a_rule_is_read_from_one_word() {
        assert_eq!(read("reset"), FaultRule::from(Fault::Reset));
        let gateway = Fault::ServerError { status: 503, body: ErrorBody::Html };
        let rule = FaultRule { when: When::Before, limit: Some(2), ..FaultRule::from(gateway) };
        let target = Target::Operation("send_payout".to_owned());
        assert_eq!(read("503:html:before@send_payout*2"), FaultRule { target, ..rule });
        let target = Target::Path("/v2/users/*".to_owned());
        let cut = FaultRule { limit: None, ..FaultRule::from(Fault::CutAnswer(Framing::Chunked)) };
        assert_eq!(
            read("cut:chunked@/v2/users/**always"),
            FaultRule { target: target.clone(), ..cut.clone() }
        );
        assert_eq!(read("cut:chunked@/v2/users/*"), FaultRule { target, limit: Some(1), ..cut });
    }

    #[test]
    fn a_refusal_says_nothing_happened_and_all_else_may_lie() {
        assert_eq!(read("429").when, When::Before);
        assert_eq!(read("429:after").when, When::After);
        assert_eq!(read("500").when, When::After);
    }

    #[test]
    fn a_fault_that_no_client_could_end_and_an_unknown_one_are_refused() {
        for text in ["connection-refused", "reset-on-accept*always", "reset@nowhere", "rest"] {
            text.parse::<FaultRule>().unwrap_err();
        }
    }
}
