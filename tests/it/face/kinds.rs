//! Kinds: each failure has one, whatever it means for the money, and a conflict says what exists.

use std::time::Duration;

use dots_api::{CreateTransfer, CreateTransferRequest, GetUser, SendPayout};
use dots_api_ext::{
    Cents, Dots, EarlierSends, Environment, Error, ErrorCode, ErrorKind, Outcome, Payee, StoredRequest,
};
use dots_sandbox::{Fault, When};

use crate::support::tls_front::Door;
use crate::support::wire::{Answer, Wire, nobody};
use crate::support::world::{KEY, PHONE, TEN_DOLLARS, builder_for, client_of, key, sandbox, somebody};

/// Pays against a server that gives this answer.
async fn payout_against(answer: Answer) -> Error {
    let wire = Wire::start([answer]).await;
    client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err()
}

fn refusal(code: &str) -> String {
    format!(r#"{{"success":false,"message":"no","error_code":"{code}"}}"#)
}

#[tokio::test]
async fn each_answer_has_its_kind() {
    use ErrorKind as Kind;
    for (status, kind) in [
        ("400 Bad Request", Kind::Refused),
        ("401 Unauthorized", Kind::Unauthorized),
        ("402 Payment Required", Kind::Refused),
        ("403 Forbidden", Kind::Unauthorized),
        ("404 Not Found", Kind::NotFound),
        ("408 Request Timeout", Kind::Timeout),
        ("409 Conflict", Kind::Conflict),
        ("410 Gone", Kind::NotFound),
        ("413 Payload Too Large", Kind::Refused),
        ("422 Unprocessable Entity", Kind::Refused),
        ("429 Too Many Requests", Kind::RateLimited),
        ("500 Internal Server Error", Kind::Unavailable),
        ("503 Service Unavailable", Kind::Unavailable),
        ("302 Found", Kind::Unreadable),
        ("501 Not Implemented", Kind::Unreadable),
    ] {
        let error = payout_against(Answer::json(status, refusal("invalid-input"))).await;
        assert_eq!((error.kind(), error.existing()), (kind, None), "{status}");
    }
    let html = payout_against(Answer::html("404 Not Found", "<html>")).await;
    assert_eq!((html.kind(), html.outcome()), (Kind::Unreadable, Outcome::Unknown));
    let odd = payout_against(Answer::json("201 Created", "not json")).await;
    assert_eq!((odd.kind(), odd.outcome()), (Kind::Unreadable, Outcome::Unknown));
    let cut = payout_against(Answer::cut("HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{")).await;
    assert_eq!((cut.kind(), cut.outcome()), (Kind::ConnectionLost, Outcome::Unknown));
    let closed = payout_against(Answer::cut("")).await;
    assert_eq!((closed.kind(), closed.outcome()), (Kind::ConnectionLost, Outcome::Unknown));
}

#[tokio::test]
async fn a_server_that_is_not_reached_or_is_late_or_is_not_trusted_has_a_kind_of_its_own() {
    let error = client_of(&nobody()).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));

    let wire = Wire::start([Answer::Silence]).await;
    let dots = builder_for(&wire.url()).timeout(Duration::from_millis(50)).build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));

    let (sandbox, _) = sandbox().await;
    let door = Door::before(&sandbox, &["localhost"]).await;
    let dots = builder_for(&door.url("localhost")).build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Tls, Outcome::NotSent));
    assert_eq!((wire.requests().len(), sandbox.paid(PHONE)), (1, 0));
}

