//! What can happen in the world, and how often.

/// What may go wrong, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Chances {
    /// How many requests may reach Dots.
    pub writes: u8,
    /// How many of them may go wrong.
    pub faults: u8,
    /// How often a person may pay again.
    pub pay_again: u8,
    /// How often a copy from the past may be restored.
    pub restores: u8,
    /// How often a copy from before the plan may be restored, in which it is planned again.
    pub plans_again: u8,
    /// How often the API key may be rotated.
    pub rotations: u8,
    /// How often every list that is read at a moment may leave out what it has to show.
    pub gaps: u8,
    /// How long after its plan the payout is due.
    pub due_after: u64,
    /// When the world ends.
    pub ends: u64,
    /// How far the store's clock may be set back, once.
    pub set_back: u64,
    /// How far all clocks are ahead when it is planned, until they are set right.
    pub ahead: u64,
    /// Whether Dots refuses a key that it knows.
    pub refuses_known: bool,
    /// How many readings of the lists may go on at a time while anything else happens; if none, a reading takes no time.
    pub slow_readings: usize,
    /// How long after the plan the first reading may begin, to leave out those that prove nothing yet.
    pub reads_after: u64,
}

impl Chances {
    pub(super) const NONE: Self = Self {
        writes: 0,
        faults: 0,
        pay_again: 0,
        restores: 0,
        plans_again: 0,
        rotations: 0,
        gaps: 0,
        due_after: 0,
        ends: 0,
        set_back: 0,
        ahead: 0,
        refuses_known: false,
        slow_readings: 0,
        reads_after: 0,
    };
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Claim(usize),
    Write(usize, Fate),
    Record(usize),
    HandBack(usize),
    LeaseEnds,
    Tick,
    CommitLate(usize),
    DropLate(usize),
    Read,
    ReadWithGap,
    BeginReading,
    EndReading(usize),
    Gap,
    PayAgain,
    PayAgainWithGap,
    Copy,
    Restore,
    PlanAgain,
    Rotate,
    SetBack,
    SetRight,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Fine,
    AnswerLost,
    NeverArrives,
    CarriedOutLate,
    Refused,
    Unauthorized,
}
