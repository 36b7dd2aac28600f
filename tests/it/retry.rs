//! Retries: only where they cannot pay twice, with the same key, with backoff, and not forever.

mod pressure;
mod short;
mod window;

use std::time::Duration;

use dots_api::{CancelPayoutLink, CreateTransfer, CreateTransferRequest, GetPayoutLink, Operation};
use dots_api_ext::{Cents, Dots, ErrorKind, Outcome, RetryPolicy};
use dots_sandbox::{Fault, Framing, RetryAfter, Sandbox, When};
use insta::assert_snapshot;

use crate::support::clock::TestClock;
use crate::support::wire::{Answer, Wire, nobody};
use crate::support::world::{KEY, PHONE, TEN_DOLLARS, builder_for, client_of, key, somebody};

const SECOND: Duration = Duration::from_secs(1);

/// A client with retries, on a clock of its own.
fn patient(url: &str) -> (Dots, TestClock) {
    let clock = TestClock::default();
    let builder = builder_for(url).retry(RetryPolicy::standard()).clock(clock.clone()).jitter_seed(1);
    (builder.build().unwrap(), clock)
}

async fn patient_sandbox() -> (Sandbox, Dots, TestClock) {
    let sandbox = Sandbox::start().await.unwrap();
    let (dots, clock) = patient(&sandbox.url());
    (sandbox, dots, clock)
}

fn link() -> String {
    format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#)
}

fn transfer_to(user: &str) -> CreateTransfer {
    CreateTransfer::new(CreateTransferRequest::new(Cents::new(-1_000), user.parse().unwrap()))
}

async fn somebody_of_the_app(dots: &Dots) -> String {
    let (code, number) = ("1".parse().unwrap(), PHONE.parse().unwrap());
    let body = dots_api::CreateUserRequest::new(dots_api::CreateUserRequestFields {
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        email: "jo@example.com".into(),
        country_code: code,
        phone_number: number,
    });
    dots.run(dots_api::CreateUser::new(body)).await.unwrap().id.to_string()
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_key() {
    let (sandbox, dots, _) = patient_sandbox().await;
    sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    assert_eq!((payout.attempts(), payout.may_be_repeat()), (2, true));
    assert_snapshot!(sandbox.transcript());
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_even_for_what_takes_no_key() {
    let (sandbox, dots, _) = patient_sandbox().await;
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    assert_eq!((payout.attempts(), payout.may_be_repeat()), (1, false));
    let (elsewhere, clock) = patient(&nobody());
    let error = elsewhere.run(CancelPayoutLink::new(payout.id.clone())).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts(), error.is_retryable()), (Outcome::NotSent, 3, true));
    assert_eq!(clock.pauses().len(), 2);
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn what_takes_no_key_is_not_asked_again_once_it_has_left() {
    let (sandbox, dots, _) = patient_sandbox().await;
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    for (fault, when) in [
        (Fault::Reset, When::After),
        (Fault::ServerError { status: 500, body: dots_sandbox::ErrorBody::Json }, When::Before),
        (Fault::TooManyRequests(RetryAfter::Seconds(1)), When::Before),
    ] {
        sandbox.inject(fault).on("cancel_payout_link").when(when);
        let error = dots.run(CancelPayoutLink::new(payout.id.clone())).await.unwrap_err();
        assert_eq!((error.attempts(), error.is_retryable()), (1, false), "{error}");
    }
    let cancels = sandbox.requests().iter().filter(|request| request.method == "DELETE").count();
    assert_eq!((cancels, sandbox.links()), (3, 1));
}

#[tokio::test]
async fn a_transfer_whose_answer_was_lost_is_known_to_be_probably_made() {
    let (sandbox, dots, _) = patient_sandbox().await;
    let user = somebody_of_the_app(&dots).await;
    let before = sandbox.balance();
    sandbox.inject(Fault::Reset).on("create_transfer").when(When::After);
    let error = dots.run(transfer_to(&user)).await.unwrap_err();
    assert_eq!((error.outcome(), error.status(), error.attempts()), (Outcome::Unknown, Some(409), 3));
    assert!(error.may_have_moved_money() && error.is_probably_paid());
    assert_eq!(before - sandbox.balance(), 1_000);
}

#[tokio::test]
async fn a_transfer_that_is_refused_for_what_it_asks_was_not_made() {
    let (sandbox, dots, _) = patient_sandbox().await;
    let user = somebody_of_the_app(&dots).await;
    let body = CreateTransferRequest::new(Cents::new(1_000), user.parse().unwrap());
    let error = dots.run(CreateTransfer::new(body)).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Rejected, 1), "{error}");
    assert_eq!(sandbox.balance(), 100_000_000);
}

