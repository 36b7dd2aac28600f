//! The names of faults, as the command line and the control API read and write them.

use std::{fmt, str::FromStr, time::Duration};

use jiff::SignedDuration;

use super::{ErrorBody, Fault, Lag, RetryAfter};
use crate::{
    http::{Framing, Pace},
    options::parse_duration,
};

/// The default target of a redirect; `.invalid` resolves nowhere.
const ELSEWHERE: &str = "https://elsewhere.dots-sandbox.invalid/";

/// How far ahead a `Retry-After` date is, and how wrong a `Date` is, by default.
const MINUTE: Duration = Duration::from_secs(60);
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// Text that names no known fault; the message says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError(String);

impl FaultError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

/// The faults without parameters.
static PLAIN: [(&str, Fault); 17] = [
    ("reset-on-accept", Fault::ResetOnAccept),
    ("reset-unread", Fault::ResetUnread),
    ("reset", Fault::Reset),
    ("no-answer", Fault::NoAnswer),
    ("409", Fault::Conflict),
    ("401", Fault::Unauthorized),
    ("endless-body", Fault::EndlessBody),
    ("gzip-bomb", Fault::GzipBomb),
    ("wrong-content-type", Fault::WrongContentType),
    ("other-shape", Fault::OtherShape),
    ("unknown-values", Fault::UnknownValues),
    ("unknown-fields", Fault::UnknownFields),
    ("duplicate-keys", Fault::DuplicateKeys),
    ("deep-nesting", Fault::DeepNesting),
    ("repeated-row", Fault::RepeatedRow),
    ("skipped-row", Fault::SkippedRow),
    ("wrong-amount", Fault::WrongAmount),
];

impl Fault {
    /// The names of all faults, without the parameters that may follow a colon.
    pub const NAMES: &[&str] = &[
        "connection-refused",
        "reset-on-accept",
        "reset-unread",
        "reset",
        "no-answer",
        "cut",
        "late-commit",
        "slow-drip",
        "429",
        "500",
        "502",
        "503",
        "504",
        "409",
        "401",
        "redirect",
        "endless-body",
        "gzip-bomb",
        "wrong-content-type",
        "other-shape",
        "unknown-values",
        "unknown-fields",
        "duplicate-keys",
        "deep-nesting",
        "repeated-row",
        "skipped-row",
        "list-lag",
        "wrong-amount",
        "date-ahead",
        "date-behind",
    ];
}

impl FromStr for Fault {
    type Err = FaultError;

    /// Reads a name such as `reset`, `cut:chunked` or `list-lag:30s`.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, detail) = text.split_once(':').map_or((text, None), |(name, detail)| (name, Some(detail)));
        if let Some((_, fault)) = PLAIN.iter().find(|(plain, _)| *plain == name) {
            return match detail {
                None => Ok(fault.clone()),
                Some(_) => Err(FaultError::new(format!("`{name}` takes nothing behind a colon"))),
            };
        }
        let none = || {
            let names = Self::NAMES.join(", ");
            FaultError::new(match detail {
                Some(detail) if Self::NAMES.contains(&name) => {
                    format!("`{detail}` is nothing that can stand behind `{name}:`")
                }
                _ => format!("`{text}` is not a fault; those are {names}"),
            })
        };
        detailed(name, detail).ok_or_else(none)
    }
}

fn detailed(name: &str, detail: Option<&str>) -> Option<Fault> {
    let time = |otherwise| detail.map_or(Some(otherwise), |text| parse_duration(text).ok());
    let maybe_time = || detail.map_or(Some(None), |text| parse_duration(text).ok().map(Some));
    Some(match name {
        "connection-refused" => Fault::ConnectionRefused { lasting: maybe_time()? },
        "cut" => Fault::CutAnswer(match detail {
            None | Some("length") => Framing::Length,
            Some("chunked") => Framing::Chunked,
            Some("until-close") => Framing::UntilClose,
            Some(_) => return None,
        }),
        "late-commit" => Fault::LateCommit { after: maybe_time()? },
        "slow-drip" if detail == Some("released") => Fault::SlowDrip(Pace::Released),
        "slow-drip" => Fault::SlowDrip(Pace::Every(time(Duration::from_millis(100))?)),
        "429" => Fault::TooManyRequests(retry_after(detail)?),
        "500" | "502" | "503" | "504" => {
            Fault::ServerError { status: name.parse().ok()?, body: error_body(detail)? }
        }
        "redirect" => redirect(detail)?,
        "list-lag" => Fault::ListLag(lag(detail)?),
        "date-ahead" => Fault::DateAhead(time(TWO_HOURS)?),
        "date-behind" => Fault::DateBehind(time(TWO_HOURS)?),
        _ => return None,
    })
}

fn retry_after(detail: Option<&str>) -> Option<RetryAfter> {
    Some(match detail {
        None | Some("absent") => RetryAfter::Absent,
        Some("date") => RetryAfter::Date(MINUTE),
        Some("negative") => RetryAfter::Negative,
        Some("huge") => RetryAfter::Huge,
        Some("garbage") => RetryAfter::Garbage,
        Some(text) => match text.strip_prefix("date:") {
            Some(ahead) => RetryAfter::Date(parse_duration(ahead).ok()?),
            None => RetryAfter::Seconds(text.parse().ok()?),
        },
    })
}

