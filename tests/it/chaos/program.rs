//! What a program is: clients, things to pay, and steps. Plain data, which is printed when it fails.

use std::time::Duration;

use super::mishap::Mishap;
use super::world::Known;

/// A program.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) seed: u64,
    pub(super) known: Known,
    /// Whether its first process has the record of keys of this process, which the raw client writes as well.
    pub(super) is_this_process: bool,
    pub(super) clients: Vec<Client>,
    pub(super) things: Vec<Thing>,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) struct Client {
    /// The number of its client id.
    pub(super) id: u8,
    pub(super) url: &'static str,
    pub(super) clock: ClockKind,
    pub(super) app: Option<u8>,
    pub(super) timeout: Duration,
    pub(super) policy: Policy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClockKind {
    /// One that says its name.
    Named(u8),
    Nameless,
    /// The machine's.
    Machine,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) attempts: u32,
    pub(super) deadline: Duration,
    pub(super) window: Duration,
}

/// Something to be paid once.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) kind: PaymentKind,
    pub(super) named: Named,
    /// The things that a batch pays.
    pub(super) items: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaymentKind {
    Payout,
    PayoutByPhone,
    Link,
    Transfer,
    TransferBack,
    Wallet,
    Batch,
    /// Only in batches.
    Item,
}

/// How it is told apart from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    ByReference,
    /// By the key that the call has from the beginning.
    ByFreshKey,
    /// By a key that is kept as a text.
    ByText,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) client: usize,
    pub(super) thing: usize,
    pub(super) way: Way,
    pub(super) app: Option<u8>,
    pub(super) told: Told,
    pub(super) policy: Option<Policy>,
    pub(super) timeout: Option<Duration>,
    pub(super) twist: Twist,
    pub(super) limit: Option<Limit>,
    /// Orders its options.
    pub(super) order: u64,
    pub(super) mishaps: Vec<Mishap>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Send,
    /// As an operation that was taken out of the call.
    Run,
    /// By its key, read back from a text.
    ReadBack,
    /// By the raw client.
    Raw,
}

/// What the caller tells of earlier sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    /// What is written on disk.
    Honest,
    Never,
    /// Some time, which only this process knows better.
    Hours(i8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    None,
    OtherAmount,
    /// With the key of another thing.
    KeyOf(usize),
}

/// Its future is polled so often, and then dropped, or kept for later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) polls: u32,
    pub(super) is_kept: bool,
}

/// Where futures are polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    ByHand,
    OneRuntime,
    OtherRuntime,
    Threads,
    Blocking,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    BufferUnordered,
    Buffered,
    Unordered,
    /// The first that is ready ends the others.
    Select,
    /// The loop goes on each second, though no call is ready.
    Ticks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jump {
    Pass(Duration),
    SetDay(i64),
    SleepMachine(Duration),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Calls at once, and what the clock does meanwhile.
    Calls {
        place: Place,
        calls: Vec<Call>,
        jump: Option<(Duration, Jump)>,
    },
    /// Calls in a stream, and calls in the body of its loop.
    Group {
        place: Place,
        grouping: Grouping,
        width: usize,
        calls: Vec<Call>,
        bodies: Vec<Call>,
        reads: usize,
    },
    /// Reads one after another, each of which meets this.
    Reads {
        client: usize,
        count: usize,
        mishap: Mishap,
    },
    /// Futures that were kept go on.
    Resume {
        place: Place,
    },
    Clock(Jump),
    Restart,
}

impl Place {
    /// Whether time goes by only when every task waits. Elsewhere a task that has yielded may be late.
    pub(super) const fn is_in_turn(self) -> bool {
        matches!(self, Self::ByHand | Self::OneRuntime | Self::OtherRuntime)
    }
}

impl Policy {
    pub(super) const STANDARD: Self =
        Self { attempts: 3, deadline: Duration::from_secs(180), window: Duration::from_secs(20 * 60 * 60) };
}
