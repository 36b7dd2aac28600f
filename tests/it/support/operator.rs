//! Actions of people outside the API: claim a link, approve a request, return a payout.

use dots_sandbox::Sandbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Calls one of the sandbox's own routes, such as `links/<id>/claim`, and expects success.
pub(crate) async fn does(sandbox: &Sandbox, what: &str, body: &str) {
    let url = sandbox.url();
    let host = url.trim_start_matches("http://").trim_end_matches("/api");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let length = body.len();
    let request = format!(
        "POST /_sandbox/{what} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{what}: {answer}");
}

/// Claims a link with a US phone number.
pub(crate) async fn claims(sandbox: &Sandbox, link: &dots_api::PayoutLinkId, phone: &str) {
    let body = format!(r#"{{"country_code":"1","phone_number":"{phone}"}}"#);
    does(sandbox, &format!("links/{link}/claim"), &body).await;
}
