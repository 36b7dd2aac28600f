//! The rules that keep a payout from being made twice, as one pure function: a row, an event, and the clocks.
//!
//! Every store and every worker goes through [`step`]; it reads no clock and no file. The numbers below are those of
//! the rules that its tests remove one by one.
//!
//! 1. A claim is stored before its request leaves, and the fence is raised by every write.
//! 2. A key is sent only within its window, counted from when its generation was planned, by the older of two clocks.
//! 3. After an attempt of which no answer is known, nothing is sent before the late-commit horizon is over: Dots does not
//!    say what two requests with one key do at once.
//! 4. An answer under an expired lease, or of an older look, changes a row only if it says that it is paid.
//! 5. An attempt that provably did nothing leaves a row as it was; a claim handed back leaves it in doubt.
//! 6. A refusal proves nothing if an earlier attempt, an older generation or another store may have paid.
//! 7. Found may be recorded at any time; absent only by two complete readings past window and horizon.
//! 8. A new key after doubt takes a person, in review, after one more reading.
//! 9. An older generation that shows stops a newer one that was not sent, and is an alarm if the newer one was paid.
//! 10. A restored row is in doubt unless its pay date is still to come, and nothing of it is sent before the lists were
//!     read, after the horizon.
//! 11. What may have been sent with an API key is not sent with another: Dots may tell the keys of two client ids apart.
//! 12. A key that may have been sent is not sent again once a clock was ahead: no clock tells its age any more. What was
//!     never sent is planned anew then, as if its plan were too old.

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise and say why")]
mod tests;

use super::event::{Answer, Effect, Event, Illegal, Permit, Step};
use super::row::{Alarm, Now, Row, Rules, Seen, State, Why};

/// The states in which nothing can have been paid, as far as a state says so.
const UNSENT: &[State] = &[State::Held, State::Planned, State::Rejected];

/// How many complete readings prove that nothing was paid.
const ENOUGH: u8 = 2;

/// Returns the row after an event, and what is to be done once it is stored.
///
/// # Errors
/// Returns why the event cannot happen to the row; nothing is to be stored then.
pub fn step(row: &Row, event: Event, now: Now, rules: &Rules) -> Result<Step, Illegal> {
    let next = row.clone();
    match event {
        Event::Claim => claim(next, now, rules),
        Event::Answered { seen, answer: Answer::Settled } => Ok(found(next, seen.generation)),
        Event::Answered { seen, answer } => Ok(answered(next, seen, answer, now, rules)),
        Event::HandedBack { seen } => handed_back(next, seen, rules),
        Event::LeaseEnded { is_holder_gone } => lease_ended(next, is_holder_gone, now, rules),
        Event::Found { generation } => Ok(found(next, generation)),
        Event::FoundOther { generation } => Ok(found_other(next, generation)),
        Event::FoundTwice => Ok(found_twice(next)),
        Event::NotSeen { seen, begun, is_ambiguous } => not_seen(next, seen, begun, is_ambiguous, rules),
        Event::Hold => from(next, &[State::Planned, State::Unknown]).map(|row| to(row, State::Held)),
        Event::Release { is_meant } => from(next, &[State::Held]).map(|row| released(row, is_meant)),
        Event::Cancel => unsent(next, UNSENT).map(|row| to(row, State::Cancelled)),
        Event::Correct { seen } => correct(next, seen, now),
        Event::PayAgain { seen } => pay_again(next, seen, now),
        Event::PayElsewhere => from(next, &[State::Review]).map(|row| to(row, State::PaidElsewhere)),
        Event::GiveUp => from(next, &[State::Review]).map(|row| to(row, State::GivenUp)),
        Event::Restored => Ok(restored(next, now, rules)),
        Event::Rotated | Event::ClockWasAhead => Ok(only_looked_up(next, now, rules)),
    }
}

/// Whether the key of a row may no longer be sent, by the older of both clocks.
#[must_use]
pub fn is_window_over(row: &Row, now: Now, rules: &Rules) -> bool {
    // A clock behind the plan says nothing of the key's age.
    now.earliest() < row.planned_at || now.latest() >= row.planned_at.after(rules.window)
}

