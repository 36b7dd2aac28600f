//! Dots, as the simulation plays it: it forgets keys, carries requests out late, and shows payments late.

use dots_api_ext::IdempotencyKey;
use fastrand::Rng;

/// A minute, in milliseconds.
pub(super) const MINUTE: u64 = 60_000;
/// A day, in milliseconds.
pub(super) const DAY: u64 = 24 * 60 * MINUTE;
/// How long Dots knows a key.
const KNOWN_FOR: u64 = DAY;
/// How long after it was sent a request may be carried out, and how long after that it may be missing from lists.
pub(super) const LATEST: u64 = 9 * MINUTE;
pub(super) const LAG: u64 = 5 * MINUTE;

/// What one attempt does at Dots, and what its sender learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Paid,
    Refused,
    KnownKey,
    DidNothing,
    NoAnswer,
    OfAnother,
}

/// A payment that was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payment {
    pub number: usize,
    pub generation: u32,
    /// Which of the two lists shows it: of links or of transfers.
    pub list: u8,
    /// On which page of the list it stands.
    pub page: u8,
    /// From when it shows.
    pub at: u64,
}

/// A request that names a payout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub number: usize,
    pub generation: u32,
    pub key: IdempotencyKey,
}

#[derive(Debug, Default)]
pub(super) struct Dots {
    pub refuses_known: bool,
    /// Whether requests are carried out days late.
    pub is_very_late: bool,
    /// Whether a key that is known by then keeps a late request from being carried out.
    pub is_careful: bool,
    known: Vec<(IdempotencyKey, u64)>,
    pub payments: Vec<Payment>,
    late: Vec<(Asked, u64)>,
}

impl Dots {
    /// What Dots does with a request.
    pub(super) fn receive(&mut self, asked: Asked, now: u64, fault_percent: u8, rng: &mut Rng) -> Reply {
        let is_known = self.known.iter().any(|(known, _)| *known == asked.key);
        let is_fine = fault_percent == 0 || rng.u8(..100) >= fault_percent;
        match if is_fine { 0 } else { rng.u8(1..9) } {
            0 if is_known && self.refuses_known => Reply::KnownKey,
            // Also of a key that it knows, such as for the funds that the first one took.
            1 => Reply::Refused,
            2 => Reply::DidNothing,
            3 => Reply::NoAnswer,
            4 | 5 if !is_known => {
                let latest = if self.is_very_late { 4 * KNOWN_FOR } else { LATEST };
                let at = now + rng.u64(1..latest);
                self.late.push((asked, at));
                Reply::NoAnswer
            }
            fate => {
                if !is_known {
                    self.pay(asked, now, rng);
                }
                match fate {
                    0 => Reply::Paid,
                    8 => Reply::OfAnother,
                    _ => Reply::NoAnswer,
                }
            }
        }
    }

    fn pay(&mut self, asked: Asked, at: u64, rng: &mut Rng) {
        self.known.push((asked.key, at));
        let Asked { number, generation, .. } = asked;
        let (list, page, at) = (rng.u8(..2), rng.u8(..2), at + rng.u64(..LAG));
        self.payments.push(Payment { number, generation, list, page, at });
    }

    /// Carries out what is late by now, and forgets old keys.
    ///
    /// Dots does not say what two requests with one key do at once: here, both are carried out, unless it is careful.
    pub(super) fn advance(&mut self, now: u64, rng: &mut Rng) {
        let (due, rest) = std::mem::take(&mut self.late).into_iter().partition(|(_, at)| *at <= now);
        self.late = rest;
        let due: Vec<(Asked, u64)> = due;
        for (asked, at) in due {
            if self.is_careful && self.known.iter().any(|(known, _)| *known == asked.key) {
                continue;
            }
            self.pay(asked, at, rng);
        }
        self.known.retain(|(_, since)| now - since < KNOWN_FOR);
    }

    /// How often a payout was made.
    pub(super) fn times(&self, number: usize) -> usize {
        self.payments.iter().filter(|payment| payment.number == number).count()
    }

    /// The payments of a payout that the lists show.
    pub(super) fn shown(&self, number: usize, now: u64) -> impl Iterator<Item = &Payment> {
        self.payments.iter().filter(move |payment| payment.number == number && payment.at <= now)
    }
}
