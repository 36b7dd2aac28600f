//! The registry of idempotency keys: which were sent, which are in doubt, and which are in flight.
//!
//! What a key has been through is one value, its [`KeyHistory`]. Whether it is in doubt, whether a refusal is evidence
//! of a payment and whether a call is the first to send it are read off that. It stands in the record of the process,
//! [`dots_api::key_record`], which the raw client writes as well. Here are the leases: one call at a time sends a key to
//! a server.

mod age;
mod leases;

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use dots_api::IdempotencyKey;
use dots_api::key_record::{FirstSend, KeyHistory, KeyRecord, Place, Sent, first_send_now};

use self::leases::{Lease, Leases};
use super::clock::Moment;
use super::event::{Event, Happened};
use crate::error::Outcome;

pub(crate) use age::{Age, TOLERANCE};

/// Knows the keys of a process.
#[derive(Debug)]
pub(crate) struct KeyRegistry {
    record: Arc<KeyRecord>,
    leases: Mutex<Leases>,
    /// Happens when a lease ends.
    ended: Event,
}

/// The server that a client sends to, and the clocks by which it tells times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// By the client's clock.
    pub own: Place,
    /// By the machine's, where the client has another and the machine has one.
    pub machine: Option<Place>,
}

/// When a key was first sent, by the client's clock and by the machine's if that is another.
type Firsts = (FirstSend, Option<FirstSend>);

/// The keys of a call: its own, and those of the items of a batch.
#[derive(Debug)]
pub(crate) struct Keys {
    pub own: IdempotencyKey,
    pub items: Vec<IdempotencyKey>,
}

/// Says what the caller knows of earlier sends of a key by other processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EarlierSends {
    /// No other process can have sent it.
    ///
    /// Then a refusal proves that nothing was paid, also where Dots refuses keys that it knows. Say it of a key that is
    /// kept in one place, which says that it was never sent.
    Never,
    /// Another process has sent it, or this one before it was started again.
    #[non_exhaustive]
    Sent {
        /// When it was first sent.
        first: SystemTime,
        /// What came of that, as far as it is known.
        outcome: Outcome,
    },
}

/// Why a key is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyRefusal {
    /// Another call sends it. The lease of that call ends by itself then, by the machine's steady clock.
    InFlight(Duration),
    /// Another operation has sent it.
    OtherOperation(Option<&'static str>),
    /// It was sent for another app, or for none.
    OtherApp,
    /// The time of its first send is still to come.
    ClocksDiffer,
    /// There is no room to remember another key.
    Full,
}

/// The right to send the keys of a call, until it is dropped or its time is over.
#[derive(Debug)]
pub(crate) struct KeyLease {
    registry: Arc<KeyRegistry>,
    keys: Keys,
    origin: Origin,
    operation: &'static str,
    number: u64,
    /// Nobody else can have sent the keys, says the caller.
    is_promised: bool,
    /// How old the keys were when they were leased, by when they were first sent.
    first_before: Option<Option<FirstSend>>,
    first: Option<Firsts>,
    /// An attempt has left and not come back.
    is_out: bool,
    /// What came of the sends under this lease.
    history: KeyHistory,
}

impl EarlierSends {
    /// Another process first sent the key then, and this came of it.
    #[must_use]
    pub const fn sent(first: SystemTime, outcome: Outcome) -> Self {
        Self::Sent { first, outcome }
    }

    /// Whether an earlier send may have paid.
    pub(crate) fn may_have_paid(self) -> bool {
        matches!(self, Self::Sent { outcome: Outcome::Unknown, .. })
    }
}

impl Keys {
    fn all(&self) -> impl Iterator<Item = &IdempotencyKey> {
        [&self.own].into_iter().chain(&self.items)
    }
}

impl Origin {
    /// Returns the same server and clocks, for calls of an app.
    pub(crate) fn for_app(self, registry: &KeyRegistry, app: &str) -> Self {
        let place = |place| registry.record.place_of_app(place, app);
        Self { own: place(self.own), machine: self.machine.map(place) }
    }