fn claim(row: Row, now: Now, rules: &Rules) -> Result<Step, Illegal> {
    let mut row = from(row, &[State::Planned, State::Unknown])?;
    if row.paid.is_some() {
        return Err(Illegal::Paid);
    }
    if row.awaits_listing {
        return Err(Illegal::AwaitsListing);
    }
    if is_window_over(&row, now, rules)
        || now.latest().after(rules.lease) > row.planned_at.after(rules.window)
    {
        return Err(Illegal::WindowOver);
    }
    if now.earliest() < row.not_before {
        return Err(Illegal::TooEarly(row.not_before));
    }
    let lease_until = now.latest().after(rules.lease);
    row.state = State::InFlight;
    row.lease_until = Some(lease_until);
    row.last_possible_send = row.last_possible_send.max(Some(lease_until));
    row.fence = row.fence.saturating_add(1);
    let is_first = !row.in_doubt && !row.others_may_send;
    let until = now.latest().after(rules.lease.saturating_sub(rules.timeout));
    let permit = Permit { seen: row.seen(), is_first, since: row.planned_at, until };
    Ok(Step { row, effect: Effect::Send(permit) })
}

fn answered(mut row: Row, seen: Seen, answer: Answer, now: Now, rules: &Rules) -> Step {
    let lease_until = row.lease_until.filter(|until| now.latest() < *until);
    if row.state != State::InFlight || row.seen() != seen || lease_until.is_none() {
        return Step { row, effect: Effect::Logged };
    }
    row.lease_until = None;
    let window_end = row.planned_at.after(rules.window);
    match answer {
        Answer::Nothing(not_before) => {
            row.not_before = not_before;
            let state = if row.in_doubt { State::Unknown } else { State::Planned };
            settle_by_older(to(row, state))
        }
        Answer::Rejected if row.in_doubt || row.others_may_send => {
            // Whether it is refused because it is paid, only the lists can tell.
            (row.in_doubt, row.not_before) = (true, window_end);
            to(row, State::Unknown)
        }
        Answer::Rejected if row.older_in_doubt => {
            row.why = Some(Why::RefusedInDoubt);
            settle_by_older(to(row, State::Review))
        }
        Answer::Rejected => to(row, State::Rejected),
        Answer::Unknown(not_before) => {
            // Dots does not say what two requests with one key do at once.
            (row.in_doubt, row.not_before) = (true, not_before.max(now.latest().after(rules.horizon)));
            to(row, State::Unknown)
        }
        Answer::KnownKey => {
            (row.in_doubt, row.not_before) = (true, window_end);
            to(row, State::Unknown)
        }
        Answer::Mismatch => {
            (row.in_doubt, row.why) = (true, Some(Why::Mismatch));
            to(row, State::Review)
        }
        Answer::Settled => {
            let generation = row.generation;
            found(row, generation)
        }
    }
}

/// Ends a row whose older generation is paid once the newer one certainly is not.
fn settle_by_older(step: Step) -> Step {
    let row = step.row;
    if row.paid.is_some() && !row.in_doubt {
        return Step { row: Row { state: State::Settled, why: None, ..row }, effect: step.effect };
    }
    Step { row, ..step }
}

fn handed_back(row: Row, seen: Seen, rules: &Rules) -> Result<Step, Illegal> {
    let row = from(row, &[State::InFlight])?;
    if row.seen() != seen {
        return Err(Illegal::Stale);
    }
    Ok(doubted(row, rules))
}

fn lease_ended(row: Row, is_holder_gone: bool, now: Now, rules: &Rules) -> Result<Step, Illegal> {
    let row = from(row, &[State::InFlight])?;
    let until = row.lease_until.unwrap_or(row.planned_at);
    if !is_holder_gone && now.earliest() < until {
        return Err(Illegal::TooEarly(until));
    }
    Ok(doubted(row, rules))
}

/// Returns the row of a claim of which no answer is known.
fn doubted(mut row: Row, rules: &Rules) -> Step {
    let last = row.last_possible_send.unwrap_or(row.planned_at);
    let not_before = row.not_before.max(last.after(rules.horizon));
    (row.in_doubt, row.lease_until, row.not_before) = (true, None, not_before);
    to(row, State::Unknown)
}

