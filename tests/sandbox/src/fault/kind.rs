//! The ways in which an exchange goes wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::http::{Framing, Pace};

/// One way in which an exchange goes wrong.
///
/// It stands before or after the commit of the operation, see [`When`]. Each has a name that the command line and
/// `POST /_sandbox/faults` read and [`Display`](std::fmt::Display) writes, such as `cut:chunked` or `503:html`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nobody listens: new connections are refused and idle ones are closed, until the fault is cleared or this much
    /// real time has passed. `connection-refused`, `connection-refused:5s`.
    ConnectionRefused {
        /// How long, in real time; until it is cleared when there is nothing.
        lasting: Option<Duration>,
    },
    /// A connection is accepted and reset at once, before anything is read. It counts connections, not requests, and
    /// does not ask what they are for. `reset-on-accept`.
    ResetOnAccept,
    /// The connection is reset while the body of the request is still unread. `reset-unread`.
    ResetUnread,
    /// The connection is reset in place of the answer. `reset`.
    Reset,
    /// The connection stays open and nothing ever comes. `no-answer`.
    NoAnswer,
    /// The answer ends in the middle of its body. `cut:length`, `cut:chunked`, `cut:until-close`.
    CutAnswer(Framing),
    /// The request is carried out when nobody waits for it any more: when `Sandbox::commit_late` says so, or when the
    /// sandbox's clock has gone this far. Meanwhile its key is in flight. `late-commit`, `late-commit:30s`.
    LateCommit {
        /// How long, by the sandbox's clock; only when it is told to when there is nothing.
        after: Option<Duration>,
    },
    /// The answer comes one byte at a time. `slow-drip:100ms`, `slow-drip:released`.
    SlowDrip(Pace),
    /// Status 429. `429`, `429:5`, `429:date`, `429:negative`, `429:huge`, `429:garbage`.
    TooManyRequests(RetryAfter),
    /// A status of the server's or of a gateway before it. `500`, `502:html`, `503:empty`, `504:json`.
    ServerError {
        /// 500, 502, 503 or 504.
        status: u16,
        /// What stands in the body.
        body: ErrorBody,
    },
    /// Status 409, `resource-busy`, as if another request with the key were under way. `409`.
    Conflict,
    /// Status 401, although the credentials are right. `401`.
    Unauthorized,
    /// A redirect to another place. `redirect`, `redirect:302`, `redirect:307:http://127.0.0.1:9/`.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `Location`.
        to: String,
    },
    /// The answer begins well and never ends. `endless-body`.
    EndlessBody,
    /// The answer, compressed, with 64 MiB of white space behind it. `gzip-bomb`.
    GzipBomb,
    /// The answer with `Content-Type: text/html`. `wrong-content-type`.
    WrongContentType,
    /// The answer inside an object that the document does not have. `other-shape`.
    OtherShape,
    /// The answer with a value that no enumeration lists wherever it has a status, a type or the like. `unknown-values`.
    UnknownValues,
    /// The answer with a field more in every object. `unknown-fields`.
    UnknownFields,
    /// The answer with each of its keys twice, the wrong value first. `duplicate-keys`.
    DuplicateKeys,
    /// The answer with 100,000 arrays, one inside the other, in a field more. `deep-nesting`.
    DeepNesting,
    /// A list page with its first row twice. `repeated-row`.
    RepeatedRow,
    /// A list page without its first row. `skipped-row`.
    SkippedRow,
    /// What was made while the fault is armed shows up late in lists; reading it by its id finds it at once.
    /// `list-lag:2` (list calls), `list-lag:30s` (by the sandbox's clock).
    ListLag(Lag),
    /// The answer with another amount than was asked for, by one cent. `wrong-amount`.
    WrongAmount,
    /// A `Date` later than the sandbox's clock. `date-ahead:2h`.
    DateAhead(Duration),
    /// A `Date` earlier than the sandbox's clock. `date-behind:2h`.
    DateBehind(Duration),
}

/// Which side of the commit a fault stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The operation does not happen, whatever the client sees.
    Before,
    /// The operation has happened, whatever the client sees.
    After,
}

/// The `Retry-After` of a 429.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// No such header.
    Absent,
    /// Seconds.
    Seconds(u64),
    /// A date, this long after the sandbox's clock.
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
    /// A page as a gateway makes it.
    Html,
    /// Nothing.
    Empty,
}

/// How long a new row is missing from lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// For so many list calls that would have shown it.
    Calls(usize),
    /// For so long by the sandbox's clock.
    Time(Duration),
}

/// Where a fault is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InjectionPoint {
    /// Before there is a connection.
    Listener,
    /// When there is a connection, before it says anything.
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

    /// Where the fault stands when nobody says: a refusal before the commit, as it claims, and all else after it,
    /// where money is lost.
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

    /// Whether only a list can show it.
    pub(crate) fn is_about_lists(&self) -> bool {
        matches!(self, Self::RepeatedRow | Self::SkippedRow | Self::ListLag(_))
    }
}
