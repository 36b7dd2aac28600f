//! The stream of batch results: each item once, as soon as it is settled, and an error for the open ones.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use dots_api::{PayoutBatchId, PayoutBatchItemResult, PayoutBatchStatus, UserId};
use dots_api_ext::{BatchItemStatus, Dots, Notifier, SettledItems, UnsettledError};
use dots_sandbox::{ErrorBody, Fault, RetryAfter, Sandbox};
use futures_core::Stream;
use futures_core::stream::FusedStream;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::yield_now;

use super::{DONE, item, nobody};
use crate::support::clock::TestClock;
use crate::support::operator::does;
use crate::support::waiting::{FastClock, StoppedClock, looks, seconds, world};
use crate::support::wire::{Answer, Wire};
use crate::support::world::{FULL_WALLET, KEY, builder_for, user};

/// The result of an item, in a word.
fn outcome(row: &PayoutBatchItemResult) -> &'static str {
    match BatchItemStatus::from(row) {
        BatchItemStatus::Paid { .. } => "paid",
        BatchItemStatus::Failed { .. } => "failed",
        BatchItemStatus::TakenBack { .. } => "taken back",
        _ => "open",
    }
}

/// Reads to the end: the results with the keys, and the error if there is one.
async fn rest(settled: &mut SettledItems) -> (Vec<String>, Option<UnsettledError>) {
    let (mut items, mut error) = (Vec::new(), None);
    while let Some(item) = settled.next().await {
        match item {
            Ok(row) => items.push(format!("{} {}", outcome(&row), row.idempotency_key.unwrap_or_default())),
            Err(why) => error = Some(why),
        }
    }
    assert!(settled.is_terminated() && settled.next().await.is_none());
    (items, error)
}

/// Submits a batch of items with the keys of their references.
async fn batch(dots: &Dots, items: &[(&UserId, &str)]) -> (PayoutBatchId, Vec<String>) {
    let items = items.iter().map(|(user, reference)| item(user).reference(*reference));
    let operation = dots.create_payout_batch(items).into_operation().unwrap();
    let keys = operation.body.items.iter().map(|item| item.idempotency_key.to_string()).collect();
    (dots.run(operation).await.unwrap().id.clone(), keys)
}

#[tokio::test]
async fn each_item_comes_once_and_as_soon_as_it_is_settled() {
    let (sandbox, clock, dots) = world().await;
    let user = user(&dots).await;
    let (batch, keys) = batch(&dots, &[(&user, "a"), (&nobody(), "b"), (&user, "c")]).await;
    let mut settled = dots.watch_payout_batch(&batch);
    let first = settled.next().await.unwrap().unwrap();
    assert_eq!((outcome(&first), first.idempotency_key.as_deref()), ("failed", Some(keys[1].as_str())));
    assert_eq!(first.request, None);
    assert_eq!(dots.fetch_payout_batch(&batch).await.unwrap().status, PayoutBatchStatus::PayingOut);
    let (items, error) = rest(&mut settled).await;
    assert!(error.is_none());
    assert_eq!(items, [format!("paid {}", keys[0]), format!("paid {}", keys[2])]);
    // One read before the first pause, one after each pause, and the test's own.
    assert_eq!(looks(&sandbox), clock.pauses().len() + 2);
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (2_000, FULL_WALLET - 2_000));
}

#[tokio::test]
async fn a_payout_that_comes_back_is_given_as_failed_and_with_its_request_if_that_is_wanted() {
    let (sandbox, _clock, dots) = world().await;
    let user = user(&dots).await;
    let (batch, _) = batch(&dots, &[(&user, "a")]).await;
    sandbox.advance(seconds(25));
    let results = dots.fetch_payout_batch_results(&batch).await.unwrap();
    let transfer = results.items[0].transfer.as_ref().unwrap().id.clone();
    does(&sandbox, &format!("transfers/{transfer}/fail"), "").await;
    let mut settled = dots.watch_payout_batch(&batch).with_requests();
    let item = settled.next().await.unwrap().unwrap();
    assert_eq!((outcome(&item), item.request.unwrap().user_id), ("failed", user.clone()));
    assert!(settled.next().await.is_none());
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (0, FULL_WALLET));
}

