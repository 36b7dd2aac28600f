//! Fakes: a program's own stand-in for Dots returns the errors and replies that a call would.

use std::time::Duration;

use dots_api::SendPayout;
use dots_api_ext::fake::{self, FakeError};
use dots_api_ext::{Cents, ErrorCode, ErrorKind, Outcome};

use crate::support::world::{KEY, key};

#[test]
fn a_fake_error_says_what_a_real_one_does() {
    let error = FakeError::new(Outcome::Unknown, ErrorKind::Timeout)
        .of::<SendPayout>()
        .with_idempotency_key(key())
        .retryable(true)
        .retry_after(Duration::from_secs(7))
        .build();
    assert!(error.may_have_moved_money() && error.is_retryable() && !error.is_probably_paid());
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Timeout, None, 1));
    assert_eq!((error.operation(), error.idempotency_key()), (Some("send_payout"), Some(key())));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.to_string().contains(&format!("retry with the idempotency key `{KEY}`")), "{error}");
    let evidence = error.evidence();
    assert_eq!((evidence.outcome, evidence.retry_after_seconds), (Some(Outcome::Unknown), Some(7)));
}

#[test]
fn a_fake_refusal_has_status_code_and_message_in_any_order() {
    let refusal = || FakeError::new(Outcome::Rejected, ErrorKind::Refused);
    for fake in [
        refusal().status(422).refusal("invalid-email", "no"),
        refusal().refusal("invalid-email", "no").status(422),
    ] {
        let error = fake.build();
        assert_eq!((error.status(), error.message()), (Some(422), Some("no")));
        assert_eq!(error.code(), Some(&ErrorCode::InvalidEmail));
    }
    assert_eq!(refusal().refusal("x", "y").build().status(), Some(400));
    assert_eq!(refusal().status(1).build().status(), None);
    assert!(FakeError::new(Outcome::Unknown, ErrorKind::Refused).probably_paid().build().is_probably_paid());
}

#[test]
fn a_fake_reply_is_the_answer() {
    let link = serde_json::from_str(r#"{"id": "l1", "amount": 1000, "status": "created"}"#).unwrap();
    let reply = fake::reply::<SendPayout>(link);
    assert_eq!((reply.amount, reply.http_status(), reply.attempts()), (Cents::new(1_000), 200, 1));
    assert!(!reply.may_be_repeat());
    assert_eq!(reply.operation(), "send_payout");
}
