//! Payments that were called refused, unsent or unseen: only a proof denies a payment. Found from outside, with others
//! like them.

use std::io::{Read as _, Write as _};
use std::sync::mpsc;
use std::thread;

use dots_api::{
    CreateUser, CreateUserRequest, CreateUserRequestFields, Exchange, Request, Response,
    SendVerificationToken, SendVerificationTokenRequest, Transport, UserId,
};
use dots_api_ext::{Dots, Error, ErrorCode, LinkDelivery, Outcome};
use http::{HeaderMap, StatusCode};

use crate::support::mini::{Fault, Mini};
use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, TEN_DOLLARS, builder_for, client_of, somebody};

const REFUSAL: &str = r#"{"success":false,"message":"no"}"#;

fn user() -> UserId {
    KEY.parse().unwrap()
}

/// Sends a payout and a transfer, which are answered like this.
async fn both_against(answer: Answer) -> [Error; 2] {
    let wire = Wire::start([answer]).await;
    let dots = client_of(&wire.url());
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    let transfer = dots.transfer_to_user(&user(), TEN_DOLLARS).await.unwrap_err();
    assert_eq!(wire.requests().len(), 2);
    [payout, transfer]
}

#[tokio::test]
async fn half_a_refusal_is_no_proof_however_it_is_framed() {
    let (half, _) = REFUSAL.split_at(REFUSAL.len() - 1);
    let chunk = format!("{:x}\r\n{half}\r\n", half.len());
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "422 Unprocessable",
        "429 Many",
    ] {
        for cut in [
            format!("HTTP/1.0 {status}\r\n\r\n{half}"),
            format!("HTTP/1.0 {status}\r\ncontent-type: application/json\r\n\r\n"),
            format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n{half}"),
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{half}", REFUSAL.len()),
            format!("HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n{chunk}"),
            // The object is whole, and its framing says that more was to come.
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{REFUSAL}", REFUSAL.len() + 1),
        ] {
            for error in both_against(Answer::cut(&cut)).await {
                assert_eq!(error.outcome(), Outcome::Unknown, "{cut}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_in_words_that_are_not_those_of_dots_is_no_proof() {
    for status in [
        "400 Bad Request",
        "402 Pay",
        "404 Not Found",
        "405 Not Allowed",
        "406 Not Acceptable",
        "410 Gone",
        "411 Length",
        "413 Large",
        "415 Type",
        "422 Unprocessable",
        "429 Many",
        "431 Fields",
    ] {
        for body in [
            "",
            "<html>refused</html>",
            "refused",
            "null",
            "[]",
            "7",
            "{}",
            r#"{"message":"refused"}"#,
            r#"{"success":true}"#,
            r#"{"success":true,"error_code":"invalid-input"}"#,
            r#"{"error_code":"invalid-input","id":"t1","amount":1000,"status":"created"}"#,
            r#"{"success":"false"}"#,
            r#"{"error_code":"of-some-gateway"}"#,
            r#"{"success":false"#,
            r#"[{"success":false}]"#,
            r#"{"success":false} and more"#,
        ] {
            for error in both_against(Answer::json(status, body)).await {
                assert_eq!(error.outcome(), Outcome::Unknown, "{status} {body}: {error}");
            }
        }
        for body in [REFUSAL, r#"{"error_code":"invalid-input"}"#, r#"{"success":false,"id":7}"#] {
            for error in both_against(Answer::json(status, body)).await {
                assert_eq!(error.outcome(), Outcome::Rejected, "{status} {body}: {error}");
            }
        }
    }
}

/// Something before Dots that passes the first request on and answers in its own words.
#[derive(Clone, Debug)]
struct Gateway {
    dots: Mini,
    status: StatusCode,
}

impl Transport for Gateway {
    fn send(&self, request: Request) -> Exchange<'_> {
        let is_first = self.dots.requests() == 0;
        Box::pin(async move {
            let answer = self.dots.send(request).await;
            let own = || Response::new(self.status, HeaderMap::new(), "<html>busy</html>".into());
            if is_first { Ok(own()) } else { answer }
        })
    }
}

#[tokio::test]
async fn a_payment_that_a_gateway_has_passed_on_is_not_denied_by_a_later_refusal() {
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::CONFLICT, StatusCode::FORBIDDEN] {
        let mini = Mini::default();
        mini.faults([Fault::None, Fault::Refused]);
        let gateway = Gateway { dots: mini.clone(), status };
        let dots = builder_for("https://gateway.example/api").transport(gateway).build().unwrap();
        let payout = dots.send_payout(TEN_DOLLARS, somebody());
        for call in [payout.clone(), payout] {
            let error = call.await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Unknown, "{status}: {error}");
        }
        assert_eq!((mini.payments(), mini.requests()), (1, 2), "{status}");
    }
}

