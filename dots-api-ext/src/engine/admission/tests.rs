//! Admission in made-up time: nothing waits for what only the one that waits can move.

use std::time::{Duration, SystemTime};

use super::{Admissions, HeldBy, Hold};
use crate::policy::clock::Moment;
use crate::policy::retry::Signal;

const SECOND: Duration = Duration::from_secs(1);
const PAY: &str = "send_payout";
const LIST: &str = "list_payout_links";

fn at(elapsed: Duration) -> Moment {
    Moment { day: SystemTime::UNIX_EPOCH, elapsed, steady: dots_api::key_record::steady() }
}

fn held(by: HeldBy, until: Duration) -> Result<(), Hold> {
    Err(Hold { by, until })
}

/// Sends a request that comes back at once.
fn send(admissions: &Admissions, now: Duration, operation: &'static str, signal: Signal) -> Result<(), Hold> {
    let turn = admissions.turn(now, operation, false);
    if turn == Ok(()) {
        admissions.permit(at(now), operation).returns(signal, None, now);
    }
    turn
}

#[test]
fn requests_that_are_not_polled_hold_up_the_next_for_five_seconds_at_most() {
    let admissions = Admissions::new();
    let mut permits = Vec::new();
    while admissions.turn(SECOND, PAY, false) == Ok(()) {
        permits.push(admissions.permit(at(SECOND), PAY));
    }
    assert_eq!(permits.len(), 20);
    for second in 1..100 {
        let now = SECOND * second;
        match admissions.turn(now, LIST, true) {
            Ok(()) => {}
            Err(Hold { by: HeldBy::Doubt, until }) => {
                assert!(until <= now + 5 * SECOND, "{second}: {until:?}");
            }
            turn => panic!("{second}: {turn:?}"),
        }
    }
}

#[test]
fn an_operation_that_always_fails_stops_no_other() {
    let admissions = Admissions::new();
    let (mut polled, mut paid) = (0, 0);
    for half in 0..7_200 {
        let now = SECOND / 2 * half;
        polled += u32::from(send(&admissions, now, LIST, Signal::OperationFails) == Ok(()));
        if half % 60 == 0 {
            paid += u32::from(send(&admissions, now, PAY, Signal::Works) == Ok(()));
        }
    }
    assert_eq!(paid, 120);
    assert!(polled < 400, "{polled}");
}

#[test]
fn many_operations_that_always_fail_stop_no_other() {
    const BROKEN: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    let admissions = Admissions::new();
    for second in 0..3_600 {
        for operation in BROKEN {
            let _ = send(&admissions, SECOND * second, operation, Signal::OperationFails);
        }
        if second % 30 == 0 {
            assert_eq!(send(&admissions, SECOND * second, PAY, Signal::Works), Ok(()), "{second}");
        }
    }
}

#[test]
fn a_host_that_answers_nothing_is_left_alone_and_the_error_says_what_was_seen() {
    let admissions = Admissions::new();
    for _ in 0..20 {
        assert_eq!(send(&admissions, SECOND, PAY, Signal::HostFails), Ok(()));
    }
    assert_eq!(send(&admissions, SECOND, PAY, Signal::HostFails), held(HeldBy::Host(20), 11 * SECOND));
    // An operation that was not tried yet is tried once.
    assert_eq!(send(&admissions, SECOND, LIST, Signal::HostFails), Ok(()));
    assert_eq!(send(&admissions, SECOND, LIST, Signal::HostFails), held(HeldBy::Host(21), 11 * SECOND));
    // Half open: one is let through, and its success lets all through.
    assert_eq!(send(&admissions, 11 * SECOND, PAY, Signal::Works), Ok(()));
    assert_eq!(send(&admissions, 11 * SECOND, PAY, Signal::Works), Ok(()));
}

#[test]
fn while_the_host_is_down_what_has_worked_goes_on_and_what_was_not_tried_leaves_once() {
    let admissions = Admissions::new();
    assert_eq!(send(&admissions, SECOND, PAY, Signal::Works), Ok(()));
    assert_eq!(admissions.turn(SECOND, "b", false), Ok(()));
    for _ in 0..20 {
        assert_eq!(send(&admissions, SECOND, LIST, Signal::HostFails), Ok(()));
    }
    // None of these has come back.
    for call in 0..100 {
        assert_eq!(admissions.turn(SECOND, PAY, false), Ok(()), "{call}");
    }
    for operation in ["a", "b"] {
        assert_eq!(admissions.turn(SECOND, operation, false), Ok(()), "{operation}");
        assert_eq!(
            admissions.turn(SECOND, operation, false),
            held(HeldBy::Host(20), 11 * SECOND),
            "{operation}"
        );
    }
}

