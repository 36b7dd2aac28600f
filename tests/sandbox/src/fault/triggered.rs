//! A fault that fires for one request, and its effect on the answer.

use std::sync::Arc;

use hyper::{
    StatusCode,
    header::{CONTENT_ENCODING, DATE, HeaderName, LOCATION, RETRY_AFTER},
};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::{ErrorBody, Fault, RetryAfter, When, corrupt, gzip_bomb};
use crate::http::{AppliedFault, JSON, Refusal, Reply, WireFault, http_date};

/// A fault for one request.
#[derive(Clone, Debug)]
pub(crate) struct TriggeredFault {
    pub(crate) fault: Fault,
    pub(crate) when: When,
    /// The rule of the fault; `None` for a drawn fault.
    pub(super) rule: Option<u64>,
    pub(super) gate: Arc<Semaphore>,
    /// Whether the request can change nothing, so that there is no commit to fire before or after.
    pub(super) is_safe: bool,
}

impl TriggeredFault {
    /// Whether the fault answers in place of the handler.
    pub(crate) fn replaces_handling(&self) -> bool {
        self.when == When::Before && self.replacement(Timestamp::UNIX_EPOCH).is_some()
    }

    /// Whether the changes are decided and then discarded: the fault needs an answer, and fires before the commit.
    pub(crate) fn discards_changes(&self) -> bool {
        self.when == When::Before && !self.is_deferred()
    }

    /// Whether the request is committed later.
    pub(crate) fn is_deferred(&self) -> bool {
        matches!(self.fault, Fault::LateCommit { .. })
    }

    /// Applies the fault to an answer.
    ///
    /// # Errors
    /// Returns the answer unchanged when it holds nothing that the fault could corrupt.
    pub(super) fn apply(&self, decided: Reply, now: Timestamp) -> Result<Reply, Reply> {
        let succeeded = decided.status.is_success();
        let note = match self.when {
            When::Before if self.discards_changes() => String::new(),
            _ => format!("{} {}", decided.status.as_u16(), decided.note).trim_end().to_owned(),
        };
        let applied = match self.replacement(now) {
            Some(replacement) => Some((replacement, self.bare_wire())),
            None => self.changed(&decided, now),
        };
        let Some((reply, wire)) = applied else { return Err(decided) };
        let applied_fault = AppliedFault { description: self.description(succeeded), wire };
        Ok(Reply { note, fault: Some(Box::new(applied_fault)), ..reply })
    }

    /// Returns the answer of a list without its hidden rows.
    pub(super) fn withhold(&self, decided: Reply, body: Vec<u8>) -> Reply {
        let note = format!("{} {}", decided.status.as_u16(), decided.note);
        let applied_fault = AppliedFault { description: self.description(true), wire: None };
        Reply { body, note, fault: Some(Box::new(applied_fault)), ..decided }
    }

    /// Returns the answer of a request that is still deferred when the sandbox stops.
    pub(crate) fn abandoned(&self) -> Reply {
        let applied_fault =
            AppliedFault { description: self.description(false), wire: Some(WireFault::Reset) };
        Reply { fault: Some(Box::new(applied_fault)), ..Reply::empty(StatusCode::SERVICE_UNAVAILABLE, "") }
    }