#[tokio::test]
async fn a_field_of_another_type_loses_no_other() {
    for (body, code, message) in [
        (
            r#"{"success":false,"message":{"amount":["too small"]},"error_code":"invalid-input"}"#,
            Some("invalid-input"),
            Some(r#"{"amount":["too small"]}"#),
        ),
        (r#"{"success":false,"message":"no","error_code":1234}"#, Some("1234"), Some("no")),
        (
            r#"{"success":"false","message":"no","error_code":"invalid-input"}"#,
            Some("invalid-input"),
            Some("no"),
        ),
        (
            r#"{"success":0,"message":["a","b"],"error_code":"invalid-input"}"#,
            Some("invalid-input"),
            Some(r#"["a","b"]"#),
        ),
        (
            r#"{"success":false,"message":null,"error":{"why":"no"},"error_code":null}"#,
            None,
            Some(r#"{"why":"no"}"#),
        ),
        (r#"{"success":false,"message":7}"#, None, Some("7")),
    ] {
        for error in both_against(Answer::json("404 Not Found", body)).await {
            assert_eq!((error.code().map(ErrorCode::as_str), error.message()), (code, message), "{body}");
            assert_eq!(error.outcome(), Outcome::Rejected, "{body}: {error}");
        }
    }
    // The code alone says that something is in use: no key conflict, and no evidence of a payment.
    let busy = r#"{"success":false,"message":{"a":1},"error_code":"resource-busy"}"#;
    for error in both_against(Answer::json("409 Conflict", busy)).await {
        assert_eq!((error.code(), error.is_probably_paid()), (Some(&ErrorCode::ResourceBusy), false));
    }
}

/// Calls that are answered with no body, or with text.
async fn without_body(dots: &Dots) -> [Result<(), Error>; 2] {
    let body = SendVerificationTokenRequest::new();
    [
        dots.run(SendVerificationToken::new(user(), body)).await.map(drop),
        dots.verify_user(&user(), "123456").await.map(drop),
    ]
}

#[tokio::test]
async fn a_success_that_says_that_it_failed_is_none() {
    let failed = r#"{"success":false,"error_code":"invalid-phone-number","message":"no such phone"}"#;
    let named = format!(r#"{{"id":"{KEY}","amount":1000,"status":"created","success":false}}"#);
    let portal = "\r\n<!DOCTYPE html><html>Sign in</html>";
    for body in [failed, &named, portal, "\u{feff}<html>", r#"{"id":"","amount":1000,"status":"created"}"#] {
        for answer in [Answer::json("200 OK", body), Answer::html("201 Created", body)] {
            let wire = Wire::start([answer]).await;
            let dots = client_of(&wire.url());
            let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
            assert_eq!(payout.outcome(), Outcome::Unknown, "{body}");
            if body == failed {
                assert_eq!(payout.code(), Some(&ErrorCode::InvalidPhoneNumber), "{payout}");
            }
            let has_id = body.contains(r#""id""#) && body != named;
            for result in without_body(&dots).await.into_iter().filter(|_| !has_id) {
                let error = result.unwrap_err();
                assert_eq!(error.outcome(), Outcome::Unknown, "{body}");
                if body == failed {
                    assert_eq!(error.code(), Some(&ErrorCode::InvalidPhoneNumber), "{error}");
                    assert_eq!(error.message(), Some("no such phone"));
                }
            }
        }
    }
    for body in ["", "sent", "{}", "OK", r#"{"success":true}"#] {
        let wire = Wire::start([Answer::new("202 Accepted", &["content-type: text/plain"], body)]).await;
        for result in without_body(&client_of(&wire.url())).await {
            result.unwrap_or_else(|error| panic!("{body}: {error}"));
        }
    }
}

#[tokio::test]
async fn an_answer_about_another_object_is_no_success_of_a_read_or_a_wait() {
    let other = "11111111-2222-4333-8444-555555555555";
    let transfer = format!(r#"{{"id":"{other}","amount":1000,"status":"completed"}}"#);
    let wire = Wire::start([Answer::json("200 OK", transfer)]).await;
    let dots = client_of(&wire.url());
    let error = dots.fetch_transfer(&KEY.parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("another object"), "{error}");
    assert!(dots.wait_for_transfer(&KEY.parse().unwrap()).await.is_err());
    // The same id in other letters is the same.
    assert!(dots.fetch_transfer(&other.parse().unwrap()).await.is_ok());
    let link = format!(r#"{{"id":"{other}","amount":1000,"status":"canceled"}}"#);
    let wire = Wire::start([Answer::json("200 OK", link)]).await;
    let dots = client_of(&wire.url());
    assert!(dots.cancel_payout_link(&KEY.parse().unwrap()).await.is_err());
    assert!(dots.wait_for_payout_link(&KEY.parse().unwrap()).await.is_err());
    assert!(dots.cancel_payout_link(&other.to_uppercase().parse().unwrap()).await.is_ok());
}

#[tokio::test]
async fn a_masked_phone_in_an_answer_is_no_other_recipient() {
    for (number, is_same) in [
        ("202-***-**39", true),
        ("***-***-0139", true),
        ("(202) XXX-0139", true),
        ("\u{2022}\u{2022}\u{2022}0139", true),
        ("+1 202 555 0139", true),
        ("**********", true),
        ("202-***-**38", false),
        ("***-***-0138", false),
    ] {
        let link = format!(
            r#"{{"id":"l1","amount":1000,"status":"created","payee":{{"country_code":"1","phone_number":"{number}"}}}}"#
        );
        let wire = Wire::start([Answer::json("201 Created", link)]).await;
        let paid = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await;
        assert_eq!(paid.is_ok(), is_same, "{number}: {paid:?}");
    }
}

#[tokio::test]
async fn a_masked_email_address_in_an_answer_is_no_other_recipient() {
    for (address, is_same) in [
        ("JO@Example.com", true),
        ("j*@example.com", true),
        ("**@e*.com", true),
        ("jo@example.org", false),
        ("j*@example.org", false),
        ("a*@example.com", false),
    ] {
        let link =
            format!(r#"{{"id":"l1","amount":1000,"status":"created","payee":{{"email":"{address}"}}}}"#);
        let wire = Wire::start([Answer::json("201 Created", link)]).await;
        let to = LinkDelivery::Email("jo@example.com".to_owned());
        let paid = client_of(&wire.url()).create_payout_link(TEN_DOLLARS, to).await;
        assert_eq!(paid.is_ok(), is_same, "{address}: {paid:?}");
    }
}

/// Nothing drives the runtime between the calls, as when a program works in between; the server closes the connection
/// meanwhile, and what is sent into it would be lost without a trace.
#[test]
fn a_connection_that_was_closed_while_the_runtime_stood_still_is_not_used() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = dots_sandbox::listen_unused().unwrap();
    listener.set_nonblocking(false).unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    let dots = client_of(&url);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", USER.len()) + USER;
    for call in 0..20 {
        let (listener, answer) = (listener.try_clone().unwrap(), answer.clone());
        let (close, closing) = mpsc::channel::<()>();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(answer.as_bytes()).unwrap();
            closing.recv().unwrap_err();
        });
        // It takes no key, so nothing but a sound connection keeps it from ending in doubt.
        let (code, number) = ("1".parse().unwrap(), "2025550139".parse().unwrap());
        let body = CreateUserRequest::new(CreateUserRequestFields {
            first_name: "Jo".into(),
            last_name: "Doe".into(),
            email: "jo@example.com".into(),
            country_code: code,
            phone_number: number,
        });
        let made = runtime.block_on(dots.run(CreateUser::new(body)));
        assert!(made.is_ok(), "{call}: {made:?}");
        drop(close);
        server.join().unwrap();
    }
}

const USER: &str =
    r#"{"id":"u1","first_name":"Jo","last_name":"Doe","email":"jo@example.com","status":"unverified"}"#;

#[tokio::test]
async fn what_has_arrived_is_read_though_the_time_is_over_before_it_is_looked_at() {
    use std::time::Duration;

    let link = format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#);
    let wire = Wire::start([Answer::json("201 Created", link)]).await;
    let dots = client_of(&wire.url()).with_timeout(Duration::from_millis(30));
    let mut payout = std::pin::pin!(dots.send_payout(TEN_DOLLARS, somebody()).send());
    // The request leaves, and then this task looks at nothing until its time is over.
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while wire.requests().is_empty() {
        assert!(payout.as_mut().poll(&mut context).is_pending());
        tokio::task::yield_now().await;
    }
    let late = std::time::Instant::now() + Duration::from_millis(60);
    while std::time::Instant::now() < late {}
    assert_eq!(payout.await.unwrap().amount, TEN_DOLLARS);
}
