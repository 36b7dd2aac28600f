//! The whole table of `decide`, beside a model that was written from the documentation and knows nothing of the code.

use std::time::Duration;

use dots_api::Idempotency;
use http::StatusCode;

use super::{
    Budget, Case, Class, Decision, Earlier, Effect, Ending, Limits, Next, Refusal, RetryPolicy, Shape, decide,
};
use crate::error::Delivery;

/// How far an attempt came.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Malformed,
    NoConnection,
    LostAnswer,
    GarbledSuccess,
    SuccessOfAnother,
    /// A status, and whether its body is an error as Dots writes it.
    Answered(u16, bool),
}

/// One row: everything that a decision depends on.
#[derive(Clone, Copy, Debug)]
struct Row {
    effect: Effect,
    idempotency: Idempotency,
    stage: Stage,
    in_doubt: bool,
    fresh: bool,
    retry_after: Option<u64>,
    attempts: u32,
    tokens: u32,
    seconds: u64,
    random: u64,
}

const STATUSES: [u16; 40] = [
    199, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413,
    414, 415, 417, 418, 422, 423, 425, 429, 431, 451, 500, 501, 502, 503, 504, 505, 511, 520, 599,
];

/// What the model says: delivery, evidence, whether it may be asked again, and after what shortest and longest pause.
struct Expected {
    delivery: Delivery,
    evidence: bool,
    retryable: bool,
    pause: Option<(Duration, Duration)>,
}

/// The statuses by which Dots, or what stands before it, says that it never looked at the operation.
const DOOR: [u16; 10] = [401, 403, 405, 406, 411, 413, 414, 415, 417, 431];

fn model(row: &Row) -> Expected {
    let keyed = row.idempotency != Idempotency::Unkeyed;
    let answers_known_keys = matches!(row.idempotency, Idempotency::ReturnsExisting | Idempotency::Unkeyed);
    let nothing_left = matches!(row.stage, Stage::Malformed | Stage::NoConnection);
    let plain = match row.stage {
        Stage::Answered(400 | 402 | 410 | 422, _) => true,
        Stage::Answered(408 | 409 | 425 | 429, _) => false,
        Stage::Answered(status, dots) => dots && (400..500).contains(&status) && !DOOR.contains(&status),
        _ => false,
    };
    let proved = match row.stage {
        Stage::Answered(status, _) if status == 429 || DOOR.contains(&status) => Delivery::Rejected,
        Stage::Answered(..) if plain && (answers_known_keys || row.fresh) => Delivery::Rejected,
        _ if nothing_left => Delivery::NotSent,
        _ => Delivery::Unknown,
    };
    let helps = match row.stage {
        Stage::Malformed | Stage::SuccessOfAnother => false,
        Stage::NoConnection | Stage::LostAnswer | Stage::GarbledSuccess => true,
        Stage::Answered(status @ 500..600, _) => ![501, 505, 511].contains(&status),
        Stage::Answered(status, _) => [408, 409, 425, 429].contains(&status),
    };
    let safe = row.effect == Effect::Reads || keyed || row.stage == Stage::NoConnection;
    let throttled = matches!(row.stage, Stage::Answered(409 | 429, _))
        || (matches!(row.stage, Stage::Answered(503, _)) && row.retry_after.is_some());
    let price = if throttled { 5 } else { 14 };
    let first = if throttled { 1_000_000_000 } else { 50_000_000_u64 };
    let ceiling = (first << (row.attempts - 1)).min(20_000_000_000);
    let (shortest, longest) = match (row.retry_after, row.stage) {
        (Some(asked), _) => (asked.min(300) * 1_000_000_000, asked.min(300) * 1_000_000_000),
        (None, Stage::Answered(409, _)) => (1_000_000_000, 1_000_000_000),
        (None, _) if row.random == 0 => (0, 0),
        (None, _) => (ceiling - 2, ceiling),
    };
    let affordable = row.attempts < 3 && row.tokens >= price && longest / 1_000_000_000 < row.seconds;
    let again = helps && safe && affordable;
    Expected {
        delivery: if row.in_doubt { Delivery::Unknown } else { proved },
        evidence: row.in_doubt
            && ((plain && !answers_known_keys) || (keyed && matches!(row.stage, Stage::Answered(409, _)))),
        retryable: helps && safe,
        pause: again.then(|| (Duration::from_nanos(shortest), Duration::from_nanos(longest))),
    }
}

fn decided(row: &Row) -> Decision {
    let ending = match row.stage {
        Stage::Malformed => Ending::Unsendable,
        Stage::NoConnection => Ending::NoConnection,
        Stage::LostAnswer => Ending::NoAnswer,
        Stage::GarbledSuccess => Ending::Unreadable,
        Stage::SuccessOfAnother => Ending::OtherPayment,
        Stage::Answered(status, dots) => {
            let status = StatusCode::from_u16(status).unwrap();
            let shape = if dots { Shape::Dots } else { Shape::Anyones };
            Ending::Refused(Refusal::of(status, shape, row.retry_after.is_some()))
        }
    };
    let case = Case {
        effect: row.effect,
        idempotency: row.idempotency,
        ending,
        in_doubt: row.in_doubt,
        earlier: if row.in_doubt { Earlier::Lost } else { Earlier::None },
        is_first_send: row.fresh,
        retry_after: row.retry_after.map(Duration::from_secs),
    };
    let time = Duration::from_secs(row.seconds);
    let limits = Limits { attempts: row.attempts, tokens: row.tokens, time, random: row.random };
    decide(&case, &limits, &RetryPolicy::standard())
}

