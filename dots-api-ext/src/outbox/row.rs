//! A row of the outbox: what is known of one payout, and the times by which it is judged.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time of day, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// Returns the time a while later, or the last one that a store can keep.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        let time = self.0.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        Self(time.min(i64::MAX.unsigned_abs()))
    }

    /// Returns how long ago an earlier time was; nothing if it is still to come.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Returns the time of day as the standard library tells it.
    #[must_use]
    pub fn as_system_time(self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.0)).unwrap_or(UNIX_EPOCH)
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        Self::default().after(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

/// What the clocks say: that of the store and that of the worker.
///
/// A row may be sent only while it is young by both, and time has passed only when it has by both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Now {
    /// The store's clock.
    pub store: Time,
    /// The worker's clock.
    pub worker: Time,
}

impl Now {
    /// Returns the later time, by which a row is older.
    #[must_use]
    pub fn latest(self) -> Time {
        self.store.max(self.worker)
    }

    /// Returns the earlier time, by which less time has passed.
    #[must_use]
    pub fn earliest(self) -> Time {
        self.store.min(self.worker)
    }
}

/// How long each thing may take.
///
/// An outbox takes at most an hour for `timeout` and two for `lease`. A shorter lease than twice the timeout is raised to
/// that, and a shorter window than twice the lease: nothing could be sent else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long after a generation was planned its key may be sent: 20 hours of the 24 that Dots remembers a key
    /// ([references/idempotency]).
    ///
    /// [references/idempotency]: https://docs.dots.dev/references/idempotency
    pub window: Duration,
    /// How long after a request left Dots may still carry it out. Dots does not say; 15 minutes is an assumption.
    pub horizon: Duration,
    /// How long a claim lasts, from its commit to the last byte of the answer.
    pub lease: Duration,
    /// How much of the lease an attempt takes at most.
    pub timeout: Duration,
    /// Whether another store may hold the same references; then no refusal proves that nothing was paid.
    pub shared_references: bool,
}

impl Rules {
    /// Returns rules with which payouts can be sent.
    #[cfg(feature = "_outbox-store")]
    pub(super) fn possible(self) -> Self {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let timeout = self.timeout.min(HOUR);
        let lease = self.lease.min(HOUR * 2).max(timeout * 2);
        Self { timeout, lease, window: self.window.max(lease * 2), ..self }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(20 * 60 * 60),
            horizon: Duration::from_secs(15 * 60),
            lease: Duration::from_secs(120),
            timeout: Duration::from_secs(60),
            shared_references: false,
        }
    }
}

/// Where a payout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// A person has to release it before it is sent.
    Held,
    /// It is to be sent, and nothing that was sent can have paid it.
    Planned,
    /// A worker has the right to send it, until the lease ends.
    InFlight,
    /// It was sent, and may have been paid.
    Unknown,
    /// It is paid.
    Settled,
    /// Dots refused it, and nothing was paid.
    Rejected,
    /// Only a person can say what became of it.
    Review,
    /// A person called it off before it was paid.
    Cancelled,
    /// A person says that it was paid in another way.
    PaidElsewhere,
    /// A person says that it is not to be paid any more, and that it may have been.
    GivenUp,
}

impl State {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::Held,
        Self::Planned,
        Self::InFlight,
        Self::Unknown,
        Self::Settled,
        Self::Rejected,
        Self::Review,
        Self::Cancelled,
        Self::PaidElsewhere,
        Self::GivenUp,
    ];

    /// Returns the state in lower case, such as `in_flight`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Planned => "planned",
            Self::InFlight => "in_flight",
            Self::Unknown => "unknown",
            Self::Settled => "settled",
            Self::Rejected => "rejected",
            Self::Review => "review",
            Self::Cancelled => "cancelled",
            Self::PaidElsewhere => "paid_elsewhere",
            Self::GivenUp => "given_up",
        }
    }

    /// Whether nothing but a person's decision changes it any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Settled | Self::Rejected | Self::Cancelled | Self::PaidElsewhere | Self::GivenUp => true,
            Self::Held | Self::Planned | Self::InFlight | Self::Unknown | Self::Review => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a row needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// Two complete readings of the lists, after Dots can no longer carry it out, did not show it.
    Absent,
    /// The lists show payments that may be this one, and none that certainly is.
    Ambiguous,
    /// Dots answered with another payment.
    Mismatch,
    /// Dots refused a later generation, and an earlier one may have paid.
    RefusedInDoubt,
}

