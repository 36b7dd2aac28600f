//! The pacer under loads that would stick a queue of tickets, in made-up time.

use std::time::Duration;

use super::Pacer;

const SECOND: Duration = Duration::from_secs(1);

/// Sends a request that finds Dots busy at once.
fn busy(pacer: &mut Pacer, now: Duration, pause: Option<Duration>) {
    pacer.leaves(now);
    pacer.slows_down(pause, now, now);
}

#[test]
fn a_request_that_gives_up_waiting_delays_no_other() {
    let mut pacer = Pacer::default();
    busy(&mut pacer, Duration::ZERO, Some(300 * SECOND));
    // A hundred calls a second, none of which waits so long; half of them never give their place back.
    for hundredth in 0..30_000 {
        let now = hundredth * Duration::from_millis(10);
        let due = pacer.due(now, false);
        assert!(due > now, "{hundredth}");
        let place = pacer.enter(now, now + SECOND);
        if hundredth % 2 == 0 {
            pacer.quit(place);
        }
    }
    assert_eq!(pacer.due(302 * SECOND, false), 302 * SECOND);
    assert!(pacer.places.len() < 500, "{}", pacer.places.len());
}

#[test]
fn a_request_that_comes_later_stands_behind_those_that_wait() {
    let mut pacer = Pacer::default();
    busy(&mut pacer, Duration::ZERO, None);
    let spacing = pacer.spacing;
    let places = [SECOND, SECOND].map(|due| pacer.enter(Duration::ZERO, due));
    assert_eq!(pacer.due(Duration::ZERO, false), SECOND + spacing * 2);
    assert_eq!(pacer.due(Duration::ZERO, true), SECOND);
    assert_eq!(pacer.due(SECOND * 2, false), SECOND * 2);
    places.into_iter().for_each(|place| pacer.quit(place));
    assert_eq!(pacer.due(Duration::ZERO, false), SECOND);
}

#[test]
fn requests_leave_at_half_the_rate_that_was_too_much() {
    let (mut pacer, mut now) = (Pacer::default(), Duration::ZERO);
    for _ in 0..100 {
        now += SECOND / 10;
        pacer.leaves(now);
    }
    pacer.slows_down(None, now, now);
    let spacing = pacer.spacing;
    assert!((195..=200).contains(&spacing.as_millis()), "{spacing:?}");
    now = pacer.due(now, true);
    pacer.leaves(now);
    assert_eq!(pacer.due(now, true), now + spacing);
    pacer.speeds_up();
    assert_eq!(pacer.spacing, spacing - spacing / 128);
}

#[test]
fn from_the_eighth_busy_answer_in_a_row_on_the_pause_is_ten_seconds() {
    let (mut pacer, mut now) = (Pacer::default(), Duration::ZERO);
    let mut pause = || {
        now += 20 * SECOND;
        busy(&mut pacer, now, None);
        let pause = pacer.due(now, true) - now;
        if now == 20 * SECOND {
            pacer.speeds_up();
        }
        pause.as_secs()
    };
    // A success after the first ends its row.
    let pauses: Vec<u64> = (0..10).map(|_| pause()).collect();
    assert_eq!(pauses, [1, 1, 1, 1, 1, 1, 1, 1, 10, 10]);
}

#[test]
fn a_client_that_was_told_long_ago_is_not_slow_for_ever() {
    let (mut pacer, mut now) = (Pacer::default(), Duration::ZERO);
    for _ in 0..40 {
        now += 20 * SECOND;
        busy(&mut pacer, now, Some(Duration::ZERO));
    }
    assert_eq!(pacer.spacing, SECOND);
    now += 300 * SECOND;
    for call in 0..500 {
        assert_eq!(pacer.due(now, false), now, "{call}");
        pacer.leaves(now);
        pacer.speeds_up();
    }
}

#[test]
fn a_dots_that_is_always_busy_is_asked_every_ten_seconds() {
    for pause in [None, Some(Duration::from_millis(1)), Some(SECOND), Some(3 * SECOND)] {
        let (mut pacer, mut now, mut sent) = (Pacer::default(), Duration::ZERO, 0);
        while now < 300 * SECOND {
            now = pacer.due(now, true);
            busy(&mut pacer, now, pause);
            sent += 1;
        }
        assert!((20..=60).contains(&sent), "{sent} with {pause:?}");
    }
}

#[test]
fn answers_to_requests_that_left_together_are_one_lesson() {
    let mut pacer = Pacer::default();
    for _ in 0..1_000 {
        pacer.leaves(Duration::ZERO);
    }
    for millis in 1..1_000 {
        pacer.slows_down(None, Duration::ZERO, Duration::from_millis(millis));
    }
    assert!(pacer.spacing < SECOND / 1_000 && pacer.busy == 1, "{pacer:?}");
}

#[test]
fn times_near_their_end_are_no_panic() {
    let (mut pacer, now) = (Pacer::default(), Duration::MAX - SECOND);
    for _ in 0..30 {
        busy(&mut pacer, now, Some(Duration::MAX));
        let place = pacer.enter(now, pacer.due(now, false));
        pacer.quit(place);
    }
    assert_eq!(pacer.due(now, false), Duration::MAX);
}
