//! A message is handled once, however often it comes.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use dots_api_ext::webhook::{MemorySeenEvents, Seen, SeenEvents, SeenEventsFull};

use super::{SENT, at};

const HOUR: u64 = 60 * 60;

fn seen() -> MemorySeenEvents {
    MemorySeenEvents::with_capacity(3)
}

#[test]
fn an_id_is_new_once() {
    let seen = seen();
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::First));
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::Again));
    assert_eq!(seen.note("msg_2", at(SENT)), Ok(Seen::First));
}

#[test]
fn an_id_is_kept_for_72_hours_and_no_less() {
    for seen in [seen(), seen().keep(Duration::ZERO)] {
        assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::First));
        assert_eq!(seen.note("msg_1", at(SENT + 72 * HOUR)), Ok(Seen::Again));
        assert_eq!(seen.note("msg_1", at(SENT + 72 * HOUR + 1)), Ok(Seen::First));
    }
    let longer = seen().keep(Duration::from_secs(100 * HOUR));
    assert_eq!(longer.note("msg_1", at(SENT)), Ok(Seen::First));
    assert_eq!(longer.note("msg_1", at(SENT + 100 * HOUR)), Ok(Seen::Again));
}

#[test]
fn a_clock_that_is_set_back_forgets_nothing() {
    let seen = seen();
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::First));
    assert_eq!(seen.note("msg_2", at(0)), Ok(Seen::First));
    assert_eq!(seen.note("msg_1", at(0)), Ok(Seen::Again));
    assert_eq!(seen.note("msg_2", at(SENT)), Ok(Seen::Again));
}

#[test]
fn when_it_is_full_new_ids_are_refused_and_old_ones_kept() {
    let seen = seen();
    for id in ["msg_1", "msg_2", "msg_3"] {
        assert_eq!(seen.note(id, at(SENT)), Ok(Seen::First));
    }
    let full: SeenEventsFull = seen.note("msg_4", at(SENT)).unwrap_err();
    assert_eq!(full.to_string(), "could not note a message id: all 3 places are taken by recent ones");
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::Again));
    assert_eq!(seen.note("msg_4", at(SENT + 73 * HOUR)), Ok(Seen::First));
}

#[test]
fn a_message_whose_effect_failed_is_new_when_it_comes_again() {
    let seen = seen();
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::First));
    seen.forget("msg_1").unwrap();
    seen.forget("msg_9").unwrap();
    assert_eq!(seen.note("msg_1", at(SENT + HOUR)), Ok(Seen::First));
    // The time of the first note does not take the second away.
    assert_eq!(seen.note("msg_1", at(SENT + 72 * HOUR + 1)), Ok(Seen::Again));
}

#[test]
fn of_many_at_once_one_is_first() {
    let (seen, start) = (MemorySeenEvents::with_capacity(1), Barrier::new(8));
    let note = || {
        start.wait();
        seen.note("msg_1", at(SENT)).unwrap()
    };
    let first = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(note)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|seen| *seen == Seen::First).count()
    });
    assert_eq!(first, 1);
}
