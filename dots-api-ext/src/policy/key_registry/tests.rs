//! The registry, at the level of its leases.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Age, EarlierSends, KeyLease, KeyRefusal, KeyRegistry, Keys, Origin};
use crate::error::Outcome;
use crate::policy::clock::Moment;
use dots_api::IdempotencyKey;
use dots_api::key_record::KeyHistory::{self, Answered, InDoubt, Never, Unheard, Unproven};

const PAY: &str = "send_payout";
const HOUR: Duration = Duration::from_secs(3_600);

/// A moment at so many hours, with the time of day some hours after the steady time.
fn at(hours: u32, ahead: u32) -> Moment {
    let elapsed = HOUR * hours;
    Moment { day: SystemTime::UNIX_EPOCH + elapsed + HOUR * ahead, elapsed, steady: elapsed }
}

struct World {
    registry: Arc<KeyRegistry>,
    origin: Origin,
}

impl World {
    fn new() -> Self {
        let registry = KeyRegistry::of_another_process();
        let own = registry.record().place("https://dots.example:443", 1);
        Self { registry, origin: Origin { own, machine: None } }
    }

    fn elsewhere(&self) -> Origin {
        Origin { own: self.registry.record().place("https://elsewhere.example:443", 1), machine: None }
    }

    fn lease(&self, key: IdempotencyKey, now: Moment) -> Result<KeyLease, KeyRefusal> {
        self.lease_as(key, self.origin, PAY, now, None)
    }

    fn lease_as(
        &self,
        own: IdempotencyKey,
        origin: Origin,
        operation: &'static str,
        now: Moment,
        earlier: Option<EarlierSends>,
    ) -> Result<KeyLease, KeyRefusal> {
        let keys = Keys { own, items: Vec::new() };
        self.registry.lease(&keys, origin, operation, now, earlier)
    }

    /// Sends a key once, and returns what was known before.
    fn send(&self, key: IdempotencyKey, history: KeyHistory) -> KeyHistory {
        let mut lease = self.lease(key, at(1, 100)).unwrap();
        let before = lease.history();
        lease.leaves(at(1, 100), HOUR);
        lease.settle(history);
        before
    }
}

fn text() -> IdempotencyKey {
    IdempotencyKey::fresh().to_string().parse().unwrap()
}

#[test]
fn what_is_known_of_a_key_only_grows() {
    let (world, key) = (World::new(), text());
    let sent = [Never, Unproven, InDoubt, Never, Answered, InDoubt, Unproven];
    let known = [Unheard, Unheard, Unproven, InDoubt, InDoubt, Answered, Answered];
    for (history, before) in sent.into_iter().zip(known) {
        assert_eq!(world.send(key, history), before, "{history:?}");
    }
}

#[test]
fn a_fresh_key_that_did_nothing_is_as_new_as_before_and_its_text_is_the_same_key() {
    let (world, key) = (World::new(), IdempotencyKey::fresh());
    assert_eq!(world.send(key, Never), Never);
    assert_eq!(world.send(key, InDoubt), Never);
    let read: IdempotencyKey = key.to_string().parse().unwrap();
    assert_eq!((world.send(read, Never), world.send(key, Never)), (InDoubt, InDoubt));
}

#[test]
fn a_lease_that_is_dropped_while_an_attempt_is_out_leaves_a_doubt() {
    let (world, key) = (World::new(), IdempotencyKey::fresh());
    let mut lease = world.lease(key, at(1, 0)).unwrap();
    drop(lease);
    lease = world.lease(key, at(1, 0)).unwrap();
    assert_eq!(lease.history(), Never);
    lease.leaves(at(1, 0), HOUR);
    drop(lease);
    assert_eq!(world.send(key, Never), InDoubt);
}

#[test]
fn one_call_at_a_time_has_the_lease_until_its_time_is_over() {
    let (world, key) = (World::new(), IdempotencyKey::fresh());
    let mut lost = world.lease(key, at(1, 0)).unwrap();
    assert!(lost.leaves(at(1, 0), HOUR * 2));
    let ends = HOUR * 2 + Duration::from_secs(5);
    assert_eq!(world.lease(key, at(2, 0)).unwrap_err(), KeyRefusal::InFlight(ends));
    // Its call is not polled any more: another one takes the key over, and knows the doubt.
    let other = world.lease(key, at(3, 0)).unwrap();
    assert_eq!(other.history(), InDoubt);
    assert!(!lost.leaves(at(3, 0), HOUR * 9));
    // What comes late still counts.
    lost.settle(Answered);
    drop(lost);
    assert_eq!(other.history(), Answered);
    assert_eq!(
        world.lease(key, at(3, 0)).unwrap_err(),
        KeyRefusal::InFlight(HOUR * 3 + Duration::from_secs(5))
    );
}

#[test]
fn a_key_of_one_operation_is_not_sent_by_another() {
    let (world, key) = (World::new(), IdempotencyKey::fresh());
    world.send(key, InDoubt);
    let refused = world.lease_as(key, world.origin, "create_payout_link", at(1, 0), None).unwrap_err();
    assert_eq!(refused, KeyRefusal::OtherOperation(Some(PAY)));
    // At another server it is another key, but not a new one.
    let lease = world.lease_as(key, world.elsewhere(), "create_payout_link", at(1, 0), None).unwrap();
    assert_eq!(lease.history(), Unheard);
}

