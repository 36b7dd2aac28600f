//! Breakers in made-up time.

use std::time::Duration;

use super::{Admission, CircuitBreaker};

const SECOND: Duration = Duration::from_secs(1);

/// Sends requests as fast as they are admitted, each of which fails after `takes`, and returns how many left.
fn sent_during_an_outage(mut breaker: CircuitBreaker, takes: Duration, outage: Duration) -> u32 {
    let (mut sent, mut fails_at, mut now) = (0, std::collections::VecDeque::new(), Duration::ZERO);
    while now < outage {
        while fails_at.front().is_some_and(|at| *at <= now) {
            fails_at.pop_front();
            breaker.fails(now);
        }
        if breaker.admission(now) == Admission::Now {
            breaker.leaves(now);
            sent += 1;
            fails_at.push_back(now + takes);
        } else {
            now += SECOND / 10;
        }
    }
    sent
}

#[test]
fn five_minutes_of_outage_cost_at_most_sixty_requests_however_long_each_takes() {
    for millis in [0, 1, 10, 500, 1_000, 5_000, 20_000, 60_000] {
        for breaker in [CircuitBreaker::unproven(), CircuitBreaker::closed()] {
            // One that was trusted learns of the outage by its first failure.
            let mut breaker = breaker;
            breaker.fails(Duration::ZERO);
            let sent = sent_during_an_outage(breaker, Duration::from_millis(millis), 300 * SECOND);
            assert!((20..=60).contains(&sent), "{sent} requests of {millis} ms");
        }
    }
}

#[test]
fn one_success_closes_it_and_all_are_admitted() {
    let mut breaker = CircuitBreaker::unproven();
    for _ in 0..1_000 {
        breaker.fails(SECOND);
    }
    assert_eq!(breaker.admission(10 * SECOND), Admission::Open(11 * SECOND));
    assert_eq!(breaker.admission(11 * SECOND), Admission::Now);
    breaker.leaves(11 * SECOND);
    assert_eq!(breaker.admission(12 * SECOND), Admission::Open(21 * SECOND));
    breaker.succeeds();
    for _ in 0..1_000 {
        assert_eq!(breaker.admission(12 * SECOND), Admission::Now);
        breaker.leaves(12 * SECOND);
    }
}

#[test]
fn a_failure_that_comes_late_puts_off_no_probe() {
    let mut breaker = CircuitBreaker::unproven();
    for _ in 0..20 {
        breaker.fails(SECOND);
    }
    breaker.fails(5 * SECOND);
    assert_eq!(breaker.admission(5 * SECOND), Admission::Open(11 * SECOND));
}

#[test]
fn while_it_is_unsure_twenty_are_admitted_and_one_more_every_five_seconds() {
    let mut breaker = CircuitBreaker::unproven();
    let mut admitted = |now: Duration| {
        let mut count = 0;
        while breaker.admission(now) == Admission::Now {
            breaker.leaves(now);
            count += 1;
        }
        (count, breaker.admission(now))
    };
    assert_eq!(admitted(SECOND), (20, Admission::At(6 * SECOND)));
    assert_eq!(admitted(4 * SECOND), (0, Admission::At(6 * SECOND)));
    assert_eq!(admitted(7 * SECOND), (1, Admission::At(11 * SECOND)));
    assert_eq!(admitted(21 * SECOND), (3, Admission::At(26 * SECOND)));
    assert_eq!(admitted(1_000 * SECOND), (20, Admission::At(1_005 * SECOND)));
}

#[test]
fn one_that_is_trusted_admits_all_until_a_request_fails() {
    let mut breaker = CircuitBreaker::closed();
    for _ in 0..1_000 {
        assert_eq!(breaker.admission(SECOND), Admission::Now);
        breaker.leaves(SECOND);
    }
    breaker.fails(SECOND);
    let admitted = (0..1_000).take_while(|_| {
        let is_admitted = breaker.admission(SECOND) == Admission::Now;
        breaker.leaves(SECOND);
        is_admitted
    });
    assert_eq!(admitted.count(), 20);
}

#[test]
fn times_near_their_end_are_no_panic() {
    let mut breaker = CircuitBreaker::closed();
    let now = Duration::MAX - SECOND;
    for _ in 0..100 {
        let _ = breaker.admission(now);
        breaker.leaves(now);
        breaker.fails(now);
    }
    assert_eq!(breaker.admission(now), Admission::Open(Duration::MAX));
}
