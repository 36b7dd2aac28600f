//! Attempts for which little time is left: one that would be cut short would turn what is certain into a doubt, so it
//! does not begin; and a call that waits for a turn gives up in time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use dots_api::{Exchange, Request, Response, Transport};
use dots_api_ext::{Alarm, Clock, Dots, ErrorKind, Outcome, RetryPolicy};
use http::{HeaderMap, StatusCode};
use tokio::sync::Semaphore;

use super::{SECOND, link};
use crate::support::clock::TestClock;
use crate::support::wire::{Answer, Wire};
use crate::support::world::{TEN_DOLLARS, builder_for, key, somebody};

/// A clock that sleeps for longer than it was told to, as a machine does that is busy.
#[derive(Clone, Debug)]
struct Oversleeps(TestClock, Duration);

impl Clock for Oversleeps {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) -> Alarm<'_> {
        self.0.sleep(time + self.1)
    }

    fn name(&self) -> Option<u64> {
        self.0.name()
    }
}

/// A client whose calls may take 10 seconds, of which one second is the least with which an attempt begins.
fn client(wire: &Wire, oversleeps: Duration) -> Dots {
    let policy = RetryPolicy::standard().deadline(10 * SECOND);
    let clock = Oversleeps(TestClock::default(), oversleeps);
    builder_for(&wire.url()).retry(policy).clock(clock).build().unwrap()
}

fn busy(seconds: u64) -> Answer {
    let after = format!("retry-after: {seconds}");
    Answer::new("429 Too Many Requests", &[&after], r#"{"success":false,"message":"slow down"}"#)
}

#[tokio::test]
async fn a_retry_with_too_little_time_does_not_begin_and_nothing_is_in_doubt() {
    let wire = Wire::start([busy(7), Answer::Silence]).await;
    let dots = client(&wire, Duration::from_millis(2_001));
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Rejected, 1), "{error}");
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_retry_with_just_enough_time_begins() {
    let wire = Wire::start([busy(7), Answer::json("201 Created", link())]).await;
    let payout = client(&wire, 2 * SECOND).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    assert_eq!((payout.attempts(), wire.requests().len()), (2, 2));
}

#[tokio::test]
async fn a_first_attempt_whose_turn_comes_too_late_does_not_begin() {
    let wire = Wire::start([busy(7), Answer::Silence]).await;
    let dots = client(&wire, Duration::from_millis(2_001));
    dots.send_payout(TEN_DOLLARS, somebody()).retry(RetryPolicy::none()).await.unwrap_err();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 0), "{error}");
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_call_that_waits_for_its_key_ends_though_its_clock_stands_still() {
    let wire = Wire::start([Answer::Silence]).await;
    let dots = builder_for(&wire.url()).clock(TestClock::default()).build().unwrap();
    let patient = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let hasty = patient.clone().retry(RetryPolicy::none().deadline(Duration::from_millis(20)));
    let mut patient = pin!(patient.into_future());
    assert!(patient.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let error = hasty.await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 0), "{error}");
    assert!(error.to_string().contains("is in flight"), "{error}");
}

/// Answers nothing until it is opened.
#[derive(Clone, Debug)]
struct Gate {
    asked: Arc<AtomicUsize>,
    open: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self { asked: Arc::default(), open: Arc::new(Semaphore::new(0)) }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Transport for Gate {
    fn send(&self, _: Request) -> Exchange<'_> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            self.open.acquire().await.unwrap().forget();
            Ok(Response::new(StatusCode::CREATED, HeaderMap::new(), link().into()))
        })
    }
}

/// Until a host has answered, 20 requests are admitted, and then one every 5 seconds.
#[tokio::test]
async fn a_call_that_waits_for_a_host_to_answer_goes_when_it_does_and_gives_up_in_time() {
    for answers in [true, false] {
        let gate = Gate::new();
        let dots = builder_for(&format!("https://gate-{answers}.example/api")).transport(gate.clone());
        let dots = dots.build().unwrap();
        let mut going: Vec<_> = (0..20).map(|_| dots.send_payout(TEN_DOLLARS, somebody()).send()).collect();
        let mut context = Context::from_waker(Waker::noop());
        assert!(going.iter_mut().all(|call| call.as_mut().poll(&mut context).is_pending()));
        let deadline = if answers { 4 * SECOND } else { Duration::from_millis(40) };
        let hasty = dots.send_payout(TEN_DOLLARS, somebody()).retry(RetryPolicy::none().deadline(deadline));
        let mut hasty = hasty.send();
        assert!(hasty.as_mut().poll(&mut context).is_pending());
        assert_eq!(gate.asked(), 20);
        if answers {
            gate.open.add_permits(21);
            assert!(going.remove(0).await.is_ok());
            assert!(hasty.await.is_ok());
            assert_eq!(gate.asked(), 21);
        } else {
            let error = hasty.await.unwrap_err();
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::Unavailable, Outcome::NotSent),
                "{error}"
            );
            assert_eq!(gate.asked(), 20);
        }
    }
}
