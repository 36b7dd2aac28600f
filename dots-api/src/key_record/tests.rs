use super::entry::{Entry, OPERATIONS, PLACES};
use super::{FirstSend, IdempotencyKey, KeyHistory, KeyRecord, Place, SEVERAL, SHARDS, Sent};

const HISTORIES: [KeyHistory; 5] =
    [KeyHistory::Never, KeyHistory::Unheard, KeyHistory::Unproven, KeyHistory::InDoubt, KeyHistory::Answered];

fn sent(place: Place, steady: i64, day: i64, history: KeyHistory) -> Sent {
    Sent { place, operation: Some("send_payout"), first: Some(FirstSend { steady, day }), history }
}

fn only(record: &KeyRecord, key: &IdempotencyKey) -> Sent {
    let sends = record.sends(key);
    assert_eq!(sends.len(), 1);
    sends[0]
}

#[test]
fn an_entry_is_read_as_it_was_written_and_its_times_are_rounded_down() {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..100_000 {
        let first =
            FirstSend { steady: random.i64(-4_000_000..100_000_000), day: random.i64(0..4_000_000_000) };
        let (place, operation) = (random.u16(..PLACES), random.u8(..OPERATIONS));
        let entry = Entry { place, operation, first: Some(first), history: HISTORIES[random.usize(..5)] };
        let read = Entry::from_bits(entry.to_bits());
        assert_eq!((read.place, read.operation, read.history), (place, operation, entry.history));
        let (steady, day) =
            read.first.map(|read| (first.steady - read.steady, first.day - read.day)).unwrap();
        assert!((0..32).contains(&steady) && (0..32).contains(&day), "{first:?} {read:?}");
    }
}

#[test]
fn a_time_beyond_all_units_cannot_be_told() {
    for (steady, day) in
        [(i64::MAX, 0), (i64::MIN, 0), (0, i64::MAX), (0, -1), (140_000_000, 0), (0, 1 << 33)]
    {
        let first = Some(FirstSend { steady, day });
        let entry = Entry { place: 0, operation: 0, first, history: KeyHistory::InDoubt };
        assert_eq!(Entry::from_bits(entry.to_bits()), Entry { first: None, ..entry });
    }
}

#[test]
fn what_is_noted_of_a_key_only_grows_and_each_clock_keeps_its_earliest() {
    let record = KeyRecord::with_capacity(1_000);
    let (key, place) = (IdempotencyKey::fresh(), record.place("https://dots.example:443", 0));
    assert!(record.sends(&key).is_empty());
    record.note(&key, sent(place, 320, 64_000, KeyHistory::InDoubt));
    record.note(&key, sent(place, 640, 64_320, KeyHistory::Never));
    assert_eq!(only(&record, &key), sent(place, 320, 64_000, KeyHistory::InDoubt));
    record.note(&key, sent(place, 160, 63_840, KeyHistory::Answered));
    // The day is kept in units of 32 seconds.
    assert_eq!(only(&record, &key), sent(place, 160, 63_840, KeyHistory::Answered));
    // A text of the key is the key.
    let read: IdempotencyKey = key.to_string().parse().unwrap();
    assert_eq!(record.sends(&read), record.sends(&key));
}

#[test]
fn of_times_between_which_the_clock_was_set_back_each_clock_keeps_its_earliest() {
    let record = KeyRecord::with_capacity(1_000);
    let (key, place) = (IdempotencyKey::fresh(), record.place("https://dots.example:443", 0));
    record.note(&key, sent(place, 0, 640_000, KeyHistory::InDoubt));
    record.note(&key, sent(place, 3_600, 600_000, KeyHistory::InDoubt));
    // The steady clock has run on for longer since then than the time of day has, and so tells that it was set back.
    assert_eq!(only(&record, &key).first, Some(FirstSend { steady: 0, day: 600_000 }));
}

#[test]
fn a_key_that_several_operations_sent_is_that_of_none() {
    let record = KeyRecord::with_capacity(1_000);
    let (key, place) = (IdempotencyKey::fresh(), record.place("https://dots.example:443", 0));
    let note = sent(place, 0, 0, KeyHistory::InDoubt);
    record.note(&key, note);
    record.note(&key, Sent { operation: Some("create_transfer"), ..note });
    record.note(&key, note);
    assert_eq!(only(&record, &key).operation, None);
}

