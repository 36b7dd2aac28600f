//! The kinds of faults.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::http::{Framing, Pace};

/// One way in which an exchange goes wrong.
///
/// It fires before or after the commit of the operation, see [`When`]. Each fault has a name, such as `cut:chunked` or
/// `503:html`; the command line and `POST /_sandbox/faults` read it, and [`Display`](std::fmt::Display) writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The port is closed: new connections are refused and idle ones are closed, until the fault is cleared or this
    /// much real time has passed. `connection-refused`, `connection-refused:5s`.
    ConnectionRefused {
        /// How long, in real time. Without a time, until the fault is cleared.
        lasting: Option<Duration>,
    },
    /// A connection is accepted and reset at once, before anything is read. It counts connections, not requests, and
    /// fires for any. `reset-on-accept`.
    ResetOnAccept,
    /// The connection is reset before the body of the request is read. `reset-unread`.
    ResetUnread,
    /// The connection is reset in place of the answer. `reset`.
    Reset,
    /// The connection stays open, and no answer ever comes. `no-answer`.
    NoAnswer,
    /// The answer ends in the middle of its body. `cut:length`, `cut:chunked`, `cut:until-close`.
    CutAnswer(Framing),
    /// The request is committed late, when its client may have given up: when `Sandbox::commit_late` is called, or when
    /// the sandbox's clock has moved this far. Until then its key is in flight. `late-commit`, `late-commit:30s`.
    LateCommit {
        /// How long, by the sandbox's clock. Without a time, only `Sandbox::commit_late` commits it.
        after: Option<Duration>,
    },
    /// The answer comes one byte at a time. `slow-drip:100ms`, `slow-drip:released`.
    SlowDrip(Pace),
    /// Status 429. `429`, `429:5`, `429:date`, `429:negative`, `429:huge`, `429:garbage`.
    TooManyRequests(RetryAfter),
    /// An error status of the server, or of a gateway in front of it. `500`, `502:html`, `503:empty`, `504:json`.
    ServerError {
        /// 500, 502, 503 or 504.
        status: u16,
        /// What the body holds.
        body: ErrorBody,
    },
    /// Status 409, `resource-busy`, as if another request with the key were in flight. `409`.
    Conflict,
    /// Status 401, although the credentials are right. `401`.
    Unauthorized,
    /// A redirect to another URL. `redirect`, `redirect:302`, `redirect:307:http://127.0.0.1:9/`.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `Location`.
        to: String,
    },
    /// The answer begins well and never ends. `endless-body`.
    EndlessBody,
    /// The answer, compressed, followed by 64 MiB of white space. `gzip-bomb`.
    GzipBomb,
    /// The answer with `Content-Type: text/html`. `wrong-content-type`.
    WrongContentType,
    /// The answer wrapped in an object that the document does not have. `other-shape`.
    OtherShape,
    /// The answer with an unknown value in every status, type and other enumeration. `unknown-values`.
    UnknownValues,
    /// The answer with one more field in every object. `unknown-fields`.
    UnknownFields,
    /// The answer with each of its keys twice, the wrong value first. `duplicate-keys`.
    DuplicateKeys,
    /// The answer with one more field that holds 100,000 nested arrays. `deep-nesting`.
    DeepNesting,
    /// A list page with its first row twice. `repeated-row`.
    RepeatedRow,
    /// A list page without its first row. `skipped-row`.
    SkippedRow,
    /// Objects that are created while the fault is armed appear late in lists; reading one by its id finds it at once.
    /// `list-lag:2` (list calls), `list-lag:30s` (by the sandbox's clock).
    ListLag(Lag),
    /// The answer with an amount that is one cent off. `wrong-amount`.
    WrongAmount,
    /// A `Date` later than the sandbox's clock. `date-ahead:2h`.
    DateAhead(Duration),
    /// A `Date` earlier than the sandbox's clock. `date-behind:2h`.
    DateBehind(Duration),
}

/// The side of the commit on which a fault fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The operation does not happen, whatever the client sees.
    Before,
    /// The operation happens, whatever the client sees.
    After,
}

/// The `Retry-After` of a 429.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// No such header.
    Absent,
    /// Seconds.
    Seconds(u64),
    /// A date that is this long after the sandbox's clock.
    Date(Duration),
    /// `-1`.
    Negative,
    /// More seconds than fit into 64 bits.
    Huge,
    /// A word.
    Garbage,
}

/// The body of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorBody {
    /// The API's error shape.
    Json,
    /// An HTML page such as a gateway sends.
    Html,
    /// Nothing.
    Empty,
}

/// How long a new row is missing from lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// For this many list calls that would have shown it.
    Calls(usize),
    /// For this long by the sandbox's clock.
    Time(Duration),
}

/// The point in an exchange at which a fault fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InjectionPoint {
    /// Before there is a connection.
    Listener,
    /// On a new connection, before anything is read.
    Accept,
    /// When the head of a request is read and its body is not.
    Head,
    /// When the request is read.
    Request,
}

impl Fault {
    pub(crate) fn injection_point(&self) -> InjectionPoint {
        match self {
            Self::ConnectionRefused { .. } => InjectionPoint::Listener,
            Self::ResetOnAccept => InjectionPoint::Accept,
            Self::ResetUnread => InjectionPoint::Head,
            _ => InjectionPoint::Request,
        }
    }

    /// Returns the default side of the commit: before it for refusals, which is what they claim, and after it for all
    /// other faults, where clients lose money.
    pub(crate) fn usually(&self) -> When {
        match self {
            Self::ConnectionRefused { .. }
            | Self::ResetOnAccept
            | Self::ResetUnread
            | Self::TooManyRequests(_)
            | Self::Conflict
            | Self::Unauthorized
            | Self::Redirect { .. } => When::Before,
            _ => When::After,
        }
    }

    /// Whether only a list can show the fault.
    pub(crate) fn is_about_lists(&self) -> bool {
        matches!(self, Self::RepeatedRow | Self::SkippedRow | Self::ListLag(_))
    }
}