    fn has(self, sent: &Sent) -> bool {
        sent.place.may_be_server_of(self.own)
    }

    /// Returns when a key was first sent here; nothing if it was not. The times of another clock are not compared.
    fn first(self, sends: &[Sent]) -> Option<Option<FirstSend>> {
        sends.iter().find(|sent| self.has(sent))?;
        Some(sends.iter().find(|sent| sent.place == self.own).and_then(|sent| sent.first))
    }

    /// Says what a history at another place means here: elsewhere, a key is known and that is all.
    fn seen(self, place: Place, history: KeyHistory) -> KeyHistory {
        if place.may_be_server_of(self.own) { history } else { history.min(KeyHistory::Unheard) }
    }
}

impl KeyRegistry {
    /// Returns the registry of this process.
    pub(crate) fn of_this_process() -> Arc<Self> {
        static REGISTRY: LazyLock<Arc<KeyRegistry>> =
            LazyLock::new(|| Arc::new(KeyRegistry::with(Arc::clone(KeyRecord::of_this_process()))));
        Arc::clone(&REGISTRY)
    }

    /// Creates the registry of another process, for tests that play one.
    pub(crate) fn of_another_process() -> Arc<Self> {
        Arc::new(Self::with(Arc::new(KeyRecord::with_capacity(1 << 16))))
    }

    fn with(record: Arc<KeyRecord>) -> Self {
        Self { record, leases: Mutex::default(), ended: Event::default() }
    }

    pub(crate) fn is_of_this_process(&self) -> bool {
        Arc::ptr_eq(&self.record, KeyRecord::of_this_process())
    }

    pub(crate) fn record(&self) -> &KeyRecord {
        &self.record
    }

    /// Whether another call may have carried an operation out under one of the keys.
    pub(crate) fn may_be_done(&self, keys: &Keys, origin: Origin, operation: &str) -> bool {
        let in_flight =
            |key| self.leases().others(key, 0).any(|(place, _)| place.may_be_server_of(origin.own));
        keys.all().any(in_flight)
            || keys.all().flat_map(|key| self.record().sends(key)).any(|sent| {
                let is_same = sent.operation.is_none_or(|other| other == operation);
                is_same && origin.has(&sent) && sent.history > KeyHistory::Unheard
            })
    }