#[test]
fn each_place_is_noted_by_itself() {
    let record = KeyRecord::with_capacity(40 * SHARDS);
    let key = IdempotencyKey::fresh();
    let places: Vec<Place> =
        (0..40).map(|port| record.place(&format!("http://localhost:{port}"), 0)).collect();
    for place in &places {
        record.note(&key, sent(*place, 0, 0, KeyHistory::InDoubt));
    }
    let mut noted: Vec<Place> = record.sends(&key).into_iter().map(|sent| sent.place).collect();
    noted.sort_by_key(|place| place.number);
    assert_eq!(noted, places);
    assert!(!places[0].may_be_server_of(places[1]));
    let by_another_clock = record.place("http://localhost:1", 7);
    assert!(by_another_clock != places[1] && by_another_clock.may_be_server_of(places[1]));
}

#[test]
fn places_and_operations_without_a_number_are_taken_for_any() {
    let record = KeyRecord::with_capacity(1_000);
    let places: Vec<Place> =
        (0..=PLACES).map(|port| record.place(&format!("http://localhost:{port}"), 0)).collect();
    let last = places[usize::from(PLACES)];
    assert!(last.may_be_server_of(places[0]) && places[0].may_be_server_of(last));
    let names: Vec<&'static str> = (0..20).map(|number| &*format!("operation_{number}").leak()).collect();
    let known: Vec<u8> = names.iter().map(|name| record.operation(name)).collect();
    assert_eq!((known[0], known[14], known[15], known[19]), (0, 14, SEVERAL, SEVERAL));
}

#[test]
fn each_app_of_a_server_is_a_place_and_one_without_a_number_is_that_of_none() {
    let record = KeyRecord::with_capacity(1_000);
    let none = record.place("https://dots.example:443", 0);
    let apps: Vec<Place> = (0..PLACES).map(|app| record.place_of_app(none, &format!("app_{app}"))).collect();
    let (one, other, last) = (apps[0], apps[1], apps[usize::from(PLACES) - 1]);
    assert_eq!(record.place_of_app(none, "app_0"), one);
    assert!(one != other && one.may_be_server_of(other) && !one.is_for_app_of(other));
    assert!(!one.is_for_app_of(none) && last == none);
    let key = IdempotencyKey::fresh();
    record.note(&key, sent(other, 0, 0, KeyHistory::InDoubt));
    assert_eq!(only(&record, &key).place, other);
}

#[test]
fn a_full_record_says_so_and_still_notes_what_was_sent() {
    let record = KeyRecord::with_capacity(1_000);
    let place = record.place("https://dots.example:443", 0);
    let keys: Vec<IdempotencyKey> = (0..2_000).map(|_| IdempotencyKey::fresh()).collect();
    for (sent_before, key) in keys.iter().enumerate() {
        assert_eq!(record.is_full(), sent_before >= 1_000);
        record.note(key, sent(place, 0, 0, KeyHistory::InDoubt));
        record.note(key, sent(place, 0, 0, KeyHistory::Answered));
    }
    assert!(keys.iter().all(|key| only(&record, key).history == KeyHistory::Answered));
}

#[test]
fn of_two_million_keys_each_is_found_and_no_other() {
    let record = KeyRecord::with_capacity(1 << 25);
    let place = record.place("https://dots.example:443", 0);
    let key = |number: u128| IdempotencyKey::from_uuid(uuid::Uuid::from_u128(number)).unwrap();
    for number in 1..=2_000_000 {
        record.note(&key(number), sent(place, 0, 0, KeyHistory::Answered));
    }
    assert!((1..=2_000_000).all(|number| only(&record, &key(number)).history == KeyHistory::Answered));
    assert!((2_000_001..4_000_000).all(|number| record.sends(&key(number)).is_empty()));
    let bytes: usize = record.shards.iter().map(|shard| shard.lock().unwrap().bytes()).sum();
    assert!(bytes <= 28 * 2_000_000 + SHARDS * 200, "{bytes}");
}
