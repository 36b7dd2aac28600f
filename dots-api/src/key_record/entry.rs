//! One entry of the record, in 72 bits.

use super::{FirstSend, KeyHistory};

/// What the record holds of a key, beside its hash.
///
/// | bits | hold |
/// |---|---|
/// | 24 | the first send by the steady clock, in units of 16 seconds, from four years before that clock began |
/// | 27 | the first send by the time of day, in units of 32 seconds, from 1970 to 2106 |
/// | 14 | the place |
/// | 4 | the operation |
/// | 3 | the history, counted from one: an entry is never zero |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub place: u16,
    pub operation: u8,
    /// Rounded down: a key counts as older, never as younger.
    pub first: Option<FirstSend>,
    pub history: KeyHistory,
}

/// How many bits an entry has.
pub(super) const BITS: u32 = STEADY + DAY + PLACE + OPERATION + HISTORY;

/// How many numbers there are for places, and for operations.
pub(super) const PLACES: u16 = 1 << PLACE;
pub(super) const OPERATIONS: u8 = 1 << OPERATION;

const STEADY: u32 = 24;
const DAY: u32 = 27;
const PLACE: u32 = 14;
const OPERATION: u32 = 4;
const HISTORY: u32 = 3;

const STEADY_UNIT: i64 = 16;
const DAY_UNIT: i64 = 32;

/// Where the steady clock's zero is among its units.
const STEADY_ZERO: i64 = 1 << (STEADY - 1);

/// Both times, where they cannot be told.
const UNTOLD: (u128, u128) = ((1 << STEADY) - 1, (1 << DAY) - 1);

impl Entry {
    /// Puts the entry into bits. A time that does not fit cannot be told any more.
    pub(super) fn to_bits(self) -> u128 {
        let (steady, day) = self.first.and_then(packed).unwrap_or(UNTOLD);
        let history = match self.history {
            KeyHistory::Never => 1,
            KeyHistory::Unheard => 2,
            KeyHistory::Unproven => 3,
            KeyHistory::InDoubt => 4,
            KeyHistory::Answered => 5,
        };
        let bits = steady << DAY | day;
        let bits = bits << PLACE | u128::from(self.place % PLACES);
        let bits = bits << OPERATION | u128::from(self.operation % OPERATIONS);
        bits << HISTORY | history
    }

    /// Reads what [`to_bits`](Self::to_bits) has written.
    pub(super) fn from_bits(bits: u128) -> Self {
        let mut rest = bits;
        let mut take = |count: u32| {
            let low = rest & ((1 << count) - 1);
            rest >>= count;
            low
        };
        let history = match take(HISTORY) {
            1 => KeyHistory::Never,
            2 => KeyHistory::Unheard,
            3 => KeyHistory::Unproven,
            4 => KeyHistory::InDoubt,
            _ => KeyHistory::Answered,
        };
        let operation = u8::try_from(take(OPERATION)).unwrap_or(OPERATIONS - 1);
        let place = u16::try_from(take(PLACE)).unwrap_or(PLACES - 1);
        let day = take(DAY);
        Self { place, operation, first: unpacked((take(STEADY), day)), history }
    }
}

fn packed(first: FirstSend) -> Option<(u128, u128)> {
    let steady = first.steady.div_euclid(STEADY_UNIT).checked_add(STEADY_ZERO)?;
    let day = first.day.div_euclid(DAY_UNIT);
    let packed = (u128::try_from(steady).ok()?, u128::try_from(day).ok()?);
    (packed.0 < UNTOLD.0 && packed.1 < UNTOLD.1).then_some(packed)
}

fn unpacked(packed: (u128, u128)) -> Option<FirstSend> {
    let (steady, day) = (i64::try_from(packed.0).ok()?, i64::try_from(packed.1).ok()?);
    let first = FirstSend { steady: (steady - STEADY_ZERO) * STEADY_UNIT, day: day * DAY_UNIT };
    (packed != UNTOLD).then_some(first)
}
