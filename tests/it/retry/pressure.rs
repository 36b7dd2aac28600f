//! Load: all clones share one retry budget, the rate limit adapts when Dots is busy, and the circuit breaker opens when
//! Dots is down.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use dots_api::{Exchange, GetOrganization, Request, Response, Transport};
use dots_api_ext::{Dots, Environment, Outcome, RetryPolicy};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::Instant;

use super::{SECOND, TestClock, patient};
use crate::support::wire::{Answer, Wire};

#[tokio::test]
async fn clones_spend_one_budget_of_retries() {
    let wire = Wire::start([Answer::json("409 Conflict", "{}")]).await;
    let (dots, _) = patient(&wire.url());
    let mut retries = 0;
    for _ in 0..200 {
        let error = dots.clone().run(GetOrganization::new()).await.unwrap_err();
        retries += error.attempts() - 1;
    }
    assert_eq!(retries, 500 / 5);
    assert_eq!(wire.requests().len(), 200 + 100);
}

#[tokio::test]
async fn an_outage_of_five_minutes_costs_at_most_sixty_requests() {
    let wire = Wire::start([Answer::json("500 Internal Server Error", "{}")]).await;
    let (dots, clock) = patient(&wire.url());
    let (mut calls, mut unsent) = (0, 0);
    while clock.pauses().iter().sum::<Duration>() + SECOND * calls < 300 * SECOND {
        let error = dots.clone().run(GetOrganization::new()).await.unwrap_err();
        if error.outcome() == Outcome::NotSent {
            unsent += 1;
            assert!(error.is_retryable() && error.retry_after().is_some(), "{error}");
        }
        calls += 1;
        clock.advance(SECOND);
    }
    let requests = wire.requests().len();
    assert!(requests <= 60, "{requests} requests for {calls} calls");
    assert!(requests >= 30 && unsent > 200, "{requests} requests, {unsent} of {calls} calls were not sent");
}

#[tokio::test(start_paused = true)]
async fn an_outage_costs_sixty_four_workers_at_most_sixty_requests_together() {
    for outage in [Outage::Breaks, Outage::Hangs, Outage::SaysSo] {
        let down = Down { outage, sent: Arc::default() };
        let dots = client_in_made_up_time(down.clone());
        let workers: Vec<_> = (0..64).map(|_| tokio::spawn(work(dots.clone()))).collect();
        tokio::time::sleep(300 * SECOND).await;
        workers.iter().for_each(tokio::task::JoinHandle::abort);
        let sent = down.sent.load(Ordering::Relaxed);
        assert!((30..=60).contains(&sent), "{sent} requests to a Dots that is down: {outage:?}");
    }
}