    /// Returns what a fault sends that does not depend on the decision.
    fn replacement(&self, now: Timestamp) -> Option<Reply> {
        let refused = |refusal: Refusal| Some(Reply::from(refusal));
        match &self.fault {
            Fault::Reset | Fault::ResetUnread | Fault::NoAnswer => Some(Reply::empty(StatusCode::OK, "")),
            Fault::TooManyRequests(after) => Some(too_many(after, now)),
            Fault::ServerError { status, body } => Some(server_error(*status, *body)),
            Fault::Conflict => refused(Refusal::busy("another request with this key is still under way")),
            Fault::Unauthorized => refused(Refusal::unauthorized("the credentials are not known")),
            Fault::Redirect { status, to } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
                Some(with(Reply::empty(status, ""), LOCATION, to.clone()))
            }
            _ => None,
        }
    }

    /// Returns how a replacement is sent that is not an HTTP answer.
    fn bare_wire(&self) -> Option<WireFault> {
        match self.fault {
            Fault::Reset | Fault::ResetUnread => Some(WireFault::Reset),
            Fault::NoAnswer => Some(WireFault::Hold),
            _ => None,
        }
    }

    /// Returns the decided answer with the fault's change. Returns nothing when the answer holds nothing to change.
    fn changed(&self, decided: &Reply, now: Timestamp) -> Option<(Reply, Option<WireFault>)> {
        let reply = decided.clone();
        let has_body = !reply.body.is_empty();
        match &self.fault {
            Fault::CutAnswer(framing) => has_body.then_some((reply, Some(WireFault::Cut(*framing)))),
            Fault::SlowDrip(pace) => Some((reply, Some(WireFault::Drip(*pace, Arc::clone(&self.gate))))),
            Fault::EndlessBody => Some((reply, Some(WireFault::Endless))),
            Fault::LateCommit { .. } => Some((reply, None)),
            Fault::WrongContentType => {
                has_body.then_some((Reply { content_type: "text/html; charset=utf-8", ..reply }, None))
            }
            Fault::GzipBomb => {
                let body = gzip_bomb::gzip(&reply.body)?;
                Some((with(Reply { body, ..reply }, CONTENT_ENCODING, "gzip"), None))
            }
            Fault::DateAhead(skew) => {
                let date = now.checked_add(*skew).unwrap_or(Timestamp::MAX);
                Some((with(reply, DATE, http_date(date)), None))
            }
            Fault::DateBehind(skew) => {
                let date = now.checked_sub(*skew).unwrap_or(Timestamp::MIN);
                Some((with(reply, DATE, http_date(date)), None))
            }
            fault if reply.content_type == JSON => {
                let body = corrupt::corrupt(fault, &reply.body)?;
                Some((Reply { body, ..reply }, None))
            }
            _ => None,
        }
    }

    /// Describes the fault, for the transcript.
    pub(super) fn description(&self, succeeded: bool) -> String {
        let what = match &self.fault {
            Fault::ResetUnread => return "connection reset before the request was read".to_owned(),
            Fault::LateCommit { .. } => return "committed late".to_owned(),
            Fault::Reset => "connection reset".to_owned(),
            Fault::NoAnswer => "answer never sent".to_owned(),
            Fault::CutAnswer(_) => "answer cut in the middle".to_owned(),
            Fault::TooManyRequests(_) => "429".to_owned(),
            Fault::ServerError { status, .. } => status.to_string(),
            Fault::Redirect { status, .. } => format!("{status} to another place"),
            fault => {
                let name = fault.to_string();
                name.split(':').next().unwrap_or_default().replace('-', " ")
            }
        };
        match self.when {
            _ if self.is_safe => what,
            When::Before => format!("{what} before commit"),
            When::After if succeeded => format!("{what} after commit"),
            // The request was refused, so there was no commit.
            When::After => what,
        }
    }
}

fn with(mut reply: Reply, name: HeaderName, value: impl Into<String>) -> Reply {
    reply.headers.push((name, value.into()));
    reply
}

fn too_many(after: &RetryAfter, now: Timestamp) -> Reply {
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "too many requests");
    let reply = Reply::from(refusal);
    let value = match after {
        RetryAfter::Absent => return reply,
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::Date(ahead) => http_date(now.checked_add(*ahead).unwrap_or(Timestamp::MAX)),
        RetryAfter::Negative => "-1".to_owned(),
        RetryAfter::Huge => "99999999999999999999".to_owned(),
        RetryAfter::Garbage => "soon".to_owned(),
    };
    with(reply, RETRY_AFTER, value)
}

fn server_error(status: u16, body: ErrorBody) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match body {
        ErrorBody::Json => Refusal::new(status, "server-error", "something went wrong").into(),
        ErrorBody::Html => {
            let page = format!(
                "<html>\r\n<head><title>{status}</title></head>\r\n<body><center><h1>{status}</h1></center></body>\r\n</html>\r\n"
            );
            Reply::bytes(status, "text/html", page.into_bytes(), "")
        }
        ErrorBody::Empty => Reply::empty(status, ""),
    }
}
