//! Rules that are taken away: each is a change of what the real `step` is given, of what it returns, or of what is read.

use std::time::Duration;

use dots_api_ext::outbox::{
    Answer, Applied, Entry, Event, MemoryStore, Note, Now, Permit, Row, Rules, State, Store as _, Time,
    Wanted, step,
};

use super::dots::Payment;

/// A rule that is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each name says what happens")]
pub enum Bug {
    NewKeyOnRetry,
    RecordedAfterSend,
    NotSynced,
    RefusedInDoubtIsRejected,
    WindowIgnored,
    WindowFromLastSend,
    WindowFromFirstSend,
    WindowByTheStoresClock,
    KnownKeyIsRejected,
    SettledIsSentAgain,
    TwoClaims,
    StaleRefusalIsRecorded,
    HandBackToPlanned,
    NothingClearsDoubt,
    NoHorizon,
    LastSendCleared,
    AbsentAfterOnePage,
    AbsentByOneOfTwoLists,
    AgainWithoutEvidence,
    OlderIsOverlooked,
    SecondIsOverlooked,
    RestoredWithoutJoin,
    NotCheckedBeforeWrite,
    AlikeIsOverlooked,
    OpenIsPruned,
}

impl Bug {
    /// All bugs.
    pub const ALL: [Self; 25] = [
        Self::NewKeyOnRetry,
        Self::RecordedAfterSend,
        Self::NotSynced,
        Self::RefusedInDoubtIsRejected,
        Self::WindowIgnored,
        Self::WindowFromLastSend,
        Self::WindowFromFirstSend,
        Self::WindowByTheStoresClock,
        Self::KnownKeyIsRejected,
        Self::SettledIsSentAgain,
        Self::TwoClaims,
        Self::StaleRefusalIsRecorded,
        Self::HandBackToPlanned,
        Self::NothingClearsDoubt,
        Self::NoHorizon,
        Self::LastSendCleared,
        Self::AbsentAfterOnePage,
        Self::AbsentByOneOfTwoLists,
        Self::AgainWithoutEvidence,
        Self::OlderIsOverlooked,
        Self::SecondIsOverlooked,
        Self::RestoredWithoutJoin,
        Self::NotCheckedBeforeWrite,
        Self::AlikeIsOverlooked,
        Self::OpenIsPruned,
    ];

    /// Whether few worlds suffice to notice it.
    #[must_use]
    pub const fn shows_soon(self) -> bool {
        !matches!(self, Self::WindowByTheStoresClock | Self::NothingClearsDoubt)
    }
}

/// Whether a request may leave.
pub(super) fn allows(bug: Option<Bug>, permit: &Permit, now: Now) -> bool {
    match bug {
        Some(Bug::NotCheckedBeforeWrite) => true,
        Some(Bug::WindowByTheStoresClock) => permit.allows(Now { worker: now.store, ..now }),
        _ => permit.allows(now),
    }
}

/// Whether a reading comes to a payment.
pub(super) fn reads(bug: Option<Bug>, payment: &Payment) -> bool {
    match bug {
        Some(Bug::AbsentAfterOnePage) => payment.page == 0,
        Some(Bug::AbsentByOneOfTwoLists) => payment.list == 0,
        _ => true,
    }
}

/// Empties the requests of payouts that have ended.
pub(super) fn prune(bug: Option<Bug>, store: &mut MemoryStore, ended_before: Time) {
    store.prune(ended_before);
    if bug == Some(Bug::OpenIsPruned) {
        let Ok(open) = store.list(Wanted::In(State::Unknown), "", u32::MAX);
        for reference in open {
            let Ok(Some(mut record)) = store.load(&reference) else { continue };
            record.entry.request.clear();
            let Ok(()) = store.save(&record, record.row.state, "pruned", &Note::default());
        }
    }
}

/// Finds a payout that is alike and was or may have been sent since a time.
pub(super) fn alike(bug: Option<Bug>, store: &mut MemoryStore, entry: &Entry, since: Time) -> Option<String> {
    let Ok(other) = store.alike(entry, since);
    other.filter(|_| bug != Some(Bug::AlikeIsOverlooked))
}

