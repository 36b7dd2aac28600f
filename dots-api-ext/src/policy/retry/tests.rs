//! The whole table of `decide`, beside a model that was written from the documentation and knows nothing of the code.

use std::cell::RefCell;
use std::time::Duration;

use dots_api::Idempotency;
use dots_api::key_record::KeyHistory;
use http::{Method, StatusCode};

use super::{
    Attempt, AttemptEnd, Budget, Decision, Effect, Origin, Remaining, RetryKind, RetryPolicy, RetrySettings,
    decide,
};
use crate::error::Outcome;

/// How far an attempt came.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Malformed,
    NoConnection,
    LostAnswer,
    GarbledSuccess,
    SuccessOfAnother,
    /// A status, and what its body says.
    Answered(u16, Origin),
}

/// One row: everything that a decision depends on.
#[derive(Clone, Debug)]
struct Row {
    method: Method,
    idempotency: Idempotency,
    stage: Stage,
    history: KeyHistory,
    /// In seconds.
    retry_after: Option<u64>,
    attempts: u32,
    tokens: u32,
    time: Duration,
    random: u64,
}

const STATUSES: [u16; 42] = [
    199, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413,
    414, 415, 417, 418, 422, 423, 425, 429, 431, 451, 460, 499, 500, 501, 502, 503, 504, 505, 511, 520, 599,
];

/// What the model says.
#[derive(Debug, PartialEq)]
struct Expected {
    outcome: Outcome,
    evidence: bool,
    /// Whether it may be retried.
    retryable: bool,
    /// Whether it is retried: as which kind of retry, and after how many nanoseconds.
    next: Option<(RetryKind, u64)>,
}

/// The statuses by which Dots, or what stands before it, says that it never looked at the operation.
const BEFORE: [u16; 8] = [405, 406, 411, 413, 414, 415, 417, 431];

const SECOND: u64 = 1_000_000_000;

fn model(row: &Row) -> Expected {
    let keyed = row.idempotency != Idempotency::Unkeyed;
    let answers_known_keys = matches!(row.idempotency, Idempotency::ReturnsExisting | Idempotency::Unkeyed);
    let reads = ["GET", "HEAD"].contains(&row.method.as_str());
    let nothing_left = matches!(row.stage, Stage::Malformed | Stage::NoConnection);
    // What the operation itself was refused for, in words that only Dots has.
    let plain = match row.stage {
        Stage::Answered(408 | 409 | 425 | 429 | 401 | 403, _) => false,
        Stage::Answered(status @ 400..500, origin) => {
            let in_words_of_dots = [Origin::Dots, Origin::DotsLocked].contains(&origin);
            let is_of_a_read = reads && [400, 402, 410, 422].contains(&status);
            !BEFORE.contains(&status) && (in_words_of_dots || is_of_a_read)
        }
        _ => false,
    };
    let stopped_before = match row.stage {
        Stage::Answered(401 | 403, origin) => reads || origin != Origin::Anyone,
        Stage::Answered(status, origin) if status == 429 || BEFORE.contains(&status) => {
            reads || [Origin::Dots, Origin::DotsLocked].contains(&origin)
        }
        _ => false,
    };
    let proved = match row.stage {
        _ if stopped_before => Outcome::Rejected,
        _ if plain && (answers_known_keys || row.history == KeyHistory::Never) => Outcome::Rejected,
        _ if nothing_left => Outcome::NotSent,
        _ => Outcome::Unknown,
    };
    let helps = match row.stage {
        Stage::Malformed | Stage::SuccessOfAnother => false,
        Stage::NoConnection | Stage::LostAnswer | Stage::GarbledSuccess => true,
        Stage::Answered(status @ 500..600, _) => ![501, 505, 511].contains(&status),
        Stage::Answered(status, _) => [408, 409, 425, 429].contains(&status),
    };
    let in_use = row.stage == Stage::Answered(409, Origin::DotsLocked);
    let conflict = matches!(row.stage, Stage::Answered(409, _)) && !in_use;
    let safe = reads || keyed || row.stage == Stage::NoConnection;
    let next = (helps && safe).then(|| model_of_a_retry(row)).flatten();
    let in_doubt = [KeyHistory::Unproven, KeyHistory::InDoubt, KeyHistory::Answered].contains(&row.history);
    let lost = [KeyHistory::InDoubt, KeyHistory::Answered].contains(&row.history);
    Expected {
        outcome: if in_doubt { Outcome::Unknown } else { proved },
        evidence: (plain && !answers_known_keys && lost) || (conflict && keyed && lost),
        retryable: helps && safe,
        next,
    }
}

