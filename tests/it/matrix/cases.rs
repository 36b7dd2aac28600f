//! The cases: each fault alone, before and after the commit, once and always; and random sequences from a seed.

use dots_sandbox::{Fault, When};

/// Every fault by its name; `redirect` leads nowhere.
pub(super) const FAULTS: [&str; 48] = [
    "connection-refused",
    "reset-on-accept",
    "reset-unread",
    "reset",
    "no-answer",
    "cut:length",
    "cut:chunked",
    "cut:until-close",
    "late-commit",
    "late-commit:1s",
    "slow-drip:1ms",
    "slow-drip",
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
    "date-ahead",
    "date-behind",
];

/// The faults that affect lists only; `pagination` covers them.
const ABOUT_LISTS: [&str; 3] = ["repeated-row", "skipped-row", "list-lag"];

/// The faults after which the answer takes longer than the timeout.
const SILENT: [&str; 4] = ["no-answer", "late-commit", "late-commit:1s", "slow-drip"];

/// The faults that leave the answer readable.
const READABLE: [&str; 7] = [
    "wrong-content-type",
    "unknown-values",
    "unknown-fields",
    "deep-nesting",
    "slow-drip:1ms",
    "date-ahead",
    "date-behind",
];

/// The faults that change the content of the answer, if there is something to change.
const ABOUT_SUCCESSES: [&str; 4] = ["wrong-amount", "unknown-values", "duplicate-keys", "other-shape"];

/// A fault, before or after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) when: When,
}

impl Step {
    pub(super) fn fault(self) -> Fault {
        self.name.parse().unwrap()
    }

    pub(super) fn shuts_the_door(self) -> bool {
        self.name == "connection-refused"
    }

    /// Says whether it affects connections rather than requests.
    pub(super) fn is_about_connections(self) -> bool {
        self.shuts_the_door() || self.name == "reset-on-accept"
    }

    pub(super) fn commits_late(self) -> bool {
        self.name.starts_with("late-commit")
    }

    /// Says whether it fakes a success.
    pub(super) fn makes_up_a_success(self) -> bool {
        READABLE.contains(&self.name) && self.when == When::Before
    }

    /// Says whether it refuses a request after the operation was carried out.
    pub(super) fn closes_the_door_late(self) -> bool {
        self.says_that_nothing_happened() && self.when == When::After && !self.shuts_the_door()
    }

    /// Says whether it gives the client reason to be certain that nothing was done.
    pub(super) fn says_that_nothing_happened(self) -> bool {
        self.shuts_the_door() || self.name == "401" || self.name.starts_with("429")
    }

    /// Says whether the fault can change only a success.
    pub(super) fn needs_a_success(self) -> bool {
        ABOUT_SUCCESSES.contains(&self.name)
    }
}

/// Faults, one per attempt, and whether the last one repeats.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) seed: u64,
    pub(super) faults: Vec<Step>,
    pub(super) goes_on: bool,
}

impl Case {
    /// Says whether an attempt runs into its timeout.
    pub(super) fn is_silent(&self) -> bool {
        self.faults.iter().any(|step| SILENT.contains(&step.name))
    }
}

/// Each fault alone.
pub(super) fn every_case() -> impl Iterator<Item = Case> {
    FAULTS.into_iter().flat_map(|name| {
        [(When::Before, false), (When::Before, true), (When::After, false), (When::After, true)]
            .map(|(when, goes_on)| Case { seed: 1, faults: vec![Step { name, when }], goes_on })
    })
}

/// This many random sequences of up to four faults.
pub(super) fn sequences(first_seed: u64, count: u64) -> impl Iterator<Item = Case> {
    (first_seed..first_seed + count).map(|seed| {
        let mut state = seed;
        let mut draw = |below: usize| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            // Adjacent seeds must not give similar sequences.
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            usize::try_from(mixed >> 33).unwrap() % below
        };
        let faults = (0..=draw(4)).map(|_| {
            let when = if draw(2) == 0 { When::Before } else { When::After };
            Step { name: FAULTS[draw(FAULTS.len())], when }
        });
        Case { seed, faults: faults.collect(), goes_on: draw(3) == 0 }
    })
}

#[test]
fn every_fault_of_the_sandbox_is_played_or_is_about_lists() {
    let played = |name: &str| FAULTS.iter().any(|fault| fault.split(':').next() == Some(name));
    let left_out: Vec<&str> = Fault::NAMES.iter().copied().filter(|name| !played(name)).collect();
    assert_eq!(left_out, ABOUT_LISTS);
    for name in FAULTS.iter().chain(&SILENT).chain(&READABLE).chain(&ABOUT_SUCCESSES) {
        assert!(name.parse::<Fault>().is_ok() && FAULTS.contains(name), "{name}");
    }
}
