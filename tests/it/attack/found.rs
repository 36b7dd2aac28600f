//! Faults found from outside: each is the smallest input that showed it, and says what is right.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use dots_api::{
    AppId, CreateTransfer, Exchange, ListTransfers, Request, Response, SendPayout, Transport, UserId,
};
use dots_api_ext::{
    Alarm, BatchItem, Cents, Clock, Dots, DotsBuilder, EarlierSends, Environment, Error, Found, Outcome,
    PayoutRail, RetryPolicy,
};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::support::clock::TestClock;
use crate::support::mini::{Fault, Mini};
use crate::support::world::{KEY, TEN_DOLLARS, somebody};

const HOUR: Duration = Duration::from_secs(3_600);

fn builder(transport: impl Transport + 'static, host: &str) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(format!("https://attack-{host}.example/api").parse::<Environment>().unwrap())
        .transport(transport)
        .retry(RetryPolicy::none())
}

fn outcome<T>(result: Result<T, Error>) -> Option<Outcome> {
    result.err().map(|error| error.outcome())
}

fn user() -> UserId {
    KEY.parse().unwrap()
}

/// Polls a future once, as a task that is woken and then not any more.
fn poll<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Answers each request as a function of its operation and number says; with no answer, the connection breaks.
#[derive(Clone)]
#[allow(clippy::type_complexity, reason = "an answer is a function of its request")]
struct Answers(Arc<dyn Fn(&Request, usize) -> Option<(u16, String)> + Send + Sync>, Arc<Mutex<usize>>);

impl Answers {
    fn new(answer: impl Fn(&Request, usize) -> Option<(u16, String)> + Send + Sync + 'static) -> Self {
        Self(Arc::new(answer), Arc::default())
    }

    fn always(status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::new(move |_, _| Some((status, body.clone())))
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answers")
    }
}

impl Transport for Answers {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move {
            let number = std::mem::replace(&mut *self.1.lock().unwrap(), 0);
            *self.1.lock().unwrap() = number + 1;
            let (status, body) = (self.0)(&request, number).ok_or("the answer was lost")?;
            let wait = match status {
                429 => Some("1"),
                503 => Some("300"),
                _ => None,
            };
            let headers = wait.map(|wait| (RETRY_AFTER, HeaderValue::from_static(wait)));
            let headers = HeaderMap::from_iter(headers);
            Ok(Response::new(StatusCode::from_u16(status).unwrap(), headers, Bytes::from(body)))
        })
    }
}

/// A Dots whose second request waits before it leaves, as while a connection opens.
#[derive(Clone, Debug)]
struct Slow(Mini, Arc<Mutex<usize>>);

impl Transport for Slow {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move {
            let number = {
                let mut number = self.1.lock().unwrap();
                *number += 1;
                *number
            };
            if number == 2 {
                tokio::task::yield_now().await;
            }
            self.0.send(request).await
        })
    }
}