fn found(mut row: Row, generation: u32) -> Step {
    if row.paid == Some(generation) {
        return Step { row, effect: Effect::Logged };
    }
    if row.paid.is_some() || row.state == State::PaidElsewhere {
        row.alarm = Some(Alarm::PaidTwice);
    } else if row.state.is_final() {
        row.alarm = row.alarm.or(Some(Alarm::PaidAfterAll));
    }
    let is_newest = generation >= row.generation;
    // Of a newer generation that was never sent, nothing is left to find out.
    let is_over = is_newest || !row.may_have_left();
    row.paid = row.paid.max(Some(generation));
    row.generation = row.generation.max(generation);
    row.fence = row.fence.saturating_add(1);
    if !row.state.is_final() && is_over {
        (row.state, row.lease_until, row.why) = (State::Settled, None, None);
    }
    let effect = row.alarm.map_or(Effect::None, Effect::Alarm);
    Step { row, effect }
}

/// Returns a row that is paid, and not as it says: nothing of it is paid again, and a person hears that its sum is another.
fn found_other(row: Row, generation: u32) -> Step {
    let Step { mut row, effect } = found(row, generation);
    if row.alarm.is_some() {
        return Step { row, effect };
    }
    (row.alarm, row.fence) = (Some(Alarm::OtherAmount), row.fence.saturating_add(1));
    Step { row, effect: Effect::Alarm(Alarm::OtherAmount) }
}

fn found_twice(mut row: Row) -> Step {
    if row.alarm == Some(Alarm::PaidTwice) {
        return Step { row, effect: Effect::Logged };
    }
    row.alarm = Some(Alarm::PaidTwice);
    row.fence = row.fence.saturating_add(1);
    Step { row, effect: Effect::Alarm(Alarm::PaidTwice) }
}

impl Row {
    /// Whether something of this generation may have been sent.
    fn may_have_left(&self) -> bool {
        self.in_doubt || self.state == State::InFlight
    }
}

fn not_seen(
    mut row: Row,
    seen: Seen,
    begun: Now,
    is_ambiguous: bool,
    rules: &Rules,
) -> Result<Step, Illegal> {
    if row.seen() != seen {
        return Err(Illegal::Stale);
    }
    // Time has to have passed by both clocks.
    let window_end = row.planned_at.after(rules.window);
    let is_over = begun.earliest() >= window_end;
    let is_late = row.last_possible_send.is_none_or(|last| begun.earliest() >= last.after(rules.horizon));
    // Of another store, a payment may show as late as one that was given up.
    let was_awaited = row.awaits_listing && is_late;
    row.awaits_listing &= !is_late;
    // Until its time has come, its key will be too old, and no clock will tell so.
    let is_ageless = row.state == State::Unknown
        && row.planned_at > begun.earliest().after(rules.horizon)
        && row.not_before < window_end;
    if is_ageless {
        row.not_before = window_end;
    }
    match row.state {
        State::Planned if is_window_over(&row, begun, rules) && row.others_may_send => {
            row.in_doubt = true;
            row.last_possible_send = row.last_possible_send.max(Some(begun.latest()));
            Ok(to(row, State::Unknown))
        }
        State::Planned if is_window_over(&row, begun, rules) => Ok(anew(row, begun)),
        State::Unknown | State::Review if is_over && is_late => Ok(absent(row, is_ambiguous)),
        state if was_awaited || is_ageless => Ok(to(row, state)),
        _ => Ok(Step { row, effect: Effect::Logged }),
    }
}

/// Returns the row after a reading of the lists that counts.
fn absent(mut row: Row, is_ambiguous: bool) -> Step {
    let why = Some(if is_ambiguous { Why::Ambiguous } else { Why::Absent });
    if row.absences >= ENOUGH && row.state == State::Review && row.why == why {
        return Step { row, effect: Effect::Logged };
    }
    row.absences = row.absences.saturating_add(1).min(ENOUGH);
    if row.absences < ENOUGH {
        let state = row.state;
        return to(row, state);
    }
    if row.paid.is_some() {
        row.why = None;
        return to(row, State::Settled);
    }
    row.why = why;
    to(row, State::Review)
}

/// Returns the row under a new key; a pay date stays.
fn anew(mut row: Row, now: Now) -> Step {
    row.generation = row.generation.saturating_add(1);
    // The time of its plan is not a pay date: a clock may have been ahead.
    let due = Some(row.not_before).filter(|due| *due > row.planned_at);
    // The earlier time, so that the key is as old by one clock as by the other, or older.
    (row.planned_at, row.not_before) = (now.earliest(), due.max(Some(now.earliest())).unwrap_or_default());
    (row.in_doubt, row.absences, row.why) = (false, 0, None);
    to(row, State::Planned)
}

