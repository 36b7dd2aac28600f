//! The journal entries of faults: what is armed, and how far a draw has come.
//!
//! What belongs to one run of the process is not kept: a closed listener, deferred requests, rows that a list
//! withholds.

use std::sync::{Arc, atomic::Ordering};

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::{ArmedFaults, ArmedRule, Shared};
use crate::fault::{
    Fault, FaultError, FaultRule, Faults, InjectionPoint, When, draw::Draw, list_lag::HiddenRows,
    target::Target,
};

/// One change to the faults.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// The armed rules, and how often each fired.
    Rules { made: u64, drawn: usize, rules: Vec<KeptRule> },
    /// A draw begins or ends.
    Draw(Option<KeptDraw>),
    /// A request counts in the draw.
    Met(u64),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptRule {
    id: u64,
    fault: String,
    when: When,
    on: String,
    limit: Option<usize>,
    claimed: usize,
    fired: usize,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptDraw {
    seed: u64,
    rate: f64,
    on: String,
    faults: Vec<(String, When)>,
}

impl ArmedFaults {
    /// Records the armed rules.
    pub(super) fn record_rules(&mut self) {
        if self.entries.is_enabled() {
            let rules = self
                .rules
                .iter()
                .filter(|armed| armed.rule.fault.injection_point() != InjectionPoint::Listener);
            let (made, rules) = (self.made, rules.map(KeptRule::new).collect());
            let drawn = self.draw.as_ref().map_or(0, |draw| draw.fired);
            self.entries.push(&Entry::Rules { made, drawn, rules });
        }
    }

    /// Records the draw.
    pub(super) fn record_draw(&mut self) {
        if self.entries.is_enabled() {
            self.entries.push(&Entry::Draw(self.draw.as_ref().map(KeptDraw::new)));
        }
    }

    /// Restores an entry.
    ///
    /// # Errors
    /// Refuses an unknown fault.
    pub(crate) fn restore(&mut self, entry: Entry) -> Result<(), FaultError> {
        match entry {
            Entry::Rules { made, drawn, rules } => {
                self.made = made;
                self.rules = rules.into_iter().map(KeptRule::restore).collect::<Result<_, _>>()?;
                if let Some(draw) = &mut self.draw {
                    draw.fired = drawn;
                }
            }
            Entry::Draw(kept) => {
                self.draw = kept.map(KeptDraw::restore).transpose()?.map(Draw::new);
            }
            Entry::Met(identity) => {
                if let Some(draw) = &mut self.draw {
                    draw.meet(identity);
                }
            }
        }
        self.refresh();
        Ok(())
    }
}

impl KeptRule {
    fn new(armed: &ArmedRule) -> Self {
        let FaultRule { fault, when, target, limit } = &armed.rule;
        Self {
            id: armed.shared.id,
            fault: fault.to_string(),
            when: *when,
            on: target.to_string(),
            limit: *limit,
            claimed: armed.triggered,
            fired: armed.shared.fired.load(Ordering::Relaxed),
        }
    }

    fn restore(self) -> Result<ArmedRule, FaultError> {
        let (fault, target) = (self.fault.parse::<Fault>()?, Target::read(&self.on)?);
        let rule = FaultRule { fault, when: self.when, target, limit: self.limit };
        let shared =
            Shared { id: self.id, fired: Arc::new(self.fired.into()), gate: Arc::new(Semaphore::new(0)) };
        Ok(ArmedRule { rule, shared, triggered: self.claimed, hidden: HiddenRows::default() })
    }
}

impl KeptDraw {
    fn new(draw: &Draw) -> Self {
        let Faults { seed, rate, target, faults } = &draw.faults;
        let faults = faults.iter().map(|(fault, when)| (fault.to_string(), *when)).collect();
        Self { seed: *seed, rate: *rate, on: target.to_string(), faults }
    }

    fn restore(self) -> Result<Faults, FaultError> {
        let read = |(fault, when): (String, When)| Ok((fault.parse::<Fault>()?, when));
        let faults = self.faults.into_iter().map(read).collect::<Result<_, FaultError>>()?;
        Ok(Faults { seed: self.seed, rate: self.rate, target: Target::read(&self.on)?, faults })
    }
}
