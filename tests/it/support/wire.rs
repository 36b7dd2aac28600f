//! A scripted TCP server, for answers that the sandbox cannot give.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The number of servers so far.
static STARTED: AtomicU64 = AtomicU64::new(0);

/// What the server does when it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Writes these bytes and waits for the next request on the same connection.
    Whole(Vec<u8>),
    /// Writes these bytes and closes, even if the head announces more.
    Cut(Vec<u8>),
    /// Never answers, and keeps the connection open.
    Silence,
    /// Writes these bytes and no more, and keeps the connection open.
    Stalled(Vec<u8>),
    /// Writes the first bytes, and then the second ones until the client hangs up.
    Endless(Vec<u8>, Vec<u8>),
}

impl Answer {
    /// A complete answer from a status line, header lines and a body.
    pub(crate) fn new(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let mut head = format!("HTTP/1.1 {status}\r\n");
        for header in headers {
            head.push_str(&format!("{header}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.as_ref().len()));
        Self::Whole([head.as_bytes(), body.as_ref()].concat())
    }

    /// A complete JSON answer.
    pub(crate) fn json(status: &str, body: impl AsRef<[u8]>) -> Self {
        Self::new(status, &["content-type: application/json"], body)
    }

    /// A complete HTML answer.
    pub(crate) fn html(status: &str, body: &str) -> Self {
        Self::new(status, &["content-type: text/html"], body)
    }

    /// Bytes after which the connection ends.
    pub(crate) fn cut(bytes: &str) -> Self {
        Self::Cut(bytes.as_bytes().to_vec())
    }
}

/// A request, as raw bytes.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The request line, without the number of the server.
    pub(crate) fn line(&self) -> String {
        let line = self.head.lines().next().unwrap();
        let (before, after) = line.split_once("/api").unwrap_or((line, ""));
        format!("{before}/api{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
    }

    /// The raw request line and headers.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    /// The value of a header, which must occur at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let values: Vec<&str> =
            lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect();
        assert!(values.len() <= 1, "`{name}` was sent {} times", values.len());
        values.first().copied()
    }
}

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    requests: Vec<Received>,
}

/// A server that answers the first request with the first answer of its script, and so on; the last one repeats.
#[derive(Debug)]
pub(crate) struct Wire {
    address: SocketAddr,
    number: u64,
    seen: Arc<Mutex<Seen>>,
    server: JoinHandle<()>,
}

impl Wire {
    pub(crate) async fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::from_std(dots_sandbox::listen_unused().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (script, seen) = (script.into_iter().collect(), Arc::<Mutex<Seen>>::default());
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let server = tokio::spawn(serve(listener, script, Arc::clone(&seen)));
        Self { address, number, seen, server }
    }

    /// The base URL, whose path is unique in this process: a later server may get the same port, and the client
    /// remembers keys in doubt per base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/api{}", self.address, self.number)
    }

    /// Every complete request.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.seen.lock().unwrap().requests.clone()
    }

    /// The number of connections, with or without a request.
    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The address of a port on which nothing listens, nor ever will while this process runs.
pub(crate) fn nobody() -> String {
    let address = dots_sandbox::listen_unused().unwrap().local_addr().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    // A port that is released could go to the next server.
    std::mem::forget(socket);
    format!("http://{address}/api")
}

async fn serve(listener: TcpListener, script: Vec<Answer>, seen: Arc<Mutex<Seen>>) {
    let script: Arc<[Answer]> = script.into();
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        seen.lock().unwrap().connections += 1;
        connections.spawn(converse(stream, Arc::clone(&script), Arc::clone(&seen)));
    }
}

async fn converse(mut stream: TcpStream, script: Arc<[Answer]>, seen: Arc<Mutex<Seen>>) {
    while let Some(request) = read_request(&mut stream).await {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.requests.push(request);
            seen.requests.len()
        };
        let answer = script.get(number - 1).or(script.last()).cloned();
        if !answer.unwrap_or(Answer::Silence).write(&mut stream).await {
            return;
        }
    }
}

impl Answer {
    /// Writes the answer; says whether another request may follow.
    async fn write(self, stream: &mut TcpStream) -> bool {
        match self {
            Self::Whole(bytes) => stream.write_all(&bytes).await.is_ok(),
            Self::Cut(bytes) => {
                // A client that has disconnected has seen all it should.
                let _ = stream.write_all(&bytes).await;
                false
            }
            Self::Silence => {
                let _ = stream.read_u8().await;
                false
            }
            Self::Stalled(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.read_u8().await;
                false
            }
            Self::Endless(head, chunk) => {
                let mut open = stream.write_all(&head).await.is_ok();
                while open {
                    open = stream.write_all(&chunk).await.is_ok();
                }
                false
            }
        }
    }
}

/// Reads a head and as many bytes as its `content-length` says; `None` if the client has disconnected.
async fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(end + 4);
    let mut request = Received { head: String::from_utf8(bytes).unwrap(), body: Vec::new() };
    let length = request.header("content-length").map_or(0, |text| text.parse().unwrap());
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    request.body = body;
    Some(request)
}