fn error_body(detail: Option<&str>) -> Option<ErrorBody> {
    match detail {
        None | Some("json") => Some(ErrorBody::Json),
        Some("html") => Some(ErrorBody::Html),
        Some("empty") => Some(ErrorBody::Empty),
        Some(_) => None,
    }
}

fn redirect(detail: Option<&str>) -> Option<Fault> {
    let (status, to) = match detail.map(|detail| detail.split_once(':').ok_or(detail)) {
        None => ("307", ELSEWHERE),
        Some(Err(status)) => (status, ELSEWHERE),
        Some(Ok((status, to))) => (status, to),
    };
    let known = ["301", "302", "303", "307", "308"].contains(&status);
    Some(Fault::Redirect { status: known.then(|| status.parse().ok())??, to: to.to_owned() })
}

fn lag(detail: Option<&str>) -> Option<Lag> {
    let text = detail.unwrap_or("1");
    text.parse().map(Lag::Calls).ok().or_else(|| parse_duration(text).map(Lag::Time).ok())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = PLAIN.iter().find(|(_, fault)| fault == self) {
            return f.write_str(name);
        }
        match self {
            Self::ConnectionRefused { lasting } => with_time(f, "connection-refused", *lasting),
            Self::CutAnswer(Framing::Length) => f.write_str("cut:length"),
            Self::CutAnswer(Framing::Chunked) => f.write_str("cut:chunked"),
            Self::CutAnswer(Framing::UntilClose) => f.write_str("cut:until-close"),
            Self::LateCommit { after } => with_time(f, "late-commit", *after),
            Self::SlowDrip(Pace::Released) => f.write_str("slow-drip:released"),
            Self::SlowDrip(Pace::Every(pause)) => with_time(f, "slow-drip", Some(*pause)),
            Self::TooManyRequests(after) => match after {
                RetryAfter::Absent => f.write_str("429"),
                RetryAfter::Seconds(seconds) => write!(f, "429:{seconds}"),
                RetryAfter::Date(ahead) => with_time(f, "429:date", Some(*ahead)),
                RetryAfter::Negative => f.write_str("429:negative"),
                RetryAfter::Huge => f.write_str("429:huge"),
                RetryAfter::Garbage => f.write_str("429:garbage"),
            },
            Self::ServerError { status, body: ErrorBody::Json } => write!(f, "{status}:json"),
            Self::ServerError { status, body: ErrorBody::Html } => write!(f, "{status}:html"),
            Self::ServerError { status, body: ErrorBody::Empty } => write!(f, "{status}:empty"),
            Self::Redirect { status, to } if to == ELSEWHERE => write!(f, "redirect:{status}"),
            Self::Redirect { status, to } => write!(f, "redirect:{status}:{to}"),
            Self::ListLag(Lag::Calls(calls)) => write!(f, "list-lag:{calls}"),
            Self::ListLag(Lag::Time(time)) => with_time(f, "list-lag", Some(*time)),
            Self::DateAhead(skew) => with_time(f, "date-ahead", Some(*skew)),
            Self::DateBehind(skew) => with_time(f, "date-behind", Some(*skew)),
            // The faults without parameters are written by now.
            _ => Ok(()),
        }
    }
}

fn with_time(f: &mut fmt::Formatter<'_>, name: &str, time: Option<Duration>) -> fmt::Result {
    f.write_str(name)?;
    let Some(time) = time else { return Ok(()) };
    let signed = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    // Without spaces, so that the name stays one word on a command line.
    write!(f, ":{}", format!("{signed:#}").replace(' ', ""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn every_name_is_written_as_it_is_read() {
        let detailed = [
            "connection-refused",
            "connection-refused:1m30s",
            "cut:length",
            "cut:chunked",
            "cut:until-close",
            "late-commit",
            "late-commit:30s",
            "slow-drip:100ms",
            "slow-drip:released",
            "429",
            "429:5",
            "429:date:1m",
            "429:negative",
            "429:huge",
            "429:garbage",
            "500:json",
            "502:html",
            "503:empty",
            "504:json",
            "redirect:301",
            "redirect:308:http://127.0.0.1:9/x",
            "list-lag:2",
            "list-lag:30s",
            "date-ahead:2h",
            "date-behind:2h",
        ];
        let plain = PLAIN.iter().map(|(name, _)| *name);
        for name in plain.chain(detailed) {
            assert_eq!(name.parse::<Fault>().unwrap().to_string(), name);
            assert!(Fault::NAMES.contains(&name.split(':').next().unwrap()), "{name}");
        }
        for name in Fault::NAMES {
            assert!(name.parse::<Fault>().unwrap().to_string().starts_with(name), "{name}");
        }
    }

    #[test]
    fn what_names_no_fault_is_refused() {
        for text in
            ["", "rest", "reset:hard", "cut:x", "429:-1", "501", "503:xml", "redirect:304", "list-lag:x"]
        {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }
}