    /// Waits until a lease has ended; to be called before [`lease`](Self::lease), so that no end is missed.
    pub(crate) fn ended(&self) -> Happened<'_> {
        self.ended.next()
    }

    /// Leases the keys of a call, all or none.
    pub(crate) fn lease(
        self: &Arc<Self>,
        keys: &Keys,
        origin: Origin,
        operation: &'static str,
        now: Moment,
        earlier: Option<EarlierSends>,
    ) -> Result<KeyLease, KeyRefusal> {
        let told = earlier.and_then(|earlier| told(earlier, now));
        let mut leases = self.leases();
        keys.all().for_each(|key| self.end_if_over(&mut leases, key, origin, now.steady));
        if let Some((first, history)) = told {
            for key in keys.all() {
                // Another client's send may be older, and its clock does not say by how much.
                let other = leases.of(key, origin).filter(|lease| lease.origin.own != origin.own);
                let first = first.filter(|_| other.is_none_or(|lease| lease.sent.is_none()));
                self.note_told(key, (origin, operation), first, history);
            }
            if first.is_none() {
                return Err(KeyRefusal::ClocksDiffer);
            }
        }
        let mut first_before = None;
        for key in keys.all() {
            if let Some(lease) = leases.of(key, origin) {
                return Err(KeyRefusal::InFlight(lease.expires));
            }
            let sends = self.record().sends(key);
            if sends.is_empty() && self.record().is_full() {
                return Err(KeyRefusal::Full);
            }
            if let Some(other) =
                sends.iter().find(|sent| origin.has(sent) && sent.operation != Some(operation))
            {
                return Err(KeyRefusal::OtherOperation(other.operation));
            }
            if sends.iter().any(|sent| origin.has(sent) && !sent.place.is_for_app_of(origin.own)) {
                return Err(KeyRefusal::OtherApp);
            }
            first_before = earliest(first_before, origin.first(&sends));
        }
        let number = leases.begin(keys.all(), origin, operation, now.steady);
        drop(leases);
        let keys = Keys { own: keys.own, items: keys.items.clone() };
        let is_promised = earlier == Some(EarlierSends::Never);
        let (registry, first, history) = (Arc::clone(self), None, KeyHistory::Never);
        Ok(KeyLease {
            registry,
            keys,
            origin,
            operation,
            number,
            is_promised,
            first_before,
            first,
            is_out: false,
            history,
        })
    }

    /// Ends the lease of a call that is not polled any more; what came of its sends stays known.
    fn end_if_over(&self, leases: &mut Leases, key: &IdempotencyKey, origin: Origin, now: Duration) {
        let Some(lease) = leases.of(key, origin).filter(|lease| now >= lease.expires) else { return };
        leases.end(key, lease.number);
        if let Some((firsts, history)) = lease.sent {
            self.note(key, (lease.origin, lease.operation), (Some(firsts.0), firsts.1), history);
        }
    }

    /// Notes what the caller tells of a key, whatever becomes of the call. It makes no key younger than what other clocks
    /// have seen, and is no time by theirs.
    fn note_told(
        &self,
        key: &IdempotencyKey,
        (origin, operation): (Origin, &'static str),
        first: Option<FirstSend>,
        history: KeyHistory,
    ) {
        if first.is_none() && history <= KeyHistory::Unheard {
            return;
        }
        let sends = self.record().sends(key);
        let first = earliest(Some(first), origin.first(&sends)).flatten();
        for sent in sends.into_iter().filter(|sent| origin.has(sent) && sent.place != origin.own) {
            self.record().note(key, Sent { first: None, history, ..sent });
        }
        self.note(key, (origin, operation), (first, None), history);
    }

    fn note(
        &self,
        key: &IdempotencyKey,
        (origin, operation): (Origin, &'static str),
        (own, machine): (Option<FirstSend>, Option<FirstSend>),
        history: KeyHistory,
    ) {
        let machine = origin.machine.zip(machine).map(|(place, first)| (place, Some(first)));
        for (place, first) in [(origin.own, own)].into_iter().chain(machine) {
            self.record().note(key, Sent { place, operation: Some(operation), first, history });
        }
    }

    fn leases(&self) -> MutexGuard<'_, Leases> {
        // It is whole after every step.
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the earlier of two first sends, either of which may not have been, or may be of an unknown time.
fn earliest(one: Option<Option<FirstSend>>, other: Option<Option<FirstSend>>) -> Option<Option<FirstSend>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(FirstSend::earliest(one, other)),
        (one, other) => one.or(other),
    }
}

/// Returns the first send that was told, by both clocks, and what is known by it; no time if that is still to come.
fn told(earlier: EarlierSends, now: Moment) -> Option<(Option<FirstSend>, KeyHistory)> {
    let EarlierSends::Sent { first, outcome } = earlier else { return None };
    let (now, day) = (now.as_first_send(), FirstSend::at(Duration::ZERO, first).day);
    let history = match outcome {
        Outcome::NotSent => KeyHistory::Unheard,
        Outcome::Rejected => KeyHistory::Unproven,
        Outcome::Unknown => KeyHistory::InDoubt,
    };
    let first = FirstSend { day, steady: now.steady.saturating_sub(now.day.saturating_sub(day)) };
    Some(((day.saturating_sub(now.day) <= TOLERANCE).then_some(first), history))
}