#[tokio::test]
async fn a_read_is_asked_again_whatever_broke() {
    let (sandbox, dots, _) = patient_sandbox().await;
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    for fault in [Fault::Reset, Fault::CutAnswer(Framing::Length), Fault::CutAnswer(Framing::UntilClose)] {
        sandbox.inject(fault).on("get_payout_link");
        let found = dots.run(GetPayoutLink::new(payout.id.clone())).await.unwrap();
        assert_eq!((found.attempts(), found.id.as_str()), (2, payout.id.as_str()));
    }
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn an_answer_about_another_amount_ends_the_call_in_doubt() {
    let (sandbox, dots, _) = patient_sandbox().await;
    sandbox.inject(Fault::WrongAmount).on("send_payout").when(When::After);
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts(), error.status()), (Outcome::Unknown, 1, Some(201)));
    assert!(
        error.to_string().contains("another amount") && error.body().is_some_and(|body| !body.is_empty())
    );
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
}

#[tokio::test]
async fn the_pause_is_as_long_as_retry_after_says() {
    for (form, pauses) in [
        ("retry-after: 7", vec![7]),
        ("retry-after: Thu, 11 Jul 2024 12:31:53 GMT", vec![20]),
        ("retry-after: 100", vec![100]),
    ] {
        let busy = Answer::new("429 Too Many Requests", &[form], "{}");
        let wire = Wire::start([busy, Answer::json("201 Created", link())]).await;
        let (dots, clock) = patient(&wire.url());
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
        let waited: Vec<u64> =
            clock.pauses().iter().map(Duration::as_secs).filter(|waited| *waited > 0).collect();
        assert_eq!((waited, payout.attempts(), wire.requests().len()), (pauses, 2, 2), "{form}");
    }
}

#[tokio::test]
async fn what_an_answer_says_before_it_is_cut_counts() {
    let page = "x".repeat(100_000);
    for answer in [
        Answer::new("503 Service Unavailable", &["retry-after: 7", "x-request-id: r1"], &page),
        Answer::cut(
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: 7\r\nx-request-id: r1\r\ncontent-length: 9\r\n\r\nhalf",
        ),
    ] {
        let wire = Wire::start([answer.clone(), Answer::json("201 Created", link())]).await;
        let (dots, clock) = patient(&wire.url());
        assert_eq!(dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap().attempts(), 2);
        assert_eq!(clock.pauses().iter().sum::<Duration>(), 7 * SECOND);

        let wire = Wire::start([answer]).await;
        let (dots, _) = patient(&wire.url());
        let error =
            dots.with_retry(RetryPolicy::none()).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
        assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(503)));
        assert_eq!((error.request_id(), error.retry_after()), (Some("r1"), Some(7 * SECOND)), "{error}");
    }
}

