//! Each row of the table of failures and each rule, by number, and what holds for every state and event.

use std::time::Duration;

use super::super::event::{Answer, Effect, Event, Illegal, Permit, Step};
use super::super::row::{Alarm, Now, Row, Rules, Seen, State, Time, Why};
use super::step;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const START: u64 = 1_700_000_000_000;

fn rules() -> Rules {
    Rules::default()
}

fn at(milliseconds: u64) -> Now {
    let time = Time(START + milliseconds);
    Now { store: time, worker: time }
}

fn planned() -> Row {
    Row::planned(at(0).store, &rules())
}

fn go(row: &Row, event: Event, time: u64) -> Step {
    step(row, event, at(time), &rules()).unwrap()
}

fn refused(row: &Row, event: Event, time: u64) -> Illegal {
    step(row, event, at(time), &rules()).unwrap_err()
}

/// Claims a row, and returns it with the right to send it.
fn claimed(row: &Row, time: u64) -> (Row, Permit) {
    let Step { row, effect: Effect::Send(permit) } = go(row, Event::Claim, time) else { panic!("it sends") };
    (row, permit)
}

fn answered(row: &Row, permit: Permit, answer: Answer, time: u64) -> Row {
    go(row, Event::Answered { seen: permit.seen, answer }, time).row
}

/// A row that was sent once, and of which nothing is known.
fn in_doubt() -> Row {
    let (row, permit) = claimed(&planned(), 0);
    answered(&row, permit, Answer::Unknown(at(1).store), 1)
}

/// Reads the lists, which do not show the row.
fn unseen(row: &Row, time: u64) -> Row {
    go(row, Event::NotSeen { seen: row.seen(), begun: at(time), is_ambiguous: false }, time).row
}

fn in_review() -> Row {
    unseen(&unseen(&in_doubt(), 21 * HOUR), 22 * HOUR)
}

#[test]
fn row_2_what_was_never_claimed_is_sent_as_the_first() {
    let (row, permit) = claimed(&planned(), 5);
    assert_eq!((row.state, permit.is_first), (State::InFlight, true));
}

#[test]
fn rows_3_to_5_a_crash_after_the_claim_is_in_doubt_and_waits_for_the_horizon() {
    let (row, _) = claimed(&planned(), 0);
    assert!(matches!(refused(&row, Event::LeaseEnded { is_holder_gone: false }, 1), Illegal::TooEarly(_)));
    let row = go(&row, Event::LeaseEnded { is_holder_gone: true }, 1).row;
    assert_eq!((row.state, row.in_doubt), (State::Unknown, true));
    assert!(matches!(refused(&row, Event::Claim, 16 * MINUTE), Illegal::TooEarly(_)));
    let (_, permit) = claimed(&row, 18 * MINUTE);
    assert!(!permit.is_first);
}

#[test]
fn row_6_what_is_settled_is_never_sent() {
    let (row, permit) = claimed(&planned(), 0);
    let row = answered(&row, permit, Answer::Settled, 1);
    assert!(matches!(refused(&row, Event::Claim, 1), Illegal::State(State::Settled, _)));
}

#[test]
fn row_7_an_attempt_that_did_nothing_leaves_it_as_it_was() {
    let (row, permit) = claimed(&planned(), 0);
    let row = answered(&row, permit, Answer::Nothing(at(2).store), 1);
    assert_eq!((row.state, row.in_doubt), (State::Planned, false));
    let (_, permit) = claimed(&row, 3);
    assert!(permit.is_first);
    // After a doubt, the doubt stays.
    let (row, permit) = claimed(&in_doubt(), HOUR);
    let row = answered(&row, permit, Answer::Nothing(at(2).store), HOUR + 1);
    assert_eq!((row.state, row.in_doubt), (State::Unknown, true));
}

#[test]
fn rows_8_to_13_what_may_have_arrived_waits_and_is_not_the_first_again() {
    let row = in_doubt();
    assert!(matches!(refused(&row, Event::Claim, 10 * MINUTE), Illegal::TooEarly(_)));
    let (_, permit) = claimed(&row, 16 * MINUTE);
    assert!(!permit.is_first);
}

#[test]
fn row_14_an_answer_about_another_payment_needs_a_person() {
    let (row, permit) = claimed(&planned(), 0);
    let row = answered(&row, permit, Answer::Mismatch, 1);
    assert_eq!((row.state, row.why), (State::Review, Some(Why::Mismatch)));
    assert_eq!(refused(&row, Event::PayAgain { seen: row.seen() }, 30 * HOUR), Illegal::NotAbsent);
}