#[tokio::test]
async fn what_is_refused_before_it_is_sent_has_a_kind() {
    let (sandbox, dots) = sandbox().await;
    let zero = dots.send_payout(Cents::ZERO, somebody()).await.unwrap_err();
    assert_eq!((zero.kind(), zero.outcome()), (ErrorKind::InvalidInput, Outcome::NotSent));
    let setting = Dots::builder().build().unwrap_err();
    assert_eq!((setting.kind(), setting.outcome()), (ErrorKind::Settings, Outcome::NotSent));
    let address = "ftp://example.com".parse::<Environment>().unwrap_err();
    assert_eq!(address.kind(), ErrorKind::Settings);
    let stored = "{}".parse::<StoredRequest>().unwrap_err();
    assert_eq!(stored.kind(), ErrorKind::InvalidInput);
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    let old = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let old = old.earlier(EarlierSends::sent(long_ago, Outcome::Unknown)).await.unwrap_err();
    assert_eq!((old.kind(), old.outcome()), (ErrorKind::KeyExpired, Outcome::Unknown));
    assert_eq!(sandbox.requests().len(), 0);
}

#[tokio::test]
async fn one_reference_for_two_amounts_is_a_conflict_that_says_what_exists() {
    let (sandbox, dots) = sandbox().await;
    let pay = |cents| dots.send_payout(Cents::new(cents), somebody()).reference("invoice-881");
    let link = pay(1_000).await.unwrap();
    let error = pay(2_000).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.status()),
        (ErrorKind::Conflict, Outcome::Unknown, Some(201))
    );
    let existing = error.existing().unwrap();
    assert_eq!((existing.id.as_deref(), existing.amount), (Some(link.id.as_str()), Some(Cents::new(1_000))));
    assert_eq!((sandbox.links(), sandbox.paid(PHONE)), (1, 1_000));
}

#[tokio::test]
async fn a_lost_answer_keeps_its_kind_and_a_missing_object_is_not_found() {
    let (sandbox, dots) = sandbox().await;
    sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::ConnectionLost, Outcome::Unknown));
    let missing = dots.run(GetUser::new(KEY.parse().unwrap())).await.unwrap_err();
    assert_eq!((missing.kind(), missing.may_have_moved_money()), (ErrorKind::NotFound, false));
    let refused =
        dots.run(CreateTransfer::new(CreateTransferRequest::new(TEN_DOLLARS, KEY.parse().unwrap())));
    let refused = refused.await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::NotFound | ErrorKind::Refused), "{refused:?}");
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn outcomes_kinds_and_codes_are_written_and_read_as_text() {
    let error = payout_against(Answer::json("400 Bad Request", refusal("invalid-phone-number"))).await;
    let shown = format!("{} {} {}", error.outcome(), error.kind(), error.code().unwrap());
    assert_eq!(shown, "rejected refused invalid-phone-number");
    let written = serde_json::to_string(&(error.outcome(), error.kind(), error.code())).unwrap();
    assert_eq!(written, r#"["rejected","refused","invalid-phone-number"]"#);
    let read: (Outcome, ErrorKind, Option<ErrorCode>) = serde_json::from_str(&written).unwrap();
    assert_eq!(read, (error.outcome(), error.kind(), error.code().cloned()));
    let other: ErrorCode = serde_json::from_str(r#""gone-fishing""#).unwrap();
    assert!(
        other == "gone-fishing" && error.operation() == Some(<SendPayout as dots_api::Operation>::META.id)
    );
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_an_error_of_a_call_that_was_not_sent() {
    async fn pay(dots: &Dots, dollars: &str, phone: &str) -> Result<(), Error> {
        let payout = dots.send_payout(Cents::from_dollars(dollars)?, Payee::e164(phone)?);
        payout.reference("invoice-881").await?;
        Ok(())
    }
    let (sandbox, dots) = sandbox().await;
    for (dollars, phone) in [("1,000.00", "+12025550139"), ("10.00", "2025550139")] {
        let error = pay(&dots, dollars, phone).await.unwrap_err();
        assert_eq!((error.outcome(), error.kind()), (Outcome::NotSent, ErrorKind::InvalidInput));
        assert!(error.to_string().len() > 20, "{error}");
    }
    pay(&dots, "10.00", "+12025550139").await.unwrap();
    assert_eq!((sandbox.requests().len(), sandbox.paid("2025550139")), (1, 1_000));
}
