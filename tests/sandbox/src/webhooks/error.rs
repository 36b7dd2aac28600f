//! Errors of webhooks: a request for one that cannot be met.

use std::fmt;

/// A webhook, an event or a fault that the sandbox refuses; the message says why, and never repeats a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookError(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Url { url: String, reason: &'static str },
    Secret { reason: &'static str },
    Event { event: String },
    Payload { event: String, objection: String },
    App,
    Unknown { id: String },
}

impl WebhookError {
    pub(super) fn url(url: &str, reason: &'static str) -> Self {
        Self(Kind::Url { url: url.to_owned(), reason })
    }

    pub(super) fn secret(reason: &'static str) -> Self {
        Self(Kind::Secret { reason })
    }

    pub(super) fn event(event: &str) -> Self {
        Self(Kind::Event { event: event.to_owned() })
    }

    pub(crate) fn payload(event: &str, objection: String) -> Self {
        Self(Kind::Payload { event: event.to_owned(), objection })
    }

    pub(super) fn app() -> Self {
        Self(Kind::App)
    }

    pub(super) fn unknown(id: &str) -> Self {
        Self(Kind::Unknown { id: id.to_owned() })
    }

    /// Whether the requested webhook does not exist.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.0, Kind::Unknown { .. })
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Url { url, reason } => write!(f, "cannot deliver to `{url}`: {reason}"),
            Kind::Secret { reason } => write!(f, "a signing secret cannot be used: {reason}"),
            Kind::Event { event } => write!(f, "the document has no event `{event}`"),
            Kind::Payload { event, objection } => {
                write!(f, "the payload does not fit `{event}`: {objection}")
            }
            Kind::App => f.write_str("`app_id` is not the id of an app of this sandbox"),
            Kind::Unknown { id } => write!(f, "there is no webhook `{id}`"),
        }
    }
}

impl std::error::Error for WebhookError {}