#[test]
fn rows_15_and_16_a_refusal_proves_something_only_without_a_doubt() {
    let (row, permit) = claimed(&planned(), 0);
    assert_eq!(answered(&row, permit, Answer::Rejected, 1).state, State::Rejected);
    let (row, permit) = claimed(&in_doubt(), HOUR);
    let row = answered(&row, permit, Answer::Rejected, HOUR + 1);
    assert_eq!((row.state, row.in_doubt), (State::Unknown, true));
    // Only the lists can tell now.
    assert!(matches!(refused(&row, Event::Claim, 10 * HOUR), Illegal::TooEarly(_)));
    let shared = Row { others_may_send: true, ..planned() };
    let (row, permit) = claimed(&shared, 0);
    assert_eq!(answered(&row, permit, Answer::Rejected, 1).state, State::Unknown);
}

#[test]
fn row_23_an_old_key_is_never_sent() {
    assert_eq!(refused(&in_doubt(), Event::Claim, 20 * HOUR), Illegal::WindowOver);
    assert_eq!(refused(&planned(), Event::Claim, 20 * HOUR), Illegal::WindowOver);
    // Not even if the lease alone would outlast the window.
    assert_eq!(refused(&planned(), Event::Claim, 20 * HOUR - MINUTE), Illegal::WindowOver);
}

#[test]
fn row_24_the_older_of_two_clocks_counts() {
    let now = Now { store: at(0).store, worker: at(21 * HOUR).store };
    assert_eq!(step(&planned(), Event::Claim, now, &rules()).unwrap_err(), Illegal::WindowOver);
    let behind = Now { store: at(0).store, worker: Time(START - 1) };
    assert_eq!(step(&planned(), Event::Claim, behind, &rules()).unwrap_err(), Illegal::WindowOver);
}

#[test]
fn row_25_a_claim_is_checked_again_before_the_write() {
    let (_, permit) = claimed(&planned(), 0);
    assert!(permit.allows(at(0)));
    assert!(!permit.allows(at(MINUTE)));
    assert!(!permit.allows(Now { store: at(0).store, worker: Time(START - 1) }));
}

#[test]
fn rule_2_a_row_has_one_claim() {
    let (row, _) = claimed(&planned(), 0);
    assert!(matches!(refused(&row, Event::Claim, 1), Illegal::State(State::InFlight, _)));
}

#[test]
fn rule_3_what_was_never_sent_gets_a_new_key_once_the_lists_do_not_show_it() {
    let row = unseen(&planned(), 21 * HOUR);
    assert_eq!((row.state, row.generation, row.older_in_doubt), (State::Planned, 1, false));
    let (_, permit) = claimed(&row, 21 * HOUR + 1);
    assert!(permit.is_first);
}

#[test]
fn rule_4_the_last_possible_send_is_never_forgotten() {
    let (row, permit) = claimed(&planned(), 0);
    let last = row.last_possible_send;
    let row = answered(&row, permit, Answer::Nothing(at(1).store), 1);
    assert_eq!(row.last_possible_send, last);
    let (row, _) = claimed(&row, MINUTE);
    assert!(row.last_possible_send > last);
}

#[test]
fn rule_5_a_late_answer_changes_a_row_only_if_it_is_paid() {
    let (row, permit) = claimed(&planned(), 0);
    let late = Event::Answered { seen: permit.seen, answer: Answer::Rejected };
    assert_eq!(go(&row, late, 3 * MINUTE), Step { row: row.clone(), effect: Effect::Logged });
    let ended = go(&row, Event::LeaseEnded { is_holder_gone: false }, 3 * MINUTE).row;
    assert_eq!(go(&ended, late, 3 * MINUTE).effect, Effect::Logged);
    let paid = Event::Answered { seen: permit.seen, answer: Answer::Settled };
    assert_eq!(go(&ended, paid, 3 * MINUTE).row.state, State::Settled);
}

#[test]
fn rule_6_a_claim_that_is_handed_back_stays_in_doubt() {
    let (row, permit) = claimed(&planned(), 0);
    let row = go(&row, Event::HandedBack { seen: permit.seen }, 1).row;
    assert_eq!((row.state, row.in_doubt), (State::Unknown, true));
    let stale = Seen { fence: permit.seen.fence + 1, ..permit.seen };
    let (row, _) = claimed(&planned(), 0);
    assert_eq!(refused(&row, Event::HandedBack { seen: stale }, 1), Illegal::Stale);
}

