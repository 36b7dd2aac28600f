//! How an attempt ended, as far as retries and the money are concerned.

use http::StatusCode;

use super::Earlier;

/// Says how an attempt ended that gave no readable success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The operation makes no request that could be sent; nothing left.
    Unsendable,
    /// No connection was opened; nothing left.
    NoConnection,
    /// The request left, and no complete answer came back.
    NoAnswer,
    /// A success came back that does not say what a success says.
    Unreadable,
    /// A success came back that speaks of another amount or another person.
    OtherPayment,
    /// An answer came back that is no success.
    Refused(Refusal),
}

/// Sorts the statuses that are no success by what they prove and what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The call was stopped before the operation: 401, 403, and what is wrong with the request as HTTP.
    AtTheDoor,
    /// Too many requests: 429.
    TooMany,
    /// Another call with the key is under way or was carried out, or something else is in the way: 409.
    Conflict,
    /// Another call is changing the same thing: 409 with the code that says so.
    InUse,
    /// Dots gave up waiting, or did not begin: 408, 425.
    NotNow,
    /// Down for a while that Dots can name: 503 with `Retry-After`.
    Unavailable,
    /// Dots failed, perhaps after the payment: most of 5xx.
    Failed,
    /// Dots will not answer this any better later: 501, 505, 511, and statuses that HTTP does not have.
    Hopeless,
    /// Somebody else answered: a redirect, or a 4xx that gateways have for what they passed on, or a 404 that Dots did
    /// not write.
    Elsewhere,
    /// Dots looked at the operation and refused it: 400, 402, 410, 422, and what else of 4xx is in the shape of its
    /// errors.
    Plain,
}

impl Ending {
    /// What a later refusal may be the echo of.
    pub(crate) const fn leaves(self) -> Earlier {
        match self {
            Self::Unsendable | Self::NoConnection => Earlier::None,
            Self::NoAnswer | Self::Unreadable | Self::OtherPayment => Earlier::Lost,
            Self::Refused(refusal) => match refusal {
                Refusal::NotNow
                | Refusal::Unavailable
                | Refusal::Failed
                | Refusal::Hopeless
                | Refusal::Elsewhere => Earlier::Lost,
                Refusal::AtTheDoor
                | Refusal::TooMany
                | Refusal::Conflict
                | Refusal::InUse
                | Refusal::Plain => Earlier::Refused,
            },
        }
    }
}

/// What the body of an answer that is no success says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// It is an error as Dots writes it.
    Dots,
    /// It is one, and says that another call is changing the same thing (references/error-codes).
    DotsInUse,
    /// Anybody may have written it.
    Anyones,
}

impl Refusal {
    /// Sorts a status by what its body says and whether it asks to wait.
    pub(crate) fn of(status: StatusCode, shape: Shape, asks_to_wait: bool) -> Self {
        match status.as_u16() {
            300..=399 => Self::Elsewhere,
            401 | 403 | 405 | 406 | 411 | 413 | 414 | 415 | 417 | 431 => Self::AtTheDoor,
            408 | 425 => Self::NotNow,
            409 if shape == Shape::DotsInUse => Self::InUse,
            409 => Self::Conflict,
            429 => Self::TooMany,
            // Whoever stands before Dots has statuses of its own for a request that it passed on, such as 460 and 499.
            400 | 402 | 410 | 422 => Self::Plain,
            400..=499 if shape == Shape::Anyones => Self::Elsewhere,
            400..=499 => Self::Plain,
            503 if asks_to_wait => Self::Unavailable,
            501 | 505 | 511 => Self::Hopeless,
            500..=599 => Self::Failed,
            0..=299 | 600..=u16::MAX => Self::Hopeless,
        }
    }
}
