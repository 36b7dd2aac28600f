//! What programs have found, each as the smallest input that shows it.

use std::task::{Context, Waker};
use std::time::Duration;

use dots_api::Cents;
use dots_api_ext::{
    BatchItem, Clock, Dots, DotsBuilder, EarlierSends, Environment, Outcome, PayoutRail, RetryPolicy,
};

use super::mishap::Mishap;
use super::time::{ProgramClock, Time};
use super::world::{Known, World};
use crate::support::mini::{Fault, Mini};
use crate::support::world::{TEN_DOLLARS, key, somebody};

const HOUR: Duration = Duration::from_secs(3_600);

fn builder(mini: &Mini) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment("https://found.example/api".parse::<Environment>().unwrap())
        .transport(mini.clone())
        .retry(RetryPolicy::none())
        .as_another_process()
}

fn outcome<T>(result: Result<T, dots_api_ext::Error>) -> Option<Outcome> {
    result.err().map(|error| error.outcome())
}

fn clock(time: &Time, name: u64) -> ProgramClock {
    ProgramClock { time: time.clone(), skew: 0, name: Some(name) }
}

#[tokio::test]
async fn a_told_time_does_not_hide_a_send_by_another_clock() {
    let (mini, time) = (Mini::default(), Time::default());
    let process = builder(&mini);
    let [one, other] = [1, 2].map(|name| process.clone().clock(clock(&time, name)).build().unwrap());
    one.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap();
    time.pass(HOUR * 26);
    mini.advance(HOUR * 26);
    let again = || other.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let sends = EarlierSends::sent(clock(&time, 2).now() - HOUR * 12, Outcome::Unknown);
    assert_eq!(outcome(again().earlier(sends).await), Some(Outcome::Unknown));
    assert_eq!(outcome(again().await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn a_key_that_is_said_to_be_sent_is_in_doubt_though_another_operation_has_it() {
    let (mini, time) = (Mini::default(), Time::default());
    let user = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap();
    let [before, after] = [1, 1].map(|name| builder(&mini).clock(clock(&time, name)).build().unwrap());
    let pay = |dots: &Dots| {
        dots.pay_from_wallet(&user, Cents::new(700), PayoutRail::Default).with_idempotency_key(key())
    };
    pay(&before).await.unwrap();
    let sends = EarlierSends::sent(clock(&time, 1).now(), Outcome::Unknown);
    let mistaken = after.transfer_to_user(&user, TEN_DOLLARS).with_idempotency_key(key());
    assert_eq!(outcome(mistaken.await), Some(Outcome::Unknown));
    assert_eq!(outcome(pay(&after).earlier(sends).await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn what_was_told_counts_though_its_time_is_still_to_come() {
    let (mini, time) = (Mini::default(), Time::default());
    let [before, after] = [1, 1].map(|name| builder(&mini).clock(clock(&time, name)).build().unwrap());
    let pay = |dots: &Dots| dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let written = clock(&time, 1).now();
    pay(&before).await.unwrap();
    time.set_day(-3_600);
    let sends = EarlierSends::sent(written, Outcome::Unknown);
    assert_eq!(outcome(pay(&after).earlier(sends).await), Some(Outcome::Unknown));
    // The key is in doubt, and stays so until an answer settles it.
    mini.faults([Fault::Refused]);
    assert_eq!(outcome(pay(&after).await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn what_a_call_in_its_pause_has_sent_is_known_when_its_lease_has_ended() {
    let (mini, time) = (Mini::default(), Time::default());
    let policy = RetryPolicy::standard();
    let dots = builder(&mini).retry(policy).clock(clock(&time, 1)).build().unwrap();
    let pay = || dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    mini.faults([Fault::Lost, Fault::Refused]);
    // Its answer is lost, it pauses, and is polled no more.
    let mut pausing = pay().send();
    assert!(pausing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    time.pass(HOUR);
    assert_eq!(outcome(pay().await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn what_was_told_counts_though_another_operation_has_the_key() {
    let (mini, time) = (Mini::default(), Time::default());
    let user = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap();
    let [before, after] = [1, 1].map(|name| builder(&mini).clock(clock(&time, name)).build().unwrap());
    let pay = |dots: &Dots| {
        dots.pay_from_wallet(&user, Cents::new(700), PayoutRail::Default).with_idempotency_key(key())
    };
    pay(&before).await.unwrap();
    let mistaken = after.transfer_to_user(&user, TEN_DOLLARS).with_idempotency_key(key());
    assert_eq!(outcome(mistaken.await), Some(Outcome::Unknown));
    let sends = EarlierSends::sent(clock(&time, 1).now(), Outcome::Unknown);
    assert_eq!(outcome(pay(&after).earlier(sends).await), Some(Outcome::Unknown));
    // In doubt, and said to be: it stays so.
    assert_eq!(outcome(pay(&after).await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn what_was_told_to_one_client_counts_for_those_with_other_clocks() {
    let (mini, time) = (Mini::default(), Time::default());
    let written = clock(&time, 1).now();
    let before = builder(&mini).clock(clock(&time, 1)).build().unwrap();
    let pay = |dots: &Dots| dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    pay(&before).await.unwrap();
    let advance = |hours| {
        time.pass(HOUR * hours);
        mini.advance(HOUR * hours);
    };
    advance(23);
    let after = builder(&mini);
    let [one, other] = [1, 2].map(|name| after.clone().clock(clock(&time, name)).build().unwrap());
    // Nobody has told yet, and Dots gives the first answer again.
    pay(&one).await.unwrap();
    let sends = EarlierSends::sent(written, Outcome::Unknown);
    assert_eq!(outcome(pay(&other).earlier(sends).await), Some(Outcome::Unknown));
    advance(2);
    assert_eq!(outcome(pay(&one).await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn a_batch_whose_item_is_in_flight_is_in_doubt_though_its_own_key_is_another_operations() {
    let time = Time::default();
    let world = World::new(&time, Known::Refused400);
    let dots = Dots::builder().credentials("pk_found", "sk").transport(world.clone());
    let dots = dots.clock(clock(&time, 1)).as_another_process().build().unwrap();
    let user = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap();
    dots.transfer_to_user(&user, TEN_DOLLARS).with_idempotency_key(key()).await.unwrap();
    let item = BatchItem::new(&user, TEN_DOLLARS, PayoutRail::Default);
    let late = Mishap { takes: HOUR, ..Mishap::FINE };
    world.expect(0, &[late]);
    let mut in_flight = dots.create_payout_batch([item.clone()]).send();
    assert!(in_flight.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let batch = dots.create_payout_batch([item]).with_idempotency_key(key());
    assert_eq!(outcome(batch.await), Some(Outcome::Unknown));
    assert_eq!(world.ledger().len(), 2);
}