#[tokio::test]
async fn f01_an_app_id_in_upper_case_is_the_same_app() {
    let mini = Mini::default();
    let dots = builder(mini.clone(), "f01").build().unwrap();
    for app in [KEY.to_uppercase(), KEY.to_owned()] {
        let app: AppId = app.parse().unwrap();
        dots.send_payout(TEN_DOLLARS, somebody()).app(&app).reference("r").await.unwrap();
    }
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn f02_a_request_that_was_parked_for_a_day_does_not_leave() {
    let (mini, clock) = (Mini::default(), TestClock::default());
    mini.faults([Fault::Lost]);
    let (slow, sent) = (Slow(mini.clone(), Arc::default()), Arc::clone);
    let number = sent(&slow.1);
    let dots = builder(slow, "f02").clock(clock.clone()).retry(RetryPolicy::standard()).build().unwrap();
    let mut payout = dots.send_payout(TEN_DOLLARS, somebody()).reference("r").send();
    while *number.lock().unwrap() < 2 {
        assert!(poll(&mut payout).is_pending());
        tokio::task::yield_now().await;
    }
    clock.advance(HOUR * 25);
    mini.advance(HOUR * 25);
    assert_eq!(outcome(payout.await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn f03_a_fresh_key_that_was_handed_to_others_is_not_certainly_unsent() {
    let mini = Mini::default();
    let here = builder(mini.clone(), "f03").build().unwrap();
    let there = builder(mini.clone(), "f03").as_another_process().build().unwrap();
    let transfer = here.transfer_to_user(&user(), TEN_DOLLARS);
    let text = transfer.clone().into_stored().unwrap().to_string();
    let worker = there.with_earlier(EarlierSends::Never);
    worker.send_stored::<CreateTransfer>(&text.parse().unwrap()).await.unwrap();
    assert_eq!((outcome(transfer.await), mini.payments()), (Some(Outcome::Unknown), 1));

    let operation = here.transfer_to_user(&user(), TEN_DOLLARS).into_operation().unwrap();
    let text = serde_json::to_string(&operation.body).unwrap();
    there.run(CreateTransfer::new(serde_json::from_str(&text).unwrap())).await.unwrap();
    assert_eq!((outcome(here.run(operation).await), mini.payments()), (Some(Outcome::Unknown), 2));
}

/// An hour in which a list fails in one way and is asked often, and payouts are answered.
async fn payouts_beside_a_failing_list(host: &str, list: Option<u16>, every: Duration) -> usize {
    let answers = Answers::new(move |request, _| {
        let failure = || list.map(|status| (status, r#"{"success":false}"#.to_owned()));
        let link = format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#);
        if request.operation.method.is_safe() { failure() } else { Some((201, link)) }
    });
    let clock = TestClock::default();
    let dots = builder(answers, host).clock(clock.clone()).build().unwrap();
    let mut paid = 0;
    for _ in 0..120 {
        let until = clock.pauses().len() + 1;
        let mut left = Duration::from_secs(30);
        while left > Duration::ZERO {
            let _ = dots.run(ListTransfers::new()).await;
            clock.advance(every);
            left = left.saturating_sub(every);
        }
        paid += usize::from(dots.send_payout(TEN_DOLLARS, somebody()).await.is_ok());
        assert!(until > 0);
    }
    paid
}

#[tokio::test]
async fn f04_a_list_that_is_never_answered_shuts_no_payout_out() {
    assert_eq!(payouts_beside_a_failing_list("f04", None, Duration::from_millis(500)).await, 120);
}

#[tokio::test]
async fn f05_a_list_that_is_down_for_five_minutes_shuts_no_payout_out() {
    assert_eq!(payouts_beside_a_failing_list("f05", Some(503), Duration::from_secs(30)).await, 120);
}

#[tokio::test]
async fn f08_without_limits_a_key_is_not_too_old_at_once() {
    let mini = Mini::default();
    mini.faults([Fault::Lost]);
    let policy = RetryPolicy::standard().attempts(1).deadline(Duration::MAX);
    let dots = builder(mini.clone(), "f08").timeout(Duration::MAX).retry(policy).build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).reference("r");
    assert_eq!(outcome(payout.clone().await), Some(Outcome::Unknown));
    assert_eq!((outcome(payout.await), mini.payments()), (None, 1));
}

#[tokio::test]
async fn f09_a_told_time_of_long_ago_stops_nothing() {
    let dots = builder(Mini::default(), "f09").build().unwrap();
    let first = SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(i64::MAX.unsigned_abs())).unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).reference("r");
    let payout = payout.earlier(EarlierSends::sent(first, Outcome::Unknown));
    assert_eq!(outcome(payout.await), Some(Outcome::Unknown));
}

#[tokio::test]
async fn f10_a_batch_is_found_by_its_key_however_that_is_written() {
    let simple = KEY.replace('-', "");
    for text in [KEY.to_owned(), KEY.to_uppercase(), format!("{{{KEY}}}"), format!("urn:uuid:{KEY}"), simple]
    {
        let row = format!(r#"{{"id":"b1","status":"created","idempotency_key":"{text}"}}"#);
        let list = format!(r#"{{"data":[{row}],"has_more":false}}"#);
        let dots = builder(Answers::always(200, &list), "f10").build().unwrap();
        let batch = dots.create_payout_batch([BatchItem::new(&user(), TEN_DOLLARS, PayoutRail::Default)]);
        let batch = batch.with_idempotency_key(KEY.parse().unwrap()).into_operation().unwrap();
        assert!(matches!(dots.look_up(batch).await, Ok(Found::Made(_))), "{text}");
    }
}

#[tokio::test]
async fn f10_a_batch_whose_key_is_not_shown_may_be_the_one() {
    for key in ["", r#","idempotency_key":null"#, r#","idempotency_key":"""#] {
        let list = format!(r#"{{"data":[{{"id":"b1","status":"created"{key}}}],"has_more":false}}"#);
        let dots = builder(Answers::always(200, &list), "f10b").build().unwrap();
        let batch = dots.create_payout_batch([BatchItem::new(&user(), TEN_DOLLARS, PayoutRail::Default)]);
        let found = dots.look_up(batch.into_operation().unwrap()).await;
        assert!(matches!(found, Ok(Found::Candidates(_))), "{key} {found:?}");
    }
}

#[tokio::test]
async fn f11_a_user_id_in_upper_case_is_the_same_person() {
    let answer =
        format!(r#"{{"id":"t1","amount":-1000,"user_id":"{KEY}","status":"created","type":"balance"}}"#);
    let dots = builder(Answers::always(201, &answer), "f11").build().unwrap();
    let user: UserId = KEY.to_uppercase().parse().unwrap();
    assert_eq!(outcome(dots.transfer_to_user(&user, TEN_DOLLARS).await), None);
}

#[tokio::test]
async fn f12_no_answer_that_says_it_failed_verifies_anybody() {
    for body in [
        "\u{feff}{\"success\":false}",
        r#"{"success":false,"x":"\ud83d"}"#,
        r#"{"\u0073uccess":false}"#,
        r#"{"success":"false"}"#,
        r#"{"success":0}"#,
        r#"{"success":false,"success":true}"#,
        r#"{"success":false}trailing"#,
        r#"{"success":false"#,
        r#"{"error_code":"invalid_verification_code","message":"no"}"#,
        r#"{"error":"bad code"}"#,
        "false",
    ] {
        let dots = builder(Answers::always(200, body), "f12").build().unwrap();
        let verified = dots.verify_user(&user(), "123456").await;
        assert_eq!(outcome(verified), Some(Outcome::Unknown), "{}", body.escape_debug());
    }
}

#[tokio::test]
async fn f12_no_payment_that_says_it_failed_is_a_success() {
    let rest = format!(r#""id":"{KEY}","amount":1000,"status":"created"}}"#);
    for start in [
        "\u{feff}{\"success\":false,",
        r#"{"success":false,"memo":"\ud83d","#,
        r#"{"success":"false","#,
        r#"{"success":false,"success":true,"#,
        r#"{"\u0073uccess":false,"#,
    ] {
        let dots = builder(Answers::always(201, &format!("{start}{rest}")), "f12b").build().unwrap();
        let paid = dots.send_payout(TEN_DOLLARS, somebody()).await;
        assert_eq!(outcome(paid), Some(Outcome::Unknown), "{}", start.escape_debug());
    }
}

/// A clock whose pauses have to be polled twice, as real ones.
#[derive(Clone, Debug, Default)]
struct Waiting(TestClock);

impl Clock for Waiting {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Alarm<'_> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.sleep(duration).await;
        })
    }
}

#[tokio::test]
async fn f14_what_another_call_has_paid_meanwhile_is_not_called_refused() {
    let answers = Answers::new(|_, number| match number {
        0 => Some((429, r#"{"success":false}"#.to_owned())),
        _ => Some((201, format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#))),
    });
    let (clock, requests) = (Waiting::default(), Arc::clone(&answers.1));
    let policy = RetryPolicy::standard().deadline(Duration::from_secs(4));
    let dots =
        builder(answers, "f14").as_another_process().clock(clock.clone()).retry(policy).build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).reference("r");
    let mut parked = payout.clone().send();
    while *requests.lock().unwrap() == 0 {
        assert!(poll(&mut parked).is_pending());
    }
    clock.0.advance(Duration::from_secs(20));
    assert_eq!(outcome(payout.await), None);
    assert_eq!(outcome(parked.await), Some(Outcome::Unknown));
}

/// A Dots that carries each request out and never answers.
#[derive(Clone, Debug)]
struct Silent(Mini);

impl Transport for Silent {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move {
            let _ = self.0.send(request).await;
            std::future::pending().await
        })
    }
}

#[tokio::test]
async fn a_told_time_makes_no_key_younger_than_a_send_by_another_clock() {
    let (mini, clock) = (Mini::default(), TestClock::default());
    let silent = builder(Silent(mini.clone()), "f19").clock(TestClock::default()).build().unwrap();
    let mut first = silent.send_payout(TEN_DOLLARS, somebody()).reference("r").send();
    while mini.payments() == 0 {
        assert!(poll(&mut first).is_pending());
        tokio::task::yield_now().await;
    }
    mini.advance(HOUR * 25);
    let impatient = RetryPolicy::none().deadline(Duration::from_millis(10));
    let dots = builder(mini.clone(), "f19").clock(clock.clone()).retry(impatient).build().unwrap();
    let told = EarlierSends::sent(clock.now() - HOUR * 3, Outcome::Unknown);
    let pay = || dots.send_payout(TEN_DOLLARS, somebody()).reference("r").earlier(told);
    assert_eq!(outcome(pay().await), Some(Outcome::Unknown));
    drop(first);
    assert_eq!(outcome(pay().await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn f20_a_conflict_that_goes_on_is_no_evidence_of_a_payment() {
    let policy = RetryPolicy::standard().initial_backoff(Duration::ZERO, Duration::ZERO);
    let answers = Answers::always(409, r#"{"success":false,"message":"conflict"}"#);
    let dots = builder(answers, "f20").clock(TestClock::default()).retry(policy).build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts(), error.is_probably_paid()), (Outcome::Unknown, 3, false));
}

#[tokio::test]
async fn f22_a_key_in_doubt_stays_so_whatever_is_wrong_with_the_next_call() {
    let dots = builder(Answers::new(|_, _| None), "f22").build().unwrap();
    let other_app = dots.with_app(&KEY.parse().unwrap()).unwrap();
    let payout = || dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-22");
    let stored = payout().into_stored().unwrap();
    let lost = payout().await.unwrap_err();
    let key = lost.idempotency_key().unwrap();
    let by_reference = dots.send_payout(Cents::new(0), somebody()).reference("invoice-22").await.unwrap_err();
    let by_key = dots.send_payout(Cents::new(-5), somebody()).with_idempotency_key(key).await.unwrap_err();
    let unsent =
        dots.send_payout(Cents::new(0), somebody()).with_idempotency_key(key).into_stored().unwrap_err();
    let never =
        other_app.with_earlier(EarlierSends::Never).send_stored::<SendPayout>(&stored).await.unwrap_err();
    for error in [lost, by_reference, by_key, unsent, never] {
        assert_eq!((error.outcome(), error.idempotency_key()), (Outcome::Unknown, Some(key)), "{error}");
    }
    let fresh = dots.send_payout(Cents::new(0), somebody()).reference("invoice-23").await;
    assert_eq!(outcome(fresh), Some(Outcome::NotSent));
}

#[tokio::test]
async fn f17_a_key_is_not_too_old_because_the_time_was_set_between_its_sends() {
    for seconds in [30, 63, 120, 3_600] {
        let (mini, clock) = (Mini::default(), TestClock::default());
        mini.faults([Fault::Lost, Fault::Lost]);
        let dots = builder(mini.clone(), &format!("f17-{seconds}")).clock(clock.clone()).build().unwrap();
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).reference("r");
        assert_eq!(outcome(payout.clone().await), Some(Outcome::Unknown));
        clock.advance(Duration::from_secs(60));
        clock.set_forward(Duration::from_secs(seconds));
        assert_eq!(outcome(payout.clone().await), Some(Outcome::Unknown));
        clock.advance(Duration::from_secs(60));
        assert_eq!((outcome(payout.await), mini.payments(), mini.requests()), (None, 1, 3), "{seconds}");
    }
}

#[tokio::test]
async fn f18_a_told_time_that_was_still_to_come_shuts_nothing_out_once_it_has_passed() {
    let (mini, clock, ahead) = (Mini::default(), TestClock::default(), TestClock::default());
    ahead.set_forward(Duration::from_secs(360));
    let planner = builder(mini.clone(), "f18").as_another_process().clock(ahead).build().unwrap();
    let worker = builder(mini.clone(), "f18").clock(clock.clone()).build().unwrap();
    let stored = planner.send_payout(TEN_DOLLARS, somebody()).reference("r").into_stored().unwrap();
    assert_eq!(outcome(worker.send_stored::<SendPayout>(&stored).await), Some(Outcome::Unknown));
    clock.advance(Duration::from_secs(600));
    assert_eq!((outcome(worker.send_stored::<SendPayout>(&stored).await), mini.payments()), (None, 1));
}
