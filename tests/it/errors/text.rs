//! Error messages: what they show and what they hide.

use std::error::Error as _;
use std::time::Duration;

use dots_api_ext::{Error, Outcome};
use insta::assert_snapshot;

use super::{REFUSAL, payout_against, run_against, transfer, user};
use crate::support::wire::{Answer, Wire, nobody};
use crate::support::world::{
    KEY, PHONE, TEN_DOLLARS, builder_for, client_of, everything_shown, key, sandbox, somebody,
};

/// One error of each kind that a payout can return.
async fn one_of_each() -> Vec<Error> {
    let mut errors = Vec::new();
    for answer in [
        Answer::cut(""),
        Answer::cut("HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{"),
        Answer::html("200 OK", "<html>"),
        Answer::json("400 Bad Request", REFUSAL),
        Answer::json("401 Unauthorized", r#"{"message":"Unauthorized"}"#),
        Answer::html("502 Bad Gateway", "<html>"),
        Answer::new("307 Temporary Redirect", &["location: http://127.0.0.1:9/elsewhere"], ""),
    ] {
        errors.push(payout_against(answer).await.0);
    }
    let nobody = client_of(&nobody());
    errors.push(nobody.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err());
    errors.push(nobody.send_payout(dots_api::Cents::ZERO, somebody()).await.unwrap_err());
    errors.push("ftp://example.com".parse::<dots_api_ext::Environment>().unwrap_err());
    errors
}

#[tokio::test]
async fn every_error_reads_like_a_part_of_a_sentence() {
    for error in one_of_each().await {
        let text = error.to_string();
        assert!(text.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase), "{text}");
        assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
        assert_eq!(text.matches('`').count() % 2, 0, "{text}");
    }
}

#[tokio::test]
async fn an_error_that_leaves_it_unknown_says_so_and_says_what_to_do() {
    for error in one_of_each().await {
        let text = error.to_string();
        let ask = format!("; it may have been carried out, retry with the idempotency key `{KEY}`");
        let look = format!(
            "; it may have been carried out under the idempotency key `{KEY}`, look it up before you send anything"
        );
        let is_unknown = error.outcome() == Outcome::Unknown;
        assert_eq!(text.contains(&ask), is_unknown && error.is_retryable(), "{error}");
        assert_eq!(text.contains(&look), is_unknown && !error.is_retryable(), "{error}");
    }
}

#[tokio::test]
async fn the_texts_of_the_commonest_failures() {
    let texts: Vec<String> = one_of_each().await.iter().map(ToString::to_string).collect();
    let shown = texts.join("\n").replace(KEY, "[key]");
    let ask = "it may have been carried out, retry with the idempotency key `[key]`";
    let look =
        "it may have been carried out under the idempotency key `[key]`, look it up before you send anything";
    assert_snapshot!(shown.replace(ask, "(retry)").replace(look, "(look it up)"), @r"
    `send_payout` failed: the connection broke before the answer; (retry)
    `send_payout` failed: the answer was cut off; (retry)
    `send_payout` failed: Dots answered with status `200`, and the answer cannot be read; (retry)
    `send_payout` failed: Dots refused it with status `400`: no such thing
    `send_payout` failed: Dots refused the credentials with status `401`: Unauthorized
    `send_payout` failed: Dots answered with status `502`; (retry)
    `send_payout` failed: Dots answered with status `307`; (look it up)
    `send_payout` failed: could not connect
    `send_payout` failed: the amount must be above zero, not `0` cents
    could not use the environment: a URL must start with `https://`
    ");
}

#[tokio::test]
async fn the_secret_of_a_refused_credential_shows_nowhere() {
    let (sandbox, _) = sandbox().await;
    let dots = builder_for(&sandbox.url()).credentials("pk_dev_canary", "sk_canary_secret").build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(401)), "{error}");
    let shown = everything_shown(&error);
    for secret in ["sk_canary_secret", "cGtfZGV2X2NhbmFyeTpza19jYW5hcnlfc2VjcmV0", "Basic"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(sandbox.links(), 0);
}

