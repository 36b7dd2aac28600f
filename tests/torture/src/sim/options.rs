//! What a seed expands to.

use fastrand::Rng;

/// What a seed expands to, beside the order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many payouts there are.
    pub payouts: usize,
    /// How much happens before all is well again.
    pub moves: u32,
    /// Whether Dots refuses a key that it knows, and does not return what it made the first time.
    pub refuses_known: bool,
    /// How many requests in a hundred go wrong.
    pub fault_percent: u8,
    /// Which clock is wrong, and jumps.
    pub wrong_clock: Option<WrongClock>,
    /// Whether copies from the past are restored.
    pub restores: bool,
    /// How many minutes later a second store plans the same payouts.
    pub twin_after: Option<u64>,
    /// Whether people hold, cancel and correct payouts.
    pub people: bool,
    /// Whether the first two payouts pay the same amount to the same payee.
    pub alike: bool,
    /// Whether requests are carried out days late, against what the rules assume: then a payout that a person had made
    /// again may be made twice, and that has to be told.
    pub very_late: bool,
}

/// A clock that is wrong; the other one is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongClock {
    /// The store's.
    Store,
    /// The worker's.
    Worker,
}

impl Options {
    /// Draws the options of a world.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let one_of = |rng: &mut Rng, n: u8| rng.u8(..n) == 0;
        let wrong_clock = one_of(rng, 3).then(|| match rng.bool() {
            true => WrongClock::Store,
            false => WrongClock::Worker,
        });
        let restores = one_of(rng, 4);
        let twin_after = (!restores && one_of(rng, 5)).then(|| rng.u64(..180));
        Self {
            payouts: rng.usize(1..4),
            moves: rng.u32(20..120),
            refuses_known: rng.bool(),
            fault_percent: rng.u8(10..90),
            wrong_clock,
            restores,
            twin_after,
            people: twin_after.is_none() && one_of(rng, 2),
            alike: twin_after.is_none() && one_of(rng, 3),
            very_late: twin_after.is_none() && !restores && one_of(rng, 6),
        }
    }
}