impl KeyLease {
    /// Makes the lease last until then, unless another call has it by now.
    pub(crate) fn renew(&self, until: Duration) {
        self.change(|lease| lease.last_until(until));
    }

    /// Returns what is known of the keys: by earlier calls, by others that go on, and by this one.
    pub(crate) fn history(&self) -> KeyHistory {
        self.keys.all().map(|key| self.history_of(key)).max().unwrap_or(KeyHistory::Unheard)
    }

    fn history_of(&self, key: &IdempotencyKey) -> KeyHistory {
        let is_ours_alone = key.serial().is_some() || self.is_promised;
        let unsent = if is_ours_alone { KeyHistory::Never } else { KeyHistory::Unheard };
        // The leases first: one that ends in between has noted its sends by then.
        let leases = self.registry.leases();
        let in_flight = leases.others(key, self.number);
        let in_flight = in_flight.map(|(place, history)| self.origin.seen(place, history));
        let known = in_flight.fold(unsent.max(self.history), KeyHistory::max);
        let sends = self.registry.record().sends(key);
        sends.iter().map(|sent| self.origin.seen(sent.place, sent.history)).fold(known, KeyHistory::max)
    }

    /// Returns how old the oldest key is; nothing while none was sent.
    pub(crate) fn age(&self, now: Moment) -> Option<Age> {
        let first = self.first.map(|(first, _)| Some(first));
        earliest(self.first_before, first).map(|first| Age::of(first, now.as_first_send()))
    }

    /// Notes that an attempt leaves now, and makes the lease last until then; says whether the lease is still there.
    /// If it is not, nothing may leave.
    pub(crate) fn leaves(&mut self, now: Moment, until: Duration) -> bool {
        let by_machine = || self.origin.machine.and_then(|_| first_send_now());
        let firsts = self.first.unwrap_or_else(|| (now.as_first_send(), by_machine()));
        let is_ours = self.change(|lease| {
            lease.last_until(until);
            lease.sent = Some((firsts, KeyHistory::InDoubt));
        });
        if is_ours {
            (self.first, self.is_out) = (Some(firsts), true);
        }
        is_ours
    }

    /// Notes what came of the attempt that has left.
    pub(crate) fn settle(&mut self, history: KeyHistory) {
        self.history = self.history.max(history);
        self.is_out = false;
        self.change(|lease| lease.sent = self.sent());
    }

    /// Ends the lease with what came of the attempt that has left.
    pub(crate) fn end(mut self, history: KeyHistory) {
        (self.history, self.is_out) = (self.history.max(history), false);
    }

    /// Returns what came of the sends under this lease, if it is worth knowing.
    fn sent(&self) -> Option<(Firsts, KeyHistory)> {
        let history = if self.is_out { KeyHistory::InDoubt } else { self.history };
        self.first.filter(|_| history > KeyHistory::Unheard).map(|firsts| (firsts, history))
    }

    fn change(&self, change: impl Fn(&mut Lease)) -> bool {
        let mut leases = self.registry.leases();
        // All of them are changed, also when one is not there any more.
        self.keys.all().filter(|key| !leases.change(key, self.number, &change)).count() == 0
    }

    fn note(&self, firsts: (Option<FirstSend>, Option<FirstSend>), history: KeyHistory) {
        for key in self.keys.all() {
            self.registry.note(key, (self.origin, self.operation), firsts, history);
        }
    }
}

impl Drop for KeyLease {
    /// Keeps what is known: of an attempt that has left and not come back, that it is in doubt.
    fn drop(&mut self) {
        // Before the lease ends: whoever comes next has to see it.
        if let Some((firsts, history)) = self.sent() {
            self.note((Some(firsts.0), firsts.1), history);
        }
        let mut leases = self.registry.leases();
        for key in self.keys.all() {
            leases.end(key, self.number);
        }
        drop(leases);
        self.registry.ended.happen();
    }
}

#[cfg(test)]
mod tests;