#[test]
fn rule_8_absence_takes_two_readings_past_window_and_horizon() {
    let row = in_doubt();
    for early in [HOUR, 19 * HOUR] {
        assert_eq!(unseen(&row, early).absences, 0);
    }
    let (late, permit) = claimed(&row, 20 * HOUR - 3 * MINUTE);
    let late = answered(&late, permit, Answer::Unknown(at(0).store), 20 * HOUR - 2 * MINUTE);
    // The window is over, and what was sent last may still be carried out.
    assert_eq!(unseen(&late, 20 * HOUR + MINUTE).absences, 0);
    let once = unseen(&late, 21 * HOUR);
    assert_eq!((once.state, once.absences), (State::Unknown, 1));
    let twice = unseen(&once, 21 * HOUR + 1);
    assert_eq!((twice.state, twice.why), (State::Review, Some(Why::Absent)));
    // A reading that began before the last change says nothing.
    let old = Event::NotSeen { seen: row.seen(), begun: at(21 * HOUR), is_ambiguous: false };
    assert_eq!(refused(&once, old, 22 * HOUR), Illegal::Stale);
}

#[test]
fn rule_9_pay_again_is_for_review_only_and_is_never_rejected_after() {
    let row = in_doubt();
    assert!(matches!(
        refused(&row, Event::PayAgain { seen: row.seen() }, HOUR),
        Illegal::State(State::Unknown, _)
    ));
    let row = in_review();
    let again = go(&row, Event::PayAgain { seen: row.seen() }, 23 * HOUR).row;
    assert_eq!((again.state, again.generation, again.older_in_doubt), (State::Planned, 1, true));
    let (sent, permit) = claimed(&again, 23 * HOUR);
    let refused = answered(&sent, permit, Answer::Rejected, 23 * HOUR + 1);
    assert_eq!((refused.state, refused.why), (State::Review, Some(Why::RefusedInDoubt)));
}

#[test]
fn rule_9_an_older_payment_stops_a_newer_one_or_is_an_alarm() {
    let row = in_review();
    let again = go(&row, Event::PayAgain { seen: row.seen() }, 23 * HOUR).row;
    let old = Event::Found { generation: 0 };
    let stopped = go(&again, old, 23 * HOUR).row;
    assert_eq!((stopped.state, stopped.alarm), (State::Settled, None));

    let (sent, permit) = claimed(&again, 23 * HOUR);
    let both = go(&answered(&sent, permit, Answer::Settled, 23 * HOUR + 1), old, 24 * HOUR);
    assert_eq!((both.row.state, both.effect), (State::Settled, Effect::Alarm(Alarm::PaidTwice)));

    let shown = go(&sent, old, 23 * HOUR + 1).row;
    assert_eq!(shown.state, State::InFlight);
    let ended = go(&shown, Event::LeaseEnded { is_holder_gone: true }, 23 * HOUR + 2).row;
    assert_eq!(refused(&ended, Event::Claim, 24 * HOUR), Illegal::Paid);
    let settled = unseen(&unseen(&ended, 45 * HOUR), 46 * HOUR);
    assert_eq!((settled.state, settled.alarm), (State::Settled, None));
}

#[test]
fn rule_10_a_restored_row_waits_for_the_lists() {
    let row = go(&planned(), Event::Restored, HOUR).row;
    assert_eq!((row.state, row.in_doubt, row.others_may_send), (State::Unknown, true, true));
    assert_eq!(refused(&row, Event::Claim, 2 * HOUR), Illegal::AwaitsListing);
    // What the lost store has sent last may not show yet.
    let early = unseen(&row, HOUR + MINUTE);
    assert_eq!(refused(&early, Event::Claim, 2 * HOUR), Illegal::AwaitsListing);
    let row = unseen(&row, 2 * HOUR);
    let (row, permit) = claimed(&row, 2 * HOUR + 1);
    assert!(!permit.is_first);
    assert_eq!(answered(&row, permit, Answer::Rejected, 2 * HOUR + 2).state, State::Unknown);
}

#[test]
fn rule_10_a_held_row_that_is_restored_stays_held() {
    let held = go(&planned(), Event::Hold, 1).row;
    let row = unseen(&go(&held, Event::Restored, HOUR).row, 2 * HOUR);
    assert_eq!((row.state, refused(&row, Event::Cancel, 2 * HOUR)), (State::Held, Illegal::InDoubt));
    let row = go(&row, Event::Release { is_meant: true }, 2 * HOUR).row;
    assert_eq!(row.state, State::Unknown);
}

