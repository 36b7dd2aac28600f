//! The key window and the deadline: a key that Dots may have forgotten is not sent again, and a call ends in bounded
//! time.

use std::time::Duration;

use dots_api_ext::{Outcome, RetryPolicy};

use super::{SECOND, link, patient};
use crate::support::wire::{Answer, Wire};
use crate::support::world::{TEN_DOLLARS, somebody};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_key_in_doubt_is_asked_for_again_within_its_window() {
    let wire = Wire::start([Answer::cut(""), Answer::json("201 Created", link())]).await;
    let (dots, clock) = patient(&wire.url());
    let dots = dots.with_retry(RetryPolicy::none());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    dots.run(payout.clone()).await.unwrap_err();
    clock.advance(19 * HOUR);
    assert_eq!(dots.run(payout).await.unwrap().http_status(), 201);
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_key_that_is_older_than_its_window_is_never_sent_again() {
    let wire = Wire::start([Answer::cut(""), Answer::json("201 Created", link())]).await;
    let (dots, clock) = patient(&wire.url());
    let dots = dots.with_retry(RetryPolicy::none());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    dots.run(payout.clone()).await.unwrap_err();
    clock.advance(20 * HOUR);
    let error = dots.run(payout).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts(), error.is_retryable()), (Outcome::Unknown, 0, false));
    assert!(error.to_string().contains("too long ago to be sent again"), "{error}");
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn the_clock_that_says_older_counts_and_one_that_was_set_back_ends_it() {
    for (forward, back) in [(20 * HOUR, Duration::ZERO), (Duration::ZERO, HOUR)] {
        let wire = Wire::start([Answer::cut("")]).await;
        let (dots, clock) = patient(&wire.url());
        let dots = dots.with_retry(RetryPolicy::none());
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
        dots.run(payout.clone()).await.unwrap_err();
        clock.set_forward(forward);
        clock.set_back(back);
        assert_eq!(dots.run(payout).await.unwrap_err().outcome(), Outcome::Unknown);
        assert_eq!(wire.requests().len(), 1, "{forward:?} {back:?}");
    }
}

#[tokio::test]
async fn a_retry_that_would_leave_the_window_is_not_made() {
    let busy = Answer::new("429 Too Many Requests", &["retry-after: 100"], "{}");
    let wire = Wire::start([Answer::cut(""), busy]).await;
    let (dots, _) = patient(&wire.url());
    // An attempt may take 60 seconds, and 60 more are kept in reserve.
    let dots = dots.with_retry(RetryPolicy::standard().key_window(200 * SECOND));
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 2));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_new_key_is_sent_however_short_the_window_is() {
    let wire = Wire::start([Answer::json("201 Created", link())]).await;
    let (dots, _) = patient(&wire.url());
    let dots = dots.with_retry(RetryPolicy::standard().key_window(Duration::ZERO));
    assert_eq!(dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap().attempts(), 1);
}

#[tokio::test]
async fn a_call_is_over_at_its_deadline() {
    let busy = Answer::new("503 Service Unavailable", &["retry-after: 60"], "{}");
    let wire = Wire::start([busy]).await;
    let (dots, clock) = patient(&wire.url());
    let dots = dots.with_retry(RetryPolicy::standard().attempts(100));
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(503)));
    let waited: Duration = clock.pauses().iter().sum();
    assert!(waited <= 180 * SECOND, "{waited:?}");
    assert_eq!(wire.requests().len(), 3);
}

#[tokio::test]
async fn the_window_is_measured_from_the_first_send_and_not_from_the_last() {
    let wire = Wire::start([Answer::cut("")]).await;
    let (dots, clock) = patient(&wire.url());
    let dots = dots.with_retry(RetryPolicy::none());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    for hours in [0, 15, 10, 100] {
        clock.advance(hours * HOUR);
        assert_eq!(dots.run(payout.clone()).await.unwrap_err().outcome(), Outcome::Unknown);
    }
    // At 0 and 15 hours it was sent; at 25 and 125 it was not.
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_key_that_was_refused_for_its_age_is_refused_again() {
    let wire = Wire::start([Answer::json("201 Created", link())]).await;
    let (dots, clock) = patient(&wire.url());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    dots.run(payout.clone()).await.unwrap();
    for _ in 0..3 {
        clock.advance(25 * HOUR);
        assert_eq!(dots.run(payout.clone()).await.unwrap_err().attempts(), 0);
    }
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn an_endless_timeout_leaves_a_keyed_call_its_retries() {
    let wire = Wire::start([Answer::cut(""), Answer::json("201 Created", link())]).await;
    let (dots, _) = patient(&wire.url());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).timeout(Duration::MAX).await.unwrap();
    assert_eq!(payout.attempts(), 2);
}
