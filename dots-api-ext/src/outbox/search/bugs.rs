//! Rules that are removed: each is a change of what the real `step` is given, or of what it returns.

use std::time::Duration;

use super::super::event::{Answer, Event, Illegal, Step};
use super::super::row::{Now, Row, Rules, State, Time};
use super::super::step::step;
use super::{
    AGAIN, AHEAD, AHEAD_RESTORED_GAP, Chances, GAPS, PLANNED_AGAIN, REFUSING, RESTORED, RESTORED_GAP,
    RESTORED_REFUSING, ROTATED, SKEWED, USUAL,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    WindowIgnored,
    WindowFromLastSend,
    WindowByOneClock,
    RefusedInDoubtIsRejected,
    KnownKeyIsRejected,
    SettledIsSentAgain,
    TwoClaims,
    StaleRefusalIsRecorded,
    HandBackToPlanned,
    NothingClearsDoubt,
    NoHorizon,
    LastSendCleared,
    AbsentAfterOnePage,
    AgainWithoutEvidence,
    RestoredWithoutJoin,
    NotCheckedBeforeWrite,
    RotatedIsSentAgain,
    PlannedAgainWithoutLists,
    RestoredListsReadTooEarly,
    ReadingKeepsTheFence,
    OneReadingSuffices,
    DueIsRestoredAsUnsent,
    AheadIsRestoredAsUnsent,
    KeyOfAClockAheadIsSentAgain,
}

/// Every bug, and where it shows.
pub(super) const ALL: [(Bug, Chances); 24] = [
    (Bug::WindowIgnored, USUAL),
    (Bug::WindowFromLastSend, USUAL),
    (Bug::WindowByOneClock, SKEWED),
    (Bug::RefusedInDoubtIsRejected, USUAL),
    (Bug::KnownKeyIsRejected, REFUSING),
    (Bug::SettledIsSentAgain, USUAL),
    (Bug::TwoClaims, USUAL),
    (Bug::StaleRefusalIsRecorded, USUAL),
    (Bug::HandBackToPlanned, REFUSING),
    (Bug::NothingClearsDoubt, Chances { writes: 3, ..REFUSING }),
    (Bug::NoHorizon, USUAL),
    (Bug::LastSendCleared, AGAIN),
    (Bug::AbsentAfterOnePage, AGAIN),
    (Bug::AgainWithoutEvidence, AGAIN),
    (Bug::RestoredWithoutJoin, RESTORED_REFUSING),
    (Bug::NotCheckedBeforeWrite, RESTORED),
    (Bug::RotatedIsSentAgain, ROTATED),
    (Bug::PlannedAgainWithoutLists, PLANNED_AGAIN),
    (Bug::RestoredListsReadTooEarly, PLANNED_AGAIN),
    (Bug::ReadingKeepsTheFence, GAPS),
    (Bug::OneReadingSuffices, GAPS),
    (Bug::DueIsRestoredAsUnsent, RESTORED_GAP),
    (Bug::AheadIsRestoredAsUnsent, AHEAD_RESTORED_GAP),
    (Bug::KeyOfAClockAheadIsSentAgain, AHEAD),
];

/// Steps, with a rule removed.
pub(super) fn step_with(
    bug: Option<Bug>,
    row: &Row,
    event: Event,
    now: Now,
    rules: &Rules,
) -> Result<Step, Illegal> {
    let (mut row, mut event, mut now, mut rules) = (row.clone(), event, now, *rules);
    before(bug, &mut row, &mut event, &mut now, &mut rules);
    let before = row.clone();
    let mut step = step(&row, event, now, &rules)?;
    after(bug, &before, event, now, &mut step);
    Ok(step)
}

fn before(bug: Option<Bug>, row: &mut Row, event: &mut Event, now: &mut Now, rules: &mut Rules) {
    match (bug, event) {
        (Some(Bug::WindowIgnored), Event::Claim) => rules.window = Duration::from_secs(1),
        (Some(Bug::WindowByOneClock), Event::Claim) => now.worker = now.store,
        (Some(Bug::SettledIsSentAgain), Event::Claim) if row.state == State::Settled => {
            (row.state, row.paid, row.planned_at) = (State::Unknown, None, now.earliest());
        }
        (Some(Bug::TwoClaims), Event::Claim) if row.state == State::InFlight => row.state = State::Unknown,
        (Some(Bug::StaleRefusalIsRecorded), Event::Answered { seen, .. }) => {
            (*seen, row.lease_until) = (row.seen(), Some(now.latest().after(rules.lease)));
            // As if nothing had happened since.
            (row.state, row.in_doubt) = (State::InFlight, false);
        }
        (Some(Bug::RestoredListsReadTooEarly), Event::NotSeen { .. }) if row.awaits_listing => {
            row.last_possible_send = None;
        }
        (Some(Bug::DueIsRestoredAsUnsent), Event::Restored) => row.not_before = Time(u64::MAX),
        (Some(Bug::AheadIsRestoredAsUnsent), Event::Restored) => {
            row.planned_at = row.planned_at.min(now.earliest());
        }
        (Some(Bug::OneReadingSuffices), Event::NotSeen { .. }) => row.absences = row.absences.max(1),
        (Some(Bug::NoHorizon), _) => rules.horizon = Duration::ZERO,
        (Some(Bug::AgainWithoutEvidence), Event::PayAgain { .. }) => {
            (row.state, row.absences, row.why) = (State::Review, 2, None);
        }
        _ => {}
    }
}

fn after(bug: Option<Bug>, before: &Row, event: Event, now: Now, step: &mut Step) {
    let row = &mut step.row;
    match (bug, event) {
        (Some(Bug::WindowFromLastSend), Event::Claim) => row.planned_at = now.latest(),
        (Some(Bug::RefusedInDoubtIsRejected), Event::Answered { answer: Answer::Rejected, .. })
        | (Some(Bug::KnownKeyIsRejected), Event::Answered { answer: Answer::KnownKey, .. })
            if row.fence != before.fence =>
        {
            row.state = State::Rejected;
        }
        (Some(Bug::HandBackToPlanned), Event::HandedBack { .. })
        | (Some(Bug::NothingClearsDoubt), Event::Answered { answer: Answer::Nothing(_), .. })
            if row.fence != before.fence =>
        {
            (row.state, row.in_doubt, row.not_before) = (State::Planned, false, Time(0));
        }
        (Some(Bug::KeyOfAClockAheadIsSentAgain), Event::NotSeen { .. }) => row.not_before = before.not_before,
        (Some(Bug::ReadingKeepsTheFence), Event::NotSeen { .. }) => row.fence = before.fence,
        (Some(Bug::DueIsRestoredAsUnsent), Event::Restored) => row.not_before = Time(0),
        (Some(Bug::LastSendCleared), _) => row.last_possible_send = None,
        (Some(Bug::RestoredWithoutJoin), Event::Restored)
        | (Some(Bug::RotatedIsSentAgain), Event::Rotated)
        | (Some(Bug::KeyOfAClockAheadIsSentAgain), Event::ClockWasAhead) => *row = before.clone(),
        _ => {}
    }
}