#[test]
fn rule_10_a_restored_row_that_is_not_due_yet_is_looked_up_and_not_in_doubt() {
    let later = Row { not_before: at(40 * HOUR).store, ..planned() };
    let row = go(&later, Event::Restored, HOUR).row;
    assert_eq!((row.state, row.in_doubt, row.not_before), (State::Planned, false, later.not_before));
    assert_eq!(refused(&row, Event::Claim, 2 * HOUR), Illegal::AwaitsListing);
    // Restored once more, before the lists were read.
    assert_eq!(go(&row, Event::Restored, HOUR).row.state, State::Planned);
    let row = unseen(&unseen(&row, 2 * HOUR), 41 * HOUR);
    assert_eq!((row.state, row.generation), (State::Planned, 1));
    let (_, permit) = claimed(&row, 41 * HOUR);
    assert!(permit.is_first);
    // One that was due, or that was claimed before, may have been sent by the lost store.
    let due = go(&later, Event::Restored, 40 * HOUR).row;
    assert_eq!((due.state, due.in_doubt), (State::Unknown, true));
    let claimed = Row { last_possible_send: Some(at(0).store), ..later };
    assert!(go(&claimed, Event::Restored, HOUR).row.in_doubt);
}

#[test]
fn a_pay_date_stays() {
    let friday = at(10 * HOUR).store;
    let row = Row { not_before: friday, ..planned() };
    for event in [Event::Correct { seen: row.seen() }, Event::Hold, Event::Restored, Event::Rotated] {
        assert_eq!(go(&row, event, HOUR).row.not_before, friday, "{event:?}");
    }
    assert_eq!(unseen(&row, 21 * HOUR).not_before, at(21 * HOUR).store);
}

#[test]
fn what_is_in_doubt_can_be_held_and_stays_in_doubt() {
    let held = go(&in_doubt(), Event::Hold, HOUR).row;
    assert_eq!((held.state, held.in_doubt), (State::Held, true));
    for event in [Event::Claim, Event::Cancel, Event::Correct { seen: held.seen() }] {
        assert!(step(&held, event, at(HOUR), &rules()).is_err(), "{event:?}");
    }
    assert_eq!(go(&held, Event::Found { generation: 0 }, HOUR).row.state, State::Settled);
    let row = go(&held, Event::Release { is_meant: true }, 21 * HOUR).row;
    assert_eq!(unseen(&unseen(&row, 21 * HOUR), 22 * HOUR).state, State::Review);
}

#[test]
fn a_correction_is_of_the_row_that_was_seen_and_what_is_held_stays_held() {
    let corrected = go(&planned(), Event::Correct { seen: planned().seen() }, 1).row;
    assert_eq!((corrected.state, corrected.generation), (State::Planned, 1));
    let late = Event::Correct { seen: planned().seen() };
    assert_eq!(refused(&corrected, late, 2), Illegal::Stale);
    let held = Row { is_meant: true, ..go(&corrected, Event::Hold, 2).row };
    let corrected = go(&held, Event::Correct { seen: held.seen() }, 3).row;
    assert_eq!((corrected.state, corrected.generation, corrected.is_meant), (State::Held, 2, false));
}

#[test]
fn a_release_says_whether_a_payout_that_is_alike_is_meant() {
    let held = go(&planned(), Event::Hold, 1).row;
    for is_meant in [true, false] {
        let row = go(&held, Event::Release { is_meant }, 2).row;
        assert_eq!((row.state, row.is_meant), (State::Planned, is_meant));
    }
}

#[test]
fn two_payments_of_one_generation_are_an_alarm_once() {
    let (row, permit) = claimed(&planned(), 0);
    let paid = answered(&row, permit, Answer::Settled, 1);
    let twice = go(&paid, Event::FoundTwice, 2);
    assert_eq!((twice.row.state, twice.effect), (State::Settled, Effect::Alarm(Alarm::PaidTwice)));
    assert_eq!(go(&twice.row, Event::FoundTwice, 3).effect, Effect::Logged);
}

#[test]
fn rule_11_what_may_have_left_is_not_sent_with_another_api_key() {
    assert_eq!(go(&planned(), Event::Rotated, 1).row, planned());
    let row = go(&in_doubt(), Event::Rotated, HOUR).row;
    assert!(matches!(refused(&row, Event::Claim, 10 * HOUR), Illegal::TooEarly(_)));
    assert_eq!(unseen(&unseen(&row, 21 * HOUR), 22 * HOUR).state, State::Review);
    let shared = Row { others_may_send: true, ..planned() };
    assert_eq!(go(&shared, Event::Rotated, 1).row.state, State::Unknown);
}