/// What a retry costs and how long it waits, unless there is not enough left for it.
fn model_of_a_retry(row: &Row) -> Option<(RetryKind, u64)> {
    let throttled = matches!(row.stage, Stage::Answered(409 | 429, _))
        || (matches!(row.stage, Stage::Answered(503, _)) && row.retry_after.is_some());
    let (kind, price, first) =
        if throttled { (RetryKind::Throttled, 5, SECOND) } else { (RetryKind::Transient, 14, SECOND / 20) };
    let ceiling = (first << (row.attempts - 1)).min(20 * SECOND);
    let pause = match (row.retry_after, row.stage) {
        (Some(asked), _) => asked.min(300) * SECOND,
        (None, Stage::Answered(409, _)) => SECOND,
        // No draw reaches the ceiling.
        (None, _) => match row.random {
            0 => 0,
            HALF => ceiling / 2,
            _ => ceiling - 1,
        },
    };
    let affordable = row.attempts < 3 && row.tokens >= price;
    (affordable && u128::from(pause) < row.time.as_nanos()).then_some((kind, pause))
}

fn decided(row: &Row) -> Decision {
    let effect = if row.method.is_safe() { Effect::Reads } else { Effect::Writes };
    let end = match row.stage {
        Stage::Malformed => AttemptEnd::Unsendable,
        Stage::NoConnection => AttemptEnd::NotConnected,
        Stage::LostAnswer => AttemptEnd::NoAnswer,
        Stage::GarbledSuccess => AttemptEnd::Unreadable,
        Stage::SuccessOfAnother => AttemptEnd::Mismatch,
        Stage::Answered(status, origin) => {
            let status = StatusCode::from_u16(status).unwrap();
            AttemptEnd::of(status, origin, row.retry_after.is_some(), effect)
        }
    };
    let attempt = Attempt {
        effect,
        idempotency: row.idempotency,
        end,
        history: row.history,
        retry_after: row.retry_after.map(Duration::from_secs),
    };
    let remaining =
        Remaining { attempts: row.attempts, tokens: row.tokens, time: row.time, random: row.random };
    decide(&attempt, &remaining, &RetryPolicy::standard())
}

fn agrees(row: &Row) -> bool {
    let found = decided(row);
    let next = found.retry.map(|(kind, pause)| (kind, u64::try_from(pause.as_nanos()).unwrap()));
    let Decision { outcome, is_evidence: evidence, is_retryable: retryable, .. } = found;
    model(row) == Expected { outcome, evidence, retryable, next }
}

/// Half of all numbers.
const HALF: u64 = 1 << 63;

const KEYINGS: [Idempotency; 4] = [
    Idempotency::ReturnsExisting,
    Idempotency::RejectsDuplicate,
    Idempotency::Unspecified,
    Idempotency::Unkeyed,
];

const METHODS: [Method; 6] =
    [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD];

/// The ends of an attempt that are no answers.
const BROKEN: [Stage; 5] = [
    Stage::Malformed,
    Stage::NoConnection,
    Stage::LostAnswer,
    Stage::GarbledSuccess,
    Stage::SuccessOfAnother,
];

const HISTORIES: [KeyHistory; 5] =
    [KeyHistory::Never, KeyHistory::Unheard, KeyHistory::Unproven, KeyHistory::InDoubt, KeyHistory::Answered];

const RETRY_AFTER: [Option<u64>; 3] = [None, Some(7), Some(9_000)];

/// Calls `check` with every row, and returns how many there were: every end of an attempt on every kind of operation,
/// with little left and with plenty; and every combination of what is left, after every end.
fn every_row(check: impl Fn(&Row)) -> [usize; 2] {
    [every_end(&check), every_limit(&check)]
}

fn every_end(check: impl Fn(&Row)) -> usize {
    let limits = [(1, Budget::FULL, 1_000), (2, 5, 1_000), (3, Budget::FULL, 1_000), (1, Budget::FULL, 8)];
    let mut rows = 0;
    for stage in stages() {
        for (method, idempotency) in METHODS.iter().flat_map(|method| KEYINGS.map(|keying| (method, keying)))
        {
            for history in HISTORIES {
                for (retry_after, (attempts, tokens, seconds)) in
                    RETRY_AFTER.into_iter().flat_map(|asked| limits.map(|limits| (asked, limits)))
                {
                    let (method, time) = (method.clone(), Duration::from_secs(seconds));
                    let (random, idempotency) = (HALF, idempotency);
                    check(&Row {
                        method,
                        idempotency,
                        stage,
                        history,
                        retry_after,
                        attempts,
                        tokens,
                        time,
                        random,
                    });
                    rows += 1;
                }
            }
        }
    }
    rows
}

/// Times around every pause there is: of 50 ms, 100 ms, 1 s, 2 s, 7 s and 300 s, and parts of them.
fn times() -> Vec<Duration> {
    let around = [25, 50, 100, 500, 1_000, 1_500, 2_000, 7_000, 300_000].map(Duration::from_millis);
    let nanosecond = Duration::from_nanos(1);
    let mut times: Vec<Duration> =
        around.into_iter().flat_map(|time| [time - nanosecond, time, time + nanosecond]).collect();
    times.push(Duration::ZERO);
    times
}

