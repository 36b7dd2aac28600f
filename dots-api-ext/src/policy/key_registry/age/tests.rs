use super::{Age, Duration, FirstSend};

fn age(steady: i64, day: i64) -> Age {
    Age::of(
        Some(FirstSend { steady: 1_000, day: 50_000 }),
        FirstSend { steady: 1_000 + steady, day: 50_000 + day },
    )
}

#[test]
fn the_clock_that_says_longer_counts() {
    for (steady, day, seconds) in
        [(10, 10, 10), (10, 3_600, 3_600), (200, 10, 200), (300, 0, 300), (30, -200, 30), (-5, -5, 0)]
    {
        assert_eq!(age(steady, day), Age::Of(Duration::from_secs(seconds)), "{steady} {day}");
    }
}

#[test]
fn a_time_of_day_that_was_set_back_leaves_the_age_unknown() {
    for (steady, day) in [(10, -291), (301, 0), (3_600, 10)] {
        assert_eq!(age(steady, day), Age::Unknown, "{steady} {day}");
    }
    assert_eq!(Age::of(None, FirstSend { steady: 0, day: 0 }), Age::Unknown);
}

#[test]
fn an_unknown_age_is_older_than_any() {
    assert!(Age::Unknown > Age::Of(Duration::MAX));
}
