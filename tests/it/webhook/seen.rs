//! Deduplication: a message is handled once, however often it is delivered, and is not lost when its handler fails.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use dots_api_ext::webhook::{GIVEN_UP_AFTER, MemorySeenEvents, Seen, SeenEvents, SeenEventsFull};

use super::{SENT, at};

const HOUR: u64 = 60 * 60;

fn seen() -> MemorySeenEvents {
    MemorySeenEvents::with_capacity(3)
}

/// Records a message, and marks it as done if it is new.
fn handled(seen: &MemorySeenEvents, id: &str, seconds: u64) -> Result<Seen, SeenEventsFull> {
    let noted = seen.note(id, at(seconds))?;
    if noted == Seen::New {
        seen.done(id)?;
    }
    Ok(noted)
}

#[test]
fn an_id_is_new_once_then_under_way_and_seen_again_when_it_is_done() {
    let seen = seen();
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::New));
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::InProgress));
    assert_eq!(seen.note("msg_2", at(SENT)), Ok(Seen::New));
    seen.done("msg_1").unwrap();
    seen.done("msg_9").unwrap();
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::Duplicate));
    assert_eq!(seen.note("msg_2", at(SENT)), Ok(Seen::InProgress));
    assert_eq!(seen.note("msg_9", at(SENT)), Ok(Seen::New));
}

#[test]
fn an_id_is_kept_for_72_hours_and_no_less() {
    for seen in [seen(), seen().keep(Duration::ZERO)] {
        assert_eq!(handled(&seen, "msg_1", SENT), Ok(Seen::New));
        assert_eq!(handled(&seen, "msg_1", SENT + 72 * HOUR), Ok(Seen::Duplicate));
        assert_eq!(handled(&seen, "msg_1", SENT + 72 * HOUR + 1), Ok(Seen::New));
    }
    let longer = seen().keep(Duration::from_secs(100 * HOUR));
    assert_eq!(handled(&longer, "msg_1", SENT), Ok(Seen::New));
    assert_eq!(handled(&longer, "msg_1", SENT + 100 * HOUR), Ok(Seen::Duplicate));
}

#[test]
fn a_clock_that_is_set_back_forgets_nothing() {
    let seen = seen();
    assert_eq!(handled(&seen, "msg_1", SENT), Ok(Seen::New));
    assert_eq!(handled(&seen, "msg_2", 0), Ok(Seen::New));
    assert_eq!(handled(&seen, "msg_1", 0), Ok(Seen::Duplicate));
    assert_eq!(handled(&seen, "msg_2", SENT), Ok(Seen::Duplicate));
}

#[test]
fn an_id_from_a_clock_that_was_ahead_keeps_no_other() {
    let seen = seen();
    assert_eq!(handled(&seen, "msg_1", SENT + 10_000 * HOUR), Ok(Seen::New));
    for id in ["msg_2", "msg_3"] {
        assert_eq!(handled(&seen, id, SENT), Ok(Seen::New));
    }
    assert!(seen.note("msg_4", at(SENT + 72 * HOUR)).is_err());
    // The two after it have been dropped, and it has not.
    assert_eq!(handled(&seen, "msg_2", SENT + 73 * HOUR), Ok(Seen::New));
    assert_eq!(handled(&seen, "msg_4", SENT + 73 * HOUR), Ok(Seen::New));
    assert_eq!(handled(&seen, "msg_1", SENT + 73 * HOUR), Ok(Seen::Duplicate));
}

#[test]
fn when_it_is_full_new_ids_are_refused_and_old_ones_kept() {
    let seen = seen();
    for id in ["msg_1", "msg_2", "msg_3"] {
        assert_eq!(handled(&seen, id, SENT), Ok(Seen::New));
    }
    let full: SeenEventsFull = seen.note("msg_4", at(SENT)).unwrap_err();
    assert_eq!(full.to_string(), "could not note a message id: all `3` places are taken by recent ones");
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::Duplicate));
    assert_eq!(seen.note("msg_4", at(SENT + 73 * HOUR)), Ok(Seen::New));
}

#[test]
fn a_message_whose_effect_failed_is_new_when_it_comes_again() {
    let seen = seen();
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::New));
    seen.forget("msg_1").unwrap();
    seen.forget("msg_9").unwrap();
    assert_eq!(handled(&seen, "msg_1", SENT + HOUR), Ok(Seen::New));
    // The time of the first record does not remove the second.
    assert_eq!(seen.note("msg_1", at(SENT + 72 * HOUR + 1)), Ok(Seen::Duplicate));
}

#[test]
fn a_message_that_comes_again_while_a_slow_handler_fails_is_not_lost() {
    let seen = seen();
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::New));
    // The sender's timeout is over, and it retries: after a 200 the message would never be delivered again.
    assert_eq!(seen.note("msg_1", at(SENT + 20)), Ok(Seen::InProgress));
    seen.forget("msg_1").unwrap();
    assert_eq!(handled(&seen, "msg_1", SENT + 40), Ok(Seen::New));
    assert_eq!(handled(&seen, "msg_1", SENT + 60), Ok(Seen::Duplicate));
}

#[test]
fn a_message_whose_handler_died_is_new_after_five_minutes_and_no_sooner() {
    let (seen, span) = (MemorySeenEvents::with_capacity(1), GIVEN_UP_AFTER.as_secs());
    assert_eq!(span, 300);
    assert_eq!(seen.note("msg_1", at(SENT)), Ok(Seen::New));
    assert_eq!(seen.note("msg_1", at(SENT + span)), Ok(Seen::InProgress));
    assert_eq!(seen.note("msg_1", at(SENT - HOUR)), Ok(Seen::InProgress));
    assert_eq!(seen.note("msg_1", at(SENT + span + 1)), Ok(Seen::New));
    // The second handler gets as much time as the first.
    assert_eq!(seen.note("msg_1", at(SENT + 2 * span)), Ok(Seen::InProgress));
    seen.done("msg_1").unwrap();
    assert_eq!(seen.note("msg_1", at(SENT + 3 * span)), Ok(Seen::Duplicate));
}

#[test]
fn a_backend_that_is_down_does_not_fill_the_book() {
    let seen = seen();
    assert_eq!(handled(&seen, "msg_1", SENT), Ok(Seen::New));
    for minute in 0..1_000 {
        for id in ["msg_2", "msg_3"] {
            assert_eq!(seen.note(id, at(SENT + minute)), Ok(Seen::New), "{id} {minute}");
        }
        for id in ["msg_2", "msg_3"] {
            seen.forget(id).unwrap();
        }
    }
    assert_eq!(format!("{seen:?}"), "MemorySeenEvents { ids: 1, capacity: 3 }");
    assert_eq!(handled(&seen, "msg_1", SENT + 72 * HOUR), Ok(Seen::Duplicate));
}

#[test]
fn of_many_at_once_one_is_first() {
    let (seen, start) = (MemorySeenEvents::with_capacity(1), Barrier::new(8));
    let note = || {
        start.wait();
        seen.note("msg_1", at(SENT)).unwrap()
    };
    let noted: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(note)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |which| noted.iter().filter(|seen| **seen == which).count();
    assert_eq!((count(Seen::New), count(Seen::InProgress)), (1, 7));
}
