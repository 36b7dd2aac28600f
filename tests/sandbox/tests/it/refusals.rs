//! Requests that are refused before they reach a handler.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
};

const SEND: &str = "/v2/payouts/send-payout";

#[tokio::test]
async fn without_the_right_credentials_nothing_happens() {
    let sandbox = TestSandbox::start().await;
    // The second pair is `pk_dev_sandbox:wrong`, the third `client_id:` as a browser would send it.
    let cases = [
        None,
        Some("Basic cGtfZGV2X3NhbmRib3g6d3Jvbmc="),
        Some("Basic cGtfZGV2X3NhbmRib3g6"),
        Some("Basic !"),
        Some("Bearer sk_dev_sandbox"),
    ];
    for authorization in cases {
        let answer =
            sandbox.request("POST", SEND).authorization(authorization).json(&page_body()).send().await;
        assert!(answer.error().starts_with("401 unauthorized "), "{authorization:?}: {}", answer.text);
        assert_eq!(answer.headers["www-authenticate"], r#"Basic realm="dots-sandbox", charset="UTF-8""#);
    }
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn production_credentials_are_sent_away_and_never_repeated() {
    let sandbox = TestSandbox::start().await;
    // `pk_prod_abc:sk_prod_def` and `pk_dev_sandbox:sk_prod_def`.
    for encoded in ["cGtfcHJvZF9hYmM6c2tfcHJvZF9kZWY=", "cGtfZGV2X3NhbmRib3g6c2tfcHJvZF9kZWY="] {
        let answer =
            sandbox.request("GET", "/v2/users").authorization(Some(&format!("Basic {encoded}"))).send().await;
        assert!(
            answer.error().starts_with("403 forbidden these look like production credentials"),
            "{}",
            answer.text
        );
    }
    let remembered = format!("{:?} {}", sandbox.requests(), sandbox.transcript());
    for secret in ["_abc", "_def", "cGtf"] {
        assert!(!remembered.contains(secret), "{remembered}");
    }
    sandbox.end().await;
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_known_one_with_another_method_405() {
    let sandbox = TestSandbox::start().await;
    let unknown = sandbox.get("/v2/payout-link").await.error();
    assert_eq!(unknown, "404 no_such_resource no operation has the path `/api/v2/payout-link`");
    let other = sandbox.request("PUT", SEND).send().await;
    assert_eq!(other.headers["allow"], "POST");
    assert_eq!(
        other.error(),
        "405 method-not-allowed `PUT` is not an operation of `/api/v2/payouts/send-payout`, which knows POST"
    );
    sandbox.end().await;
}

#[tokio::test]
async fn a_bad_path_query_or_header_is_400_with_its_name() {
    let sandbox = TestSandbox::start().await;
    let cases = [
        ("/v2/users/jo", "`user_id` must be a UUID"),
        ("/v2/users?limit=0", "`limit` must be at least 1"),
        ("/v2/users?limit=101", "`limit` must be at most 100"),
        ("/v2/users?limit=ten", "`limit` must be an integer, not a string"),
        ("/v2/users?limit=1.0", "`limit` must be an integer, not a string"),
        ("/v2/users?limit=", "`limit` must be an integer, not a string"),
        ("/v2/users?limit=1&limit=2", "`limit` stands in the query more than once"),
        ("/v2/users?starting_after=1", "`starting_after` must be a UUID"),
        ("/v2/users?starting_before=1", "`starting_before` is not a query parameter of `list_users`"),
        ("/v2/users?lim%69t=x+y", "`limit` must be an integer, not a string"),
        ("/v2/users?limit=%FF", "the query is not UTF-8"),
    ];
    for (path, expected) in cases {
        assert_eq!(sandbox.get(path).await.error(), format!("400 invalid-input {expected}"), "{path}");
    }
    let headers = [
        ("Api-App-Id", "my-app", "`Api-App-Id` must be a UUID"),
        ("Dots-User-IP", "localhost", "`Dots-User-IP` must be an IPv4 or IPv6 address"),
    ];
    for (name, value, expected) in headers {
        let answer = sandbox.request("GET", "/v2/users").header(name, value).send().await;
        assert_eq!(answer.error(), format!("400 invalid-input {expected}"));
    }
    let good = sandbox
        .request("GET", "/v2/users?limit=%31&")
        .header("Dots-User-IP", "2001:db8::1")
        .header("Api-App-Id", &sandbox.app_id());
    good.send().await.expect(200);
    sandbox.end().await;
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let sandbox = TestSandbox::start().await;
    let json = |body: &'static str| {
        sandbox.request("POST", SEND).header("content-type", "application/json").body(body)
    };
    for body in ["{", "{\"amount\": 1,}", "amount=1", "\u{feff}{}"] {
        let error = json(body).send().await.error();
        assert!(error.starts_with("400 invalid-input the body is not valid JSON: "), "{error}");
    }
    assert_eq!(json("[]").send().await.error(), "400 invalid-input the body must be an object, not an array");
    assert_eq!(json("").send().await.error(), "400 invalid-input the body is required");
    sandbox.end().await;
}

#[tokio::test]
async fn a_body_of_another_type_is_415() {
    let sandbox = TestSandbox::start().await;
    let body = page_body().to_string();
    let form = sandbox
        .request("POST", SEND)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.clone());
    assert_eq!(
        form.send().await.error(),
        "415 unsupported-media-type this operation takes `application/json`, not `application/x-www-form-urlencoded`"
    );
    let bare = sandbox.request("POST", SEND).body(body.clone()).send().await.error();
    assert!(bare.starts_with("415 unsupported-media-type the `Content-Type` header is missing"), "{bare}");
    let gzip = sandbox
        .request("POST", SEND)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(body.clone());
    gzip.send().await.expect(415);
    assert_eq!(sandbox.links(), 0);
    sandbox
        .request("POST", SEND)
        .header("content-type", "Application/JSON; charset=utf-8")
        .body(body)
        .send()
        .await
        .expect(201);
    sandbox.end().await;
}

#[tokio::test]
async fn a_body_of_5_mib_is_413_and_changes_nothing() {
    let sandbox = TestSandbox::start().await;
    let mut body = page_body();
    body["memo"] = json!("x".repeat(5 * 1024 * 1024));
    let answer = sandbox.post(SEND, body).await;
    assert_eq!(answer.error(), "413 body-too-large the body is larger than 4194304 bytes");
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FUNDS));
    assert_eq!(sandbox.requests()[0].body, "");
    sandbox.end().await;
}

#[tokio::test]
async fn a_body_of_unknown_length_is_413_as_soon_as_it_is_too_large() {
    let sandbox = TestSandbox::start().await;
    let host = sandbox.url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
    let mut socket = TcpStream::connect(host).await.unwrap();
    let head =
        "POST /api/v2/payouts/send-payout HTTP/1.1\r\nHost: sandbox\r\nTransfer-Encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    // Five chunks of 1 MiB, and never an end.
    for _ in 0..5 {
        socket.write_all(b"100000\r\n").await.unwrap();
        socket.write_all(&vec![b' '; 1024 * 1024]).await.unwrap();
        socket.write_all(b"\r\n").await.unwrap();
    }
    let mut answer = String::new();
    let read = tokio::time::timeout(Duration::from_secs(10), socket.read_to_string(&mut answer));
    read.await.expect("the sandbox waits for the rest").unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    drop(socket);
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn a_body_where_the_document_has_none_is_ignored() {
    let sandbox = TestSandbox::start().await;
    sandbox.request("GET", "/v2/users").json(&json!({ "limit": "x" })).send().await.expect(200);
    sandbox.end().await;
}
