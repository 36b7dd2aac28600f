//! Mutation tests: each fails when `cargo xtask mutants` plants a bug that no other test would notice.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use dots_api::{Exchange, GetOrganization, Request, Response, Transport};
use dots_api_ext::{Clock, Outcome, RetryPolicy};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::clock::TestClock;
use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, TEN_DOLLARS, builder_for, somebody};

const SECOND: Duration = Duration::from_secs(1);

/// More consecutive failures than a client tolerates before its circuit breaker opens.
const AN_OUTAGE: usize = 30;

fn organization() -> Answer {
    Answer::json("200 OK", r#"{"id":"o1","balance":1}"#)
}

#[tokio::test]
async fn an_answer_about_another_recipient_ends_the_call_in_doubt() {
    let other = json!({ "country_code": "1", "phone_number": "2025550100" });
    let link = json!({ "id": KEY, "amount": 1_000, "status": "created", "payee": other });
    let wire = Wire::start([Answer::json("201 Created", link.to_string())]).await;
    let dots = builder_for(&wire.url()).retry(RetryPolicy::standard()).build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.status(), error.attempts()), (Outcome::Unknown, Some(201), 1));
    assert!(error.to_string().contains("another recipient"), "{error}");
    assert_eq!(wire.requests().len(), 1);
}

/// A server that is busy for 70 seconds and records the timeout of each request.
#[derive(Clone, Debug, Default)]
struct Patience(Arc<Mutex<Vec<Option<Duration>>>>);

impl Transport for Patience {
    fn send(&self, request: Request) -> Exchange<'_> {
        self.0.lock().unwrap().push(request.timeout);
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static("70"))]);
        let busy = Response::new(StatusCode::SERVICE_UNAVAILABLE, headers, Bytes::from_static(b"{}"));
        Box::pin(async move { Ok(busy) })
    }
}

#[tokio::test]
async fn an_attempt_is_over_at_the_deadline_of_its_call() {
    let (patience, clock) = (Patience::default(), TestClock::default());
    let dots = builder_for("http://127.0.0.1:1/api")
        .transport(patience.clone())
        .clock(clock.clone())
        .timeout(60 * SECOND)
        .retry(RetryPolicy::standard().deadline(100 * SECOND))
        .build()
        .unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 2));
    assert_eq!(clock.pauses(), [70 * SECOND]);
    let given = patience.0.lock().unwrap().clone();
    // The first one has the full timeout, by the transport's default or explicitly.
    assert_eq!((given.len(), given[0].unwrap_or(60 * SECOND)), (2, 60 * SECOND));
    assert!(given[1].is_some_and(|time| time <= 30 * SECOND), "{given:?}");
}

#[tokio::test]
async fn clients_that_lose_the_same_answer_do_not_come_back_together() {
    let mut pauses = Vec::new();
    for seed in 1..=20 {
        let wire = Wire::start([Answer::cut("")]).await;
        let clock = TestClock::default();
        let builder = builder_for(&wire.url()).retry(RetryPolicy::standard()).clock(clock.clone());
        builder.jitter_seed(seed).build().unwrap().run(GetOrganization::new()).await.unwrap_err();
        pauses.extend(clock.pauses().first().copied());
        assert_eq!(wire.requests().len(), 3);
    }
    let (shortest, longest) = (*pauses.iter().min().unwrap(), *pauses.iter().max().unwrap());
    pauses.sort_unstable();
    pauses.dedup();
    assert!(pauses.len() >= 15, "{pauses:?}");
    assert!(shortest < Duration::from_millis(15) && longest > Duration::from_millis(35), "{pauses:?}");
}

#[tokio::test]
async fn successes_earn_back_what_retries_have_cost() {
    // A hundred retries use up the budget; ten successes earn two more.
    let (calls, successes) = (200, 10);
    let conflict = Answer::json("409 Conflict", "{}");
    let spent = std::iter::repeat_n(conflict.clone(), calls + 100);
    let script = spent.chain(std::iter::repeat_n(organization(), successes)).chain([conflict]);
    let wire = Wire::start(script).await;
    let builder = builder_for(&wire.url()).retry(RetryPolicy::standard()).clock(TestClock::default());
    let dots = builder.build().unwrap();
    for _ in 0..calls {
        dots.run(GetOrganization::new()).await.unwrap_err();
    }
    for _ in 0..successes {
        dots.run(GetOrganization::new()).await.unwrap();
    }
    let error = dots.run(GetOrganization::new()).await.unwrap_err();
    assert_eq!(error.attempts(), 3);
    assert_eq!(dots.run(GetOrganization::new()).await.unwrap_err().attempts(), 1);
    assert_eq!(wire.requests().len(), calls + 100 + successes + 3 + 1);
}

/// A clock whose sleepers the test wakes.
#[derive(Clone, Debug)]
struct Alarm {
    clock: TestClock,
    sleepers: Arc<Semaphore>,
    wakes: Arc<Semaphore>,
}

impl Clock for Alarm {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.sleepers.add_permits(1);
            self.wakes.acquire().await.unwrap().forget();
            self.clock.advance(duration);
        })
    }
}

#[tokio::test]
async fn a_lost_attempt_is_not_forgotten_when_nothing_more_is_sent() {
    let wire = Wire::start([Answer::cut("")]).await;
    let alarm = Alarm {
        clock: TestClock::default(),
        sleepers: Arc::new(Semaphore::new(0)),
        wakes: Arc::new(Semaphore::new(0)),
    };
    let builder = builder_for(&wire.url()).retry(RetryPolicy::standard()).clock(alarm.clone());
    let dots = builder.build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    let outage = async {
        // The payout is lost, and waits for its retry; meanwhile Dots fails for all calls.
        alarm.sleepers.acquire().await.unwrap().forget();
        let once = dots.with_retry(RetryPolicy::none());
        for _ in 0..AN_OUTAGE {
            once.run(GetOrganization::new()).await.unwrap_err();
        }
        alarm.wakes.add_permits(AN_OUTAGE);
    };
    let (lost, ()) = tokio::join!(dots.run(payout), outage);
    let error = lost.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 1), "{error}");
    assert!(error.may_have_moved_money(), "{error}");
    let payouts = wire.requests().iter().filter(|request| request.line().starts_with("POST")).count();
    assert_eq!(payouts, 1);
}