#[tokio::test]
async fn what_is_open_when_the_time_is_over_is_counted_and_may_be_paid() {
    let (sandbox, clock, dots) = world().await;
    let user = user(&dots).await;
    let (batch, keys) = batch(&dots, &[(&user, "a"), (&nobody(), "b"), (&user, "c")]).await;
    let mut settled = dots.watch_payout_batch(&batch).within(seconds(40));
    let (items, error) = rest(&mut settled).await;
    let error = error.unwrap();
    assert_eq!((items, error.open()), (vec![format!("failed {}", keys[1])], 2));
    assert!(error.is_timeout() && !error.is_terminal() && error.call_error().is_none());
    let mut open = vec![keys[0].as_str(), keys[2].as_str()];
    open.sort_unstable();
    assert_eq!(error.open_keys().collect::<Vec<_>>(), open);
    assert_eq!(
        error.to_string(),
        format!(
            "watched payout batch `{batch}` for 40s; it was `paying_out` when last seen, and 2 items were open; they \
             may be paid, do not pay them again"
        )
    );
    assert_eq!(clock.pauses().iter().sum::<Duration>(), seconds(40));
    sandbox.advance(DONE);
    assert_eq!(sandbox.paid(user.as_str()), 2_000);
}

#[tokio::test]
async fn a_look_that_fails_for_now_is_followed_by_another_and_a_refusal_is_not() {
    let (sandbox, clock, dots) = world().await;
    let user = user(&dots).await;
    let (batch, keys) = batch(&dots, &[(&user, "a")]).await;
    sandbox.advance(DONE);
    let results = "get_payout_batch_results";
    sandbox.inject(Fault::Reset).on(results);
    sandbox.inject(Fault::ServerError { status: 503, body: ErrorBody::Html }).on(results);
    sandbox.inject(Fault::TooManyRequests(RetryAfter::Seconds(9))).on(results);
    let (items, error) = rest(&mut dots.watch_payout_batch(&batch)).await;
    assert!(error.is_none());
    assert_eq!((items, looks(&sandbox)), (vec![format!("paid {}", keys[0])], 4));
    assert!(clock.pauses()[2] >= seconds(9), "{:?}", clock.pauses());
    sandbox.inject(Fault::Unauthorized).on(results);
    let (items, error) = rest(&mut dots.watch_payout_batch(&batch)).await;
    let error = error.unwrap();
    assert_eq!((items.len(), error.call_error().unwrap().status(), looks(&sandbox)), (0, Some(401), 5));
    assert!(!error.is_timeout() && !error.is_terminal(), "{error}");
    assert!(error.to_string().ends_with("none of its items was ever seen, and all of them may be paid"));
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(sandbox.paid(user.as_str()), 1_000);
}

#[tokio::test]
async fn a_next_that_is_dropped_loses_no_item_and_no_look() {
    let (sandbox, clock, dots) = world().await;
    let user = user(&dots).await;
    let (batch, keys) = batch(&dots, &[(&user, "a"), (&nobody(), "b")]).await;
    let mut settled = dots.watch_payout_batch(&batch);
    let (mut items, mut dropped) = (Vec::new(), 0);
    while !settled.is_terminated() {
        // Drops `next` whenever it is not ready at once.
        tokio::select! {
            biased;
            item = settled.next() => items.extend(item.map(|item| item.unwrap().idempotency_key.unwrap())),
            () = yield_now() => dropped += 1,
        }
    }
    assert!(dropped > 0);
    assert_eq!(items, [keys[1].as_str(), keys[0].as_str()]);
    assert_eq!(looks(&sandbox), clock.pauses().len() + 1);
    assert_eq!(sandbox.paid(user.as_str()), 1_000);
}

#[tokio::test]
async fn a_nudge_ends_the_pause() {
    let sandbox = Sandbox::start().await.unwrap();
    let (paused, mut pauses) = mpsc::unbounded_channel();
    let dots = builder_for(&sandbox.url()).clock(StoppedClock(paused)).build().unwrap();
    let user = user(&dots).await;
    let (batch, keys) = batch(&dots, &[(&user, "a")]).await;
    let notifier = Notifier::default();
    let mut settled = dots.watch_payout_batch(&batch).notified_by(&notifier);
    let reading = tokio::spawn(async move { rest(&mut settled).await.0 });
    pauses.recv().await.unwrap();
    sandbox.advance(DONE);
    notifier.notify(&batch);
    assert_eq!(reading.await.unwrap(), [format!("paid {}", keys[0])]);
    assert_eq!((looks(&sandbox), sandbox.paid(user.as_str())), (2, 1_000));
}

#[tokio::test]
async fn it_is_a_stream_that_asks_for_nothing_before_it_is_read() {
    fn accept<S: FusedStream + Send + Unpin + 'static>(stream: S) -> S {
        stream
    }
    let (sandbox, _clock, dots): (Arc<Sandbox>, FastClock, Dots) = world().await;
    let user = user(&dots).await;
    let (batch, _) = batch(&dots, &[(&user, "a")]).await;
    let mut settled = accept(dots.watch_payout_batch(&batch));
    assert_eq!((looks(&sandbox), settled.is_terminated()), (0, false));
    let item = std::future::poll_fn(|cx| Pin::new(&mut settled).poll_next(cx)).await;
    assert_eq!(outcome(&item.unwrap().unwrap()), "paid");
    let shown = format!("{settled:?}");
    assert!(!shown.contains(user.as_str()), "{shown}");
    assert_eq!(sandbox.paid(user.as_str()), 1_000);
}

