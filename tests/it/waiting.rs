//! Polling until an object has a status, without real sleeps.

use std::time::Duration;

use dots_api::{PayoutBatchStatus, PayoutLink, PayoutLinkStatus, PayoutRequestStatus, TransferStatus};
use dots_api_ext::{BatchItem, Dots, LinkDelivery, Notifier, PayoutRail, Reply};
use dots_sandbox::{ErrorBody, Fault, RetryAfter, Sandbox};
use tokio::sync::mpsc;

use crate::support::clock::TestClock;
use crate::support::operator::{claims, does};
use crate::support::waiting::{StoppedClock, looks, seconds, world, world_of};
use crate::support::wire::{Answer, Wire};
use crate::support::world::{FULL_WALLET, KEY, PHONE, TEN_DOLLARS, builder_for, phone, somebody, user};

async fn link(dots: &Dots) -> Reply<PayoutLink> {
    dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone())).await.unwrap()
}

#[tokio::test]
async fn a_link_is_waited_for_with_pauses_that_grow() {
    let (sandbox, clock, dots) = world().await;
    let link = link(&dots).await;
    let wait = dots.wait_for_payout_link(&link.id).until(PayoutLinkStatus::Delivered);
    let link = wait.await.unwrap();
    assert_eq!(link.status, PayoutLinkStatus::Delivered);
    let pauses = clock.pauses();
    assert_eq!(looks(&sandbox), pauses.len() + 1);
    assert!(pauses.len() >= 3, "{pauses:?}");
    for (doublings, pause) in pauses.iter().enumerate() {
        let longest = seconds(1 << doublings);
        assert!((longest / 2..=longest).contains(pause), "{pauses:?}");
    }
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn pauses_stop_growing_at_half_a_minute_and_end_with_the_time() {
    let (sandbox, clock, dots) = world().await;
    let link = link(&dots).await;
    let error = dots.wait_for_payout_link(&link.id).within(seconds(300)).await.unwrap_err();
    assert!(error.is_timeout() && !error.is_terminal(), "{error}");
    assert_eq!(error.last().unwrap().status, PayoutLinkStatus::Delivered);
    assert_eq!(
        error.to_string(),
        format!(
            "waited 300s for payout link `{}` to be `claimed`; it was `delivered` when last seen, and waiting moved \
             no money",
            link.id
        )
    );
    let pauses = clock.pauses();
    assert_eq!(pauses.iter().sum::<Duration>(), seconds(300));
    assert!(pauses.iter().all(|pause| *pause <= seconds(30)), "{pauses:?}");
    assert!(pauses.iter().filter(|pause| **pause >= seconds(15)).count() >= 8, "{pauses:?}");
    // The last read was at the timeout.
    assert_eq!(looks(&sandbox), pauses.len() + 1);
    claims(&sandbox, &link.id, PHONE).await;
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_pauses() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (_sandbox, clock, dots) = world().await;
        let link = link(&dots).await;
        dots.wait_for_payout_link(&link.id).within(seconds(100)).await.unwrap_err();
        seen.push(clock.pauses());
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn no_time_at_all_is_one_look() {
    let (sandbox, clock, dots) = world().await;
    let link = link(&dots).await;
    let error = dots.wait_for_payout_link(&link.id).within(Duration::ZERO).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!((looks(&sandbox), clock.pauses()), (1, vec![]));
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn a_status_that_was_passed_counts_as_reached() {
    let (sandbox, clock, dots) = world().await;
    let link = link(&dots).await;
    sandbox.advance(seconds(60));
    claims(&sandbox, &link.id, PHONE).await;
    for status in [PayoutLinkStatus::Created, PayoutLinkStatus::Sent, PayoutLinkStatus::Delivered] {
        let link = dots.wait_for_payout_link(&link.id).until(status).await.unwrap();
        assert_eq!(link.status, PayoutLinkStatus::Claimed);
    }
    assert_eq!((looks(&sandbox), clock.pauses()), (3, vec![]));
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn a_canceled_link_is_not_waited_for() {
    let (sandbox, clock, dots) = world().await;
    let link = link(&dots).await;
    dots.cancel_payout_link(&link.id).await.unwrap();
    let error = dots.wait_for_payout_link(&link.id).await.unwrap_err();
    assert!(error.is_terminal() && !error.is_timeout(), "{error}");
    assert_eq!(error.last().unwrap().status, PayoutLinkStatus::Canceled);
    let expected = format!(
        "gave up waiting for payout link `{}` to be `claimed`: it is `canceled`, and that is final",
        link.id
    );
    assert_eq!(error.to_string(), expected);
    assert!(!format!("{error:?}").contains(PHONE));
    assert_eq!((looks(&sandbox), clock.pauses()), (1, vec![]));
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (0, FULL_WALLET));
}

#[tokio::test]
async fn a_link_that_expires_while_it_is_waited_for_ends_the_wait() {
    let (sandbox, _clock, dots) = world_of(Sandbox::builder().link_ttl(seconds(60))).await;
    let link = link(&dots).await;
    let error = dots.wait_for_payout_link(&link.id).await.unwrap_err();
    assert!(error.is_terminal(), "{error}");
    assert_eq!(error.last().unwrap().status, PayoutLinkStatus::Expired);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (0, FULL_WALLET));
}

#[tokio::test]
async fn a_link_whose_delivery_failed_can_still_be_claimed() {
    let (sandbox, _clock, dots) = world().await;
    let link = link(&dots).await;
    sandbox.advance(seconds(2));
    does(&sandbox, &format!("links/{}/fail-delivery", link.id), "").await;
    let error = dots.wait_for_payout_link(&link.id).within(seconds(10)).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.last().unwrap().status, PayoutLinkStatus::DeliveryFailed);
    claims(&sandbox, &link.id, PHONE).await;
    dots.wait_for_payout_link(&link.id).await.unwrap();
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn a_payout_from_a_wallet_is_waited_for_until_it_is_completed_or_comes_back() {
    let (sandbox, _clock, dots) = world().await;
    let user = user(&dots).await;
    let pay = || dots.pay_from_wallet(&user, TEN_DOLLARS, PayoutRail::Venmo).fund();
    let first = pay().await.unwrap();
    let done = dots.wait_for_transfer(&first.id).await.unwrap();
    assert_eq!(done.status, TransferStatus::Completed);
    let second = pay().await.unwrap();
    does(&sandbox, &format!("transfers/{}/fail", second.id), "").await;
    let error = dots.wait_for_transfer(&second.id).await.unwrap_err();
    assert!(error.is_terminal(), "{error}");
    assert_eq!(error.last().unwrap().status, TransferStatus::Failed);
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn a_batch_is_waited_for_until_it_is_completed() {
    let (sandbox, _clock, dots) = world().await;
    let user = user(&dots).await;
    let items = [BatchItem::new(&user, TEN_DOLLARS, PayoutRail::Venmo)];
    let batch = dots.create_payout_batch(items).await.unwrap();
    let paying = dots.wait_for_payout_batch(&batch.id).until(PayoutBatchStatus::PayingOut).await.unwrap();
    assert_eq!(paying.status, PayoutBatchStatus::PayingOut);
    let done = dots.wait_for_payout_batch(&batch.id).await.unwrap();
    assert_eq!(done.status, PayoutBatchStatus::Completed);
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn a_payout_request_is_waited_for_until_it_is_decided() {
    let (sandbox, _clock, dots) = world().await;
    let ask = || dots.submit_payout_request(TEN_DOLLARS, somebody());
    let (first, second) = (ask().await.unwrap(), ask().await.unwrap());
    let waiting = dots.wait_for_payout_request(&first.id).within(seconds(5)).await.unwrap_err();
    assert!(waiting.is_timeout(), "{waiting}");
    does(&sandbox, &format!("payout-requests/{}/approve", first.id), "").await;
    does(&sandbox, &format!("payout-requests/{}/reject", second.id), "").await;
    dots.wait_for_payout_request(&first.id).await.unwrap();
    let error = dots.wait_for_payout_request(&second.id).await.unwrap_err();
    assert_eq!(error.last().unwrap().status, PayoutRequestStatus::Rejected);
    dots.wait_for_payout_request(&second.id).until(PayoutRequestStatus::Rejected).await.unwrap();
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn a_nudge_ends_the_pause_and_the_look_decides() {
    let sandbox = Sandbox::start().await.unwrap();
    let (paused, mut pauses) = mpsc::unbounded_channel();
    let dots = builder_for(&sandbox.url()).clock(StoppedClock(paused)).build().unwrap();
    let (link, other) = (link(&dots).await, link(&dots).await);
    let notifier = Notifier::default();
    notifier.notify(&link.id);
    let wait = |link: &PayoutLink| {
        tokio::spawn(dots.wait_for_payout_link(&link.id).notified_by(&notifier).into_future())
    };
    let (waiting, not_nudged) = (wait(&link), wait(&other));
    for _ in 0..2 {
        pauses.recv().await.unwrap();
    }
    // A webhook can arrive before a read returns the new state: the wait continues.
    notifier.notify(&link.id);
    pauses.recv().await.unwrap();
    claims(&sandbox, &link.id, PHONE).await;
    notifier.clone().notify(&link.id);
    assert_eq!(waiting.await.unwrap().unwrap().status, PayoutLinkStatus::Claimed);
    // Three reads of the one link, and one of the other, which had no notification.
    assert_eq!(looks(&sandbox), 4);
    not_nudged.abort();
    assert!(not_nudged.await.unwrap_err().is_cancelled());
    let shown = format!("{notifier:?}");
    assert!(!shown.contains(link.id.as_str()) && !shown.contains(other.id.as_str()), "{shown}");
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (2_000, FULL_WALLET - 2_000));
}

#[tokio::test]
async fn a_look_that_fails_for_now_is_followed_by_another() {
    let (sandbox, clock, dots) = world().await;
    let link = link(&dots).await;
    sandbox.advance(seconds(60));
    sandbox.inject(Fault::Reset).on("get_payout_link");
    sandbox.inject(Fault::ServerError { status: 503, body: ErrorBody::Html }).on("get_payout_link");
    sandbox.inject(Fault::TooManyRequests(RetryAfter::Seconds(9))).on("get_payout_link");
    let wait = dots.wait_for_payout_link(&link.id).until(PayoutLinkStatus::Delivered);
    wait.await.unwrap();
    assert_eq!(looks(&sandbox), 4);
    assert!(clock.pauses()[2] >= seconds(9), "{:?}", clock.pauses());
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
}

#[tokio::test]
async fn a_time_that_ends_in_trouble_keeps_the_trouble_as_its_cause() {
    let (sandbox, _clock, dots) = world().await;
    let link = link(&dots).await;
    sandbox.inject(Fault::ServerError { status: 500, body: ErrorBody::Html }).on("get_payout_link").always();
    let error = dots.wait_for_payout_link(&link.id).within(seconds(3)).await.unwrap_err();
    assert!(error.is_timeout() && error.last().is_none(), "{error}");
    assert_eq!(error.call_error().unwrap().status(), Some(500));
    assert!(error.to_string().contains("it was never seen, and waiting moved no money"), "{error}");
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn what_cannot_be_found_is_looked_for_for_ten_seconds_and_not_for_ten_minutes() {
    let (sandbox, clock, dots) = world().await;
    let id = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap();
    let error = dots.wait_for_payout_link(&id).await.unwrap_err();
    assert!(!error.is_timeout() && !error.is_terminal(), "{error}");
    assert_eq!(error.call_error().unwrap().status(), Some(404));
    assert!(error.to_string().contains("it cannot be read"), "{error}");
    let pauses = clock.pauses();
    assert_eq!(looks(&sandbox), pauses.len() + 1);
    let (all, without_the_last): (Duration, Duration) =
        (pauses.iter().sum(), pauses.iter().rev().skip(1).sum());
    assert!(without_the_last < seconds(10) && seconds(10) <= all, "{pauses:?}");
}

#[tokio::test]
async fn what_is_refused_is_not_looked_for_again() {
    let (sandbox, clock, dots) = world().await;
    let link = link(&dots).await;
    sandbox.inject(Fault::Unauthorized).on("get_payout_link");
    let error = dots.wait_for_payout_link(&link.id).await.unwrap_err();
    assert_eq!((error.is_timeout(), error.call_error().unwrap().status()), (false, Some(401)), "{error}");
    assert_eq!((looks(&sandbox), clock.pauses()), (1, vec![]));
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn a_link_that_is_too_new_to_be_found_is_waited_for() {
    let missing = Answer::json("404 Not Found", r#"{"success":false,"message":"there is no such link"}"#);
    let found = format!(r#"{{"id":"{KEY}","amount":1000,"status":"claimed"}}"#);
    let wire = Wire::start([missing.clone(), missing, Answer::json("200 OK", found)]).await;
    let clock = TestClock::default();
    let dots = builder_for(&wire.url()).clock(clock.clone()).build().unwrap();
    let link = dots.wait_for_payout_link(&KEY.parse().unwrap()).await.unwrap();
    assert_eq!(link.status, PayoutLinkStatus::Claimed);
    assert_eq!((wire.requests().len(), clock.pauses().len()), (3, 2));
}

#[tokio::test]
async fn a_wait_that_is_never_awaited_never_looks() {
    let (sandbox, _clock, dots) = world().await;
    let link = link(&dots).await;
    drop(dots.wait_for_payout_link(&link.id));
    drop(dots.wait_for_payout_link(&link.id).into_future());
    assert_eq!(looks(&sandbox), 0);
}
