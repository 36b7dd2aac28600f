//! Amounts in a body of the caller's own: a service that takes `Cents` is not paid a hundredth of what was meant.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use dots_api_ext::{Cents, Dots};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::world::{PHONE, sandbox, somebody};

/// What the service takes.
#[derive(Deserialize)]
struct Invoice {
    amount: Cents,
}

async fn pay(State(dots): State<Dots>, Json(invoice): Json<Invoice>) -> Result<StatusCode, StatusCode> {
    let paid = dots.send_payout(invoice.amount, somebody()).await;
    paid.map(|_| StatusCode::CREATED).map_err(|_| StatusCode::BAD_GATEWAY)
}

/// Sends a body to the service; returns its whole answer.
async fn post_to(port: u16, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head = "POST /pay HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_handler_takes_cents_as_an_integer_and_pays_nothing_else() {
    let (sandbox, dots) = sandbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = Router::new().route("/pay", post(pay)).with_state(dots);
    let server = tokio::spawn(async { axum::serve(listener, service).await });
    for amount in [
        "\"10.00\"",
        "\"10\"",
        "10.0",
        "1e3",
        "10.5",
        "\"$10\"",
        "null",
        "true",
        "[10]",
        "9223372036854775808",
    ] {
        let answer = post_to(port, &format!("{{\"amount\":{amount}}}")).await;
        assert!(answer.starts_with("HTTP/1.1 422 ") && answer.contains("cents"), "{amount}: {answer}");
    }
    assert_eq!(sandbox.requests().len(), 0);
    let answer = post_to(port, r#"{"amount":1999}"#).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(sandbox.paid(PHONE), 1_999);
    server.abort();
}