fn agrees(row: &Row) -> bool {
    let (expected, found) = (model(row), decided(row));
    let pause = match (found.next, expected.pause) {
        (Next::Stop, None) => true,
        (Next::AskAgain { pause, .. }, Some((shortest, longest))) => shortest <= pause && pause <= longest,
        (Next::Stop, Some(_)) | (Next::AskAgain { .. }, None) => false,
    };
    pause
        && found.delivery == expected.delivery
        && found.is_evidence == expected.evidence
        && found.is_retryable == expected.retryable
}

fn stages() -> impl Iterator<Item = Stage> {
    let answered =
        STATUSES.into_iter().flat_map(|status| [true, false].map(|dots| Stage::Answered(status, dots)));
    let broken = [
        Stage::Malformed,
        Stage::NoConnection,
        Stage::LostAnswer,
        Stage::GarbledSuccess,
        Stage::SuccessOfAnother,
    ];
    broken.into_iter().chain(answered)
}

/// Calls `check` with every combination, and returns how many there were.
fn every_row(mut check: impl FnMut(&Row)) -> usize {
    let keyings = [
        Idempotency::ReturnsExisting,
        Idempotency::RejectsDuplicate,
        Idempotency::Unspecified,
        Idempotency::Unkeyed,
    ];
    let mut rows = 0;
    for stage in stages() {
        for (effect, idempotency) in
            [Effect::Reads, Effect::Writes].into_iter().flat_map(|e| keyings.map(|k| (e, k)))
        {
            for (in_doubt, fresh) in [(false, false), (false, true), (true, false), (true, true)] {
                for retry_after in [None, Some(7), Some(9_000)] {
                    for (attempts, tokens, seconds) in limits() {
                        for random in [0, u64::MAX] {
                            let row = Row {
                                effect,
                                idempotency,
                                stage,
                                in_doubt,
                                fresh,
                                retry_after,
                                attempts,
                                tokens,
                                seconds,
                                random,
                            };
                            check(&row);
                            rows += 1;
                        }
                    }
                }
            }
        }
    }
    rows
}

fn limits() -> impl Iterator<Item = (u32, u32, u64)> {
    let spent = (1..=4).map(|attempts| (attempts, Budget::FULL, 1_000));
    let poor = [0, 4, 5, 13, 14].map(|tokens| (1, tokens, 1_000));
    let late = [0, 2, 6, 7, 8, 300, 301].map(|seconds| (1, Budget::FULL, seconds));
    spent.chain(poor).chain(late)
}

#[test]
fn every_row_of_the_table_is_as_the_model_says() {
    let mut wrong = Vec::new();
    let rows = every_row(|row| {
        if !agrees(row) {
            wrong.push(format!("{row:?}: {:?}", decided(row)));
        }
    });
    assert!(
        wrong.is_empty(),
        "{} of {rows} rows differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(10)].join("\n")
    );
    assert!(rows > 60_000, "{rows}");
}

#[test]
fn no_row_pays_twice() {
    every_row(|row| {
        let found = decided(row);
        let left = !matches!(row.stage, Stage::Malformed | Stage::NoConnection);
        if row.effect == Effect::Writes && row.idempotency == Idempotency::Unkeyed && left {
            assert_eq!((found.next, found.is_retryable), (Next::Stop, false), "{row:?}");
        }
        if row.in_doubt {
            assert_eq!(found.delivery, Delivery::Unknown, "{row:?}");
        }
    });
}

#[test]
fn pauses_double_up_to_the_longest() {
    let row = Row {
        effect: Effect::Reads,
        idempotency: Idempotency::Unkeyed,
        stage: Stage::LostAnswer,
        in_doubt: false,
        fresh: false,
        retry_after: None,
        attempts: 1,
        tokens: Budget::FULL,
        seconds: 1_000,
        random: u64::MAX,
    };
    let policy = RetryPolicy::standard().attempts(40);
    let pause = |attempts| {
        let limits = Limits { attempts, tokens: row.tokens, time: Duration::MAX, random: row.random };
        policy.pause(Class::Transient, &limits, None).as_millis()
    };
    let pauses: Vec<u128> = (1..=11).map(pause).collect();
    assert_eq!(pauses, [49, 99, 199, 399, 799, 1_599, 3_199, 6_399, 12_799, 19_999, 19_999]);
    assert_eq!(pause(u32::MAX), 19_999);
}

#[test]
fn a_budget_that_was_spent_is_earned_back_by_successes() {
    let budget = Budget::default();
    while budget.spend(Class::Transient) {}
    assert_eq!(budget.tokens(), 500 % 14);
    assert_eq!([(); 3].map(|()| budget.spend(Class::Throttled)), [true, true, false]);
    budget.earn(None);
    assert_eq!(budget.tokens(), 1);
    budget.earn(Some(Class::Transient));
    assert_eq!(budget.tokens(), 1 + 14);
    for _ in 0..1_000 {
        budget.earn(None);
    }
    assert_eq!(budget.tokens(), Budget::FULL);
}

#[test]
fn a_window_is_never_longer_than_dots_keeps_keys() {
    let policy = RetryPolicy::standard().key_window(Duration::from_secs(1_000_000)).attempts(0);
    assert_eq!((policy.key_window.as_secs(), policy.attempts), (86_400, 1));
}
