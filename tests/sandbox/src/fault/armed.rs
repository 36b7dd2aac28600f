//! The armed faults, each waiting for its requests.

mod entry;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot, watch};

use super::{
    Candidate, DeferredRequest, Fault, FaultRule, Faults, InjectionPoint, TriggeredFault, When,
    deferred::{self, DeferredRequests},
    draw::Draw,
    list_lag::HiddenRows,
};
use crate::http::Listener;
pub(crate) use entry::Entry;

use crate::{
    http::{Incoming, Reply},
    journal::Entries,
    state::KeyLookup,
};

/// The most bytes that one release can send.
const RELEASE_LIMIT: usize = 1 << 20;

/// The faults of a sandbox, in the order in which they were armed.
#[derive(Debug, Default)]
pub(crate) struct ArmedFaults {
    rules: Vec<ArmedRule>,
    made: u64,
    draw: Option<Draw>,
    deferred: DeferredRequests,
    listener: Option<Arc<Listener>>,
    /// Changes whenever a fault fires.
    fired: watch::Sender<u64>,
    /// Whether any fault is armed or drawn. Read without the lock on the world, which guards everything else here.
    active: Arc<AtomicBool>,
    /// The changes that are not in the state file yet.
    pub(crate) entries: Entries,
}

/// What a handle shares with its rule.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) id: u64,
    pub(crate) fired: Arc<AtomicUsize>,
    pub(crate) gate: Arc<Semaphore>,
}

/// A rule while it is armed.
#[derive(Debug)]
struct ArmedRule {
    rule: FaultRule,
    shared: Shared,
    /// How many requests triggered it, those included whose answers had nothing to corrupt.
    triggered: usize,
    hidden: HiddenRows,
}

impl Shared {
    pub(crate) fn release(&self, bytes: usize) {
        self.gate.add_permits(bytes.min(RELEASE_LIMIT));
    }
}

impl ArmedRule {
    fn is_spent(&self) -> bool {
        self.rule.limit.is_some_and(|limit| self.triggered >= limit)
    }
}

impl ArmedFaults {
    pub(crate) fn set_listener(&mut self, listener: Arc<Listener>) {
        self.listener = Some(listener);
    }

    /// Arms a rule.
    pub(crate) fn arm(&mut self, rule: FaultRule) -> Shared {
        self.made = self.made.saturating_add(1);
        let closes = match (&rule.fault, &self.listener) {
            (Fault::ConnectionRefused { lasting }, Some(listener)) => {
                listener.close();
                lasting.iter().for_each(|lasting| listener.open_after(*lasting));
                true
            }
            _ => false,
        };
        let fired = Arc::new(AtomicUsize::new(usize::from(closes)));
        let shared = Shared { id: self.made, fired, gate: Arc::new(Semaphore::new(0)) };
        let hidden = HiddenRows::default();
        self.rules.push(ArmedRule { rule, shared: shared.clone(), triggered: 0, hidden });
        self.refresh();
        self.notify();
        self.record_rules();
        shared
    }

    /// Arms and draws what is missing; a fault that the state file restored goes on as it was.
    pub(crate) fn arm_missing(&mut self, rules: Vec<FaultRule>, faults: Option<Faults>) {
        let mut there: Vec<FaultRule> = self.rules.iter().map(|armed| armed.rule.clone()).collect();
        for rule in rules {
            match there.iter().position(|known| *known == rule) {
                Some(place) => drop(there.swap_remove(place)),
                None => drop(self.arm(rule)),
            }
        }
        if faults.is_some() && faults.as_ref() != self.draw.as_ref().map(|draw| &draw.faults) {
            self.draw(faults);
        }
    }

    /// Changes an armed rule; does nothing when the rule was cleared.
    pub(crate) fn change(&mut self, id: u64, change: impl FnOnce(&mut FaultRule)) {
        if let Some(armed) = self.find(id) {
            change(&mut armed.rule);
            self.record_rules();
        }
    }