#[tokio::test]
async fn an_error_on_the_way_shows_neither_address_nor_query_nor_secret() {
    let wire = Wire::start([Answer::Silence]).await;
    let dots = builder_for(&wire.url()).timeout(Duration::from_millis(50)).build().unwrap();
    let query = dots_api::ListTransfers::new().user_id(user());
    for error in
        [dots.run(query.clone()).await.unwrap_err(), client_of(&nobody()).run(query).await.unwrap_err()]
    {
        let shown = everything_shown(&error);
        for hidden in [KEY, "http://", "/api", "sk_dev_sandbox", "cGtfZGV2"] {
            assert!(!shown.contains(hidden), "{hidden}: {shown}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_shows_nothing_that_it_said_of_a_person() {
    for body in [
        format!(r#"{{"id":"l1","amount":1000,"status":["{PHONE}"]}}"#),
        format!(r#"{{"id":"l1","amount":1000,"status":{PHONE}}}"#),
        format!(r#"{{"id":["` {PHONE} `"],"amount":1000,"status":"created"}}"#),
        format!(r#"{{"id":"l1","amount":"` {PHONE} `","status":"created"}}"#),
        format!(r#"{{"id":"l1","amount":"{PHONE}.5 \" {PHONE}, expected","status":"created"}}"#),
        format!(r#"{{"id":"l1","amount":1000,"status":{{"+1":{PHONE}.5}}}}"#),
    ] {
        let (error, wire) = payout_against(Answer::json("201 Created", &body)).await;
        let shown = everything_shown(&error);
        assert!(!shown.contains(PHONE), "{shown}");
        assert_eq!(error.body(), Some(body.as_bytes()));
        assert_eq!(wire.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_says_what_was_wrong_and_where() {
    let body = r#"{"id":"l1","amount":"10.005","status":"created"}"#;
    let (error, wire) = payout_against(Answer::json("201 Created", body)).await;
    let cause = error.source().unwrap().to_string();
    assert!(cause.contains("a cent cannot be divided") && cause.contains("column"), "{cause}");
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_long_or_garbled_message_of_the_server_is_shown_shortened_and_escaped() {
    let message = format!("a\\r\\nb\\u001b[31m{}", "x".repeat(10_000));
    let body = format!(r#"{{"success":false,"message":"{message}"}}"#);
    let (error, wire) = payout_against(Answer::json("400 Bad Request", body)).await;
    let text = error.to_string();
    assert!(text.contains(r"a\r\nb\u{1b}[31mxxx"), "{text}");
    assert!(!text.contains(char::is_control) && text.len() < 500, "{text}");
    assert!(error.message().is_some_and(|whole| whole.len() > 10_000));
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn debug_shows_what_happened_and_not_the_body() {
    let body = r#"{"success":false,"message":"secret words","error_code":"invalid-input"}"#;
    let error = run_against(transfer(), Answer::json("400 Bad Request", body)).await.unwrap_err();
    let shown = format!("{error:?}").replace(", ", ",\n");
    assert_snapshot!(shown, @r#"
    Error { outcome: Unknown,
    kind: Refused,
    what: "Dots answered with status `400`",
    operation: Some("create_transfer"),
    idempotency_key: Some(IdempotencyKey(3c90c3cc-0d44-4b50-8888-8dd25736052a)),
    status: Some(400),
    code: Some("invalid-input"),
    request_id: None,
    body_bytes: Some(71),
    attempts: 1,
    advice: Advice { is_retryable: false,
    is_probably_paid: false,
    retry_after: None },
    source: None }
    "#);
}

#[tokio::test]
async fn a_failure_of_the_network_keeps_its_cause() {
    let (lost, _wire) = payout_against(Answer::cut("")).await;
    let refused = client_of(&nobody())
        .send_payout(TEN_DOLLARS, somebody())
        .with_idempotency_key(key())
        .await
        .unwrap_err();
    for error in [lost, refused] {
        let mut root = error.source().unwrap();
        while let Some(cause) = root.source() {
            root = cause;
        }
        assert!(!root.to_string().is_empty());
    }
}

#[test]
fn an_error_is_small_and_goes_wherever_an_error_goes() {
    fn goes_anywhere<T: std::error::Error + Send + Sync + 'static>() {}
    goes_anywhere::<Error>();
    assert!(size_of::<Error>() <= 16);
}

#[tokio::test]
async fn a_question_mark_turns_it_into_a_boxed_error() {
    async fn pay(url: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        client_of(url).send_payout(TEN_DOLLARS, somebody()).await?;
        Ok(())
    }
    let boxed = pay(&nobody()).await.unwrap_err();
    assert_eq!(boxed.downcast_ref::<Error>().map(Error::outcome), Some(Outcome::NotSent));
}

#[tokio::test]
async fn a_question_mark_turns_it_into_an_error_of_anyhow() {
    async fn pay(url: &str) -> anyhow::Result<()> {
        client_of(url).send_payout(TEN_DOLLARS, somebody()).await?;
        Ok(())
    }
    let error = pay(&nobody()).await.unwrap_err();
    assert_eq!(error.downcast_ref::<Error>().map(Error::outcome), Some(Outcome::NotSent));
    assert!(error.chain().len() > 1, "{error:#}");
}