fn correct(row: Row, seen: Seen, now: Now) -> Result<Step, Illegal> {
    let row = unsent(row, &[State::Held, State::Planned, State::Rejected, State::Cancelled])?;
    if row.seen() != seen {
        return Err(Illegal::Stale);
    }
    // What a person said of the payout before is not said of this one.
    let state = if row.state == State::Held { State::Held } else { State::Planned };
    let Step { row, effect } = anew(row, now);
    Ok(Step { row: Row { state, is_meant: false, ..row }, effect })
}

fn pay_again(row: Row, seen: Seen, now: Now) -> Result<Step, Illegal> {
    let row = from(row, &[State::Review])?;
    if row.seen() != seen {
        return Err(Illegal::Stale);
    }
    if row.paid.is_some() {
        return Err(Illegal::Paid);
    }
    if row.absences < ENOUGH || row.why == Some(Why::Ambiguous) {
        return Err(Illegal::NotAbsent);
    }
    Ok(anew(Row { older_in_doubt: true, not_before: now.earliest(), ..row }, now))
}

fn restored(mut row: Row, now: Now, rules: &Rules) -> Step {
    if row.state == State::Settled {
        return Step { row, effect: Effect::None };
    }
    // The lost store kept to the times as well: what is not due yet, it has not claimed.
    let is_unclaimed = row.last_possible_send.is_none() || row.awaits_listing;
    let is_unsent = matches!(row.state, State::Planned | State::Held) && !row.in_doubt && is_unclaimed;
    // One that was planned by a clock that was ahead was due by that clock.
    let is_waiting = now.latest() < row.not_before && row.planned_at <= now.latest();
    let is_not_due = is_unsent && !row.others_may_send && is_waiting;
    if row.planned_at > now.latest() {
        // By the time of its plan, its key would be young again.
        row.not_before = row.not_before.max(row.planned_at.after(rules.window));
    }
    (row.others_may_send, row.awaits_listing) = (!is_not_due, true);
    row.last_possible_send = row.last_possible_send.max(Some(now.latest()));
    if row.state.is_final() || is_not_due {
        let state = row.state;
        return to(row, state);
    }
    (row.lease_until, row.absences) = (None, 0);
    match row.state {
        State::Review => to(row, State::Review),
        State::Held => to(doubted(row, rules).row, State::Held),
        _ => doubted(row, rules),
    }
}

/// Returns a row of which nothing is sent again without a person if anything of it may have been sent.
fn only_looked_up(mut row: Row, now: Now, rules: &Rules) -> Step {
    let is_open = !row.state.is_final() && row.state != State::Review;
    if !is_open || !(row.may_have_left() || row.others_may_send) {
        return Step { row, effect: Effect::None };
    }
    row.last_possible_send = row.last_possible_send.max(Some(now.latest()));
    (row.in_doubt, row.lease_until) = (true, None);
    row.not_before = row.not_before.max(row.planned_at.after(rules.window));
    let state = if row.state == State::Held { State::Held } else { State::Unknown };
    to(row, state)
}

/// Returns a row that a person has released: one in doubt stays so.
fn released(mut row: Row, is_meant: bool) -> Step {
    row.is_meant |= is_meant;
    let state = if row.in_doubt { State::Unknown } else { State::Planned };
    to(row, state)
}

/// Refuses a row of which anything may have been paid.
fn unsent(row: Row, states: &'static [State]) -> Result<Row, Illegal> {
    let row = from(row, states)?;
    match () {
        () if row.paid.is_some() => Err(Illegal::Paid),
        () if row.awaits_listing => Err(Illegal::AwaitsListing),
        () if row.in_doubt || row.older_in_doubt => Err(Illegal::InDoubt),
        () => Ok(row),
    }
}

fn from(row: Row, states: &'static [State]) -> Result<Row, Illegal> {
    if states.contains(&row.state) { Ok(row) } else { Err(Illegal::State(row.state, states)) }
}

fn to(mut row: Row, state: State) -> Step {
    (row.state, row.fence) = (state, row.fence.saturating_add(1));
    Step { row, effect: Effect::None }
}
