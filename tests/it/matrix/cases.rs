//! The faults: each alone, on both sides of the commit, once and always; and sequences that a seed draws.

use dots_sandbox::{Fault, Sandbox, When};

/// Every fault by its name; `redirect` leads nowhere.
const FAULTS: [&str; 44] = [
    "connection-refused",
    "reset-on-accept",
    "reset-unread",
    "reset",
    "no-answer",
    "cut:length",
    "cut:chunked",
    "cut:until-close",
    "late-commit",
    "slow-drip:1ms",
    "429",
    "429:5",
    "429:date",
    "429:negative",
    "429:huge",
    "429:garbage",
    "500:json",
    "500:html",
    "500:empty",
    "502:json",
    "502:html",
    "502:empty",
    "503:json",
    "503:html",
    "503:empty",
    "504:json",
    "504:html",
    "504:empty",
    "409",
    "401",
    "redirect:301",
    "redirect:302",
    "redirect:303",
    "redirect:307",
    "redirect:308",
    "endless-body",
    "gzip-bomb",
    "wrong-content-type",
    "other-shape",
    "unknown-values",
    "unknown-fields",
    "duplicate-keys",
    "deep-nesting",
    "wrong-amount",
];

/// The faults that leave an answer which reads as it should.
const READABLE: [&str; 5] =
    ["wrong-content-type", "unknown-values", "unknown-fields", "deep-nesting", "slow-drip:1ms"];

/// Faults, one for each attempt, and whether the last one goes on.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) seed: u64,
    faults: Vec<(&'static str, When)>,
    goes_on: bool,
}

impl Case {
    /// Arms the faults, so that each attempt meets the next one.
    pub(super) fn arm(&self, sandbox: &Sandbox, operation: &str) {
        let last = self.faults.len().saturating_sub(1);
        for (number, (name, when)) in self.faults.iter().enumerate() {
            let fault: Fault = name.parse().unwrap();
            let armed = sandbox.inject(fault).on(operation).when(*when);
            let _ = if self.goes_on && number == last { armed.always() } else { armed.times(1) };
        }
    }

    /// Says whether one of the faults answers as if all were well, and nothing was done.
    pub(super) fn makes_up_successes(&self) -> bool {
        self.faults.iter().any(|(name, when)| READABLE.contains(name) && *when == When::Before)
    }

    /// Says whether one of the faults closes a door behind somebody who has gone through.
    pub(super) fn closes_doors_late(&self) -> bool {
        let is_door = |name: &str| name == "401" || name.starts_with("429");
        self.faults.iter().any(|(name, when)| is_door(name) && *when == When::After)
    }
}

/// Every fault alone.
pub(super) fn every_case() -> impl Iterator<Item = Case> {
    FAULTS.into_iter().flat_map(|name| {
        [(When::Before, false), (When::Before, true), (When::After, false), (When::After, true)]
            .map(|(when, goes_on)| Case { seed: 1, faults: vec![(name, when)], goes_on })
    })
}

/// So many sequences of up to four faults.
pub(super) fn sequences(first_seed: u64, count: u64) -> impl Iterator<Item = Case> {
    (first_seed..first_seed + count).map(|seed| {
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut draw = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random >> 33).unwrap() % below
        };
        let faults = (0..=draw(4)).map(|_| {
            let when = if draw(2) == 0 { When::Before } else { When::After };
            (FAULTS[draw(FAULTS.len())], when)
        });
        Case { seed, faults: faults.collect(), goes_on: draw(3) == 0 }
    })
}
