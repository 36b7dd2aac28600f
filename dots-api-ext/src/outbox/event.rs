//! What happens to a row, and what is to be done then.

use std::fmt;

use super::row::{Alarm, Now, Row, Seen, State, Time};

/// What an attempt proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// It is paid.
    Settled,
    /// Dots refused it for what it asks, and this attempt paid nothing.
    Rejected,
    /// The attempt provably did nothing, such as without a connection or by status 401; nothing is sent before then.
    Nothing(Time),
    /// It may be paid; nothing is sent before then.
    Unknown(Time),
    /// Dots refused a key that it knows, so an earlier send probably paid. Only the lists can tell.
    KnownKey,
    /// Dots answered with another payment.
    Mismatch,
}

/// What happens to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// A worker wants to send it.
    Claim,
    /// An attempt is over.
    Answered {
        /// The row as the claim left it.
        seen: Seen,
        /// What the attempt proves.
        answer: Answer,
    },
    /// A worker gives its claim back, and cannot say whether anything was sent.
    HandedBack {
        /// The row as the claim left it.
        seen: Seen,
    },
    /// The lease is over, and no worker has said what came of it.
    LeaseEnded {
        /// Whether the process that held it has certainly ended.
        is_holder_gone: bool,
    },
    /// A list, a webhook or a fetched object shows that a generation is paid.
    Found {
        /// The generation.
        generation: u32,
    },
    /// The same, and the payment is of another amount than the row.
    FoundOther {
        /// The generation.
        generation: u32,
    },
    /// The lists, a webhook or a fetched object show two payments of one generation.
    FoundTwice,
    /// A complete reading of every list in which it may show did not show it.
    NotSeen {
        /// The row as it was before the reading began.
        seen: Seen,
        /// When the reading began.
        begun: Now,
        /// Whether it showed payments that may be this one.
        is_ambiguous: bool,
    },
    /// A person, or a rule about payouts that are alike, holds it; one in doubt stays in doubt.
    Hold,
    /// A person lets a held row be sent.
    Release {
        /// Whether it is sent also if another payout is alike.
        is_meant: bool,
    },
    /// A person calls it off.
    Cancel,
    /// A person replaces its request by another one; what is held stays held.
    Correct {
        /// The row that the new request was made for.
        seen: Seen,
    },
    /// A person says that it is to be paid under a new key.
    PayAgain {
        /// The row as it was before the lists were read for this decision, in which it did not show.
        seen: Seen,
    },
    /// A person says that it was paid in another way.
    PayElsewhere,
    /// A person gives it up.
    GiveUp,
    /// The store is a copy from the past, and another one has gone on since.
    Restored,
    /// The API key was rotated, and Dots may tell the keys of two client ids apart.
    Rotated,
    /// A person says that the clock was ahead: how old a key is that may have been sent, no clock tells any more.
    ClockWasAhead,
}

/// The row after an event, and what is to be done now that it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The row to store.
    pub row: Row,
    /// What to do then.
    pub effect: Effect,
}

/// What is to be done when a step is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing.
    None,
    /// The event changed nothing, and belongs into the log all the same.
    Logged,
    /// Send the request.
    Send(Permit),
    /// Tell a person at once.
    Alarm(Alarm),
}

/// The right to send a request once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Permit {
    /// The row as the claim left it.
    pub seen: Seen,
    /// Whether it is certain that this key was never sent.
    pub is_first: bool,
    /// Since when the key may have been sent, if it was.
    pub since: Time,
    /// When the first byte has to leave at the latest.
    pub until: Time,
}

impl Permit {
    /// Whether the request may still leave; to be checked immediately before it is written.
    #[must_use]
    pub fn allows(&self, now: Now) -> bool {
        now.latest() < self.until && now.earliest() >= self.since
    }
}

/// Why an event cannot happen to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Illegal {
    /// Not in this state, but in one of these.
    State(State, &'static [State]),
    /// Not before then.
    TooEarly(Time),
    /// The key is too old to be sent; the lists have to be read.
    WindowOver,
    /// The lists have to be read first.
    AwaitsListing,
    /// It is paid.
    Paid,
    /// It may have been paid.
    InDoubt,
    /// The row has changed since the writer looked.
    Stale,
    /// Its request is gone, so no other can be made of it.
    NoRequest,
    /// The lists have not been read completely, twice, after Dots can no longer carry it out.
    NotAbsent,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(_, others) => {
                f.write_str("that takes one that is ")?;
                for (number, state) in others.iter().enumerate() {
                    let or = match number {
                        0 => "",
                        _ if number.saturating_add(1) == others.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{or}`{state}`")?;
                }
                Ok(())
            }
            Self::TooEarly(_) => f.write_str("it is too early"),
            Self::WindowOver => f.write_str("its key is too old to be sent, look it up"),
            Self::AwaitsListing => f.write_str("the store was restored, look it up first"),
            Self::Paid => f.write_str("it is paid"),
            Self::InDoubt => f.write_str("it may have been paid"),
            Self::Stale => f.write_str("it has changed meanwhile, look at it again"),
            Self::NoRequest => f.write_str("its request is gone, plan it under another reference"),
            Self::NotAbsent => f.write_str(
                "the lists have not shown twice, completely and late enough, that it was not paid",
            ),
        }
    }
}

impl std::error::Error for Illegal {}