    /// Sends this many more bytes of a slow answer, and returns whether the rule exists.
    pub(crate) fn release(&mut self, id: u64, bytes: usize) -> bool {
        self.find(id).map(|armed| armed.shared.release(bytes)).is_some()
    }

    fn find(&mut self, id: u64) -> Option<&mut ArmedRule> {
        self.rules.iter_mut().find(|armed| armed.shared.id == id)
    }

    /// Starts a draw of random faults, or ends it.
    pub(crate) fn draw(&mut self, faults: Option<Faults>) {
        self.draw = faults.map(Draw::new);
        self.refresh();
        self.record_draw();
    }

    /// Clears one rule, and returns whether it existed.
    pub(crate) fn clear_one(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|armed| armed.shared.id != id);
        self.refresh();
        self.record_rules();
        self.rules.len() < before
    }

    /// Clears every rule and the draw; deferred requests still wait.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.draw = None;
        self.refresh();
        self.record_rules();
        self.record_draw();
    }

    /// Ends everything that waits, because the sandbox stops.
    pub(crate) fn end(&mut self) {
        self.rules.iter().for_each(|armed| armed.shared.gate.close());
        self.deferred.take();
        if let Some(listener) = self.listener.take() {
            listener.end();
        }
    }

    /// Updates what follows from the rules: whether any fault is active, and whether the listener can be open.
    fn refresh(&self) {
        self.active.store(!self.rules.is_empty() || self.draw.is_some(), Ordering::Relaxed);
        let closes = |armed: &ArmedRule| armed.rule.fault.injection_point() == InjectionPoint::Listener;
        if let Some(listener) = self.listener.as_ref().filter(|_| !self.rules.iter().any(closes)) {
            listener.open();
        }
    }

    /// Returns a flag that tells, from now on, whether any fault is active.
    pub(crate) fn active(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.active)
    }

    /// Whether a connection that was just accepted is reset.
    pub(crate) fn resets_accepted(&mut self) -> bool {
        let waits = |armed: &&mut ArmedRule| {
            armed.rule.fault.injection_point() == InjectionPoint::Accept && !armed.is_spent()
        };
        let Some(armed) = self.rules.iter_mut().find(waits) else { return false };
        armed.triggered = armed.triggered.saturating_add(1);
        armed.shared.fired.fetch_add(1, Ordering::Relaxed);
        self.notify();
        self.record_rules();
        true
    }

    /// Finds the fault for a request: the first rule that matches, or else a drawn one.
    pub(crate) fn trigger(
        &mut self,
        point: InjectionPoint,
        candidate: &Candidate<'_>,
        identity: impl FnOnce() -> u64,
    ) -> Option<TriggeredFault> {
        let fits = |armed: &&mut ArmedRule| {
            let rule = &armed.rule;
            let is_possible = candidate.is_safe || !rule.fault.is_about_lists();
            rule.fault.injection_point() == point
                && is_possible
                && !armed.is_spent()
                && rule.target.fits(candidate)
        };
        if let Some(armed) = self.rules.iter_mut().find(fits) {
            armed.triggered = armed.triggered.saturating_add(1);
            let (fault, when) = (armed.rule.fault.clone(), armed.rule.when);
            let (rule, gate) = (Some(armed.shared.id), Arc::clone(&armed.shared.gate));
            self.record_rules();
            return Some(TriggeredFault { fault, when, rule, gate, is_safe: candidate.is_safe });
        }
        if point != InjectionPoint::Request {
            return None;
        }
        let draw = self.draw.as_mut().filter(|draw| draw.fits(candidate))?;
        let identity = identity();
        self.entries.push(&Entry::Met(identity));
        let (fault, when) = draw.next(identity)?;
        Some(TriggeredFault {
            fault,
            when,
            rule: None,
            gate: Arc::new(Semaphore::new(0)),
            is_safe: candidate.is_safe,
        })
    }

    /// Applies a fault to an answer.
    pub(crate) fn apply(&mut self, fault: &TriggeredFault, decided: Reply, now: Timestamp) -> Reply {
        let withheld = match (&fault.fault, fault.rule) {
            (Fault::ListLag(lag), Some(id)) => {
                self.find(id).and_then(|armed| armed.hidden.withhold(&decided.body, *lag, now))
            }
            _ => None,
        };
        let applied = match withheld {
            Some(body) => Ok(fault.withhold(decided, body)),
            None => fault.apply(decided, now),
        };
        match applied {
            Ok(reply) => {
                // A deferred request was counted when it was deferred.
                if !matches!(fault.fault, Fault::LateCommit { .. }) {
                    self.count(fault);
                }
                reply
            }
            Err(reply) => {
                if let Some(armed) = fault.rule.and_then(|id| self.find(id)) {
                    armed.triggered = armed.triggered.saturating_sub(1);
                    self.record_rules();
                }
                reply
            }
        }
    }

    fn count(&mut self, fault: &TriggeredFault) {
        match fault.rule {
            Some(id) => {
                if let Some(armed) = self.find(id) {
                    armed.shared.fired.fetch_add(1, Ordering::Relaxed);
                }
            }
            None => {
                if let Some(draw) = &mut self.draw {
                    draw.fired = draw.fired.saturating_add(1);
                }
            }
        }
        self.notify();
        self.record_rules();
    }

    fn notify(&self) {
        self.fired.send_modify(|fired| *fired = fired.wrapping_add(1));
    }

    /// Notifies whenever a fault fires.
    pub(crate) fn firings(&self) -> watch::Receiver<u64> {
        self.fired.subscribe()
    }

    /// Hides a new object from lists that lag.
    pub(crate) fn hide_new_row(&mut self, reply: &Reply, now: Timestamp) {
        let lags =
            |armed: &&mut ArmedRule| matches!(armed.rule.fault, Fault::ListLag(_)) && !armed.is_spent();
        let mut lagging = self.rules.iter_mut().filter(lags).peekable();
        if lagging.peek().is_none() {
            return;
        }
        let made: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        if let Some(id) = made.get("id").and_then(Value::as_str) {
            lagging.for_each(|armed| armed.hidden.add(id, now));
        }
    }

    /// Defers a request; its answer comes when it is committed.
    pub(crate) fn defer(
        &mut self,
        incoming: &Incoming,
        key: KeyLookup,
        fault: &TriggeredFault,
        now: Timestamp,
    ) -> oneshot::Receiver<Reply> {
        let after = match fault.fault {
            Fault::LateCommit { after } => after,
            _ => None,
        };
        let answered = self.deferred.add(incoming, key, fault.clone(), deferred::due(now, after));
        self.count(fault);
        answered
    }

    /// Takes all deferred requests.
    pub(crate) fn take_deferred(&mut self) -> Vec<DeferredRequest> {
        self.deferred.take()
    }

    /// Takes the deferred request that is due first, if it is due by then.
    pub(crate) fn take_due(&mut self, by: Timestamp) -> Option<(Timestamp, DeferredRequest)> {
        self.deferred.take_due(by)
    }

    /// Returns everything that is armed, and how often it fired, as JSON for the control API.
    pub(crate) fn show(&self) -> Value {
        let rule = |armed: &ArmedRule| {
            let FaultRule { fault, when, target, limit } = &armed.rule;
            let when = if *when == When::Before { "before" } else { "after" };
            json!({
                "id": armed.shared.id,
                "fault": fault.to_string(),
                "when": when,
                "on": target.to_string(),
                "times": limit.map_or_else(|| json!("always"), |limit| json!(limit)),
                "fired": armed.shared.fired.load(Ordering::Relaxed),
            })
        };
        let draw = |draw: &Draw| json!({ "seed": draw.faults.seed(), "rate": draw.faults.part(), "fired": draw.fired });
        json!({
            "faults": self.rules.iter().map(rule).collect::<Vec<_>>(),
            "drawn": self.draw.as_ref().map(draw),
            "waiting_to_commit": self.deferred.len(),
        })
    }
}