/// A row of the results: the key, and the status of the transfer or, behind a `!`, a code.
fn row(key: &str, is: &str) -> Value {
    let key = if key.is_empty() { Value::Null } else { key.into() };
    match is.strip_prefix('!') {
        Some(code) => json!({ "idempotency_key": key, "error_code": code }),
        None if is.is_empty() => json!({ "idempotency_key": key }),
        None => json!({ "idempotency_key": key, "transfer": { "id": "t1", "status": is } }),
    }
}

/// Reads a batch whose results are scripted, one answer per read; the last one repeats.
async fn told(looks: &[(&str, &[(&str, &str)])]) -> (Vec<String>, Option<UnsettledError>, usize) {
    let answer = |(status, rows): &(&str, &[(&str, &str)])| {
        let rows: Vec<Value> = rows.iter().map(|(key, is)| row(key, is)).collect();
        Answer::json("200 OK", json!({ "id": KEY, "status": status, "items": rows }).to_string())
    };
    let wire = Wire::start(looks.iter().map(answer).collect::<Vec<_>>()).await;
    let dots = builder_for(&wire.url()).clock(TestClock::default()).build().unwrap();
    let mut settled = dots.watch_payout_batch(&KEY.parse().unwrap()).within(seconds(300));
    let (items, error) = rest(&mut settled).await;
    assert!(wire.requests().iter().all(|request| request.line().starts_with("GET ")));
    (items, error, wire.requests().len())
}

#[tokio::test]
async fn rows_without_a_key_come_last_and_once() {
    let (items, error, looks) = told(&[
        ("paying_out", &[("", "!odd"), ("", "pending"), ("k", "completed")]),
        ("completed", &[("", "completed"), ("", "!odd"), ("k", "completed")]),
    ])
    .await;
    assert!(error.is_none());
    assert_eq!((items.join(", ").as_str(), looks), ("paid k, paid , failed ", 2));
}

#[tokio::test]
async fn an_answer_that_is_shorter_than_before_ends_nothing() {
    let (items, error, looks) = told(&[
        ("processing", &[]),
        ("paying_out", &[("a", ""), ("b", ""), ("", "completed")]),
        ("completed", &[("a", "completed")]),
        ("completed", &[]),
        ("completed", &[("b", "failed")]),
    ])
    .await;
    assert!(error.is_none());
    assert_eq!((items.join(", ").as_str(), looks), ("paid a, failed b, paid ", 5));
}

#[tokio::test]
async fn items_that_are_all_settled_are_not_the_end_before_the_batch_is_completed() {
    let (items, error, _) = told(&[
        ("processing", &[("a", "!no_such_resource")]),
        ("completed", &[("a", "!no_such_resource"), ("b", "completed")]),
    ])
    .await;
    assert!(error.is_none());
    assert_eq!(items.join(", "), "failed a, paid b");
    let (items, error, _) = told(&[("on_hold", &[("a", "completed")])]).await;
    let error = error.unwrap();
    assert_eq!((items.join(", ").as_str(), error.open(), error.is_timeout()), ("paid a", 0, true));
    assert!(error.to_string().contains("every item that was seen was settled; it may hold more"), "{error}");
}

#[tokio::test]
async fn an_item_of_which_dots_thinks_better_is_given_again() {
    let (items, error, _) = told(&[
        ("paying_out", &[("a", "failed"), ("b", "completed")]),
        ("paying_out", &[("a", "pending"), ("b", "pending")]),
        ("completed", &[("a", "completed"), ("b", "completed")]),
    ])
    .await;
    assert!(error.is_none());
    assert_eq!(items.join(", "), "failed a, paid b, paid a");
}

#[tokio::test]
async fn a_batch_that_is_over_and_left_items_open_is_watched_for_ten_seconds_more() {
    let (items, error, looks) =
        told(&[("completed", &[("a", "completed"), ("b", "flagged"), ("", "")])]).await;
    let error = error.unwrap();
    assert_eq!((items.join(", ").as_str(), error.open()), ("paid a", 2));
    assert_eq!(error.open_keys().collect::<Vec<_>>(), ["b"]);
    assert!(error.is_terminal() && !error.is_timeout() && (4..=6).contains(&looks), "{looks}");
    assert_eq!(
        error.to_string(),
        format!(
            "watched payout batch `{KEY}` to its end; it was `completed` when last seen, and 2 items were open; they may \
             be paid, do not pay them again"
        )
    );
    let (items, error, _) =
        told(&[("completed", &[("a", "pending")]), ("completed", &[("a", "reversed")])]).await;
    assert!(error.is_none());
    assert_eq!(items.join(", "), "taken back a");
}