#[test]
fn five_minutes_without_any_answer_cost_few_requests_though_many_ask() {
    let admissions = Admissions::new();
    let mut left = 0;
    for tenth in 0..3_000 {
        for operation in [PAY, LIST, "a", "b"] {
            left += u32::from(send(&admissions, SECOND / 10 * tenth, operation, Signal::HostFails) == Ok(()));
        }
    }
    assert!((45..=60).contains(&left), "{left}");
}

#[test]
fn the_operation_that_probes_a_host_goes_on_and_yields_a_minute_to_another_that_has_asked() {
    let admissions = Admissions::new();
    for _ in 0..20 {
        assert_eq!(send(&admissions, SECOND, PAY, Signal::HostFails), Ok(()));
    }
    let ask = |second: u32, operation| send(&admissions, second * SECOND, operation, Signal::HostFails);
    assert_eq!(ask(11, PAY), Ok(()));
    assert_eq!(ask(12, PAY), held(HeldBy::Host(21), 21 * SECOND));
    assert_eq!(ask(21, PAY), Ok(()));
    // Tried for the first time, it is the one that probes from then on, until the other asks.
    assert_eq!(ask(22, LIST), Ok(()));
    assert_eq!(ask(23, PAY), held(HeldBy::Host(23), 32 * SECOND));
    assert_eq!(ask(32, LIST), held(HeldBy::Host(23), 83 * SECOND));
    assert_eq!(ask(82, LIST), held(HeldBy::Host(23), 83 * SECOND));
    assert_eq!(ask(83, LIST), Ok(()));
}

#[test]
fn an_operation_that_is_never_answered_stops_no_other() {
    for begins_with_payout in [false, true] {
        let admissions = Admissions::new();
        let mut paid = 0;
        if begins_with_payout {
            let _ = send(&admissions, Duration::ZERO, PAY, Signal::Works);
        }
        for half in 0..7_200 {
            let now = SECOND / 2 * half;
            let _ = send(&admissions, now, LIST, Signal::HostFails);
            if half % 60 == 0 {
                // The first of them fails as well.
                let signal = if half == 0 { Signal::HostFails } else { Signal::Works };
                paid += u32::from(send(&admissions, now, PAY, signal) == Ok(()));
            }
        }
        assert!(paid >= 118, "{paid}");
    }
}

#[test]
fn an_operation_that_is_busy_slows_down_no_other() {
    let admissions = Admissions::new();
    assert_eq!(admissions.turn(SECOND, LIST, false), Ok(()));
    admissions.permit(at(SECOND), LIST).returns(Signal::Busy, Some(300 * SECOND), SECOND);
    assert_eq!(send(&admissions, 2 * SECOND, LIST, Signal::Works), held(HeldBy::Pacer, 301 * SECOND));
    assert_eq!(send(&admissions, 2 * SECOND, PAY, Signal::Works), Ok(()));
}

#[test]
fn a_place_that_is_given_back_delays_no_other() {
    let admissions = Admissions::new();
    assert_eq!(admissions.turn(SECOND, PAY, false), Ok(()));
    admissions.permit(at(SECOND), PAY).returns(Signal::Busy, Some(5 * SECOND), SECOND);
    let place = admissions.enter(SECOND, PAY, 6 * SECOND);
    assert_ne!(admissions.turn(SECOND, PAY, false), held(HeldBy::Pacer, 6 * SECOND));
    drop(place);
    assert_eq!(admissions.turn(SECOND, PAY, false), held(HeldBy::Pacer, 6 * SECOND));
}

#[test]
fn requests_that_are_dropped_at_once_say_nothing() {
    let admissions = Admissions::new();
    assert_eq!(send(&admissions, SECOND, PAY, Signal::Works), Ok(()));
    for call in 0..1_000 {
        assert_eq!(admissions.turn(SECOND, PAY, false), Ok(()), "{call}");
        drop(admissions.permit(at(SECOND), PAY));
    }
}

#[test]
fn news_wake_those_that_wait() {
    use std::pin::pin;
    use std::task::{Context, Waker};

    let admissions = Admissions::new();
    let context = &mut Context::from_waker(Waker::noop());
    for is_dropped in [false, true] {
        let mut news = pin!(admissions.news());
        assert_eq!(admissions.turn(SECOND, PAY, false), Ok(()));
        let permit = admissions.permit(at(SECOND), PAY);
        assert!(news.as_mut().poll(context).is_pending());
        if is_dropped {
            drop(permit);
        } else {
            permit.returns(Signal::Works, None, SECOND);
        }
        assert!(news.poll(context).is_ready(), "{is_dropped}");
    }
}