#[tokio::test]
async fn the_end_of_an_outage_is_noticed_within_ten_seconds() {
    let down = std::iter::repeat_n(Answer::json("500 Internal Server Error", "{}"), 25);
    let back = Answer::json("200 OK", r#"{"id":"o1","balance":1}"#);
    let wire = Wire::start(down.chain([back])).await;
    let (dots, clock) = patient(&wire.url());
    for _ in 0..200 {
        if wire.requests().len() < 25 {
            let _ = dots.run(GetOrganization::new()).await;
            clock.advance(SECOND);
        }
    }
    assert_eq!(wire.requests().len(), 25);
    for _ in 0..10 {
        clock.advance(SECOND);
        if dots.run(GetOrganization::new()).await.is_ok() {
            break;
        }
    }
    for _ in 0..100 {
        assert_eq!(dots.run(GetOrganization::new()).await.unwrap().attempts(), 1);
    }
}

/// Tokio's virtual time.
#[derive(Debug)]
struct MadeUpTime(Instant);

impl dots_api_ext::Clock for MadeUpTime {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.0.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A server that accepts this many requests per second and refuses the others, in tokio's virtual time.
#[derive(Clone, Debug)]
struct Busy {
    counts: Arc<Mutex<Counts>>,
    says_how_long: bool,
}

#[derive(Debug)]
struct Counts {
    per_second: u32,
    left: u32,
    second: Instant,
    accepted: u32,
    refused: u32,
}

impl Busy {
    fn new(per_second: u32, says_how_long: bool) -> Self {
        let counts = Counts { per_second, left: per_second, second: Instant::now(), accepted: 0, refused: 0 };
        Self { counts: Arc::new(Mutex::new(counts)), says_how_long }
    }

    fn counts(&self) -> (u32, u32) {
        let counts = self.counts.lock().unwrap();
        (counts.accepted, counts.refused)
    }

    fn take(&self) -> bool {
        let mut counts = self.counts.lock().unwrap();
        if counts.second.elapsed() >= SECOND {
            (counts.left, counts.second) = (counts.per_second, Instant::now());
        }
        let taken = counts.left > 0;
        counts.left = counts.left.saturating_sub(1);
        counts.accepted += u32::from(taken);
        counts.refused += u32::from(!taken);
        taken
    }
}

impl Transport for Busy {
    fn send(&self, _: Request) -> Exchange<'_> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let taken = self.take();
            tokio::time::sleep(Duration::from_millis(5)).await;
            let mut headers = HeaderMap::new();
            if taken {
                return Ok(Response::new(
                    StatusCode::OK,
                    headers,
                    Bytes::from_static(br#"{"id":"o1","balance":1}"#),
                ));
            }
            if self.says_how_long {
                headers.insert(http::header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Ok(Response::new(StatusCode::TOO_MANY_REQUESTS, headers, Bytes::from_static(b"{}")))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn sixty_four_workers_send_hardly_more_than_a_busy_dots_accepts() {
    for (per_second, says_how_long) in [(20, true), (20, false), (100, true), (100, false), (1_000, true)] {
        let busy = Busy::new(per_second, says_how_long);
        let dots = client_in_made_up_time(busy.clone());
        let workers: Vec<_> = (0..64).map(|_| tokio::spawn(work(dots.clone()))).collect();
        tokio::time::sleep(60 * SECOND).await;
        let (warm_accepted, warm_refused) = busy.counts();
        tokio::time::sleep(300 * SECOND).await;
        let (accepted, refused) = busy.counts();
        workers.iter().for_each(tokio::task::JoinHandle::abort);
        let (accepted, refused) = (accepted - warm_accepted, refused - warm_refused);
        assert!(
            refused * 10 <= accepted,
            "{refused} refused for {accepted} accepted at {per_second} a second, told for how long: {says_how_long}"
        );
        assert!(accepted >= per_second * 300 / 2, "{accepted} accepted at {per_second} a second");
        println!(
            "{per_second} a second: {accepted} accepted, {refused} refused, warm-up {warm_accepted} and {warm_refused}"
        );
    }
}

/// Sends calls forever, and pauses after a call that was not sent.
async fn work(dots: Dots) {
    loop {
        if let Err(error) = dots.run(GetOrganization::new()).await
            && error.outcome() == Outcome::NotSent
        {
            tokio::time::sleep(SECOND).await;
        }
    }
}

/// The kind of outage.
#[derive(Clone, Copy, Debug)]
enum Outage {
    /// The connection breaks at once.
    Breaks,
    /// No answer comes.
    Hangs,
    /// It answers 503 with a `Retry-After` of one second.
    SaysSo,
}

/// A server that is down.
#[derive(Clone, Debug)]
struct Down {
    outage: Outage,
    sent: Arc<AtomicU32>,
}

impl Transport for Down {
    fn send(&self, _: Request) -> Exchange<'_> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            match self.outage {
                Outage::Breaks => {}
                Outage::Hangs => tokio::time::sleep(60 * SECOND).await,
                Outage::SaysSo => {
                    let mut headers = HeaderMap::new();
                    headers.insert(http::header::RETRY_AFTER, HeaderValue::from_static("1"));
                    return Ok(Response::new(StatusCode::SERVICE_UNAVAILABLE, headers, Bytes::new()));
                }
            }
            Err("nobody answers".into())
        })
    }
}

fn client_in_made_up_time(transport: impl Transport + 'static) -> Dots {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment("http://127.0.0.1:1/api".parse::<Environment>().unwrap())
        .transport(transport)
        .clock(MadeUpTime(Instant::now()))
        .retry(RetryPolicy::standard())
        .jitter_seed(1)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_test_clock_is_one_clock_however_often_it_is_copied() {
    let clock = TestClock::default();
    clock.clone().advance(SECOND);
    assert_eq!(dots_api_ext::Clock::elapsed(&clock), SECOND);
}