#[test]
fn rule_13_what_shows_is_paid_whatever_a_person_has_said() {
    let row = in_review();
    let found = Event::Found { generation: 0 };
    assert_eq!(go(&row, found, 23 * HOUR).row.state, State::Settled);
    let elsewhere = go(&row, Event::PayElsewhere, 23 * HOUR).row;
    assert_eq!(go(&elsewhere, found, 24 * HOUR).effect, Effect::Alarm(Alarm::PaidTwice));
    let given_up = go(&row, Event::GiveUp, 23 * HOUR).row;
    let after = go(&given_up, found, 24 * HOUR);
    assert_eq!((after.row.state, after.effect), (State::GivenUp, Effect::Alarm(Alarm::PaidAfterAll)));
}

#[test]
fn a_row_that_has_ended_is_never_sent_and_the_fence_never_falls() {
    let seen = Seen { generation: 0, fence: 3 };
    let events = [
        Event::Claim,
        Event::Answered { seen, answer: Answer::Rejected },
        Event::Answered { seen, answer: Answer::Settled },
        Event::Answered { seen, answer: Answer::Nothing(at(0).store) },
        Event::HandedBack { seen },
        Event::LeaseEnded { is_holder_gone: true },
        Event::Found { generation: 0 },
        Event::NotSeen { seen, begun: at(30 * HOUR), is_ambiguous: false },
        Event::Hold,
        Event::Release { is_meant: true },
        Event::FoundTwice,
        Event::Cancel,
        Event::PayAgain { seen },
        Event::PayElsewhere,
        Event::GiveUp,
        Event::Restored,
        Event::Rotated,
    ];
    for state in State::ALL {
        let lease_until = (state == State::InFlight).then_some(at(HOUR).store);
        let row = Row { state, lease_until, fence: 3, ..planned() };
        for event in events {
            let Ok(after) = step(&row, event, at(30 * HOUR), &rules()) else { continue };
            assert!(after.row.fence >= 3, "{state} {event:?}");
            assert!(after.row.last_possible_send >= row.last_possible_send, "{state} {event:?}");
            let is_called_off = state == State::Rejected && event == Event::Cancel;
            if state.is_final() && !is_called_off {
                assert_eq!(after.row.state, state, "{state} {event:?}");
            }
        }
    }
}

#[test]
fn times_are_as_the_documentation_says() {
    assert_eq!(rules().window, Duration::from_secs(72_000));
    assert!(rules().lease >= rules().timeout + Duration::from_secs(60));
}

#[test]
fn rule_12_a_clock_that_was_ahead_makes_a_key_ageless_that_may_have_been_sent() {
    let time = Time(START - 72 * HOUR);
    let right = Now { store: time, worker: time };
    let row = in_doubt();
    let not_seen = |row: &Row| Event::NotSeen { seen: row.seen(), begun: right, is_ambiguous: false };
    for event in [Event::ClockWasAhead, not_seen(&row)] {
        let row = step(&row, event, right, &rules()).unwrap().row;
        assert!((0..30).all(|hours| step(&row, Event::Claim, at(hours * HOUR), &rules()).is_err()));
    }
    // Of what was never sent, no age is needed; a pay date stays.
    for (not_before, due) in [(START, time), (START + HOUR, Time(START + HOUR))] {
        let row = Row { not_before: Time(not_before), ..planned() };
        assert_eq!(step(&row, Event::ClockWasAhead, right, &rules()).unwrap().row, row);
        let row = step(&row, not_seen(&row), right, &rules()).unwrap().row;
        assert_eq!((row.generation, row.planned_at, row.not_before), (1, time, due));
    }
    // A lost store had it due by the clock that was ahead.
    let restored = step(&planned(), Event::Restored, right, &rules()).unwrap().row;
    assert_eq!((restored.state, restored.others_may_send), (State::Unknown, true));
}

#[test]
fn what_is_found_with_another_amount_is_settled_and_told_once() {
    let found = Event::FoundOther { generation: 1 };
    let step = go(&planned(), found, 1);
    assert_eq!((step.row.state, step.effect), (State::Settled, Effect::Alarm(Alarm::OtherAmount)));
    assert_eq!(go(&step.row, found, 2).effect, Effect::Logged);
    let (row, permit) = claimed(&planned(), 0);
    let settled = answered(&row, permit, Answer::Settled, 1);
    assert_eq!(go(&settled, found, 2).row.alarm, Some(Alarm::PaidTwice));
}
