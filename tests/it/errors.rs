//! Errors: every failure says whether money may have moved, in a readable message.

mod codes;
mod text;

use std::time::Duration;

use dots_api::{CreateTransfer, CreateTransferRequest, GetUser, Operation};
use dots_api_ext::{Error, ErrorCode, Outcome, Reply, UserId};

use crate::support::wire::{Answer, Wire, nobody};
use crate::support::world::{KEY, TEN_DOLLARS, builder_for, client_of, key, sandbox, somebody};

/// An error in Dots' format.
const REFUSAL: &str = r#"{"success":false,"message":"no such thing","error_code":"invalid-input"}"#;

/// Sends a payout to a server that gives this answer.
async fn payout_against(answer: Answer) -> (Error, Wire) {
    let wire = Wire::start([answer]).await;
    let payout = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    (payout.await.unwrap_err(), wire)
}

/// Runs any operation against a server that gives this answer.
async fn run_against<O: Operation>(operation: O, answer: Answer) -> Result<Reply<O::Output>, Error> {
    client_of(&Wire::start([answer]).await.url()).run(operation).await
}

/// Checks that the payout may have been made, that the error has the key to retry with, and that the client did not
/// retry.
fn assert_unknown(error: &Error, wire: &Wire) {
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert!(error.may_have_moved_money(), "{error}");
    assert_eq!((error.idempotency_key(), error.operation()), (Some(key()), Some("send_payout")));
    let requests = wire.requests();
    assert_eq!(requests.len(), 1);
    assert!(String::from_utf8_lossy(&requests[0].body).contains(KEY));
}

fn transfer() -> CreateTransfer {
    CreateTransfer::new(CreateTransferRequest::new(TEN_DOLLARS, user()).with_idempotency_key(key()))
}

fn user() -> UserId {
    KEY.parse().unwrap()
}

#[tokio::test]
async fn a_wrong_credential_is_a_rejection_and_pays_nobody() {
    let (sandbox, _) = sandbox().await;
    let dots = builder_for(&sandbox.url()).credentials("pk_dev_sandbox", "sk_dev_wrong").build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(401)));
    assert_eq!(error.code(), Some(&ErrorCode::Other("unauthorized".to_owned())));
    assert_eq!(sandbox.links(), 0);
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_sent() {
    let payout = client_of(&nobody()).send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let error = payout.await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::NotSent, None));
    assert_eq!(error.idempotency_key(), Some(key()));
    assert!(!error.may_have_moved_money());
}

#[tokio::test]
async fn a_connection_that_closes_before_the_answer_leaves_it_unknown() {
    let (error, wire) = payout_against(Answer::cut("")).await;
    assert_eq!((error.status(), error.body()), (None, None));
    assert_unknown(&error, &wire);
}

#[tokio::test]
async fn a_server_that_never_answers_leaves_it_unknown() {
    let wire = Wire::start([Answer::Silence]).await;
    let dots = builder_for(&wire.url()).timeout(Duration::from_millis(50)).build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap_err();
    assert_eq!(error.status(), None);
    assert_eq!((error.outcome(), error.idempotency_key()), (Outcome::Unknown, Some(key())));
    assert!(error.may_have_moved_money());
}

#[tokio::test]
async fn an_answer_that_stops_before_its_promised_length_leaves_it_unknown() {
    let half = "HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"id\":\"l1\",\"amount\":1000";
    let (error, wire) = payout_against(Answer::cut(half)).await;
    assert_eq!(error.status(), Some(201));
    assert_unknown(&error, &wire);
}

#[tokio::test]
async fn a_chunked_answer_without_its_last_chunk_leaves_it_unknown() {
    let whole = r#"{"id":"l1","amount":1000,"status":"created"}"#;
    let head = "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n";
    let (error, wire) = payout_against(Answer::cut(&format!("{head}{:x}\r\n{whole}\r\n", whole.len()))).await;
    assert_eq!(error.status(), Some(201));
    assert_unknown(&error, &wire);
}

