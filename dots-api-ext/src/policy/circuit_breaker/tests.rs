//! The gate under loads that would stick a queue of tickets, in made-up time.

use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use super::{Gate, Lesson, PROBE_EVERY, Turn};
use crate::policy::clock::Clock;

const SECOND: Duration = Duration::from_secs(1);

/// A clock that stands where it is set.
#[derive(Debug, Default)]
struct Progress(Mutex<Duration>);

impl Progress {
    fn set(&self, now: Duration) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for Progress {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// Sends a request that is answered at once, if it gets a turn.
fn send(gate: &Gate, clock: &Progress, lesson: Lesson) -> Turn {
    let now = clock.elapsed();
    let turn = gate.turn(now, false);
    if turn == Turn::Now {
        gate.passage(now, clock).comes_back(lesson);
    }
    turn
}

#[test]
fn whoever_gives_up_waiting_delays_nobody() {
    let (gate, clock) = (Gate::default(), Progress::default());
    assert_eq!(send(&gate, &clock, Lesson::Busy(Some(300 * SECOND))), Turn::Now);
    // A hundred calls a second, none of which waits so long.
    for hundredth in 0..30_000 {
        clock.set(hundredth * Duration::from_millis(10));
        assert!(matches!(gate.turn(clock.elapsed(), false), Turn::After(_)), "{hundredth}");
        drop(gate.place());
    }
    clock.set(300 * SECOND);
    assert_eq!(send(&gate, &clock, Lesson::Works), Turn::Now);
}

#[test]
fn whoever_comes_later_stands_behind_those_who_wait() {
    let (gate, clock) = (Gate::default(), Progress::default());
    send(&gate, &clock, Lesson::Busy(None));
    let spacing = gate.state().spacing;
    let places = [gate.place(), gate.place()];
    assert_eq!(gate.turn(Duration::ZERO, false), Turn::After(SECOND + spacing * 2));
    assert_eq!(gate.turn(Duration::ZERO, true), Turn::After(SECOND));
    drop(places);
    assert_eq!(gate.turn(Duration::ZERO, false), Turn::After(SECOND));
}

#[test]
fn a_client_that_was_told_of_business_long_ago_is_not_slow_for_ever() {
    let (gate, clock) = (Gate::default(), Progress::default());
    for _ in 0..40 {
        clock.set(clock.elapsed() + 2 * SECOND);
        send(&gate, &clock, Lesson::Busy(Some(Duration::ZERO)));
    }
    assert_eq!(gate.state().spacing, SECOND);
    clock.set(clock.elapsed() + 300 * SECOND);
    for call in 0..500 {
        assert_eq!(send(&gate, &clock, Lesson::Works), Turn::Now, "{call}");
    }
}

#[test]
fn nobody_knows_yet_whether_dots_works_so_few_find_out() {
    let (gate, clock) = (Gate::default(), Progress::default());
    let mut passages = Vec::new();
    while gate.turn(Duration::ZERO, false) == Turn::Now {
        passages.push(gate.passage(Duration::ZERO, &clock));
    }
    assert_eq!((passages.len(), gate.turn(Duration::ZERO, false)), (20, Turn::Crowded));
    passages.pop().unwrap().comes_back(Lesson::Works);
    for _ in 0..1_000 {
        assert_eq!(gate.turn(Duration::ZERO, false), Turn::Now);
        passages.push(gate.passage(Duration::ZERO, &clock));
    }
}

#[test]
fn a_dots_that_hangs_closes_the_gate_though_its_callers_give_up() {
    let (gate, clock) = (Gate::default(), Progress::default());
    let mut sent = 0;
    for second in 0..300 {
        for _ in 0..10 {
            clock.set(SECOND * second);
            if gate.turn(clock.elapsed(), false) == Turn::Now {
                sent += 1;
                let passage = gate.passage(clock.elapsed(), &clock);
                clock.set(SECOND * second + 3 * SECOND);
                drop(passage);
            }
        }
    }
    assert!((30..=60).contains(&sent), "{sent}");
}

#[test]
fn a_caller_with_little_patience_says_nothing_of_dots() {
    let (gate, clock) = (Gate::default(), Progress::default());
    for call in 0..100 {
        assert_eq!(gate.turn(clock.elapsed(), false), Turn::Now, "{call}");
        let passage = gate.passage(clock.elapsed(), &clock);
        clock.set(clock.elapsed() + Duration::from_millis(999));
        drop(passage);
    }
}

#[test]
fn times_near_their_end_are_no_panic() {
    let (gate, clock) = (Gate::default(), Progress::default());
    clock.set(Duration::MAX - SECOND);
    for _ in 0..30 {
        send(&gate, &clock, Lesson::Fails(None));
        send(&gate, &clock, Lesson::Busy(Some(Duration::MAX)));
    }
    for _ in 0..30 {
        gate.passage(clock.elapsed(), &clock).comes_back(Lesson::Fails(None));
    }
    assert_eq!(gate.turn(clock.elapsed(), false), Turn::Closed(SECOND.min(PROBE_EVERY)));
}