impl Why {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::Absent, Self::Ambiguous, Self::Mismatch, Self::RefusedInDoubt];

    /// Returns the reason in lower case, such as `refused_in_doubt`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Ambiguous => "ambiguous",
            Self::Mismatch => "mismatch",
            Self::RefusedInDoubt => "refused_in_doubt",
        }
    }
}

/// What is known of one payout, without its request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// Where it stands.
    pub state: State,
    /// Counts the keys that it was given; each has another request.
    pub generation: u32,
    /// Raised by every write, so that a write made from an older look is noticed.
    pub fence: u64,
    /// When this generation was planned: the key's window counts from here.
    pub planned_at: Time,
    /// When a request of any generation may last have left; only ever raised.
    pub last_possible_send: Option<Time>,
    /// When the claim ends, while it is in flight.
    pub lease_until: Option<Time>,
    /// When it may be sent at the earliest.
    pub not_before: Time,
    /// Whether an attempt that is over may have paid, under this generation's key.
    pub in_doubt: bool,
    /// Whether an older generation may have paid; for ever.
    pub older_in_doubt: bool,
    /// Whether another store may have sent its keys.
    pub others_may_send: bool,
    /// Whether the lists have to be read before it is sent, since the store was restored.
    pub awaits_listing: bool,
    /// How many complete readings of the lists have not shown it, of those that count.
    pub absences: u8,
    /// Why it needs a person.
    pub why: Option<Why>,
    /// The generation that is known to be paid.
    pub paid: Option<u32>,
    /// What a person has to hear of at once.
    pub alarm: Option<Alarm>,
    /// Whether a person said that it is meant although another payout is alike.
    pub is_meant: bool,
}

impl Row {
    /// Returns the row of a payout that is planned now: the earlier of the times that the clocks say.
    #[must_use]
    pub fn planned(now: Time, rules: &Rules) -> Self {
        Self {
            state: State::Planned,
            generation: 0,
            fence: 0,
            planned_at: now,
            last_possible_send: None,
            lease_until: None,
            not_before: now,
            in_doubt: false,
            older_in_doubt: false,
            others_may_send: rules.shared_references,
            awaits_listing: false,
            absences: 0,
            why: None,
            paid: None,
            alarm: None,
            is_meant: false,
        }
    }

    /// Returns what a writer has to name to show that it has seen this row.
    #[must_use]
    pub const fn seen(&self) -> Seen {
        Seen { generation: self.generation, fence: self.fence }
    }

    /// Whether it may be paid, and is not known to be.
    #[must_use]
    pub const fn may_be_paid(&self) -> bool {
        let may_have_left = matches!(self.state, State::InFlight | State::Unknown | State::Review);
        self.paid.is_none() && (may_have_left || self.in_doubt || self.older_in_doubt)
    }
}

/// Names the row that a writer has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// Its generation.
    pub generation: u32,
    /// Its fence.
    pub fence: u64,
}

/// What a person has to hear of at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Alarm {
    /// Two generations are paid, or one is and a person had paid in another way.
    PaidTwice,
    /// It is paid, and had been called refused, cancelled or given up.
    PaidAfterAll,
    /// Dots shows it with another amount than is written here, such as after a correction that only a lost file knew.
    OtherAmount,
}

impl Alarm {
    /// All alarms.
    pub const ALL: [Self; 3] = [Self::PaidTwice, Self::PaidAfterAll, Self::OtherAmount];

    /// Returns the alarm in lower case, such as `paid_twice`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaidTwice => "paid_twice",
            Self::PaidAfterAll => "paid_after_all",
            Self::OtherAmount => "other_amount",
        }
    }
}
