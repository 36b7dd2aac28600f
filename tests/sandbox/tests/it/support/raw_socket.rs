//! A raw client: one request on one socket, and exactly what came back.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::client::TestSandbox;

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
}

/// Everything that came back.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    /// The status line and the headers; empty when nothing came back.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

impl RawAnswer {
    fn new(bytes: &[u8], end: End) -> Self {
        let blank = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = blank.map_or((bytes, &[][..]), |place| (&bytes[..place], &bytes[place + 4..]));
        Self { head: String::from_utf8_lossy(head).into_owned(), body: body.to_vec(), end }
    }

    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        headers.find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub(crate) fn address(sandbox: &TestSandbox) -> String {
    sandbox.url().trim_start_matches("http://").trim_end_matches("/api").to_owned()
}

/// Sends one request and returns the socket.
pub(crate) async fn send(sandbox: &TestSandbox, method: &str, path: &str, body: Option<&Value>) -> TcpStream {
    let mut socket = TcpStream::connect(address(sandbox)).await.unwrap();
    let body = body.map(ToString::to_string).unwrap_or_default();
    let request = format!(
        "{method} /api{path} HTTP/1.1\r\nhost: sandbox\r\nauthorization: {}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        sandbox.credentials().authorization(),
        body.len(),
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

/// Reads a socket to its end.
pub(crate) async fn read(mut socket: TcpStream) -> RawAnswer {
    let mut bytes = Vec::new();
    let end = match socket.read_to_end(&mut bytes).await {
        Ok(_) => End::Closed,
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
            End::Reset
        }
    };
    RawAnswer::new(&bytes, end)
}

/// Sends one request and reads what comes back.
pub(crate) async fn exchange(
    sandbox: &TestSandbox,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> RawAnswer {
    read(send(sandbox, method, path, body).await).await
}