/// Lets an event happen to a row, with a rule taken away.
pub(super) fn apply(
    bug: Option<Bug>,
    store: &mut MemoryStore,
    reference: &str,
    event: Event,
    note: &Note,
    now: Now,
    rules: &Rules,
) -> Applied {
    let Some(bug) = bug else {
        let Ok(applied) = store.apply(reference, event, note, now, rules);
        return applied;
    };
    let Ok(Some(mut record)) = store.load(reference) else { return Applied::Missing };
    let (mut row, mut event, mut now, mut rules) = (record.row.clone(), event, now, *rules);
    before(bug, &mut row, &mut event, &mut now, &mut rules);
    let mut step = match step(&row, event, now, &rules) {
        Ok(step) => step,
        Err(why) => return Applied::Illegal(why, Box::new(record)),
    };
    after(bug, &record.row, event, now, &mut step.row);
    if step.row.generation > record.row.generation
        && step.row.paid.is_none()
        && let Some(next) = &note.next
    {
        (record.entry.key, record.entry.request) = (next.key, next.request.clone());
    }
    let was = record.row.state;
    record.row = step.row.clone();
    let Ok(()) = store.save(&record, was, event.name(), note);
    Applied::Done(step, Box::new(record))
}

fn before(bug: Bug, row: &mut Row, event: &mut Event, now: &mut Now, rules: &mut Rules) {
    match (bug, event) {
        (Bug::WindowIgnored, Event::Claim) => rules.window = Duration::from_secs(90 * 24 * 60 * 60),
        (Bug::WindowByTheStoresClock, Event::Claim) => now.worker = now.store,
        (Bug::SettledIsSentAgain, Event::Claim) if row.state == State::Settled => {
            (row.state, row.paid, row.planned_at) = (State::Unknown, None, now.earliest());
            row.not_before = now.earliest();
        }
        (Bug::TwoClaims, Event::Claim) if row.state == State::InFlight => {
            (row.state, row.not_before) = (State::Unknown, Time(0));
        }
        (Bug::StaleRefusalIsRecorded, Event::Answered { seen, answer: Answer::Rejected }) => {
            (*seen, row.lease_until) = (row.seen(), Some(now.latest().after(rules.lease)));
            // As if nothing had happened since.
            (row.state, row.in_doubt) = (State::InFlight, false);
        }
        (Bug::NoHorizon, _) => rules.horizon = Duration::ZERO,
        (Bug::AgainWithoutEvidence, Event::PayAgain { .. }) => {
            (row.absences, row.why) = (2, None);
        }
        _ => {}
    }
}

fn after(bug: Bug, before: &Row, event: Event, now: Now, row: &mut Row) {
    let has_changed = row.fence != before.fence;
    match (bug, event) {
        (Bug::WindowFromLastSend, Event::Claim) => row.planned_at = now.latest(),
        (Bug::WindowFromFirstSend, Event::Claim) if before.last_possible_send.is_none() => {
            row.planned_at = now.earliest();
        }
        (Bug::RefusedInDoubtIsRejected, Event::Answered { answer: Answer::Rejected, .. })
        | (Bug::KnownKeyIsRejected, Event::Answered { answer: Answer::KnownKey, .. })
            if has_changed =>
        {
            row.state = State::Rejected;
        }
        (Bug::HandBackToPlanned, Event::HandedBack { .. })
        | (Bug::NothingClearsDoubt, Event::Answered { answer: Answer::Nothing(_), .. })
            if has_changed =>
        {
            (row.state, row.in_doubt, row.not_before) = (State::Planned, false, Time(0));
        }
        (Bug::LastSendCleared, _) => row.last_possible_send = None,
        (Bug::RestoredWithoutJoin, Event::Restored) => {
            let lease = (before.state == State::InFlight).then_some(now.earliest());
            *row = Row { lease_until: lease, ..before.clone() };
        }
        (Bug::OlderIsOverlooked, Event::Found { generation }) if generation < before.generation => {
            *row = before.clone();
        }
        (Bug::SecondIsOverlooked, Event::FoundTwice) => *row = before.clone(),
        _ => {}
    }
}