fn every_limit(check: impl Fn(&Row)) -> usize {
    let mut rows = 0;
    for stage in stages() {
        for (retry_after, time) in
            RETRY_AFTER.into_iter().flat_map(|asked| times().into_iter().map(move |time| (asked, time)))
        {
            for (attempts, tokens) in
                (1..=4).flat_map(|attempts| [0, 4, 5, 13, 14, Budget::FULL].map(|tokens| (attempts, tokens)))
            {
                for (random, method) in [0, HALF, u64::MAX]
                    .into_iter()
                    .flat_map(|random| [Method::GET, Method::POST].map(|method| (random, method)))
                {
                    let (idempotency, history) = (Idempotency::RejectsDuplicate, KeyHistory::Never);
                    check(&Row {
                        method,
                        idempotency,
                        stage,
                        history,
                        retry_after,
                        attempts,
                        tokens,
                        time,
                        random,
                    });
                    rows += 1;
                }
            }
        }
    }
    rows
}

fn stages() -> impl Iterator<Item = Stage> {
    let origins = [Origin::Anyone, Origin::Json, Origin::Dots, Origin::DotsLocked];
    let answered = move |status| origins.map(|origin| Stage::Answered(status, origin));
    BROKEN.into_iter().chain(STATUSES.into_iter().flat_map(answered))
}

/// How many rows there are of either kind.
const ROWS: [usize; 2] = [173 * 6 * 4 * 5 * 3 * 4, 173 * 3 * 28 * 4 * 6 * 3 * 2];

#[test]
fn every_row_of_the_table_is_as_the_model_says() {
    let wrong = RefCell::new(Vec::new());
    let rows = every_row(|row| {
        if !agrees(row) {
            wrong.borrow_mut().push(format!("{row:?}: {:?}, not {:?}", decided(row), model(row)));
        }
    });
    let wrong = wrong.into_inner();
    let first = wrong.get(..10).unwrap_or(&wrong).join("\n");
    assert!(wrong.is_empty(), "{} of {rows:?} rows differ:\n{first}", wrong.len());
    assert_eq!(rows, ROWS);
}

#[test]
fn no_row_pays_twice() {
    let rows = every_row(|row| {
        let found = decided(row);
        let left = !matches!(row.stage, Stage::Malformed | Stage::NoConnection);
        let reads = [Method::GET, Method::HEAD].contains(&row.method);
        if !reads && row.idempotency == Idempotency::Unkeyed && left {
            assert_eq!((found.retry, found.is_retryable), (None, false), "{row:?}");
        }
        if row.history > KeyHistory::Unheard {
            assert_eq!(found.outcome, Outcome::Unknown, "{row:?}");
        }
        // What is known of a key only grows, and a doubt stays until an answer settles it.
        assert!(found.history >= row.history, "{row:?}");
        let is_in_doubt = found.history > KeyHistory::Unheard;
        assert_eq!(is_in_doubt, found.outcome == Outcome::Unknown, "{row:?}");
    });
    assert_eq!(rows, ROWS);
}

#[test]
fn pauses_double_up_to_the_longest() {
    let policy = RetryPolicy::standard().attempts(40);
    let pause = |attempts| {
        let remaining = Remaining { attempts, tokens: Budget::FULL, time: Duration::MAX, random: u64::MAX };
        policy.pause(RetryKind::Transient, &remaining, None).as_millis()
    };
    let pauses: Vec<u128> = (1..=11).map(pause).collect();
    assert_eq!(pauses, [49, 99, 199, 399, 799, 1_599, 3_199, 6_399, 12_799, 19_999, 19_999]);
    assert_eq!(pause(u32::MAX), 19_999);
}

#[test]
fn a_budget_that_was_spent_is_earned_back_by_successes() {
    let budget = Budget::default();
    while budget.spend(RetryKind::Transient) {}
    assert_eq!(budget.tokens(), 500 % 14);
    assert_eq!([(); 3].map(|()| budget.spend(RetryKind::Throttled)), [true, true, false]);
    budget.earn(None);
    assert_eq!(budget.tokens(), 1);
    budget.earn(Some(RetryKind::Transient));
    assert_eq!(budget.tokens(), 1 + 14);
    for _ in 0..1_000 {
        budget.earn(None);
    }
    assert_eq!(budget.tokens(), Budget::FULL);
}

#[test]
fn a_window_ends_an_hour_before_dots_forgets_the_key() {
    let policy = RetryPolicy::standard().key_window(Duration::from_secs(1_000_000)).attempts(0);
    assert_eq!((policy.settings().key_window.as_secs(), policy.settings().attempts), (23 * 3_600, 1));
}

#[test]
fn the_standard_policy_is_the_one_of_its_table() {
    let table = RetrySettings {
        attempts: 3,
        transient_backoff: Duration::from_millis(50),
        throttled_backoff: Duration::from_secs(1),
        max_backoff: Duration::from_secs(20),
        max_retry_after: Duration::from_secs(300),
        deadline: Duration::from_secs(180),
        key_window: Duration::from_secs(72_000),
    };
    assert_eq!(RetryPolicy::default().settings(), table);
}