#[test]
fn a_key_in_flight_at_one_server_is_known_at_another_and_waits_for_nothing_there() {
    let (world, key) = (World::new(), IdempotencyKey::fresh());
    let mut here = world.lease(key, at(1, 0)).unwrap();
    assert!(here.leaves(at(1, 0), HOUR));
    let there = world.lease_as(key, world.elsewhere(), PAY, at(1, 0), None).unwrap();
    assert_eq!((here.history(), there.history()), (Never, Unheard));
}

#[test]
fn the_keys_of_items_are_known_one_by_one() {
    let (world, own, item) = (World::new(), IdempotencyKey::fresh(), IdempotencyKey::fresh());
    let keys = Keys { own, items: vec![item] };
    let now = at(1, 0);
    let mut lease = world.registry.lease(&keys, world.origin, "create_payout_batch", now, None).unwrap();
    lease.leaves(at(1, 0), HOUR);
    drop(lease);
    assert_eq!(
        world.lease(item, at(1, 0)).unwrap_err(),
        KeyRefusal::OtherOperation(Some("create_payout_batch"))
    );
    let again = Keys { own: IdempotencyKey::fresh(), items: vec![item] };
    let lease = world.registry.lease(&again, world.origin, "create_payout_batch", now, None).unwrap();
    assert_eq!(lease.history(), InDoubt);
}

#[test]
fn the_age_is_that_of_the_first_send_and_what_is_told_only_makes_it_older() {
    let (world, key) = (World::new(), text());
    assert_eq!(world.lease(key, at(1, 0)).unwrap().age(at(1, 0)), None);
    world.send(key, InDoubt);
    let age = |now, earlier| {
        let lease = world.lease_as(key, world.origin, PAY, now, earlier).unwrap();
        match lease.age(now).unwrap() {
            // Entries are rounded to units of half a minute.
            Age::Of(age) => Some((age.as_secs() + 1_800) / 3_600),
            Age::Unknown => None,
        }
    };
    let told = |hours: u32| Some(EarlierSends::sent(SystemTime::UNIX_EPOCH + HOUR * hours, Outcome::Unknown));
    assert_eq!(age(at(3, 100), None), Some(2));
    // Told of a later time, and of an earlier one: 100 hours are between the clocks.
    assert_eq!(age(at(3, 100), told(102)), Some(2));
    assert_eq!(age(at(11, 100), told(91)), Some(20));
    assert_eq!(age(at(11, 100), None), Some(20));
}

#[test]
fn a_send_that_did_nothing_makes_a_key_no_older() {
    for key in [text(), IdempotencyKey::fresh()] {
        let world = World::new();
        for history in [Never, Unheard] {
            world.send(key, history);
        }
        assert_eq!(world.lease(key, at(30, 100)).unwrap().age(at(30, 100)), None);
    }
}

#[test]
fn a_told_time_after_the_day_was_set_back_leaves_the_age_unknown_or_makes_it_no_shorter() {
    let (world, key) = (World::new(), text());
    let mut lease = world.lease(key, at(100, 0)).unwrap();
    lease.leaves(at(100, 0), HOUR);
    drop(lease);
    // 26 hours later, the time of day is set back by 10 hours.
    let set_back =
        Moment { day: SystemTime::UNIX_EPOCH + HOUR * 116, elapsed: HOUR * 126, steady: HOUR * 126 };
    let told = Some(EarlierSends::sent(SystemTime::UNIX_EPOCH + HOUR * 100, Outcome::Unknown));
    for earlier in [None, told] {
        let lease = world.lease_as(key, world.origin, PAY, set_back, earlier).unwrap();
        assert_eq!(lease.age(set_back), Some(Age::Unknown), "{earlier:?}");
    }
}

#[test]
fn a_told_time_that_is_still_to_come_is_refused() {
    let world = World::new();
    let told = |minutes: u64| {
        let first = SystemTime::UNIX_EPOCH + HOUR + Duration::from_secs(60 * minutes);
        let sends = EarlierSends::sent(first, Outcome::Unknown);
        world.lease_as(text(), world.origin, PAY, at(1, 0), Some(sends)).map(|lease| lease.age(at(1, 0)))
    };
    assert_eq!(told(4), Ok(Some(Age::Of(Duration::ZERO))));
    assert_eq!(told(6), Err(KeyRefusal::ClocksDiffer));
}

#[test]
fn the_times_of_two_clocks_are_never_compared() {
    let (world, key) = (World::new(), text());
    world.send(key, InDoubt);
    let own = world.registry.record().place("https://dots.example:443", 2);
    let lease = world.lease_as(key, Origin { own, machine: None }, PAY, at(1, 100), None).unwrap();
    assert_eq!((lease.age(at(1, 100)), lease.history()), (Some(Age::Unknown), InDoubt));
}

#[test]
fn what_was_certainly_never_sent_is_new() {
    let (world, key) = (World::new(), text());
    let history = |earlier| world.lease_as(key, world.origin, PAY, at(1, 0), earlier).unwrap().history();
    assert_eq!(history(None), Unheard);
    assert_eq!(history(Some(EarlierSends::Never)), Never);
    // The process knows better.
    world.send(key, Answered);
    assert_eq!(history(Some(EarlierSends::Never)), Answered);
}
