//! The hardened transport: no redirect, no endless answer, no plain http, no path traversal, no hidden retry.

use dots_api::{GetUser, SendPayout, SendPayoutRequest, UserId};
use dots_api_ext::{Environment, Error, Outcome};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, PHONE, TEN_DOLLARS, builder_for, client_of, key, sandbox, somebody};

/// Texts that would escape their path segment, or that no path should contain.
const ESCAPES: [&str; 18] = [
    "",
    ".",
    "..",
    "../x",
    r"..\x",
    r"a\..\b",
    "a/b",
    "a/../b",
    "%2e%2e",
    "%252e",
    "a?b",
    "a#b",
    "..;",
    "\0",
    "\r\nX: y",
    "\u{7f}",
    "https://example.com/x",
    "//example.com",
];

async fn payout_error(wire: &Wire) -> Error {
    let payout = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    payout.await.unwrap_err()
}

fn link() -> String {
    format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#)
}

/// An id in any form, as an answer may hold it.
fn id_from_an_answer(text: &str) -> UserId {
    serde_json::from_value(json!(text)).unwrap()
}

#[tokio::test]
async fn a_redirect_is_never_followed_and_leaves_it_unknown() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let elsewhere = Wire::start([Answer::json("201 Created", link())]).await;
        let location = format!("location: {}/v2/payouts/send-payout", elsewhere.url());
        let wire = Wire::start([Answer::new(status, &[&location], "")]).await;
        let error = payout_error(&wire).await;
        assert_eq!((error.outcome(), error.idempotency_key()), (Outcome::Unknown, Some(key())), "{status}");
        assert_eq!(error.status().map(|status| status / 100), Some(3));
        assert_eq!((wire.requests().len(), elsewhere.connections()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_path_of_the_same_server_is_not_followed_either() {
    let moved = Answer::new("307 Temporary Redirect", &["location: /api/v2/payouts/send-payout"], "");
    let wire = Wire::start([moved, Answer::json("201 Created", link())]).await;
    assert_eq!(payout_error(&wire).await.outcome(), Outcome::Unknown);
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_failure_of_the_server_is_not_asked_again_behind_the_callers_back() {
    let failed = Answer::json("500 Internal Server Error", "");
    let wire = Wire::start([failed, Answer::json("201 Created", link())]).await;
    assert_eq!(payout_error(&wire).await.outcome(), Outcome::Unknown);
    assert_eq!((wire.requests().len(), wire.connections()), (1, 1));
}

#[tokio::test]
async fn a_broken_connection_is_not_asked_again_behind_the_callers_back() {
    let wire = Wire::start([Answer::cut(""), Answer::json("201 Created", link())]).await;
    assert_eq!(payout_error(&wire).await.outcome(), Outcome::Unknown);
    assert_eq!((wire.requests().len(), wire.connections()), (1, 1));
}

#[tokio::test]
async fn a_kept_connection_that_breaks_under_the_second_payout_is_not_asked_again() {
    let made = Answer::json("201 Created", link());
    let wire = Wire::start([made.clone(), Answer::cut(""), made]).await;
    let dots = client_of(&wire.url());
    dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn of_a_success_of_five_mebibytes_four_are_kept_and_it_stays_unknown() {
    let padded = format!("{}{}", link(), " ".repeat(5 << 20));
    let wire = Wire::start([Answer::json("201 Created", padded)]).await;
    let error = payout_error(&wire).await;
    assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(201)));
    assert!(error.to_string().contains("longer than this client reads"), "{error}");
    let kept = error.body().unwrap();
    assert!(kept.starts_with(link().as_bytes()));
    assert_eq!((kept.len(), wire.requests().len()), (4 << 20, 1));
}

#[tokio::test]
async fn a_success_of_three_mebibytes_is_read() {
    let padded = format!("{}{}", link(), " ".repeat(3 << 20));
    let wire = Wire::start([Answer::json("201 Created", padded)]).await;
    let payout = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    assert_eq!((payout.id.as_str(), wire.requests().len()), (KEY, 1));
}

#[tokio::test]
async fn an_answer_without_end_is_left_and_leaves_it_unknown() {
    for (status, chunk) in [("201 Created", "10000"), ("400 Bad Request", "1000")] {
        let head = format!("HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n");
        let size = usize::from_str_radix(chunk, 16).unwrap();
        let chunk = format!("{chunk}\r\n{}\r\n", " ".repeat(size));
        let wire = Wire::start([Answer::Endless(head.into_bytes(), chunk.into_bytes())]).await;
        let error = payout_error(&wire).await;
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert!(error.to_string().contains("longer than this client reads"), "{error}");
        assert_eq!(wire.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_error_of_more_than_64_kibibytes_is_not_read_and_leaves_it_unknown() {
    let padded = |spaces: usize| format!(r#"{{"success":false,"message":"no"}}{}"#, " ".repeat(spaces));
    let wire = Wire::start([Answer::json("400 Bad Request", padded(64 << 10))]).await;
    let error = payout_error(&wire).await;
    assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(400)));
    let wire = Wire::start([Answer::json("400 Bad Request", padded(32 << 10))]).await;
    assert_eq!(payout_error(&wire).await.outcome(), Outcome::Rejected);
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn an_id_that_would_leave_its_place_in_the_path_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    let megabyte = "x".repeat(1 << 20);
    for text in ESCAPES.into_iter().chain([megabyte.as_str()]) {
        let error = dots.run(GetUser::new(id_from_an_answer(text))).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{}", text.escape_debug());
        assert!(error.to_string().contains("`user_id` is not an id") && error.to_string().len() < 1_000);
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn an_id_that_would_leave_its_place_in_the_path_is_not_taken_from_a_person() {
    for text in ESCAPES {
        assert!(text.parse::<UserId>().is_err(), "{}", text.escape_debug());
    }
}

#[tokio::test]
async fn an_odd_id_that_stays_in_its_place_is_escaped_and_sent() {
    let (sandbox, dots) = sandbox().await;
    let error = dots.run(GetUser::new(id_from_an_answer("a b.é&=:@"))).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    assert_eq!(sandbox.requests()[0].path, "/v2/users/a%20b.%C3%A9%26%3D%3A%40");
}

#[tokio::test]
async fn a_payout_to_an_odd_user_id_goes_to_the_address_of_payouts() {
    let (sandbox, dots) = sandbox().await;
    let body = SendPayoutRequest::new(TEN_DOLLARS).user_id(id_from_an_answer("../../v2/users"));
    dots.run(SendPayout::new(body)).await.unwrap_err();
    assert_eq!((sandbox.requests()[0].path.as_str(), sandbox.links()), ("/v2/payouts/send-payout", 0));
}

#[tokio::test]
async fn a_request_has_no_header_that_dots_did_not_ask_for() {
    let (sandbox, dots) = sandbox().await;
    dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap();
    let requests = sandbox.requests();
    let lines = requests[0].headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let host = sandbox.url().replace("http://", "").replace("/api", "");
    let version = env!("CARGO_PKG_VERSION");
    let shown = lines.collect::<Vec<_>>().join("\n").replace(&host, "[host]").replace(version, "[version]");
    assert_snapshot!(shown, @r"
    accept: application/json
    accept-encoding: identity
    content-length: 129
    content-type: application/json
    host: [host]
    user-agent: dots-api-ext/[version]
    ");
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn the_credential_is_basic_and_goes_out_once() {
    let wire = Wire::start([Answer::json("201 Created", link())]).await;
    client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    let requests = wire.requests();
    assert_eq!(requests[0].line(), "POST /api/v2/payouts/send-payout HTTP/1.1");
    let basic = "Basic cGtfZGV2X3NhbmRib3g6c2tfZGV2X3NhbmRib3g=";
    assert_eq!(requests[0].header("authorization"), Some(basic));
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_base_url_with_a_slash_at_its_end_gives_the_same_path() {
    let wire = Wire::start([Answer::json("201 Created", link())]).await;
    client_of(&format!("{}/", wire.url())).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    assert_eq!(wire.requests()[0].line(), "POST /api/v2/payouts/send-payout HTTP/1.1");
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for url in [
        "http://example.com/api",
        "http://api.dots.dev/api",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://169.254.169.254",
        "http://[::2]",
        "http://127.0.0.1.example.com",
        "http://167772161",
        "http://[::ffff:10.0.0.1]",
    ] {
        let error = url.parse::<Environment>().unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.to_string().contains("this machine only"), "{url}: {error}");
    }
    for url in [
        "http://127.0.0.1:4010/api",
        "http://localhost/api",
        "http://[::1]:1/api",
        "https://example.com",
        "https://xn--exmple-cua.com",
    ] {
        assert!(builder_for(url).build().is_ok(), "{url}");
    }
}

#[test]
fn an_address_that_carries_more_than_an_address_is_refused_without_repeating_it() {
    for url in [
        "https://jo:hunter2@example.com/api",
        "https://hunter2@example.com/api",
        "http://jo:hunter2@127.0.0.1:4010/api",
        "ftp://jo:hunter2@example.com/api",
        "https://example.com/api?token=hunter2",
        "https://example.com/api#hunter2",
        "ftp://example.com/hunter2",
        "file:///hunter2",
        "unix:/hunter2",
        "hunter2",
        "//hunter2/api",
        "https://hunter2 example/api",
        "https:\\\\hunter2.example.com",
        "https://hunter2\n.example.com",
        "https://hunter2.ex\u{430}mple.com",
        "https://hunter2\u{2024}example.com",
        "https://\u{ff21}pi.dots.dev/hunter2",
        "https://[fe80::1%25hunter2]/api",
        "https://[::1%hunter2]/api",
        "http://[::ffff:192.0.2.1]/hunter2",
        "http://localhost./hunter2",
        "data:text/plain,hunter2",
        "https://:443/hunter2",
        "",
    ] {
        let error = url.parse::<Environment>().unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(!crate::support::world::everything_shown(&error).contains("hunter2"), "{url}: {error}");
    }
}
