//! What became of the money after Dots accepted a payout.

use std::fmt;

/// What became of the money after Dots accepted a payout; it stands beside the [`State`](super::State) and never
/// changes it.
///
/// # Examples
/// ```
/// use dots_api_ext::outbox::Delivery;
///
/// assert!(Delivery::Claimed.can_become(Delivery::Returned));
/// assert!(!Delivery::Failed.can_become(Delivery::PaidOut));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// Dots has it, and the payee has not.
    OnItsWay,
    /// The payee has claimed it.
    Claimed,
    /// It was paid out to the payee.
    PaidOut,
    /// It came back: canceled, expired or reversed.
    Returned,
    /// It failed.
    Failed,
}

impl Delivery {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::OnItsWay, Self::Claimed, Self::PaidOut, Self::Returned, Self::Failed];

    /// Returns it in lower case, such as `paid_out`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnItsWay => "on_its_way",
            Self::Claimed => "claimed",
            Self::PaidOut => "paid_out",
            Self::Returned => "returned",
            Self::Failed => "failed",
        }
    }

    /// Whether one may follow another: forward only, so that an old webhook takes nothing back.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::OnItsWay, Self::Claimed | Self::PaidOut | Self::Returned | Self::Failed)
            | (Self::Claimed, Self::PaidOut | Self::Returned | Self::Failed)
            | (Self::PaidOut, Self::Returned) => true,
            (Self::OnItsWay | Self::Claimed | Self::PaidOut | Self::Returned | Self::Failed, _) => false,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