#[tokio::test]
async fn a_half_answer_that_ends_with_the_connection_leaves_it_unknown() {
    let (error, wire) =
        payout_against(Answer::cut("HTTP/1.1 201 Created\r\nconnection: close\r\n\r\n{\"id\":\"l1\",")).await;
    assert_eq!((error.status(), error.body()), (Some(201), Some(&br#"{"id":"l1","#[..])));
    assert_unknown(&error, &wire);
}

#[tokio::test]
async fn what_is_no_http_leaves_it_unknown() {
    let (error, wire) = payout_against(Answer::cut("SSH-2.0-OpenSSH_9.6\r\n\r\n")).await;
    assert_unknown(&error, &wire);
}

#[tokio::test]
async fn a_success_that_is_a_web_page_leaves_it_unknown_and_keeps_the_page() {
    let page = "<html><body>Sign in to the Wi-Fi</body></html>";
    let (error, wire) = payout_against(Answer::html("200 OK", page)).await;
    assert_eq!((error.status(), error.body()), (Some(200), Some(page.as_bytes())));
    assert_unknown(&error, &wire);
}

#[tokio::test]
async fn a_success_that_is_not_the_promised_json_leaves_it_unknown() {
    let refusal_as_success = REFUSAL.as_bytes();
    let deep = "[".repeat(100_000);
    let half = &b"{\"id\":\"3c90c3cc\",\"amo"[..];
    for body in [half, b"", b"null", b"[]", b"{}", b"\xff\xfe", refusal_as_success, deep.as_bytes()] {
        let (error, wire) = payout_against(Answer::json("200 OK", body)).await;
        assert_eq!((error.status(), error.body()), (Some(200), Some(body)));
        assert_unknown(&error, &wire);
    }
}

#[tokio::test]
async fn a_success_that_json_cannot_be_leaves_it_unknown_and_is_kept() {
    let link = r#"{"id":"l1","amount":1000,"status":"created"}"#;
    // A number beyond a float's range, an amount that is none, and a truncated body.
    for body in [
        link.replace("1000", "1e400"),
        link.replace("1000", r#""ten""#),
        link.trim_end_matches('}').to_owned(),
    ] {
        let (error, wire) = payout_against(Answer::json("201 Created", &body)).await;
        assert_eq!((error.status(), error.body()), (Some(201), Some(body.as_bytes())), "{body}");
        assert_unknown(&error, &wire);
    }
}

#[tokio::test]
async fn a_success_with_half_a_character_or_an_odd_field_is_a_success() {
    for odd in [
        "\u{feff}{\"id\":\"l1\",\"amount\":1000,\"status\":\"created\"}".as_bytes(),
        br#"{"id":"l1","amount":1000,"status":"created","memo":"\ud83d"}"#,
        br#"{"id":"l1","amount":1000,"status":"created\udc00"}"#,
        br#"{"id":"l1","amount":1000,"status":"created","memo":7}"#,
        br#"{"id":"l1","amount":1000,"status":"created","tax_exempt":"","delivery":"sms"}"#,
        b"{\"id\":\"l1\",\"amount\":1000,\"status\":\"created\",\"memo\":\"caf\xe9\"}",
        b"{\"id\":\"l1\",\"amount\":1000,\"status\":\"created\",\"another field\":\"\xff\"}",
    ] {
        let wire = Wire::start([Answer::json("201 Created", odd)]).await;
        let link = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
        let body = String::from_utf8_lossy(odd);
        assert_eq!((link.id.as_str(), link.amount), ("l1", TEN_DOLLARS), "{body}");
        assert_eq!(wire.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_that_is_cut_in_its_json_keeps_status_and_bytes() {
    let (half, _) = REFUSAL.split_at(REFUSAL.len() / 2);
    for (status, code) in [("400 Bad Request", 400), ("500 Internal Server Error", 500)] {
        let (error, wire) = payout_against(Answer::json(status, half)).await;
        assert_eq!((error.status(), error.body()), (Some(code), Some(half.as_bytes())), "{error}");
        assert_eq!((error.code(), error.message(), wire.requests().len()), (None, None, 1), "{error}");
    }
}

#[tokio::test]
async fn a_401_is_a_rejection_in_any_json_object_that_is_no_success_and_no_proof_in_anything_else() {
    for body in ["{}", r#"{"message":"Unauthorized"}"#, r#"{"success":false}"#, r#"{"error":{"code":1}}"#] {
        let (error, _) = payout_against(Answer::json("401 Unauthorized", body)).await;
        assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(401)), "{body}");
    }
    for body in
        ["", "<html>", "Unauthorized", "[]", r#"{"id":"l1"}"#, r#"{"success":true}"#, r#"{"message":"#]
    {
        let (error, _) = payout_against(Answer::json("401 Unauthorized", body)).await;
        assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(401)), "{body}");
    }
}

#[tokio::test]
async fn a_proxys_502_leaves_it_unknown_and_keeps_its_bytes() {
    let page = "<html>502 Bad Gateway</html>";
    let (error, wire) = payout_against(Answer::html("502 Bad Gateway", page)).await;
    assert_eq!((error.status(), error.body()), (Some(502), Some(page.as_bytes())));
    assert_unknown(&error, &wire);
}

#[tokio::test]
async fn a_failure_of_the_server_leaves_it_unknown_even_when_it_explains_itself() {
    for status in ["500 Internal Server Error", "503 Service Unavailable", "504 Gateway Timeout", "599 Odd"] {
        let (error, wire) = payout_against(Answer::json(status, REFUSAL)).await;
        assert_eq!((error.message(), error.code()), (Some("no such thing"), Some(&ErrorCode::InvalidInput)));
        assert_unknown(&error, &wire);
    }
}

#[tokio::test]
async fn a_404_that_dots_did_not_write_leaves_it_unknown() {
    for body in ["", "<html>404</html>", "not found", "null", "[]", "{}", r#"{"path":"/api/v2"}"#, "17"] {
        let (error, wire) = payout_against(Answer::json("404 Not Found", body)).await;
        assert_eq!((error.status(), error.body()), (Some(404), Some(body.as_bytes())));
        assert_unknown(&error, &wire);
    }
}

#[tokio::test]
async fn a_status_that_gateways_have_for_what_they_passed_on_leaves_it_unknown() {
    for status in
        ["418 I'm a teapot", "421 Misdirected Request", "460 Client Closed", "499 Client Closed Request"]
    {
        let (error, wire) = payout_against(Answer::html(status, "<h1>gone</h1>")).await;
        assert_unknown(&error, &wire);
        let dots = r#"{"success":false,"message":"no","error_code":"invalid-input"}"#;
        let (error, _) = payout_against(Answer::json(status, dots)).await;
        assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    }
}

#[tokio::test]
async fn a_404_in_the_shape_of_dots_is_a_rejection() {
    let (error, wire) = payout_against(Answer::json("404 Not Found", REFUSAL)).await;
    assert_eq!((error.outcome(), error.message()), (Outcome::Rejected, Some("no such thing")));
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_timeout_or_a_conflict_at_dots_leaves_it_unknown() {
    for status in ["408 Request Timeout", "409 Conflict"] {
        let (error, wire) = payout_against(Answer::json(status, REFUSAL)).await;
        assert_unknown(&error, &wire);
    }
}

#[tokio::test]
async fn a_refusal_of_send_payout_is_a_rejection() {
    for status in ["400 Bad Request", "402 Payment Required", "403 Forbidden", "422 Unprocessable Content"] {
        let (error, wire) = payout_against(Answer::json(status, REFUSAL)).await;
        assert_eq!(error.outcome(), Outcome::Rejected, "{status}");
        assert!(!error.may_have_moved_money(), "{status}");
        assert_eq!(wire.requests().len(), 1);
    }
}

#[tokio::test]
async fn too_many_requests_is_a_rejection_of_a_payout_and_of_a_transfer() {
    let answer = Answer::json("429 Too Many Requests", REFUSAL);
    let (error, wire) = payout_against(answer.clone()).await;
    assert_eq!((error.outcome(), wire.requests().len()), (Outcome::Rejected, 1));
    let error = run_against(transfer(), answer).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected);
}

#[tokio::test]
async fn a_refusal_may_be_the_echo_of_a_transfer_that_was_made_under_the_key() {
    for status in ["400 Bad Request", "404 Not Found", "422 Unprocessable Content"] {
        let error = run_against(transfer(), Answer::json(status, REFUSAL)).await.unwrap_err();
        assert_eq!((error.outcome(), error.idempotency_key()), (Outcome::Unknown, Some(key())), "{status}");
        assert!(error.may_have_moved_money(), "{status}");
        assert_eq!(error.message(), Some("no such thing"));
    }
}

#[tokio::test]
async fn a_read_that_fails_has_moved_no_money() {
    for answer in [Answer::json("500 Internal Server Error", REFUSAL), Answer::cut("")] {
        let error = run_against(GetUser::new(user()), answer).await.unwrap_err();
        assert!(!error.may_have_moved_money(), "{error}");
        assert!(!error.to_string().contains("carried out"), "{error}");
        assert_eq!((error.operation(), error.idempotency_key()), (Some("get_user"), None));
    }
}

#[tokio::test]
async fn a_write_without_a_key_that_fails_may_have_been_carried_out() {
    let error = run_against(dots_api::CancelPayoutLink::new(KEY.parse().unwrap()), Answer::cut("")).await;
    let error = error.unwrap_err();
    assert!(error.may_have_moved_money());
    assert_eq!(error.idempotency_key(), None);
}

#[tokio::test]
async fn asking_again_with_the_key_of_the_error_pays_once() {
    let (sandbox, dots) = sandbox().await;
    let operation = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    // The payout is made, and the answer is lost.
    dots.run(operation.clone()).await.unwrap();
    let wire = Wire::start([Answer::cut("")]).await;
    let error = client_of(&wire.url()).run(operation).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let key = error.idempotency_key().unwrap();
    dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key).await.unwrap();
    assert_eq!((sandbox.paid("2025550139"), sandbox.links()), (1_000, 1));
}
