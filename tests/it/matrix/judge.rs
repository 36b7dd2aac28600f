//! The test oracle: compares what happened in the world with what the client reported.

use dots_api_ext::{Error, Outcome};
use serde_json::{Value, json};

use super::cases::{Case, Step};
use super::kinds::{Answered, Kind};

/// The totals over all cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) cases: usize,
    pub(super) paid: usize,
    pub(super) rejected: usize,
    pub(super) not_sent: usize,
    pub(super) unknown: usize,
    /// Cases with a lie that no client can detect; cases that depend on timing are not counted.
    pub(super) lied_to: usize,
    /// Cases in which a key was carried out twice because it did not protect yet.
    pub(super) raced: usize,
}

/// A case that was played.
pub(super) struct Trial<'a> {
    pub(super) kind: Kind,
    pub(super) case: &'a Case,
    /// The fault of each attempt.
    pub(super) met: &'a [Option<Step>],
    /// Faults that were injected and have not fired.
    pub(super) unfired: &'a [Step],
    pub(super) result: &'a Result<Answered, Error>,
    /// How often the operation happened.
    pub(super) happened: i64,
    /// The content of a true success.
    pub(super) truth: &'a Value,
    /// Whether a key does not protect yet while its first request is in flight.
    pub(super) keys_race: bool,
}

impl Tally {
    /// Judges one case, and counts it.
    pub(super) fn judge(&mut self, trial: &Trial<'_>) -> Result<(), String> {
        self.cases += 1;
        let lie = usize::from(!trial.case.is_silent());
        trial.was_played_in_order()?;
        let happened = trial.happened;
        if trial.races() && happened > 1 {
            self.raced += 1;
        } else if happened > i64::from(!trial.kind.reads()) {
            return Err(trial.wrong("it was to happen once"));
        }
        match trial.result {
            Ok(answered) => {
                self.paid += 1;
                match trial.truth_of(answered)? {
                    Truth::Told => {}
                    Truth::LiedTo => self.lied_to += lie,
                }
            }
            Err(error) => match error.outcome() {
                Outcome::Rejected if happened > 0 && trial.was_shown_the_door_late() => {
                    self.lied_to += lie;
                }
                Outcome::Rejected if happened > 0 => return Err(trial.wrong("it was rejected")),
                Outcome::Rejected => self.rejected += 1,
                Outcome::NotSent if happened > 0 => return Err(trial.wrong("it was not sent")),
                Outcome::NotSent => self.not_sent += 1,
                _ => self.unknown += 1,
            },
        }
        Ok(())
    }

    /// Adds up.
    pub(super) fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.paid += other.paid;
        self.rejected += other.rejected;
        self.not_sent += other.not_sent;
        self.unknown += other.unknown;
        self.lied_to += other.lied_to;
        self.raced += other.raced;
    }
}

/// Whether a success could be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Told,
    LiedTo,
}

impl Trial<'_> {
    pub(super) fn wrong(&self, what: &str) -> String {
        let Self { kind, case, met, happened, .. } = self;
        let result = shown(self.result);
        format!("{kind:?}, {case:?}, met {met:?}: {what}, and it happened {happened} times: {result}")
    }

    /// Checks that every attempt happened and that every injected fault fired.
    fn was_played_in_order(&self) -> Result<(), String> {
        let attempts = match self.result {
            Ok(answered) => answered.attempts,
            Err(error) => error.attempts(),
        };
        if usize::try_from(attempts) != Ok(self.met.len()) {
            return Err(self.wrong(&format!("it says that it had {attempts} attempts")));
        }
        let idle = self.unfired.iter().find(|step| !self.may_be_idle(**step));
        idle.map_or(Ok(()), |step| Err(self.wrong(&format!("{step:?} has not fired"))))
    }

    /// The faults that may not fire: those that change a success, if the key is refused; and all of them, if a request
    /// waits for another one with the same key.
    fn may_be_idle(&self, step: Step) -> bool {
        let waits = self.met.iter().flatten().any(|met| met.commits_late());
        (step.needs_a_success() && self.met.len() > 1) || waits
    }

    /// Where keys race, a deferred request is carried out concurrently with the next one.
    fn races(&self) -> bool {
        self.keys_race && self.met.iter().flatten().any(|step| step.commits_late())
    }

    /// Checks a success against the world.
    fn truth_of(&self, answered: &Answered) -> Result<Truth, String> {
        let last = self.met.last().copied().flatten();
        let mut truth = self.truth.clone();
        let mut lie = false;
        // A read has no request data to compare the answer with.
        if let Some(step) = last.filter(|_| self.kind.reads()) {
            match step.name {
                "wrong-amount" => truth["amount"] = json!(1_001),
                "unknown-values" => truth["status"] = json!("sandbox_unknown"),
                _ => {}
            }
            lie = truth != *self.truth;
        }
        if answered.says != truth {
            return Err(self.wrong(&format!("it was answered with {}", answered.says)));
        }
        if self.kind.reads() || self.happened > 0 {
            return Ok(if lie { Truth::LiedTo } else { Truth::Told });
        }
        if last.is_some_and(Step::makes_up_a_success) {
            return Ok(Truth::LiedTo);
        }
        Err(self.wrong("it succeeded"))
    }

    /// Says whether the last attempt was refused after the operation was carried out, and no earlier attempt was in
    /// doubt.
    pub(super) fn was_shown_the_door_late(&self) -> bool {
        let Some((Some(last), earlier)) = self.met.split_last() else { return false };
        let certain = |met: &Option<Step>| met.is_some_and(Step::says_that_nothing_happened);
        last.closes_the_door_late() && earlier.iter().all(certain)
    }

    /// Says whether an answer was lost, so that a later refusal of the key is evidence of a payment.
    pub(super) fn has_lost_an_answer(&self) -> bool {
        self.met.iter().flatten().any(|step| {
            ["reset", "no-answer", "cut", "50", "redirect"].iter().any(|name| step.name.starts_with(name))
        })
    }
}

pub(super) fn shown(result: &Result<Answered, Error>) -> String {
    match result {
        Ok(answered) => format!("success, {}", answered.says),
        Err(error) => error.to_string(),
    }
}