#[tokio::test]
async fn a_dots_that_is_busy_and_cuts_its_answers_shuts_no_payout_out() {
    for (status, kind) in [
        ("429 Too Many Requests", ErrorKind::RateLimited),
        ("503 Service Unavailable\r\nretry-after: 1", ErrorKind::Unavailable),
        ("409 Conflict", ErrorKind::Conflict),
    ] {
        let cut = Answer::cut(&format!("HTTP/1.1 {status}\r\ncontent-length: 9\r\n\r\nhalf"));
        let busy = std::iter::repeat_n(cut, 20);
        let wire = Wire::start(busy.chain([Answer::json("201 Created", link())])).await;
        let (dots, _) = patient(&wire.url());
        for _ in 0..20 {
            let payout = dots.send_payout(TEN_DOLLARS, somebody()).retry(RetryPolicy::none());
            let error = payout.await.unwrap_err();
            assert_eq!(
                (error.kind(), error.outcome(), error.attempts()),
                (kind, Outcome::Unknown, 1),
                "{error}"
            );
        }
        assert!(dots.send_payout(TEN_DOLLARS, somebody()).await.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn a_wait_that_outlasts_the_call_is_left_to_the_caller() {
    let busy = Answer::new("429 Too Many Requests", &["retry-after: 86400"], r#"{"success":false}"#);
    let wire = Wire::start([busy]).await;
    let (dots, clock) = patient(&wire.url());
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.retry_after()), (Outcome::Rejected, Some(300 * SECOND)));
    assert!(error.is_retryable() && clock.pauses().is_empty());
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn every_attempt_sends_the_same_bytes() {
    let lost = [Answer::cut(""), Answer::json("500 Internal Server Error", "{}")];
    let wire = Wire::start(lost.into_iter().chain([Answer::json("201 Created", link())])).await;
    let (dots, _) = patient(&wire.url());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).memo("Invoice 881").await.unwrap();
    let bodies: Vec<_> = wire.requests().into_iter().map(|request| request.body).collect();
    assert_eq!((bodies.len(), payout.attempts()), (3, 3));
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_of_the_same_call_stays_unknown() {
    for refusal in
        ["400 Bad Request", "401 Unauthorized", "402 Payment Required", "404 Not Found", "422 Unprocessable"]
    {
        let body = r#"{"success":false,"message":"insufficient funds"}"#;
        let wire = Wire::start([Answer::cut(""), Answer::json(refusal, body)]).await;
        let (dots, _) = patient(&wire.url());
        let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
        assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 2), "{refusal}");
        assert!(!error.is_probably_paid(), "send-payout answers known keys, it does not refuse them");
    }
}

#[tokio::test]
async fn a_plain_refusal_of_a_key_that_may_be_known_is_evidence_of_the_payment() {
    let refused =
        Answer::json("400 Bad Request", r#"{"success":false,"message":"duplicate idempotency_key"}"#);
    let wire = Wire::start([Answer::cut(""), refused]).await;
    let (dots, _) = patient(&wire.url());
    let error = dots.run(transfer_to(KEY)).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_probably_paid()), (Outcome::Unknown, true));
    assert!(error.to_string().contains("it was probably carried out"), "{error}");
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_policy_for_one_call_changes_no_other() {
    let wire = Wire::start([Answer::cut("")]).await;
    let (dots, _) = patient(&wire.url());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    let once = dots.with_retry(RetryPolicy::none()).run(payout.clone()).await.unwrap_err();
    let often = dots.with_retry(RetryPolicy::standard().attempts(5)).run(payout.clone()).await.unwrap_err();
    let standard = dots.run(payout).await.unwrap_err();
    assert_eq!([once.attempts(), often.attempts(), standard.attempts()], [1, 5, 3]);
    assert_eq!(wire.requests().len(), 9);
}

#[tokio::test]
async fn a_call_that_is_dropped_between_attempts_leaves_its_key_in_doubt_and_nothing_else() {
    let (sandbox, _) = crate::support::world::sandbox().await;
    sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    let dots = builder_for(&sandbox.url())
        .retry(RetryPolicy::standard().initial_backoff(600 * SECOND, SECOND).max_backoff(170 * SECOND))
        .jitter_seed(1)
        .build()
        .unwrap();
    let operation = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    let mut call = Box::pin(dots.run(operation.clone()));
    tokio::select! {
        outcome = &mut call => panic!("it should be waiting for its second attempt: {outcome:?}"),
        () = one_link(&sandbox) => {}
    }
    drop(call);
    let again = client_of(&sandbox.url()).run(operation).await.unwrap();
    assert!(again.may_be_repeat());
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
}

/// Waits until the payout has been made.
async fn one_link(sandbox: &Sandbox) {
    while sandbox.links() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_success_says_how_it_came_about() {
    let headers =
        ["content-type: application/json", "x-request-id: r-17", "date: Thu, 11 Jul 2024 12:31:33 GMT"];
    let wire = Wire::start([Answer::new("201 Created", &headers, link())]).await;
    let (dots, clock) = patient(&wire.url());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap();
    assert_eq!((payout.request_id(), payout.http_status(), payout.attempts()), (Some("r-17"), 201, 1));
    assert_eq!(payout.date().map(|date| date.to_string()).as_deref(), Some("2024-07-11T12:31:33Z"));
    assert_eq!((payout.idempotency_key(), payout.may_be_repeat()), (Some(key()), true));
    assert_eq!((payout.took(), clock.pauses().len()), (Duration::ZERO, 0));
}

#[test]
fn an_error_is_one_pointer_wide_and_goes_everywhere() {
    fn goes_everywhere<T: Send + Sync + 'static + std::error::Error>() {}
    goes_everywhere::<dots_api_ext::Error>();
    assert!(size_of::<dots_api_ext::Error>() <= 16);
    assert_eq!(CreateTransfer::META.id, "create_transfer");
}
